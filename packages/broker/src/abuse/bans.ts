// Who is banned, by whom, why and until when. In memory, bounded, each with an end. Pure.

import { addressKey } from './ip.ts';
import { short } from './windows.ts';

/** Who is meant: all that are given must be the same; at least one is. */
export interface BanTarget {
  /** An IPv6 address stands for its /64. */
  readonly address?: string | undefined;
  readonly clientId?: string | undefined;
  readonly userName?: string | undefined;
}

export interface Ban extends BanTarget {
  /** `operator`, or the limit of the broker that was passed. */
  readonly by: 'operator' | 'failed-logins' | 'flapping';
  /** For people. */
  readonly reason: string;
  /** On the broker's clock, in ms. */
  readonly since: number;
  /** Infinity where it has no end. */
  readonly expiresAt: number;
}

/** What a list shows of names that peers chose. */
const SHOWN_CHARS_MAX = 256;
const ADDRESS = 1;
const CLIENT_ID = 2;
const USER_NAME = 4;

export class Bans {
  bansMax: number;
  /** Each in the order in which they were made. */
  readonly #made = new Map<string, Ban>();
  readonly #own = new Map<string, Ban>();
  /** How many bans there are for each set of fields: what has none is not looked for. */
  readonly #kinds = new Array<number>(8).fill(0);

  constructor(bansMax: number) {
    this.bansMax = bansMax;
  }

  get size(): number {
    return this.#made.size + this.#own.size;
  }

  /**
   * False where there are as many of operators as there may be, or nobody is meant. The broker's own make room: the
   * oldest is lifted. One for the same target is replaced.
   */
  add(target: BanTarget, ban: Pick<Ban, 'by' | 'reason' | 'since' | 'expiresAt'>): boolean {
    const kind = kindOf(target);
    if (kind === 0) return false;
    const key = keyOf(kind, target);
    const map = ban.by === 'operator' ? this.#made : this.#own;
    const isFull = map.size >= this.bansMax && !map.has(key);
    if (isFull && ban.by === 'operator') return false;
    if (isFull) this.#liftOldest();
    // What an operator has said is not shortened by what the broker notices.
    if (ban.by !== 'operator' && this.#made.has(key)) return true;
    this.#lift(key);
    map.set(key, { ...shown(target), ...ban });
    this.#kinds[kind] = (this.#kinds[kind] ?? 0) + 1;
    return true;
  }

  /** False where there was none. */
  remove(target: BanTarget): boolean {
    return this.#lift(keyOf(kindOf(target), target));
  }

  list(now: number): readonly Ban[] {
    return [...this.#made.values(), ...this.#own.values()].filter(({ expiresAt }) => expiresAt > now);
  }

  /** The ban that keeps somebody out. */
  find(who: BanTarget, now: number): Ban | undefined {
    if (this.size === 0) return undefined;
    for (let kind = 1; kind < this.#kinds.length; kind++) {
      if (this.#kinds[kind] === 0) continue;
      const key = keyOf(kind, who);
      const ban = this.#made.get(key) ?? this.#own.get(key);
      if (ban !== undefined && ban.expiresAt > now) return ban;
    }
    return undefined;
  }

  sweep(now: number): void {
    for (const map of [this.#made, this.#own]) {
      for (const [key, { expiresAt }] of map) if (expiresAt <= now) this.#lift(key);
    }
  }

  #lift(key: string): boolean {
    const lifted = this.#made.delete(key) || this.#own.delete(key);
    const kind = Number(key[0]);
    if (lifted) this.#kinds[kind] = (this.#kinds[kind] ?? 0) - 1;
    return lifted;
  }

  #liftOldest(): void {
    for (const key of this.#own.keys()) {
      this.#lift(key);
      return;
    }
  }
}

function kindOf({ address, clientId, userName }: BanTarget): number {
  return (
    (address === undefined ? 0 : ADDRESS) |
    (clientId === undefined ? 0 : CLIENT_ID) |
    (userName === undefined ? 0 : USER_NAME)
  );
}

/** No MQTT string holds U+0000, and who has no user name is not who has an empty one. */
function keyOf(kind: number, { address, clientId, userName }: BanTarget): string {
  const place = kind & ADDRESS ? (addressKey(address ?? '') ?? address ?? '') : '';
  const id = kind & CLIENT_ID ? short(clientId ?? '') : '';
  const name = kind & USER_NAME ? (userName === undefined ? '\0none' : short(userName)) : '';
  return `${kind}\0${place}\0${id}\0${name}`;
}

function shown({ address, clientId, userName }: BanTarget): BanTarget {
  return {
    ...(address === undefined ? {} : { address: addressKey(address) ?? address }),
    ...(clientId === undefined ? {} : { clientId: clientId.slice(0, SHOWN_CHARS_MAX) }),
    ...(userName === undefined ? {} : { userName: userName.slice(0, SHOWN_CHARS_MAX) }),
  };
}
