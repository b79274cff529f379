// The time of one process: virtual, begun with it, and its timers counted, so that one that is left behind is noticed. It
// stands still when the process dies.

import type { Clock as ClientClock } from '../../../packages/client/src/index.ts';
import type { Clock } from '../world/clock.ts';

/** Milliseconds from 1970 to the beginning of virtual time. */
const WALL_AHEAD_MS = 1_790_000_000_000;

export class OwnClock implements ClientClock {
  readonly #clock: Clock;
  readonly #begun: number;
  readonly #waiting = new Set<() => void>();
  #stands = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begun = clock.now;
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  now(): number {
    return this.#clock.now - this.#begun;
  }

  wall(): number {
    return this.#clock.now + WALL_AHEAD_MS;
  }

  after(ms: number, call: () => void): () => void {
    if (this.#stands) return () => {};
    const takeBack = this.#clock.after(Math.max(0, ms), () => {
      this.#waiting.delete(takeBack);
      call();
    });
    this.#waiting.add(takeBack);
    return () => {
      this.#waiting.delete(takeBack);
      takeBack();
    };
  }

  /** No timer is over any more. */
  stop(): void {
    this.#stands = true;
    for (const takeBack of this.#waiting) takeBack();
    this.#waiting.clear();
  }
}
