// The disk of one application: the table in memory, which outlives processes, with writes that take virtual time, may fail,
// and are lost or not when the process dies under them. Looks that whoever uses it keeps the contract of its port.

import { MemoryRows } from '../../../packages/client/src/outbox/memory.ts';
import {
  type OutboxRow,
  type OutboxWrite,
  type RowStore,
  storeError,
} from '../../../packages/client/src/outbox/row-store.ts';
import type { Chance } from '../world/chance.ts';
import type { Clock } from '../world/clock.ts';
import type { Witness } from './witness.ts';

export interface TableFacts {
  /** How long a group takes, at most. */
  readonly writeMsMax: number;
  /** Of a hundred calls so many fail. */
  readonly failsPercent: number;
}

export class Table {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly witness: Witness;
  readonly facts: TableFacts;
  readonly rows = new MemoryRows();
  /** Nothing fails any more. */
  isCalm = false;

  constructor(clock: Clock, chance: Chance, witness: Witness, facts: TableFacts) {
    this.clock = clock;
    this.chance = chance;
    this.witness = witness;
    this.facts = facts;
  }

  get fails(): boolean {
    return !this.isCalm && this.facts.failsPercent > 0 && this.chance.next() * 100 < this.facts.failsPercent;
  }

  /**
   * Keys of rows besides the first, which says whose it is. Nobody has it open.
   * @param from of messages, and not of packet identifiers that were received.
   */
  async left(from = 1): Promise<readonly number[]> {
    const rows = await this.rows.open();
    await this.rows.close();
    return rows.map(({ key }) => key).filter((key) => key >= from);
  }
}

const NEVER = new Promise<never>(() => {});

/** The table as one process has it. */
export class Handle implements RowStore {
  /** It has told its process that it cannot be used. */
  hasFailed = false;
  readonly #table: Table;
  /** Something has happened that outlives the process, or is about to. */
  readonly #effect: () => void;
  /** Under way. */
  #group: readonly OutboxWrite[] | undefined;
  /** What is known once the next group is written, and the one under way. */
  #next: (() => void)[] = [];
  #written: (() => void)[] = [];
  #isDead = false;
  #isOpen = false;

  constructor(table: Table, effect: () => void) {
    this.#table = table;
    this.#effect = effect;
  }

  async open(): Promise<readonly OutboxRow[]> {
    await this.#takesTime();
    if (this.#table.fails) throw this.#failed('store-failed');
    try {
      const rows = await this.#table.rows.open();
      this.#isOpen = true;
      return rows;
    } catch (error) {
      this.#table.witness.fails('leak', 'the client before has ended, and has its outbox open');
      throw error;
    }
  }

  async write(writes: readonly OutboxWrite[]): Promise<void> {
    if (this.#isDead) return NEVER;
    const { rows, witness } = this.#table;
    if (!this.#isOpen) witness.fails('protocol', 'a client writes to an outbox that is not open');
    if (this.#group !== undefined) witness.fails('protocol', 'a client does not wait for a group of rows');
    if (new Set(writes.map(({ key }) => key)).size < writes.length)
      witness.fails('protocol', 'a client writes one row twice in a group');
    this.#group = writes;
    this.#written = this.#next.splice(0);
    const before = writes.map(({ value }) => value?.join());
    const fails = this.#table.fails;
    this.#effect();
    await this.#takesTime();
    if (before.some((value, index) => writes[index]?.value?.join() !== value))
      witness.fails('protocol', 'a client changes bytes that are being written');
    this.#group = undefined;
    if (fails) throw this.#failed('store-full');
    await rows.write(writes);
    this.#tell();
    this.#effect();
    if (this.#isDead) return NEVER;
  }

  async close(): Promise<void> {
    await this.#takesTime();
    this.#isOpen = false;
    await this.#table.rows.close();
  }

  /** The process is gone. What it was writing is there as a whole, or nothing of it. */
  die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    const { rows, chance } = this.#table;
    if (!this.#isOpen) return;
    // Both are done when they return: this table has nothing to wait for.
    if (this.#group !== undefined && chance.below(2) === 0) {
      void rows.write(this.#group);
      this.#tell();
    }
    void rows.close();
  }

  /** Calls when the first group that is begun from now on is written. */
  whenNext(call: () => void): void {
    this.#next.push(call);
  }

  #tell(): void {
    for (const call of this.#written.splice(0)) call();
  }

  /** Of a process that is dead nothing comes back. */
  async #takesTime(): Promise<void> {
    const { clock, chance, facts, isCalm } = this.#table;
    if (this.#isDead) return NEVER;
    const ms = isCalm ? 0 : chance.below(facts.writeMsMax + 1);
    await new Promise<void>((resolve) => clock.after(ms, resolve));
    if (this.#isDead) return NEVER;
  }

  #failed(problem: 'store-full' | 'store-failed') {
    this.hasFailed = true;
    return storeError(problem, 'the disk');
  }
}
