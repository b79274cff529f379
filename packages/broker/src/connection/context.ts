// What connections share: all of a broker, and all of one listener.

import type { DialectName } from '@anax/protocol';
import type { Guard } from '../abuse/guard.ts';
import type { Authenticator, ExchangeFactory, ListenerFacts, Vouches } from '../access/access.ts';
import type { Admission } from '../access/admission.ts';
import type { Authorizer } from '../access/authorizer.ts';
import type { Policy } from '../access/policy.ts';
import type { Hub } from '../hub/hub.ts';
import type { Limits } from '../hub/limits.ts';
import type { Guests } from './guests.ts';

/** Clients that are connected, for the limit; kept by the connections. */
export interface Population {
  connected: number;
}

/** Of a broker: the same for everybody. */
export interface SharedContext {
  readonly hub: Hub;
  readonly admission: Admission;
  /** Who is kept out for what it did. */
  readonly guard: Guard;
  /** The rules on topics. */
  readonly policy: Policy;
  /** What those who embed the broker have to say about what clients do. */
  readonly authorizer?: Authorizer;
  /** From 0 to 1, like Math.random, for identifiers that must not be guessed. */
  readonly random: () => number;
  /** Hears a promise out: `done` or `failed` is called later, with the time it then is. */
  readonly later: <T>(
    promise: Promise<T>,
    done: (value: T, now: number) => void,
    failed: (now: number) => void,
  ) => void;
  /** Through whatever listener they came. */
  readonly clients: Population;
}

/** A reload changes it in place, and with it what holds for the connections that it has. Of one listener: limits and features, versions, and who is let in may differ. */
export interface Context extends SharedContext {
  readonly listener: ListenerFacts;
  readonly limits: Limits;
  /** The versions that are spoken; another gets 0x84. */
  readonly dialects: ReadonlySet<DialectName>;
  readonly authenticate: Authenticator;
  /** Whether what spoke for a client when it was let in still does: `Acceptance.voucher`. */
  readonly vouches: Vouches;
  /** Enhanced authentication, by Authentication Method. */
  readonly methods: ReadonlyMap<string, ExchangeFactory>;
  /** Those who came through this listener. */
  readonly guests: Guests;
}
