// What a login told and gave. Its session keeps it, so that its permissions can be made anew when rules change; the password
// is not among it.

import type { Acceptance, Credentials, Permissions } from './access.ts';
import { type Authorizer, authorized, type Client } from './authorizer.ts';

export interface Login extends Client {
  /** Undefined for a client that has not come since the broker started. */
  readonly listener: Credentials['listener'] | undefined;
  readonly certificate: Credentials['certificate'];
  readonly accepted: Acceptance;
}

/** @param clientId as it is known once one has been assigned */
export function loginOf(
  { address, listener, certificate }: Credentials,
  accepted: Acceptance,
  clientId: string,
): Login {
  return Object.freeze({ clientId, userName: accepted.userName, address, listener, certificate, accepted });
}

/** The one place where permissions are made of a login. */
export function permissionsOf(login: Login, authorizer: Authorizer | undefined): Permissions {
  return authorized(login.accepted.permissions, login, authorizer);
}

/** Whether it still holds. One that is to end at what is no time has ended. */
export function isCurrent({ expiresAt }: Acceptance, now: number): boolean {
  return expiresAt === undefined || (typeof expiresAt === 'number' && expiresAt > now);
}
