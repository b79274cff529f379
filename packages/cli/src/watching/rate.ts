// How often something happens, smoothed: what was long ago counts less. Knows no time but what it is told.

/** What is so long ago counts a third. */
const SMOOTH_MS = 5000;
/** Before there was so much time to look, one event would be many a second. */
const LOOKED_MS_MIN = 1000;

export class Rate {
  #perMs = 0;
  #at = 0;

  add(now: number): void {
    this.#perMs = this.#perMs * Math.exp((this.#at - now) / SMOOTH_MS) + 1 / SMOOTH_MS;
    this.#at = now;
  }

  /** @param since when one began to look: what was before is not known, and not taken for nothing. */
  perSecond(now: number, since: number): number {
    const looked = 1 - Math.exp(-Math.max(LOOKED_MS_MIN, now - since) / SMOOTH_MS);
    return (1000 * this.#perMs * Math.exp((this.#at - now) / SMOOTH_MS)) / looked;
  }

  copy(): Rate {
    const copy = new Rate();
    copy.#perMs = this.#perMs;
    copy.#at = this.#at;
    return copy;
  }
}
