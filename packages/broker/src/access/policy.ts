// What somebody may do who was let in: the rules of the configuration, those that came with the login, and what the
// authenticator itself has said. All must say yes. Where there are no rules of any kind, the last is asked alone.

import { type Acceptance, ANYTHING_BUT_SYS, type Permissions } from './access.ts';
import type { AccessRule, Identity } from './rules/rule.ts';
import { type Otherwise, RuleBook } from './rules/rule-book.ts';

/** What the configuration says; undefined where it has no rules at all. */
export interface AccessSettings {
  readonly rules: readonly AccessRule[];
  readonly otherwise: Otherwise;
}

/** Where no rules are configured, those of a login stand alone. */
const NO_RULES = new RuleBook([], 'deny');

const NOTHING: Permissions = Object.freeze({
  mayPublish: () => false,
  maySubscribe: () => false,
  mayReceive: () => false,
});

export class Policy {
  #book: RuleBook | undefined;

  /** @throws TypeError for a rule that is none */
  constructor(settings: AccessSettings | undefined) {
    this.#book = bookOf(settings);
  }

  /** The rules of another one from now on, for those who ask from now on. */
  follow(next: Policy): void {
    this.#book = next.#book;
  }

  /** Rules of a login that are none allow nothing. */
  permissionsOf({ permissions, rules }: Acceptance, identity: Identity): Permissions {
    if (this.#book === undefined && rules === undefined) return permissions;
    try {
      return both(permissions, (this.#book ?? NO_RULES).rightsOf(identity, rules));
    } catch {
      return NOTHING;
    }
  }

  /** For a client that is not there. `loginTells`: it may bring rules or permissions of its own. */
  offline(clientId: string, userName: string | undefined, loginTells: boolean): Permissions {
    const book = this.#book ?? (loginTells ? NO_RULES : undefined);
    return book === undefined ? ANYTHING_BUT_SYS : book.rightsOffline(clientId, userName, loginTells);
  }
}

function bookOf(settings: AccessSettings | undefined): RuleBook | undefined {
  return settings === undefined ? undefined : new RuleBook(settings.rules, settings.otherwise);
}

function both(first: Permissions, second: Permissions): Permissions {
  // What rules say nobody may do is the same: no need to ask twice.
  if (first === ANYTHING_BUT_SYS) return second;
  return {
    mayPublish: (topic, qos, retain) =>
      first.mayPublish(topic, qos, retain) === true && second.mayPublish(topic, qos, retain),
    maySubscribe: (filter, qos) =>
      first.maySubscribe(filter, qos) === true && second.maySubscribe(filter, qos),
    ...(first.mayReceive === undefined && second.mayReceive === undefined
      ? {}
      : {
          mayReceive: (topic) =>
            (first.mayReceive === undefined || first.mayReceive(topic) === true) &&
            (second.mayReceive === undefined || second.mayReceive(topic)),
        }),
  };
}
