// What may a client do that has a session and has not come since the broker started? Asked for what goes on without it: its
// subscriptions, its queue, its will. Fails closed where only a login could tell.

import { authorized } from '../access/authorizer.ts';
import type { Chains } from '../access/chain/chains.ts';
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

/** Links that can say which names there are. */
const KNOWS_NAMES: ReadonlySet<LinkType> = new Set(['users', 'passwordFile', 'anonymous']);

export interface Absent {
  readonly rightsOf: RightsOf;
  /** Whether a user of this name is let in at all, whatever the password; false where that is not known. */
  readonly knows: (userName: string | undefined) => boolean;
}

/** What is asked of the settings. */
type Asked = Pick<Settings, 'users' | 'anonymous' | 'authentication' | 'listeners'>;

export function absentRights(
  settings: Asked,
  hooks: BrokerHooks,
  policy: Policy,
  chains: Pick<Chains, 'knows'>,
): Absent {
  const knows = (userName: string | undefined): boolean => userName !== undefined && chains.knows(userName);
  const all = chainsOf(settings);
  // What an embedder's functions say at a login is not known before one.
  const hasHooks = hooks.authenticate !== undefined || hooks.methods !== undefined;
  if (hasHooks || all.some((chain) => chain?.some(({ type }) => GIVES_RIGHTS[type]))) {
    return { rightsOf: (clientId, userName) => policy.offline(clientId, userName, true), knows };
  }
  const byRules: RightsOf = (clientId, userName) =>
    authorized(policy.offline(clientId, userName, false), { clientId, userName, address: '' }, hooks);
  const rightsOf: RightsOf = (clientId, userName) => {
    if (knows(userName)) return byRules(clientId, userName);
    // A user that was taken out while the broker was down, or somebody whom nobody lets in any more.
    const mayCome = all.some((chain) => othersMayCome(settings, chain, userName));
    return mayCome ? byRules(clientId, userName) : NO_RIGHTS;
  };
  return { rightsOf, knows };
}

type Chain = Settings['authentication'];

/** Of each listener, and of what a program hands over. */
function chainsOf({ authentication, listeners }: Asked): Chain[] {
  return [authentication, ...listeners.map((one) => one.authentication)];
}

/** Whether somebody may be let in whom no list has. */
function othersMayCome({ users, anonymous }: Asked, chain: Chain, userName: string | undefined): boolean {
  if (chain === undefined) return anonymous !== 'never' && (userName === undefined || users.length === 0);
  if (chain.some(({ type }) => !KNOWS_NAMES.has(type))) return true;
  return userName === undefined && chain.some(({ type }) => type === 'anonymous');
}

/** Of a session whose login does not hold any more: a user with another password keeps what is theirs, to come for it. */
export function rightsWithoutLogin(
  { rightsOf, knows }: Absent,
  clientId: string,
  userName: string | undefined,
): Rights {
  return knows(userName) ? rightsOf(clientId, userName) : NO_RIGHTS;
}
