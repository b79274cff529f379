// The time of one client: virtual, and its timers counted, so that one that is left behind is noticed.

import type { Clock as ClientClock } from '../../../packages/client/src/index.ts';
import type { Clock } from '../world/clock.ts';

export class OwnClock implements ClientClock {
  /** Timers that wait. */
  waiting = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now;
  }

  after(ms: number, call: () => void): () => void {
    this.waiting += 1;
    let waits = true;
    const over = (): void => {
      if (waits) this.waiting -= 1;
      waits = false;
    };
    const takeBack = this.#clock.after(Math.max(0, ms), () => {
      over();
      call();
    });
    return () => {
      over();
      takeBack();
    };
  }
}
