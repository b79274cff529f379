// Rows in memory whose writes wait until a test lets them through, fail when it says so, and outlive a process that is killed.

import type { OutboxStore } from '../../src/journal.ts';
import { MemoryRows } from '../../src/outbox/memory.ts';
import { type OutboxRow, type OutboxWrite, type RowStore, storeError } from '../../src/outbox/row-store.ts';
import { storedOutbox } from '../../src/outbox/stored.ts';

export class GatedRows implements RowStore {
  /** Writes go through at once. */
  isOpen: boolean;
  fails = false;
  groups = 0;
  /** A process that is gone. */
  #isDead = false;
  #waiting: (() => void) | undefined;
  readonly #rows: MemoryRows;

  constructor(isOpen = true, rows = new MemoryRows()) {
    this.isOpen = isOpen;
    this.#rows = rows;
  }

  get store(): OutboxStore {
    return storedOutbox(this);
  }

  open(): Promise<readonly OutboxRow[]> {
    return this.#rows.open();
  }

  async write(writes: readonly OutboxWrite[]): Promise<void> {
    if (!this.isOpen) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    if (this.#isDead) return new Promise(() => {});
    if (this.fails) throw storeError('store-full', 'there is no space');
    this.groups += 1;
    await this.#rows.write(writes);
  }

  async close(): Promise<void> {
    if (!this.#isDead) await this.#rows.close();
  }

  /** The group that waits is written. */
  go(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }

  /** The process is killed: what waits is never written. Gives what another one finds. */
  async kill(): Promise<GatedRows> {
    this.#isDead = true;
    await this.#rows.close();
    return new GatedRows(true, this.#rows);
  }
}
