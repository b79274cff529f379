// A token bucket: so many a second over time, so many at once. Pure: time comes in as an argument.

export class Bucket {
  readonly perSecond: number;
  readonly burst: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, burst: number, now: number) {
    this.perSecond = perSecond;
    this.burst = Math.max(1, burst);
    this.#tokens = this.burst;
    this.#at = now;
  }

  /** Takes `count` out, whether they are there or not: what is missing is a debt. */
  spend(count: number, now: number): void {
    this.#fill(now);
    this.#tokens -= count;
  }

  /** Takes one out if there is one. */
  take(now: number): boolean {
    this.#fill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** How long until nothing is owed, in ms; 0 where nothing is. */
  debtMs(now: number): number {
    this.#fill(now);
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.perSecond) * 1000);
  }

  /** Nothing has been taken for long enough that it might be new. */
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#tokens >= this.burst;
  }

  /** At least half of the burst is there. */
  isAtRest(now: number): boolean {
    this.#fill(now);
    return this.#tokens * 2 >= this.burst;
  }

  #fill(now: number): void {
    if (now <= this.#at) return;
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#at) / 1000) * this.perSecond);
    this.#at = now;
  }
}
