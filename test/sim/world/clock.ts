// Virtual time: what falls due when, in one order. Nothing here waits.

interface Due {
  readonly at: number;
  readonly run: () => void;
}

export class Clock {
  /** Milliseconds. */
  now = 1_000_000;
  /** How many things have happened. */
  steps = 0;
  readonly #due: Due[] = [];

  /**
   * Things that fall due at the same time happen in the order in which they were asked for.
   * Returns what takes it back.
   */
  at(at: number, run: () => void): () => void {
    let place = this.#due.length;
    while (place > 0 && (this.#due[place - 1] as Due).at > at) place -= 1;
    const due = { at, run };
    this.#due.splice(place, 0, due);
    return () => this.#takeBack(due);
  }

  after(ms: number, run: () => void): () => void {
    return this.at(this.now + ms, run);
  }

  /** Lets time pass, and all that falls due meanwhile happen. */
  pass(ms: number): void {
    const until = this.now + ms;
    while (this.step(until));
  }

  /** The next thing happens, if it falls due by then; else it is then, and false is what comes back. */
  step(until: number): boolean {
    const next = this.#due[0];
    if (next === undefined || next.at > until) {
      this.now = Math.max(this.now, until);
      return false;
    }
    this.#due.shift();
    this.steps += 1;
    this.now = Math.max(this.now, next.at);
    next.run();
    return true;
  }

  #takeBack(due: Due): void {
    const place = this.#due.indexOf(due);
    if (place >= 0) this.#due.splice(place, 1);
  }
}
