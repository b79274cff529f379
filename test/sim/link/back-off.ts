// What a client may do between two connections: an attempt after its delay and not before, a delay that is what the limits
// and the drawn number say, other addresses at once and each only once.

import type { ReconnectLimits } from '../../../packages/client/src/index.ts';
import type { Clock } from '../world/clock.ts';
import type { Witness } from './witness.ts';

type Limits = Pick<ReconnectLimits, 'delayBaseMs' | 'delayMaxMs' | 'stableMs'>;

/** Of a delay that was added to a time and taken from it again. */
const ROUNDED_MS = 1e-6;

export class BackOff {
  /** Connections made. */
  connections = 0;
  /** How often the way to the server was looked for. */
  dials = 0;
  readonly #who: string;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #witness: Witness;
  readonly #random: () => number;
  #drawn = 0;
  /** Before the client is open nobody hears of attempts. */
  #attempt: number | undefined;
  #dueAt = 0;
  #connectedAt: number | undefined;
  /** Since the last dial: pipes opened. */
  #opens = 0;
  #addresses = 0;

  constructor(who: string, limits: Limits, clock: Clock, witness: Witness, random: () => number) {
    this.#who = who;
    this.#limits = limits;
    this.#clock = clock;
    this.#witness = witness;
    this.#random = random;
  }

  /** For the client's jitter. */
  readonly random = (): number => {
    this.#drawn = this.#random();
    return this.#drawn;
  };

  connected(): void {
    this.connections += 1;
    this.#connectedAt = this.#clock.now;
  }

  disconnected(): void {
    const since = this.#connectedAt ?? this.#clock.now;
    if (this.#clock.now - since >= this.#limits.stableMs) this.#attempt = 0;
  }

  /** The client says when it will try again. */
  reconnecting(attempt: number, delayMs: number): void {
    const { delayBaseMs, delayMaxMs } = this.#limits;
    const wasConnected = this.#connectedAt !== undefined;
    this.#connectedAt = undefined;
    const isOtherAddress = !wasConnected && delayMs === 0 && attempt === this.#attempt;
    if (this.#attempt === undefined) this.#attempt = attempt;
    else if (!isOtherAddress) {
      this.#attempt += 1;
      const expected = this.#drawn * Math.min(delayMaxMs, delayBaseMs * 2 ** (this.#attempt - 1));
      if (attempt !== this.#attempt || delayMs !== expected)
        this.#fails(`says attempt ${attempt} in ${delayMs} ms, and not ${this.#attempt} in ${expected} ms`);
    }
    this.#dueAt = this.#clock.now + delayMs;
  }

  dialled(): void {
    this.dials += 1;
    this.#requireDue();
    this.#opens = 0;
  }

  found(addresses: number): void {
    this.#addresses = addresses;
  }

  opened(): void {
    this.#requireDue();
    this.#opens += 1;
    if (this.#opens > this.#addresses)
      this.#fails(`opens ${this.#opens} connections to ${this.#addresses} addresses`);
  }

  #requireDue(): void {
    const earlyMs = this.#dueAt - this.#clock.now;
    if (earlyMs > ROUNDED_MS) this.#fails(`tries again ${earlyMs} ms before it said`);
  }

  #fails(what: string): void {
    this.#witness.fails('back-off', `${this.#who} ${what}`);
  }
}
