// A store in memory: for tests, for the simulator, and for who wants no disk. It ends with the process; what of it would
// survive a crash is what `snapshot` gives.

import { type Row, type Store, StoreError, type StoreFigures, type Write, wrongKey } from './port.ts';
import { keyBytes, keyText, SortedRows } from './sorted.ts';

export interface MemoryStoreOptions {
  /** What is in it from the start, such as the snapshot of a store that was cut off. */
  readonly rows?: readonly Row[];
  /**
   * Called before a group is written, with its number from 1. What it throws or rejects with becomes the fate of the
   * commit, which then writes nothing; a promise delays it.
   */
  readonly beforeCommit?: (writes: readonly Write[], number: number) => Promise<void> | void;
  /** Called when a group is written and its promise not resolved yet. Whoever throws here tells a lie: it is written. */
  readonly afterCommit?: (number: number) => Promise<void> | void;
}

export class MemoryStore implements Store {
  readonly #rows = new SortedRows();
  readonly #options: MemoryStoreOptions;
  #commits = 0;
  #underWay: Promise<void> | undefined;
  #closed = false;

  constructor(options: MemoryStoreOptions = {}) {
    this.#options = options;
    for (const { key, value } of options.rows ?? []) this.#rows.set(keyText(key), copyOf(value));
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#mustBeOpen();
    const value = this.#rows.get(keyText(key));
    return value === undefined ? undefined : copyOf(value);
  }

  *range(from: Uint8Array, to: Uint8Array, limit = Number.POSITIVE_INFINITY): Generator<Row, void> {
    const end = keyText(to);
    let next = keyText(from);
    for (let given = 0; given < limit; given += 1) {
      this.#mustBeOpen();
      const entry = this.#rows.atOrBehind(next);
      if (entry === undefined || entry.key >= end) return;
      yield { key: keyBytes(entry.key), value: copyOf(entry.value) };
      next = `${entry.key}\0`;
    }
  }

  commit(writes: readonly Write[]): Promise<void> {
    if (this.#closed) return Promise.reject(new StoreError('failed', 'the store is closed'));
    if (this.#underWay !== undefined)
      return Promise.reject(new StoreError('failed', 'another commit is under way'));
    const wrong = wrongKey(writes);
    if (wrong !== undefined) return Promise.reject(new StoreError('failed', wrong));
    const commit = this.#write(
      writes.map(({ key, value }) => ({ key: copyOf(key), value: value && copyOf(value) })),
    ).finally(() => {
      this.#underWay = undefined;
    });
    this.#underWay = commit;
    return commit;
  }

  get usedBytes(): number {
    return this.#rows.bytes;
  }

  figures(): StoreFigures {
    return { rows: this.#rows.size, bytes: this.#rows.bytes };
  }

  /** What is committed at this moment: what another process would find after a crash. */
  snapshot(): readonly Row[] {
    const rows: Row[] = [];
    for (let entry = this.#rows.atOrBehind(''); entry; entry = this.#rows.atOrBehind(`${entry.key}\0`))
      rows.push({ key: keyBytes(entry.key), value: copyOf(entry.value) });
    return rows;
  }

  async close(): Promise<void> {
    await this.#underWay?.catch(() => {});
    this.#closed = true;
  }

  async #write(writes: readonly Write[]): Promise<void> {
    this.#commits += 1;
    const number = this.#commits;
    try {
      await this.#options.beforeCommit?.(writes, number);
    } catch (cause) {
      throw cause instanceof StoreError
        ? cause
        : new StoreError('failed', 'the commit was made to fail', cause);
    }
    for (const { key, value } of writes) {
      if (value === undefined) this.#rows.delete(keyText(key));
      else this.#rows.set(keyText(key), value);
    }
    await this.#options.afterCommit?.(number);
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new StoreError('failed', 'the store is closed');
  }
}

/** Not `slice`, which for a `Buffer` is a view. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
