// How many lines the log gets about what peers bring about: a flood of refusals is no flood of lines. What is left out is
// counted, and said. Pure.

import type { Counters } from '../hub/notes.ts';
import { Bucket } from './bucket.ts';
import { Windows } from './windows.ts';

/** Of one kind about one address in a minute: more than enough for what counts them, such as fail2ban. */
const LINES_PER_ADDRESS_MAX = 30;
const WINDOW_MS = 60_000;
const ADDRESSES_MAX = 20_000;
/** Of all kinds about all addresses. */
const LINES_PER_SECOND_MAX = 100;
const LINES_BURST = 1000;

export class Lines {
  readonly #counters: Counters;
  readonly #perAddress = new Windows(WINDOW_MS, ADDRESSES_MAX);
  readonly #all: Bucket;
  #leftOut = 0;

  constructor(counters: Counters, now: number) {
    this.#counters = counters;
    this.#all = new Bucket(LINES_PER_SECOND_MAX, LINES_BURST, now);
  }

  /** Whether a line may be written; one that may not is counted. */
  may(event: string, address: string, now: number): boolean {
    const count = this.#perAddress.count(`${event}\0${address}`, now);
    if (count <= LINES_PER_ADDRESS_MAX && this.#all.take(now)) return true;
    this.#leftOut += 1;
    this.#counters.logLinesLeftOut += 1;
    return false;
  }

  /** How many were left out since this was last asked. */
  sweep(now: number): number {
    this.#perAddress.sweep(now);
    const count = this.#leftOut;
    this.#leftOut = 0;
    return count;
  }
}
