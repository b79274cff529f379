// A small table of strings seen before, found by their bytes: a topic that comes again costs a hash and a comparison
// instead of a decode, and is the same string object, which makes later look-ups cheap.
// Bounded by construction: a slot holds one string of at most BYTES_MAX bytes, a newer one takes its place.

const SLOTS = 4096;
const BYTES_MAX = 128;

export class InternTable<T> {
  readonly #bytes: (Uint8Array | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #values: (T | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #decode: (bytes: Uint8Array, at: number, end: number) => T;

  /** @param decode reads and checks `bytes[at..end)`; what it throws passes through and is not remembered. */
  constructor(decode: (bytes: Uint8Array, at: number, end: number) => T) {
    this.#decode = decode;
  }

  read(bytes: Uint8Array, at: number, end: number): T {
    const length = end - at;
    if (length > BYTES_MAX) return this.#decode(bytes, at, end);
    let hash = length;
    for (let i = at; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
    const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
    const known = this.#bytes[slot];
    if (known !== undefined && known.length === length && same(known, bytes, at))
      return this.#values[slot] as T;
    const value = this.#decode(bytes, at, end);
    // A copy: the bytes belong to a chunk that is gone, or written over, tomorrow.
    const copy = new Uint8Array(length);
    for (let i = 0; i < length; i++) copy[i] = bytes[at + i] as number;
    this.#bytes[slot] = copy;
    this.#values[slot] = value;
    return value;
  }
}

function same(known: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[at + i]) return false;
  return true;
}
