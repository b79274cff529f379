// The broker's end of a connection as the broker sees it. What it has put together leaves in order, what promises something
// once the batch that it waits for is committed.

import { GrowingOutput } from '@anax/protocol';
import type { Wire } from '../../../packages/broker/src/hub/link.ts';
import type { Counters } from '../../../packages/broker/src/hub/notes.ts';

/** Bytes, and the batch that they wait for. */
export interface Held {
  readonly batch: number;
  readonly bytes: Uint8Array;
}

export interface Commits {
  /** All batches up to this one are committed. */
  committed: number;
}

export class SimWire implements Wire {
  readonly out = new GrowingOutput(256);
  readonly address: string;
  readonly counters: Counters;
  congested = false;
  closed = false;
  paused = false;
  readonly #commits: Commits;
  readonly #ignoresHold: boolean;
  #batch = 0;
  #parts: Held[] = [];

  constructor(address: string, counters: Counters, commits: Commits, ignoresHold: boolean) {
    this.address = address;
    this.counters = counters;
    this.#commits = commits;
    this.#ignoresHold = ignoresHold;
  }

  close(): void {
    this.closed = true;
    this.paused = false;
  }

  hold(batch: number): void {
    if (this.#ignoresHold || batch === this.#batch || batch <= this.#commits.committed) return;
    this.#part();
    this.#batch = batch;
  }

  /** What has been put together since the last time. */
  take(): readonly Held[] {
    this.#part();
    const parts = this.#parts;
    if (parts.length > 0) this.#parts = [];
    return parts;
  }

  #part(): void {
    if (this.out.length === 0) return;
    this.#parts.push({ batch: this.#batch, bytes: this.out.written().slice() });
    this.out.length = 0;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}
