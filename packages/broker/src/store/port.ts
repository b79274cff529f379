// The durability port: an ordered table of rows that are written in groups, all or nothing. What rows mean is not its
// business, and neither is who gets a message: a store does not route.

/** One row to be written; `undefined` removes it. */
export interface Write {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

export interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface StoreFigures {
  readonly rows: number;
  /** Bytes on disk, or in memory where there is no disk. */
  readonly bytes: number;
}

/** The longest key that a store takes; the shortest has one byte. Keys that begin with a byte 0 are the store's own. */
export const KEY_BYTES_MAX = 64;

export interface Store {
  /** The value of a row as last committed; undefined where there is none. It is the caller's to keep. */
  get(key: Uint8Array): Uint8Array | undefined;

  /**
   * Committed rows with `from <= key < to`, in the order of their keys' bytes, `limit` at the most. Theirs to keep. What is
   * committed while one is iterating may be seen or not; every row that stays as it is comes exactly once.
   */
  range(from: Uint8Array, to: Uint8Array, limit?: number): Iterable<Row>;

  /**
   * Writes a group of rows, all or none of them; no key occurs twice. Resolves once they are as durable as this store
   * promises. Rejects with a `StoreError` where nothing was written; the same group may then be given again. The caller
   * waits for one commit before it begins the next, and leaves the bytes of the rows as they are until then.
   */
  commit(writes: readonly Write[]): Promise<void>;

  figures(): StoreFigures;

  /** What the rows take now. Unlike the file, it becomes less when rows go. */
  readonly usedBytes: number;

  /** Waits for a commit under way, then gives everything back. */
  close(): Promise<void>;
}

/** What went wrong, so far as it makes a difference to who runs the broker. */
export type StoreProblem =
  | 'full'
  | 'read-only'
  | 'in-use'
  | 'unknown-format'
  | 'damaged'
  | 'not-found'
  | 'failed';

/** What is wrong with the keys of a group, if anything: a store asks before it writes, so that it writes all or nothing. */
export function wrongKey(writes: readonly Write[]): string | undefined {
  for (const { key } of writes) {
    if (key.length === 0 || key.length > KEY_BYTES_MAX)
      return `a key of ${key.length} bytes: between 1 and ${KEY_BYTES_MAX} are taken`;
    if (key[0] === 0) return "a key that begins with a byte 0: those are the store's own";
  }
  return undefined;
}

export class StoreError extends Error {
  readonly problem: StoreProblem;

  constructor(problem: StoreProblem, text: string, cause?: unknown) {
    super(text, { cause });
    this.name = 'StoreError';
    this.problem = problem;
  }
}
