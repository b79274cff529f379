// What follows when a connection has ended, as a pure machine: when to try again and where, or that nothing follows.
// Is told what happened and when; opens nothing, waits for nothing. Lives as long as the client.

import { MqttError, type PropertiesOf, Reason } from '@anax/protocol';
import type { CloseCode, CloseReason } from './errors.ts';
import { REDIRECTS } from './features.ts';
import type { BackOffLimits, ReconnectPolicy } from './reconnect-policy.ts';
import { ConnectionRefusedError } from './typed-errors.ts';

export interface ReconnectLimits extends BackOffLimits {
  /** The first connection is retried, too; otherwise its failure is the end. */
  readonly initially: boolean;
  /** A connection that lasted so long was a success: attempts and redirects are counted anew. */
  readonly stableMs: number;
  /** Server References followed in a row; 0 follows none. What CONNECT says, passwords too, goes to the server named. */
  readonly redirectsMax: number;
  /** Take-overs by another client with this client identifier that are answered with a new connection... */
  readonly takeOversMax: number;
  /** ... within this time; one more is the end. */
  readonly takeOverWindowMs: number;
}

export const RECONNECT_LIMITS: ReconnectLimits = {
  initially: false,
  delayBaseMs: 500,
  delayMaxMs: 30_000,
  attemptsMax: Number.POSITIVE_INFINITY,
  stableMs: 10_000,
  redirectsMax: 0,
  takeOversMax: 3,
  takeOverWindowMs: 60_000,
};

/** Where to connect: `server` is a Server Reference, undefined the server that the application named. */
export interface Place {
  readonly server: string | undefined;
  /** Which of its addresses, from 0. */
  readonly address: number;
}

/** @throws MqttError `invalid-option` */
export function reconnectLimits(given: Partial<ReconnectLimits>): ReconnectLimits {
  const limits = { ...RECONNECT_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value === 'boolean' || value >= 0) continue;
    throw new MqttError('invalid-option', `reconnect.${name} is ${value}, not 0 or more`);
  }
  return limits;
}

export type Next =
  | {
      readonly type: 'again';
      readonly place: Place;
      /** From 1; other addresses of one server, and servers it refers to, belong to one attempt. */
      readonly attempt: number;
      readonly delayMs: number;
      readonly at: number;
    }
  | { readonly type: 'stop'; readonly reason: CloseReason };

export class Reconnect {
  readonly #limits: ReconnectLimits;
  /** Undefined where nothing is made again. */
  readonly #policy: ReconnectPolicy | undefined;
  /** What 0x9D has said for good; undefined is the server that the application named. */
  #home: string | undefined;
  #place: Place = { server: undefined, address: 0 };
  #addresses = 1;
  #attempt = 0;
  #redirects = 0;
  #takeOvers: readonly number[] = [];
  #connectedAt: number | undefined;
  #everConnected = false;

  constructor(limits: ReconnectLimits, policy: ReconnectPolicy | undefined) {
    this.#limits = limits;
    this.#policy = policy;
  }

  get place(): Place {
    return this.#place;
  }

  /** Attempts since the last connection that lasted. */
  get attempt(): number {
    return this.#attempt;
  }

  /** How many addresses the server of this attempt has. */
  found(addresses: number): void {
    this.#addresses = addresses;
  }

  /** CONNACK has said yes. */
  connected(now: number): void {
    this.#connectedAt = now;
    this.#everConnected = true;
  }

  /** The connection was lost, or the attempt has failed. */
  ended(reason: CloseReason, now: number): Next {
    const since = this.#connectedAt;
    this.#connectedAt = undefined;
    if (since !== undefined && now - since >= this.#limits.stableMs) {
      this.#attempt = 0;
      this.#redirects = 0;
    }
    if (ASKED_FOR.has(reason.code)) return { type: 'stop', reason };
    const redirect = REDIRECTS ? redirectOf(reason) : undefined;
    if (redirect !== undefined && this.#limits.redirectsMax > 0)
      return this.#redirected(redirect, reason, now);
    const again = this.#policy?.retryable(reason) ?? !OWN_DOING.has(reason.code);
    if (!again) return { type: 'stop', reason };
    if (since === undefined && this.#place.address + 1 < this.#addresses) {
      return this.#go({ ...this.#place, address: this.#place.address + 1 }, 0, now);
    }
    if (this.#policy === undefined) return { type: 'stop', reason };
    if (!this.#everConnected && !this.#limits.initially) return { type: 'stop', reason };
    if (reason.reasonCode === Reason.sessionTakenOver && !this.#mayTakeBack(now)) {
      const message = 'another client with the same client identifier takes the session over again and again';
      return stop('take-over-loop', message, reason);
    }
    return this.#later(this.#policy, reason, now);
  }

  #later(policy: ReconnectPolicy, reason: CloseReason, now: number): Next {
    this.#attempt += 1;
    const delayMs = policy.delayMs(this.#attempt, reason);
    if (delayMs === undefined) {
      return stop('reconnect-failed', `given up after ${this.#attempt - 1} attempts to reconnect`, reason);
    }
    return this.#go({ server: this.#home, address: 0 }, delayMs, now);
  }

  /** At once, as the server asks for it; how often in a row is limited. [5:4.11] */
  #redirected({ server, forGood }: Redirect, reason: CloseReason, now: number): Next {
    this.#redirects += 1;
    const { redirectsMax } = this.#limits;
    if (this.#redirects > redirectsMax) {
      return stop(
        'redirect-loop',
        `servers refer to others more than ${redirectsMax} times in a row`,
        reason,
      );
    }
    if (forGood) this.#home = server;
    return this.#go({ server, address: 0 }, 0, now);
  }

  #go(place: Place, delayMs: number, now: number): Next {
    if (place.server !== this.#place.server || place.address === 0) this.#addresses = 1;
    this.#place = place;
    return { type: 'again', place, attempt: this.#attempt, delayMs, at: now + delayMs };
  }

  #mayTakeBack(now: number): boolean {
    const { takeOversMax, takeOverWindowMs } = this.#limits;
    this.#takeOvers = [...this.#takeOvers.filter((at) => now - at < takeOverWindowMs), now];
    return this.#takeOvers.length <= takeOversMax;
  }
}

interface Redirect {
  readonly server: string;
  readonly forGood: boolean;
}

/** Use another server (0x9C) and Server moved (0x9D) with a Server Reference. [5:4.11] */
function redirectOf({ reasonCode, error, properties }: CloseReason): Redirect | undefined {
  if (reasonCode !== Reason.useAnotherServer && reasonCode !== Reason.serverMoved) return undefined;
  const said: PropertiesOf<'disconnect'> | undefined =
    error instanceof ConnectionRefusedError ? error.properties : properties;
  const server = said?.serverReference;
  return server === undefined ? undefined : { server, forGood: reasonCode === Reason.serverMoved };
}

/** Whatever a policy says. */
const ASKED_FOR: ReadonlySet<CloseCode> = new Set<CloseCode>(['disconnected', 'aborted']);

/** Another address of the server cannot change these. */
const OWN_DOING: ReadonlySet<CloseCode> = new Set<CloseCode>([
  'no-authenticator',
  'authentication-failed',
  'server-not-authenticated',
  'connection-refused',
]);

function stop(code: CloseCode, message: string, reason: CloseReason): Next {
  const { reasonCode, properties, error: cause } = reason;
  const error = new MqttError(code, message, reasonCode === undefined ? {} : { side: 'server', reasonCode }, {
    cause,
  });
  return { type: 'stop', reason: { code, reasonCode, properties, error } };
}
