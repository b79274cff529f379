// What waits for one session, in order: a window in memory, behind it what is only on disk, behind that what is on its
// way there. A session that is not stored has all of it in the window.

import { Backlog, type BacklogLimits } from '@anax/protocol';
import type { Owed } from './owed.ts';

/** How many are brought from the disk at once, and how many wait in memory for a client that is connected. */
export const WINDOW_MAX = 256;

/** What was read from the disk. */
export interface Read {
  readonly owed: readonly Owed[];
  /** How many rows there were, readable or not. */
  readonly rows: number;
  /** Behind the last of them. */
  readonly next: number;
}

/** Where the middle of the queue is. */
export interface Disk {
  /** The debts of a session whose rows stand at `place` or behind it and before `end`, `count` at the most, in order. */
  read(sessionNumber: number, place: number, end: number, count: number): Read;
  /** It is on disk and need not be in memory. */
  unload(owed: Owed): void;
}

/** What most queues are: one for all of them, and never added to. */
const NOTHING = new Backlog<Owed>();

export class Queue {
  /** Under which the store has it; 0 where it is not stored. */
  sessionNumber = 0;
  readonly #disk: Disk;
  #window = NOTHING;
  #fresh = NOTHING;
  #diskSize = 0;
  #diskBytes = 0;
  /** Nothing that is only on disk stands before it. */
  #diskPlace = 1;
  /** Nothing that is only on disk stands there or behind it. */
  #diskEnd = 1;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  get size(): number {
    return this.#window.size + this.#diskSize + this.#fresh.size;
  }

  get bytes(): number {
    return this.#window.bytes + this.#diskBytes + this.#fresh.bytes;
  }

  /** What of it is in memory and can be dropped: of a queue that is stored, nothing, as all of it is promised. */
  get memoryBytes(): number {
    return this.sessionNumber === 0 ? this.#window.bytes + this.#fresh.bytes : 0;
  }

  /** Whether one more of `bytes` fits. */
  fits(bytes: number, { queueMessagesMax, queueBytesMax }: BacklogLimits): boolean {
    return this.size < queueMessagesMax && this.bytes + bytes <= queueBytesMax;
  }

  /** Neither number is near its limit: the next time that one is reached is another crossing. */
  isBelowHalf({ queueMessagesMax, queueBytesMax }: BacklogLimits): boolean {
    return this.size * 2 < queueMessagesMax && this.bytes * 2 < queueBytesMax;
  }

  /** The last of the queue; `mayLeave`: once it is stored it need not stay in memory. */
  push(owed: Owed, mayLeave: boolean): void {
    const isBehind = this.#diskSize > 0 || this.#fresh.size > 0;
    const leaves = owed.row !== undefined && (mayLeave || this.#window.size >= WINDOW_MAX);
    if (leaves || isBehind) this.#toFresh(owed);
    else this.#toWindow(owed);
  }

  #toFresh(owed: Owed): void {
    if (this.#fresh === NOTHING) this.#fresh = new Backlog();
    this.#fresh.push(owed, owed.message.body.bytes);
  }

  #toWindow(owed: Owed): void {
    if (this.#window === NOTHING) this.#window = new Backlog();
    this.#window.push(owed, owed.message.body.bytes);
    if (owed.row !== undefined) this.#diskPlace = owed.row.place + 1;
  }

  /** At the start of the broker: one that is on disk. */
  found(place: number, bytes: number): void {
    if (this.#diskSize === 0) this.#diskPlace = place;
    this.#diskEnd = place + 1;
    this.#diskSize += 1;
    this.#diskBytes += bytes;
  }

  /** The first that waits, without taking it. */
  peek(): Owed | undefined {
    if (this.#window.size === 0) this.#bring();
    return this.#window.peek();
  }

  shift(): Owed | undefined {
    if (this.#window.size === 0) this.#bring();
    return this.#window.shift();
  }

  /** The next from the disk, or from what is on its way there, to the end of the window. */
  #bring(): void {
    if (this.#diskSize === 0) {
      for (let left = WINDOW_MAX; left > 0 && this.#fresh.size > 0; left--) {
        this.#toWindow(this.#fresh.shift() as Owed);
      }
      return;
    }
    const count = Math.min(WINDOW_MAX, this.#diskSize);
    const { place, end } = this.onDisk;
    const { owed, rows, next } = this.#disk.read(this.sessionNumber, place, end, count);
    for (const one of owed) {
      this.#diskBytes -= one.message.body.bytes;
      this.#toWindow(one);
    }
    this.#diskPlace = next;
    // Fewer than were counted: there are no more.
    this.#diskSize = rows < count ? 0 : this.#diskSize - rows;
    if (this.#diskSize === 0) this.#diskBytes = 0;
    // Rows that are damaged are passed over.
    if (owed.length === 0) this.#bring();
  }

  /** A batch is on disk: what it has of the newest need not be in memory. */
  committed(batch: number): void {
    for (;;) {
      const owed = this.#fresh.peek();
      const row = owed?.row;
      if (owed === undefined || row === undefined || row.batch === 0 || row.batch > batch) return;
      this.#fresh.shift();
      // Rows before the first that waits on disk are under way: they were sent without having waited.
      if (this.#diskSize === 0) this.#diskPlace = row.place;
      this.#diskEnd = row.place + 1;
      this.#diskSize += 1;
      this.#diskBytes += owed.message.body.bytes;
      this.#disk.unload(owed);
    }
  }

  /** All that wait, in order, in memory. */
  values(): IterableIterator<Owed> {
    this.#load();
    return this.#window.values();
  }

  /** Takes out all that `isTaken` says, in order; what is left keeps its order. */
  take(isTaken: (owed: Owed) => boolean): Owed[] {
    this.#load();
    return this.#window.take(isTaken);
  }

  #load(): void {
    while (this.#diskSize > 0 || this.#fresh.size > 0) this.#bring();
  }

  /** What is in memory, to be forgotten; what is only on disk is for whoever sweeps. */
  *drain(): IterableIterator<Owed> {
    for (let owed = this.#window.shift(); owed !== undefined; owed = this.#window.shift()) yield owed;
    for (let owed = this.#fresh.shift(); owed !== undefined; owed = this.#fresh.shift()) yield owed;
  }

  /** How many are only on disk, from where on, and up to where. */
  get onDisk(): { readonly size: number; readonly place: number; readonly end: number } {
    return { size: this.#diskSize, place: this.#diskPlace, end: this.#diskEnd };
  }
}
