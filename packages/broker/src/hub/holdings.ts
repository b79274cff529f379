// What all sessions together keep, queued or under way: bounded in messages and bytes. A message that many are owed
// counts its bytes once.

import type { Limits } from './limits.ts';
import { type Body, FORGOTTEN } from './owed.ts';

export class Holdings {
  readonly #limits: Limits;
  #messages = 0;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Debts: a message counts for each session. */
  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether one more debt fits, with a message of `bytes` that may have to be kept for it. */
  fits(bytes: number): boolean {
    const { heldMessagesMax, heldBytesMax } = this.#limits;
    return this.#messages < heldMessagesMax && this.#bytes + bytes <= heldBytesMax;
  }

  /** Neither number is near its limit: the next time that one is reached is another crossing. */
  get isBelowHalf(): boolean {
    const { heldMessagesMax, heldBytesMax } = this.#limits;
    return this.#messages * 2 < heldMessagesMax && this.#bytes * 2 < heldBytesMax;
  }

  take(body: Body): void {
    if (body === FORGOTTEN.body) return;
    this.#messages += 1;
    if (body.holders === 0) this.#bytes += body.bytes;
    body.holders += 1;
  }

  release(body: Body): void {
    if (body === FORGOTTEN.body) return;
    this.#messages -= 1;
    body.holders -= 1;
    if (body.holders === 0) this.#bytes -= body.bytes;
  }
}
