// Failed logins, by address and by user name: an address that fails too often is banned, a user name that fails too often
// may be tried once a second, except from where it has been let in before. So nobody is locked out by others' failures.
// Pure, and bounded.

import type { AbuseLimits } from './limits.ts';
import { short, Windows } from './windows.ts';

/** Addresses and user names with failures. */
const KEYS_MAX = 50_000;
/** How long a user name is known at an address, in ms, and how many of these pairs are remembered. */
const KNOWN_MS = 24 * 60 * 60_000;
const KNOWN_MAX = 100_000;
/** Between two attempts on a user name that has failed too often. */
const REST_MS = 1000;

export class Logins {
  #limits: AbuseLimits;
  readonly #byAddress: Windows;
  readonly #byUser: Windows;
  readonly #known = new Windows(KNOWN_MS, KNOWN_MAX);

  constructor(limits: AbuseLimits) {
    this.#limits = limits;
    this.#byAddress = new Windows(limits.loginWindowMs, KEYS_MAX);
    this.#byUser = new Windows(limits.loginWindowMs, KEYS_MAX);
  }

  obey(limits: AbuseLimits): void {
    this.#limits = limits;
    this.#byAddress.windowMs = limits.loginWindowMs;
    this.#byUser.windowMs = limits.loginWindowMs;
  }

  /** A login has failed. True where its address has now failed as often as it may. */
  failed(addressKey: string | undefined, userName: string | undefined, now: number): boolean {
    if (userName !== undefined) this.#byUser.count(userName, now);
    const { loginFailuresPerAddressMax: most } = this.#limits;
    if (addressKey === undefined || most === 0) return false;
    if (this.#byAddress.count(addressKey, now) < most) return false;
    this.#byAddress.forget(addressKey);
    return true;
  }

  succeeded(address: string, userName: string | undefined, now: number): void {
    if (userName === undefined) return;
    const pair = pairOf(address, userName);
    this.#known.forget(pair);
    this.#known.count(pair, now);
  }

  /** Whether a user name has failed so often that this attempt has to wait. */
  mustWait(address: string, userName: string | undefined, now: number): boolean {
    const { loginFailuresPerUserMax: most } = this.#limits;
    if (userName === undefined || most === 0 || this.#byUser.sum(userName, now) < most) return false;
    if (this.#known.sum(pairOf(address, userName), now) > 0) return false;
    return !this.#byUser.rests(userName, REST_MS, now);
  }

  sweep(now: number): void {
    this.#byAddress.sweep(now);
    this.#byUser.sweep(now);
    this.#known.sweep(now);
  }
}

function pairOf(address: string, userName: string): string {
  return `${address}\0${short(userName)}`;
}
