// Streams in memory may answer while they are written to: their reader runs inside our write. A machine is not called in
// the middle of its own work, so what such a stream tells meanwhile waits, in order, until the turn is over.

export class Handover {
  #writing = 0;
  #waiting: (() => void)[] = [];

  /** Hands bytes to a stream. */
  give(write: () => void): void {
    this.#writing += 1;
    try {
      write();
    } finally {
      this.#writing -= 1;
    }
  }

  /** Passes on what a stream tells: now, or after all that waits. */
  take(pass: () => void): void {
    if (this.#writing === 0 && this.#waiting.length === 0) return pass();
    this.#waiting.push(pass);
    if (this.#waiting.length === 1) setImmediate(() => this.#passAll());
  }

  #passAll(): void {
    const waiting = this.#waiting;
    // What comes while these are passed on is behind them: one more turn, so that two who answer each other starve nobody.
    let passed = 0;
    for (const count = waiting.length; passed < count; passed++) waiting[passed]?.();
    this.#waiting = waiting.slice(passed);
    if (this.#waiting.length > 0) setImmediate(() => this.#passAll());
  }
}
