// How the hub sees a store: rows that it may read, and rows that it wants written. Who does it, and when, is not known here.

/** A row to be written; undefined removes it. */
export interface Write {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Rows as they were last committed. */
export interface RowSource {
  get(key: Uint8Array): Uint8Array | undefined;
  /** `from <= key < to`, in the order of the keys, `limit` at the most. */
  range(
    from: Uint8Array,
    to: Uint8Array,
    limit?: number,
  ): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>;
}

export const NO_ROWS: RowSource = { get: () => undefined, range: () => [] };
