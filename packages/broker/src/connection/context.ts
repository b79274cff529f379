// What all connections of a broker share.

import type { Authenticator, ExchangeFactory } from '../access/access.ts';
import type { Admission } from '../access/admission.ts';
import type { Authorizer } from '../access/authorizer.ts';
import type { Hub } from '../hub/hub.ts';
import type { Limits } from '../hub/limits.ts';

export interface Context {
  readonly hub: Hub;
  readonly limits: Limits;
  readonly admission: Admission;
  readonly authenticate: Authenticator;
  /** What those who embed the broker have to say about what clients do. */
  readonly authorizer?: Authorizer;
  /** Enhanced authentication, by Authentication Method. */
  readonly methods: ReadonlyMap<string, ExchangeFactory>;
  /** From 0 to 1, like Math.random, for identifiers that must not be guessed. */
  readonly random: () => number;
  /** Hears a promise out: `done` or `failed` is called later, with the time it then is. */
  readonly later: <T>(
    promise: Promise<T>,
    done: (value: T, now: number) => void,
    failed: (now: number) => void,
  ) => void;
  /** Clients that are connected, for the limit; kept by the connections. */
  connected: number;
}
