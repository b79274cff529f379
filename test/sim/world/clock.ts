// Virtual time: what falls due when, in one order. Nothing here waits.

interface Due {
  readonly at: number;
  readonly run: () => void;
}

export class Clock {
  /** Milliseconds. */
  now = 1_000_000;
  readonly #due: Due[] = [];

  /** Things that fall due at the same time happen in the order in which they were asked for. */
  at(at: number, run: () => void): void {
    let place = this.#due.length;
    while (place > 0 && (this.#due[place - 1] as Due).at > at) place -= 1;
    this.#due.splice(place, 0, { at, run });
  }

  after(ms: number, run: () => void): void {
    this.at(this.now + ms, run);
  }

  /** Lets time pass, and all that falls due meanwhile happen. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (let next = this.#due[0]; next !== undefined && next.at <= until; next = this.#due[0]) {
      this.#due.shift();
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = until;
  }
}
