// Keys of an issuer, fetched from a URL: kept, and fetched again when they are old or a key is asked for that is not among them.
// Never more often than every so often, one fetch at a time; what was good stays until there is something better.

import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { boundedFetch, type FetchLimits, NoAnswer } from '../http/bounded-fetch.ts';

export interface JwksLimits extends FetchLimits {
  /** Between two fetches, whatever anybody asks for. */
  readonly intervalMsMin: number;
  /** Older keys are fetched again; meanwhile they hold. */
  readonly ageMsMax: number;
}

export const JWKS_LIMITS: JwksLimits = {
  timeoutMs: 4000,
  bytesMax: 256 * 1024,
  intervalMsMin: 30_000,
  ageMsMax: 600_000,
};

type KeySet = ReturnType<typeof createLocalJWKSet>;

export class Jwks {
  readonly #url: string;
  readonly #limits: JwksLimits;
  readonly #warn: (text: string) => void;
  readonly #now: () => number;
  #keys: KeySet | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(
    url: string,
    warn: (text: string) => void,
    limits = JWKS_LIMITS,
    now: () => number = () => performance.now(),
  ) {
    this.#url = url;
    this.#warn = warn;
    this.#limits = limits;
    this.#now = now;
  }

  /** For `jwtVerify`. */
  readonly key: JWTVerifyGetKey = async (header, token) => {
    if (this.#keys === undefined) await this.#fetch();
    else if (this.#now() - this.#fetchedAt > this.#limits.ageMsMax) void this.#fetch();
    try {
      return await this.#keyOf(header, token);
    } catch (error) {
      // The issuer may have a new key.
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await this.#fetch())) throw error;
      return this.#keyOf(header, token);
    }
  };

  #keyOf: JWTVerifyGetKey = (header, token) => {
    if (this.#keys === undefined) throw new NoKeys();
    return this.#keys(header, token);
  };

  /** False where it is too early. */
  async #fetch(): Promise<boolean> {
    if (this.#fetching === undefined) {
      if (this.#now() - this.#triedAt < this.#limits.intervalMsMin) return false;
      this.#triedAt = this.#now();
      this.#fetching = this.#fetchNow().finally(() => {
        this.#fetching = undefined;
      });
    }
    await this.#fetching;
    return true;
  }

  async #fetchNow(): Promise<void> {
    try {
      const { status, text } = await boundedFetch(
        this.#url,
        { headers: { accept: 'application/json' } },
        this.#limits,
      );
      if (status !== 200) throw new NoAnswer(`it answered ${status}`);
      this.#keys = keySetOf(text);
      this.#fetchedAt = this.#now();
    } catch (error) {
      const why = error instanceof NoAnswer ? error.message : 'it answered with no key set';
      const kept = this.#keys === undefined ? 'there are none' : 'the old ones stay';
      this.#warn(`the keys of the link jwt cannot be fetched, ${kept}: ${why}`);
    }
  }
}

/** The keys of the issuer are not to be had. */
export class NoKeys extends Error {
  override readonly name = 'NoKeys';
}

/** Public keys only: with a symmetric one whoever can verify can sign. @throws for what is no key set */
export function keySetOf(text: string): KeySet {
  const { keys } = JSON.parse(text) as JSONWebKeySet;
  const open = keys.filter(({ kty }) => kty !== 'oct');
  if (open.length === 0) throw new NoAnswer('there is no public key in it');
  return createLocalJWKSet({ keys: open });
}
