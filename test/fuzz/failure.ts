// What breaks an invariant, with all that is needed to see it again.

export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
}

/** @throws FuzzFailure */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new FuzzFailure(what);
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
