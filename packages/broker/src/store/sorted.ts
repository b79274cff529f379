// Rows in the order of their keys, in memory: a list of short sorted lists. It knows nothing of commits.

/** A key as a string of its bytes: such strings compare as the bytes do. */
export type KeyText = string;

export interface Entry {
  readonly key: KeyText;
  readonly value: Uint8Array;
}

const ENTRIES_MAX = 512;

export function keyText(key: Uint8Array): KeyText {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

export function keyBytes(key: KeyText): Uint8Array {
  return Buffer.from(key, 'latin1');
}

export class SortedRows {
  /** None of them is empty. */
  readonly #parts: Entry[][] = [];
  #size = 0;
  #bytes = 0;

  get size(): number {
    return this.#size;
  }

  /** Of keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: KeyText): Uint8Array | undefined {
    const part = this.#parts[this.#partOf(key)];
    const entry = part?.[placeOf(part, key)];
    return entry?.key === key ? entry.value : undefined;
  }

  set(key: KeyText, value: Uint8Array): void {
    const at = this.#partOf(key);
    const part = this.#parts[at];
    if (part === undefined) {
      this.#parts.push([{ key, value }]);
      this.#count(1, key.length + value.length);
      return;
    }
    const place = placeOf(part, key);
    const known = part[place];
    if (known?.key === key) {
      part[place] = { key, value };
      this.#count(0, value.length - known.value.length);
      return;
    }
    part.splice(place, 0, { key, value });
    this.#count(1, key.length + value.length);
    if (part.length > ENTRIES_MAX) this.#parts.splice(at + 1, 0, part.splice(ENTRIES_MAX >> 1));
  }

  delete(key: KeyText): void {
    const at = this.#partOf(key);
    const part = this.#parts[at];
    if (part === undefined) return;
    const place = placeOf(part, key);
    const known = part[place];
    if (known?.key !== key) return;
    part.splice(place, 1);
    this.#count(-1, -(key.length + known.value.length));
    if (part.length === 0) this.#parts.splice(at, 1);
  }

  /** The first entry at or behind a key. */
  atOrBehind(key: KeyText): Entry | undefined {
    const at = this.#partOf(key);
    const part = this.#parts[at];
    if (part === undefined) return undefined;
    return part[placeOf(part, key)] ?? this.#parts[at + 1]?.[0];
  }

  /** The part in which a key is or would be: the last that does not begin behind it. */
  #partOf(key: KeyText): number {
    let low = 0;
    let high = this.#parts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#parts[middle]?.[0]?.key ?? '') <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #count(rows: number, bytes: number): void {
    this.#size += rows;
    this.#bytes += bytes;
  }
}

/** The place of the first entry that is not before a key. */
function placeOf(part: readonly Entry[], key: KeyText): number {
  let low = 0;
  let high = part.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((part[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
