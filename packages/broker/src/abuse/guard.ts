// Who is kept out for what it did: too many connections, too many failed logins, too many changes of mind, bans. One for
// a broker. Pure: `advance` tells the time; every decision is counted and leaves a line, as far as lines may be written.

import { Reason, type ReasonCode } from '@anax/protocol';
import type { Refusal } from '../access/access.ts';
import type { Counters, Note } from '../hub/notes.ts';
import { Addresses, type Place } from './addresses.ts';
import { type Ban, Bans, type BanTarget } from './bans.ts';
import type { AbuseLimits } from './limits.ts';
import { Lines } from './lines.ts';
import { Logins } from './logins.ts';
import { Windows } from './windows.ts';

/** Clients whose connections are counted. */
const CLIENTS_MAX = 100_000;
const SWEEP_MS = 10_000;

/** Who wants to come in, as far as it says. */
export interface Who {
  readonly clientId: string;
  readonly userName: string | undefined;
  readonly address: string;
}

/** What an address is told nothing of: its connection is closed. */
const CLOSED = {
  'address-connections': 'this address has as many connections as it may',
  'address-connecting': 'this address has as many connections that have not connected yet as it may',
  'address-rate': 'this address makes connections faster than it may',
} as const;

export class Guard {
  readonly bans: Bans;
  readonly lines: Lines;
  #limits: AbuseLimits;
  readonly #addresses: Addresses;
  readonly #logins: Logins;
  readonly #connects: Windows;
  readonly #counters: Counters;
  readonly #note: (note: Note) => void;
  #sweptAt: number;

  constructor(limits: AbuseLimits, counters: Counters, note: (note: Note) => void, now: number) {
    this.#limits = limits;
    this.#counters = counters;
    this.#note = note;
    this.#sweptAt = now;
    this.bans = new Bans(limits.bansMax);
    this.lines = new Lines(counters, now);
    this.#addresses = new Addresses(limits);
    this.#logins = new Logins(limits);
    this.#connects = new Windows(limits.flappingWindowMs, CLIENTS_MAX);
  }

  get limits(): AbuseLimits {
    return this.#limits;
  }

  /** Other limits hold from now on; who is banned stays so. */
  obey(limits: AbuseLimits): void {
    this.#limits = limits;
    this.bans.bansMax = limits.bansMax;
    this.#addresses.obey(limits);
    this.#logins.obey(limits);
    this.#connects.windowMs = limits.flappingWindowMs;
  }

  /** Whether a socket from there is taken; one that is not is counted and noted. */
  mayCome(address: string, now: number): boolean {
    const problem = this.#addresses.problem(address, now);
    if (problem === undefined) return true;
    this.#counters.addressesTurnedAway += 1;
    if (this.lines.may(problem, address, now)) {
      this.#note({ event: 'connection-refused', text: CLOSED[problem], address, reason: problem });
    }
    return false;
  }

  /** A socket was taken; undefined where it is not counted. */
  arrive(address: string, now: number): Place | undefined {
    return this.#addresses.arrive(address, now);
  }

  know(place: Place | undefined): void {
    if (place !== undefined) this.#addresses.know(place);
  }

  leave(place: Place | undefined, wasKnown: boolean): void {
    if (place !== undefined) this.#addresses.leave(place, wasKnown);
  }

  /** Why this client is not even asked for its password. */
  refusal(who: Who, now: number): Refusal | undefined {
    const ban = this.bans.find(who, now);
    if (ban !== undefined) {
      this.#counters.bannedRefused += 1;
      return { reasonCode: Reason.banned, text: `banned: ${ban.reason}`, reason: 'banned' };
    }
    if (!this.#logins.mustWait(who.address, who.userName, now)) return undefined;
    this.#counters.loginsThrottled += 1;
    return {
      reason: 'failed-logins',
      reasonCode: Reason.connectionRateExceeded,
      text: 'too many logins with this user name have failed',
    };
  }

  /** An authenticator has refused somebody. Who has not said who it is has not guessed. */
  notAuthenticated(
    who: Who & { readonly password: Uint8Array | undefined },
    method: string | undefined,
    reasonCode: ReasonCode,
    now: number,
  ): void {
    const isWrong = reasonCode === Reason.badUserNameOrPassword || reasonCode === Reason.notAuthorized;
    const guesses = who.userName !== undefined || who.password !== undefined || method !== undefined;
    if (isWrong && guesses) this.loginFailed(who, now);
  }

  /** Somebody has said who it is, and it was not so. */
  loginFailed({ address, userName }: Pick<Who, 'address' | 'userName'>, now: number): void {
    this.#counters.loginsFailed += 1;
    if (!this.#logins.failed(this.#addresses.keyOf(address), userName, now)) return;
    this.#ban({ address }, 'failed-logins', 'too many failed logins', this.#limits.loginBanMs, now);
  }

  /**
   * Somebody is to be let in. Why it is not, after all: it comes and goes too often.
   * @param said what it said who it is; it was so
   */
  letIn({ clientId, userName, address }: Who, said: Pick<Who, 'userName'>, now: number): Refusal | undefined {
    this.#logins.succeeded(address, said.userName, now);
    const { flappingConnectsMax: most, flappingBanMs } = this.#limits;
    if (most === 0) return undefined;
    // Nobody is kept out by what somebody else does under the same client identifier.
    const target = userName === undefined ? { clientId, address } : { clientId, userName };
    const key = `${clientId}\0${userName === undefined ? `\0${address}` : userName}`;
    if (this.#connects.count(key, now) <= most) return undefined;
    this.#connects.forget(key);
    this.#ban(target, 'flapping', 'connects and disconnects too often', flappingBanMs, now);
    this.#counters.bannedRefused += 1;
    return {
      reasonCode: Reason.banned,
      text: 'banned: connects and disconnects too often',
      reason: 'flapping',
    };
  }

  /** An operator has banned somebody. */
  countBan(): void {
    this.#counters.bansMade += 1;
  }

  #ban(target: BanTarget, by: Ban['by'], reason: string, ms: number, now: number): void {
    if (ms === 0) return;
    this.bans.add(target, { by, reason, since: now, expiresAt: now + ms });
    this.countBan();
    const { clientId, address } = target;
    if (!this.lines.may('banned', address ?? '', now)) return;
    this.#note({
      event: 'banned',
      text: `banned for ${ms / 1000} s: ${reason}`,
      clientId,
      address,
      reason: by,
    });
  }

  /** Time passes: what is over is forgotten. */
  advance(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    this.bans.sweep(now);
    this.#addresses.sweep(now);
    this.#logins.sweep(now);
    this.#connects.sweep(now);
    const leftOut = this.lines.sweep(now);
    if (leftOut > 0)
      this.#note({ event: 'lines-left-out', text: `${leftOut} lines of this kind were left out` });
  }
}
