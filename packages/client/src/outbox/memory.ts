// An outbox in memory, which outlives its client and not its process: for tests, and for a program that makes clients one
// after the other.

import type { OutboxStore } from '../journal.ts';
import { type OutboxRow, type OutboxWrite, type RowStore, storeError } from './row-store.ts';
import { storedOutbox } from './stored.ts';

export function memoryOutbox(): OutboxStore {
  return storedOutbox(new MemoryRows());
}

export class MemoryRows implements RowStore {
  readonly #rows = new Map<number, Uint8Array>();
  #isOpen = false;

  async open(): Promise<readonly OutboxRow[]> {
    if (this.#isOpen) throw storeError('store-in-use', 'another client has this outbox');
    this.#isOpen = true;
    const keys = [...this.#rows.keys()].toSorted((a, b) => a - b);
    return keys.map((key) => ({ key, value: (this.#rows.get(key) ?? NOTHING).slice() }));
  }

  async write(writes: readonly OutboxWrite[]): Promise<void> {
    if (!this.#isOpen) throw storeError('store-failed', 'the outbox is closed');
    for (const { key, value } of writes) {
      if (value === undefined) this.#rows.delete(key);
      else this.#rows.set(key, value.slice());
    }
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }
}

const NOTHING = new Uint8Array(0);
