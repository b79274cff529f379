// Values as mosquitto writes them. Each is read or, with what was expected, is none.

/** A value that does not fit: the line is left out, and this is said. */
export class Misread extends Error {}

export function flag(value: string): boolean {
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw new Misread(`expected true or false, found '${value}'`);
}

export function whole(value: string): number {
  if (!/^-?\d+$/.test(value)) throw new Misread(`expected a whole number, found '${value}'`);
  return Number(value);
}

export function text(value: string): string {
  if (value === '') throw new Misread('expected a value');
  return value;
}

const DAYS: Readonly<Record<string, number>> = { h: 1 / 24, d: 1, w: 7, m: 30, y: 365 };

/** `14d`, `2w`: a month is 30 days, a year 365. As a duration of ours. */
export function expiry(value: string): string {
  const [, digits, unit = ''] = /^(\d+)([hdwmy])$/.exec(value) ?? [];
  if (digits === undefined) throw new Misread(`expected a number with h, d, w, m or y, found '${value}'`);
  return `${Math.round(Number(digits) * (DAYS[unit] ?? 0) * 24)}h`;
}
