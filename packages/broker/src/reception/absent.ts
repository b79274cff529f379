// What may a client do that has a session and has not come since the broker started? Asked for what goes on without it: its
// subscriptions, its queue, its will. Fails closed where only a login could tell.

import { ANYTHING_BUT_SYS } from '../access/access.ts';
import { authorized } from '../access/authorizer.ts';
import type { LinkType } from '../access/chain/settings.ts';
import type { Settings } from '../config/settings.ts';
import { NO_RIGHTS, type RightsOf, UNTIL_LOGIN } from '../hub/rights.ts';
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
): RightsOf {
  // What an embedder's functions say at a login is not known before one.
  if (hooks.authenticate !== undefined || hooks.methods !== undefined) return () => UNTIL_LOGIN;
  const chains = [authentication, ...listeners.map((one) => one.authentication)];
  if (chains.some((chain) => chain?.some(({ type }) => GIVES_RIGHTS[type]))) return () => UNTIL_LOGIN;
  // Where there are chains, others than `users` know names.
  if (chains.some((chain) => chain !== undefined)) {
    return (clientId, userName) => authorized(ANYTHING_BUT_SYS, { clientId, userName, address: '' }, hooks);
  }
  const names = new Set(users.map(({ name }) => name));
  return (clientId, userName) => {
    // A user that was taken out of the settings while the broker was down.
    if (userName !== undefined && names.size > 0 && !names.has(userName)) return NO_RIGHTS;
    return authorized(ANYTHING_BUT_SYS, { clientId, userName, address: '' }, hooks);
  };
}
