// A circuit breaker: what fails again and again is left alone for a while, then tried by one. Knows not what it protects.

export interface CircuitLimits {
  /** Failures in a row that open it. */
  readonly failuresMax: number;
  /** How long it stays open. */
  readonly pauseMs: number;
}

export class Circuit {
  readonly #limits: CircuitLimits;
  readonly #now: () => number;
  #failures = 0;
  #openUntil = Number.NEGATIVE_INFINITY;
  #trying = false;

  constructor(limits: CircuitLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#failures >= this.#limits.failuresMax;
  }

  /** Whether one more may try. Who may has to tell how it went. */
  mayTry(): boolean {
    if (!this.isOpen) return true;
    if (this.#trying || this.#now() < this.#openUntil) return false;
    this.#trying = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#trying = false;
  }

  /** True where it opens by this one. */
  failed(): boolean {
    const wasOpen = this.isOpen;
    this.#failures += 1;
    this.#trying = false;
    if (this.isOpen) this.#openUntil = this.#now() + this.#limits.pauseMs;
    return this.isOpen && !wasOpen;
  }
}
