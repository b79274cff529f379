// Not reading from a client that asks for more than it may: back-pressure first, which costs only its own connection.
// Owns when it is read from again and when it has to go; how much it may ask for is `abuse/pace.ts`.

import { type Packet, Reason, type ReasonCode } from '@anax/protocol';
import type { Excess, Pace } from '../abuse/pace.ts';
import type { Hub } from '../hub/hub.ts';
import type { Wire } from '../hub/link.ts';
import { Timer } from '../hub/wheel.ts';

/** What the connection does about it. */
export interface Slowed {
  /** What has come and had to wait may be looked at. */
  readonly goOn: (now: number) => void;
  /** From now on nothing is read from it for a while. */
  readonly began: (text: string, now: number) => void;
  /** It is read from again: until now it was we who did not listen. */
  readonly ended: (now: number) => void;
  readonly over: (reasonCode: ReasonCode, text: string, now: number) => void;
}

const OVER: Readonly<Record<Excess, readonly [reasonCode: ReasonCode, text: string]>> = {
  'message-rate': [Reason.messageRateTooHigh, 'more messages a second than there may be, for too long'],
  'byte-rate': [Reason.quotaExceeded, 'more bytes a second than there may be, for too long'],
};

export class Slowdown {
  /** Nothing is read from it. */
  isSlow = false;
  readonly #pace: Pace;
  readonly #hub: Hub;
  readonly #wire: Wire;
  readonly #slowed: Slowed;
  readonly #timer: Timer;

  constructor(pace: Pace, hub: Hub, wire: Wire, slowed: Slowed) {
    this.#pace = pace;
    this.#hub = hub;
    this.#wire = wire;
    this.#slowed = slowed;
    this.#timer = new Timer(slowed.goOn);
  }

  arrived(bytes: number, now: number): void {
    this.#pace.arrived(bytes, now);
  }

  handled(type: Packet['type'], now: number): void {
    this.#pace.handled(type, now);
  }

  holdsPackets(now: number): boolean {
    return this.#pace.holdsPackets(now);
  }

  /** All that may be looked at has been: reads on, or does not. */
  settle(now: number): void {
    const wait = this.#pace.waitMs(now);
    const wasSlow = this.isSlow;
    this.isSlow = wait > 0;
    if (wait > 0) return this.#wait(wait, wasSlow, now);
    if (!wasSlow) return;
    if (!this.#hub.journal.isThrottled(this.#wire)) this.#wire.resume();
    this.#slowed.ended(now);
  }

  #wait(wait: number, wasSlow: boolean, now: number): void {
    const excess = this.#pace.excess(now);
    if (excess !== undefined) {
      this.#hub.counters.clientsOverRate += 1;
      return this.#slowed.over(...OVER[excess], now);
    }
    // Every time: a journal that has room again lets everybody go on.
    this.#wire.pause();
    this.#hub.wheel.set(this.#timer, now + wait);
    if (wasSlow) return;
    this.#hub.counters.clientsSlowed += 1;
    this.#slowed.began('asks for more than it may: it is read from later', now);
  }

  stop(): void {
    this.#hub.wheel.cancel(this.#timer);
  }
}
