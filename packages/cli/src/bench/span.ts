// How many of something there were, and in how much time. Reads no clock.

export class Span {
  count = 0;
  #firstAt = 0;
  #lastAt = 0;

  add(now: number): void {
    if (this.count === 0) this.#firstAt = now;
    this.count += 1;
    this.#lastAt = now;
  }

  restart(): void {
    this.count = 0;
  }

  /** From the first to the last. */
  get ms(): number {
    return this.count === 0 ? 0 : this.#lastAt - this.#firstAt;
  }

  /** A second; undefined where there were not two at different times. */
  get rate(): number | undefined {
    // Of n there are n - 1 intervals.
    return this.ms > 0 ? ((this.count - 1) * 1000) / this.ms : undefined;
  }
}
