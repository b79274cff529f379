// When a connection ends because the login it stands on does, as with a token. Re-authentication sets it anew.

import { Timer, type Wheel } from '../hub/wheel.ts';

export class Expiry {
  readonly #wheel: Wheel;
  readonly #timer: Timer;

  constructor(wheel: Wheel, over: (now: number) => void) {
    this.#wheel = wheel;
    this.#timer = new Timer(over);
  }

  /** @param expiresAt ms since 1970; undefined for never */
  set(expiresAt: number | undefined): void {
    if (expiresAt === undefined || expiresAt === Number.POSITIVE_INFINITY) this.stop();
    else this.#wheel.set(this.#timer, expiresAt);
  }

  stop(): void {
    this.#wheel.cancel(this.#timer);
  }
}
