// A store that is only read, page by page and without LMDB: beside a broker that writes it, from a disk that may not be
// written, or after damage. It takes no lock, so it is in nobody's way, and it never writes.

import { join } from 'node:path';
import { damaged } from './check.ts';
import { DATA_FILE } from './environment.ts';
import { type Node, PageFault, PageFile } from './pages.ts';
import { type Row, type Store, StoreError, type StoreFigures } from './port.ts';

/** How often to begin again where the broker is faster than the reader. */
const TRIES = 10_000;

export class ReadStore implements Store {
  readonly directory: string;
  readonly #file: PageFile;
  #closed = false;

  /** Throws a `StoreError` where there is no store. */
  constructor(directory: string) {
    this.directory = directory;
    try {
      this.#file = new PageFile(join(directory, DATA_FILE));
    } catch (error) {
      throw error instanceof PageFault ? damaged(directory, [error.message], error) : error;
    }
  }

  /** Grows with each commit: of rows that were read while it stayed the same, none is older than another. */
  get transaction(): number {
    return this.#steadily(() => this.#file.header.transaction);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return key[0] === 0 ? undefined : this.ownRow(key);
  }

  /** As `get`, for the rows that are the store's own. */
  ownRow(key: Uint8Array): Buffer | undefined {
    const node = this.#steadily(() => this.#file.find(key));
    return node && this.#value(node, this.#file.header.transaction);
  }

  *range(from: Uint8Array, to: Uint8Array, limit = Number.POSITIVE_INFINITY): Generator<Row, void> {
    let start: Uint8Array | undefined = from[0] === 0 || from.length === 0 ? Buffer.of(1) : from;
    let given = 0;
    while (start !== undefined && given < limit && Buffer.compare(start, to) < 0) {
      const first: Uint8Array = start;
      const leaf = this.#steadily(() => this.#file.leafOf(first));
      const { transaction } = this.#file.header;
      for (const node of leaf.nodes) {
        if (Buffer.compare(node.key, first) < 0) continue;
        if (given >= limit || Buffer.compare(node.key, to) >= 0) return;
        const value = this.#value(node, transaction);
        if (value === undefined) continue;
        given += 1;
        yield { key: Buffer.from(node.key), value };
      }
      start = leaf.behind;
    }
  }

  commit(): Promise<void> {
    return Promise.reject(
      new StoreError('read-only', `the store in ${this.directory} was opened only to be read`),
    );
  }

  get usedBytes(): number {
    return this.figures().bytes;
  }

  figures(): StoreFigures {
    return this.#steadily(() => {
      const { main, lastPage, pageSize } = this.#file.header;
      const own = this.#file.leafOf(Buffer.of(0)).nodes.filter(({ key }) => key[0] === 0).length;
      return { rows: main.entries - own, bytes: (lastPage + 1) * pageSize };
    });
  }

  close(): Promise<void> {
    if (!this.#closed) this.#file.close();
    this.#closed = true;
    return Promise.resolve();
  }

  /**
   * A copy of the value of a node of a commit. Undefined where the row was removed or changed before its value was read.
   */
  #value(found: Node, transaction: number): Buffer | undefined {
    if (found.overflow === undefined) return Buffer.from(this.#file.value(found));
    let node: Node | undefined = found;
    for (let since = transaction; node?.overflow !== undefined; ) {
      const { overflow }: Node = node;
      const known: Node = node;
      const value = attempt(() => this.#file.value(known));
      if (attempt(() => this.#file.isSteadySince(since)) === true) return this.#sound(value);
      // It took long. If the value still is where it was, nobody has used its pages for anything else in between.
      node = this.#steadily(() => this.#file.find(known.key));
      since = this.#file.header.transaction;
      if (node?.overflow?.page === overflow?.page && node?.overflow?.transaction === overflow?.transaction)
        return this.#sound(value);
    }
    return node && Buffer.from(this.#file.value(node));
  }

  /** Reads of one commit, and of none that is overwritten meanwhile. */
  #steadily<Result>(read: () => Result): Result {
    if (this.#closed) throw new StoreError('failed', `the store in ${this.directory} is closed`);
    for (let count = 0; count < TRIES; count += 1) {
      const header = attempt(() => this.#file.advance());
      const result = header instanceof PageFault ? header : attempt(read);
      if (this.#sound(attempt(() => this.#file.isSteadySince(this.#file.header.transaction))))
        return this.#sound(result);
    }
    throw new StoreError('failed', `the store in ${this.directory} changes faster than it can be read`);
  }

  #sound<Result>(result: Result | PageFault): Result {
    if (result instanceof PageFault) throw damaged(this.directory, [result.message], result);
    return result;
  }
}

function attempt<Result>(act: () => Result): Result | PageFault {
  try {
    return act();
  } catch (error) {
    if (error instanceof PageFault) return error;
    throw error;
  }
}
