// Load averages: how much a counter grows in a minute, averaged over 1, 5 and 15 minutes, the newest counting most.
// Pure: how much time has passed is an argument.

/** Over how many seconds, and the name of the topic. */
export const SPANS: readonly (readonly [name: string, seconds: number])[] = [
  ['1min', 60],
  ['5min', 300],
  ['15min', 900],
];

export class Load {
  #total: number;
  #averages: readonly number[] = SPANS.map(() => 0);

  constructor(total: number) {
    this.#total = total;
  }

  /** A minute's growth, for each span. */
  get averages(): readonly number[] {
    return this.#averages;
  }

  /** Takes the counter as it is now, `seconds` after it was last taken. */
  update(total: number, seconds: number): void {
    if (seconds <= 0) return;
    const aMinute = ((total - this.#total) * 60) / seconds;
    this.#total = total;
    this.#averages = this.#averages.map((before, i) => {
      const [, span] = SPANS[i] as (typeof SPANS)[number];
      return aMinute + Math.exp(-seconds / span) * (before - aMinute);
    });
  }
}
