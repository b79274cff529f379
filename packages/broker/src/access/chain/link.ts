// What a link of a chain of authenticators is, and what it may answer. Types only; each kind of link has its file.

import type { Credentials, Decision, ExchangeFactory, Vouches } from '../access.ts';

/**
 * A link that has nothing to say about somebody passes on, and says why, for the log. `wrongCredentials`: there is a name and
 * a password, and the name is not known here; where nobody else knows better, that is what is told.
 */
export interface Pass {
  readonly passed: string;
  readonly wrongCredentials?: boolean;
}

export type Verdict = Decision | Pass;

export interface Link {
  /** As the log names it: its type in the configuration. */
  readonly name: string;
  /** Answers, or passes on; whoever throws, rejects or is late has refused. */
  readonly authenticate?: (credentials: Credentials) => Verdict | Promise<Verdict>;
  /** Enhanced authentication, by Authentication Method. [5:4.12] */
  readonly methods?: ReadonlyMap<string, ExchangeFactory>;
  /** Of those that it has let in; left out where a link of this name is enough to speak for them. */
  readonly vouches?: Vouches;
  /** Whether there is a user of this name, whatever the password; left out where that cannot be said. */
  readonly knows?: (userName: string) => boolean;
}
