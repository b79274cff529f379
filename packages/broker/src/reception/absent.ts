// What may a client do that has a session and has not come since the broker started? Asked for what goes on without it: its
// subscriptions, its queue, its will. Fails closed where only a login could tell.

import { authorized } from '../access/authorizer.ts';
import type { LinkType } from '../access/chain/settings.ts';
import type { Policy } from '../access/policy.ts';
import type { Settings } from '../config/settings.ts';
import { NO_RIGHTS, type Rights, type RightsOf } from '../hub/rights.ts';
import type { BrokerHooks } from '../options.ts';

/** Whether somebody else says at a login what a client may do. */
const GIVES_RIGHTS: Readonly<Record<LinkType, boolean>> = {
  users: false,
  anonymous: false,
  passwordFile: false,
  scram: false,
  x509: false,
  psk: false,
  jwt: true,
  http: true,
  hook: true,
};

export interface Absent {
  readonly rightsOf: RightsOf;
  /** Whether a user of this name is let in at all, whatever the password; false where that is not known. */
  readonly knows: (userName: string | undefined) => boolean;
}

const nobody = (): boolean => false;

export function absentRights(
  {
    users,
    anonymous,
    authentication,
    listeners,
  }: Pick<Settings, 'users' | 'anonymous' | 'authentication' | 'listeners'>,
  hooks: BrokerHooks,
  policy: Policy,
): Absent {
  const untilLogin: RightsOf = (clientId, userName) => policy.offline(clientId, userName, true);
  // What an embedder's functions say at a login is not known before one.
  if (hooks.authenticate !== undefined || hooks.methods !== undefined) {
    return { rightsOf: untilLogin, knows: nobody };
  }
  const chains = [authentication, ...listeners.map((one) => one.authentication)];
  if (chains.some((chain) => chain?.some(({ type }) => GIVES_RIGHTS[type]))) {
    return { rightsOf: untilLogin, knows: nobody };
  }
  const byRules: RightsOf = (clientId, userName) =>
    authorized(policy.offline(clientId, userName, false), { clientId, userName, address: '' }, hooks);
  // Where there are chains, others than `users` know names.
  if (chains.some((chain) => chain !== undefined)) return { rightsOf: byRules, knows: nobody };
  const names = new Set(users.map(({ name }) => name));
  const knows = (userName: string | undefined): boolean => userName !== undefined && names.has(userName);
  const rightsOf: RightsOf = (clientId, userName) => {
    if (knows(userName)) return byRules(clientId, userName);
    // A user that was taken out of the settings while the broker was down, or somebody whom nobody lets in any more.
    const isNamed = userName !== undefined && names.size > 0;
    return isNamed || anonymous === 'never' ? NO_RIGHTS : byRules(clientId, userName);
  };
  return { rightsOf, knows };
}

/** Of a session whose login does not hold any more: a user with another password keeps what is theirs, to come for it. */
export function rightsWithoutLogin(
  { rightsOf, knows }: Absent,
  clientId: string,
  userName: string | undefined,
): Rights {
  return knows(userName) ? rightsOf(clientId, userName) : NO_RIGHTS;
}
