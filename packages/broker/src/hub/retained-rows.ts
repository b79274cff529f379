// The rows of retained messages: which there are, and what of them has changed since the last batch was sealed.

import { keyOf, TABLE } from '../records/keys.ts';
import { retainedRow } from '../records/rows.ts';
import type { Contents } from './contents.ts';
import type { Kept } from './owed.ts';
import type { Write } from './writes.ts';

interface RetainedRow {
  readonly number: number;
  readonly userName: string | undefined;
  written: boolean;
}

export class RetainedRows {
  readonly #contents: Contents;
  readonly #rows = new Map<Kept, RetainedRow>();
  readonly #unwritten = new Set<Kept>();
  readonly #removed: Uint8Array[] = [];
  #lastNumber = 0;

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  add(message: Kept, userName: string | undefined): void {
    this.#contents.refer(message.body);
    this.#lastNumber += 1;
    this.#rows.set(message, { number: this.#lastNumber, userName, written: false });
    this.#unwritten.add(message);
  }

  /** False where it was none. However often a topic is set between two batches, only the last message is kept for it. */
  delete(message: Kept): boolean {
    const row = this.#rows.get(message);
    if (row === undefined) return false;
    this.#contents.drop(message.body);
    this.#rows.delete(message);
    this.#unwritten.delete(message);
    if (row.written) this.#removed.push(keyOf(TABLE.retained, 0, row.number));
    return true;
  }

  /** At the start of the broker: one that was loaded. */
  found(number: number, message: Kept): void {
    this.#lastNumber = Math.max(this.#lastNumber, number);
    this.#rows.set(message, { number, userName: undefined, written: true });
  }

  seal(writes: Write[]): void {
    for (const key of this.#removed.splice(0)) writes.push({ key, value: undefined });
    for (const message of this.#unwritten) {
      const row = this.#rows.get(message) as RetainedRow;
      row.written = true;
      const value = retainedRow({ ...this.#contents.ofItsOwn(message, writes), userName: row.userName });
      writes.push({ key: keyOf(TABLE.retained, 0, row.number), value });
    }
    this.#unwritten.clear();
  }
}
