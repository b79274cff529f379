// How much one client asks for: packets and bytes, each so many a second and so many at once. Says how long nothing more
// is to be read from it, and when it has gone on for too long. Pure.

import type { Packet } from '@anax/protocol';
import { Bucket } from './bucket.ts';
import type { AbuseLimits } from './limits.ts';

/** What ran out. */
export type Excess = 'message-rate' | 'byte-rate';

/** Once on a connection; and answers to what we have sent: we set their pace. */
const UNCOUNTED: ReadonlySet<Packet['type']> = new Set([
  'connect',
  'disconnect',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
]);

export class Pace {
  readonly #messages: Bucket | undefined;
  readonly #bytes: Bucket | undefined;
  readonly #slowdownMaxMs: number;
  /** Since when it has been slowed down, with no rest in between. */
  #since: number | undefined;

  constructor(limits: AbuseLimits, now: number) {
    this.#messages = bucket(limits.messagesPerSecondMax, limits.messagesBurst, now);
    this.#bytes = bucket(limits.bytesPerSecondMax, limits.bytesBurst, now);
    this.#slowdownMaxMs = limits.slowdownMaxMs;
  }

  arrived(bytes: number, now: number): void {
    if (this.#since !== undefined && this.#isAtRest(now)) this.#since = undefined;
    this.#bytes?.spend(bytes, now);
  }

  handled(type: Packet['type'], now: number): void {
    if (this.#messages !== undefined && !UNCOUNTED.has(type)) this.#messages.spend(1, now);
  }

  /** Whether what has come already has to wait, too: packets, not bytes, which are there. */
  holdsPackets(now: number): boolean {
    return this.#messages !== undefined && this.#messages.debtMs(now) > 0;
  }

  /** How long nothing more is to be read, in ms; 0 where it may go on. */
  waitMs(now: number): number {
    const wait = Math.max(this.#messages?.debtMs(now) ?? 0, this.#bytes?.debtMs(now) ?? 0);
    if (wait > 0) this.#since ??= now;
    return wait;
  }

  /** What it has asked for too much of, for too long. */
  excess(now: number): Excess | undefined {
    if (this.#slowdownMaxMs === 0 || this.#since === undefined) return undefined;
    if (now - this.#since < this.#slowdownMaxMs) return undefined;
    return (this.#messages?.debtMs(now) ?? 0) > 0 ? 'message-rate' : 'byte-rate';
  }

  #isAtRest(now: number): boolean {
    return (this.#messages?.isAtRest(now) ?? true) && (this.#bytes?.isAtRest(now) ?? true);
  }
}

/** Undefined where neither is limited: nothing is counted then. */
export function paceOf(limits: AbuseLimits, now: number): Pace | undefined {
  const isLimited = limits.messagesPerSecondMax > 0 || limits.bytesPerSecondMax > 0;
  return isLimited ? new Pace(limits, now) : undefined;
}

function bucket(perSecond: number, burst: number, now: number): Bucket | undefined {
  return perSecond === 0 ? undefined : new Bucket(perSecond, burst === 0 ? perSecond : burst, now);
}
