// What a login told and gave. Its session keeps it, so that its permissions can be made anew when rules change; the password
// is not among it.

import type { Acceptance, Credentials, Permissions, Vouches } from './access.ts';
import { type Authorizer, authorized, type Client } from './authorizer.ts';
import type { Policy } from './policy.ts';
import type { Identity } from './rules/rule.ts';

/** Who has a say in what a client may do, beside its authenticator. */
export interface Judges {
  readonly policy: Policy;
  readonly authorizer?: Authorizer;
}

export interface Login extends Client {
  /** Undefined for a client that has not come since the broker started. */
  readonly listener: Credentials['listener'] | undefined;
  readonly certificate: Credentials['certificate'];
  readonly accepted: Acceptance;
  /** Whether what spoke for it still does, when settings have changed; undefined where nobody can say. */
  readonly isVouchedFor: () => boolean | undefined;
}

/** @param clientId as it is known once one has been assigned */
export function loginOf(
  { address, listener, certificate, loopback, pskIdentity }: Credentials,
  accepted: Acceptance,
  clientId: string,
  /** Of the listener: a reload changes them in place. */
  terms: { readonly vouches: Vouches },
): Login {
  const { userName, voucher } = accepted;
  const peer = { loopback, certificate, pskIdentity };
  const isVouchedFor = () => voucher === undefined || terms.vouches(voucher, peer);
  return Object.freeze({ clientId, userName, address, listener, certificate, accepted, isVouchedFor });
}

/** The one place where permissions are made of a login. */
export function permissionsOf(login: Login, { policy, authorizer }: Judges): Permissions {
  return authorized(policy.permissionsOf(login.accepted, identityOf(login)), login, authorizer);
}

/** What rules ask of it. */
function identityOf({ clientId, userName, address, listener, certificate }: Login): Identity {
  const login = listener === undefined ? undefined : { address, listener: listener.name, certificate };
  return { clientId, userName, login };
}

/** Whether it still holds. One that is to end at what is no time has ended. */
export function isCurrent({ expiresAt }: Acceptance, now: number): boolean {
  return expiresAt === undefined || (typeof expiresAt === 'number' && expiresAt > now);
}
