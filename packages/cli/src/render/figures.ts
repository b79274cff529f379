// Figures as people read them.

/** 1234567 as 1,234,567. */
export function grouped(value: number): string {
  return value.toLocaleString('en');
}

/** `1 session`, `2,000 sessions`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
