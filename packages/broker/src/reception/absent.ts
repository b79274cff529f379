// What may a client do that has a session and has not come since the broker started? Asked for what goes on without it: its
// subscriptions, its queue, its will. Fails closed where only a login could tell.

import { authorized } from '../access/authorizer.ts';
import type { LinkType } from '../access/chain/settings.ts';
import type { Policy } from '../access/policy.ts';
import type { Settings } from '../config/settings.ts';
import { NO_RIGHTS, type RightsOf } from '../hub/rights.ts';
import type { BrokerHooks } from '../options.ts';

/** Whether somebody else says at a login what a client may do. */
const GIVES_RIGHTS: Readonly<Record<LinkType, boolean>> = {
  users: false,
  anonymous: false,
  passwordFile: false,
  hook: true,
};

export function absentRights(
  { users, authentication, listeners }: Pick<Settings, 'users' | 'authentication' | 'listeners'>,
  hooks: BrokerHooks,
  policy: Policy,
): RightsOf {
  const untilLogin: RightsOf = (clientId, userName) => policy.offline(clientId, userName, true);
  // What an embedder's functions say at a login is not known before one.
  if (hooks.authenticate !== undefined || hooks.methods !== undefined) return untilLogin;
  const chains = [authentication, ...listeners.map((one) => one.authentication)];
  if (chains.some((chain) => chain?.some(({ type }) => GIVES_RIGHTS[type]))) return untilLogin;
  const byRules: RightsOf = (clientId, userName) =>
    authorized(policy.offline(clientId, userName, false), { clientId, userName, address: '' }, hooks);
  // Where there are chains, others than `users` know names.
  if (chains.some((chain) => chain !== undefined)) return byRules;
  const names = new Set(users.map(({ name }) => name));
  return (clientId, userName) => {
    // A user that was taken out of the settings while the broker was down.
    if (userName !== undefined && names.size > 0 && !names.has(userName)) return NO_RIGHTS;
    return byRules(clientId, userName);
  };
}
