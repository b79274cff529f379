// Names and passwords, and anonymous clients: the first link of what will be a chain. Closed unless something opens it.

import { createHash, timingSafeEqual } from 'node:crypto';
import { Reason } from '@anax/protocol';
import { ANYTHING_BUT_SYS, type Authenticator, type Credentials, type Decision } from './access.ts';

export interface UserOptions {
  readonly users: readonly { readonly name: string; readonly password: string }[];
  /** Whether clients without user name are let in: always, never, or where the listener is this machine's only. */
  readonly anonymous: 'always' | 'never' | 'loopback';
}

/** Compares in constant time over digests, and does the same work for a user name that does not exist. */
export function userAuthenticator(options: UserOptions): Authenticator {
  const digests = new Map(options.users.map(({ name, password }) => [name, digest(Buffer.from(password))]));
  const nobody = digest(Buffer.from('nobody'));
  return (credentials: Credentials): Decision => {
    const { userName, password } = credentials;
    const anonymousMay =
      options.anonymous === 'always' || (options.anonymous === 'loopback' && credentials.loopback);
    // With no users listed, a name and password that nobody asked for do not keep anybody out.
    if ((userName === undefined && password === undefined) || digests.size === 0) {
      if (anonymousMay) return { accepted: { userName, permissions: ANYTHING_BUT_SYS } };
      return refused(Reason.notAuthorized, 'anonymous clients are not let in here');
    }
    const expected = userName === undefined ? undefined : digests.get(userName);
    const right = timingSafeEqual(digest(password ?? new Uint8Array(0)), expected ?? nobody);
    if (expected !== undefined && right) return { accepted: { userName, permissions: ANYTHING_BUT_SYS } };
    return refused(Reason.badUserNameOrPassword, 'the user name or the password is wrong');
  };
}

function refused(reasonCode: 0x86 | 0x87, text: string): Decision {
  return { refused: { reasonCode, text } };
}

function digest(password: Uint8Array): Buffer {
  return createHash('sha256').update(password).digest();
}
