// When what is to happen at a rate is due: the first at the begin, each other one its interval after the one before, whatever
// happened meanwhile. Owns the schedule; the time is an argument.

/**
 * Who looks too late gets all that is due at once: the schedule never moves, so that so many are due in so much time, at one
 * a second and at 100,000. What holds them back in between (a window, a slow socket) is its own affair.
 */
export class Pacer {
  readonly #perMs: number;
  readonly #begunAt: number;
  #taken = 0;

  /** @param rate in a second, above 0; Infinity for no pace. */
  constructor(rate: number, begunAt: number) {
    this.#perMs = rate / 1000;
    this.#begunAt = begunAt;
  }

  get taken(): number {
    return this.#taken;
  }

  /** How many have become due since the last call, at most so many. */
  take(now: number, most: number): number {
    const due = Math.min(most, this.#dueBy(now) - this.#taken);
    if (!(due > 0)) return 0;
    this.#taken += due;
    return due;
  }

  /** When the one of this number, from 0, is due. */
  dueAt(number: number): number {
    return this.#begunAt + number / this.#perMs;
  }

  /** Milliseconds until the next one is due; 0 where it is. */
  waitMs(now: number): number {
    return Math.max(0, this.dueAt(this.#taken) - now);
  }

  /** How many are due by then, from the begin. */
  #dueBy(now: number): number {
    if (now < this.#begunAt) return 0;
    if (this.#perMs === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const due = Math.floor((now - this.#begunAt) * this.#perMs) + 1;
    // The two ways to calculate may differ in the last bit: whoever waits for `dueAt` is to find it due.
    return this.dueAt(due) <= now ? due + 1 : due;
  }
}
