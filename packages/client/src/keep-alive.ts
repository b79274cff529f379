// Keep alive: when to send PINGREQ and when to give the server up. Time is an argument. [5:3.1.2.10] [3.1.1:3.1.2.10]

/** A timer later than this was not served: this end slept, or was throttled, and has read nothing meanwhile. */
const LATE_MS = 1000;
export type KeepAliveStep = 'nothing' | 'ping' | 'give-up';

export class KeepAlive {
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  #heardAt: number;
  /** When the answer to PINGREQ is due; Infinity while none is awaited. */
  #answerDue = Number.POSITIVE_INFINITY;
  /** It was late once already since the server was last heard of. */
  #wasLate = false;

  /** @param seconds after which PINGREQ is sent where either end has been silent; 0 turns it off. */
  constructor(seconds: number, timeoutMs: number, now: number) {
    this.#heardAt = now;
    this.#intervalMs = seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * When `step` has something to do, in ms. [5:MQTT-3.1.2-20] [3.1.1:MQTT-3.1.2-23]
   * Who publishes all the time need not ask for the server's sake, but would not see that nothing arrives.
   */
  deadline(lastSentAt: number): number {
    return Math.min(this.#answerDue, this.#silentSince(lastSentAt) + this.#intervalMs);
  }

  /** @param deaf whether this end has stopped reading, so that an answer may be waiting. */
  step(now: number, lastSentAt: number, deaf: boolean): KeepAliveStep {
    if (now >= this.#answerDue) {
      // The answer may be there, unread: ask once more. Where every timer is late, the second one has to do.
      const slept = now - this.#answerDue > LATE_MS && !this.#wasLate;
      if (!deaf && !slept) return 'give-up';
      this.#wasLate = slept;
      this.#answerDue = now + this.#timeoutMs;
      return 'ping';
    }
    return now >= this.#silentSince(lastSentAt) + this.#intervalMs ? 'ping' : 'nothing';
  }

  pinged(now: number): void {
    if (this.#answerDue === Number.POSITIVE_INFINITY) this.#answerDue = now + this.#timeoutMs;
  }

  answered(): void {
    this.#answerDue = Number.POSITIVE_INFINITY;
    this.#wasLate = false;
  }

  /** Bytes have come: the server lives, its answer may stand behind them. */
  alive(now: number): void {
    this.#wasLate = false;
    this.#heardAt = now;
    if (this.#answerDue !== Number.POSITIVE_INFINITY) this.#answerDue = now + this.#timeoutMs;
  }

  /** One question at a time is enough for what the server owes. */
  #silentSince(lastSentAt: number): number {
    return this.#answerDue === Number.POSITIVE_INFINITY ? Math.min(lastSentAt, this.#heardAt) : lastSentAt;
  }
}
