// Names and passwords, and anonymous clients: the first link of what will be a chain. Closed unless something opens it.

import { createHash, timingSafeEqual } from 'node:crypto';
import { Reason } from '@anax/protocol';
import {
  ANYTHING_BUT_SYS,
  type Authenticator,
  type Credentials,
  type Decision,
  type PeerFacts,
  type Vouches,
} from './access.ts';

export interface UserOptions {
  readonly users: readonly { readonly name: string; readonly password: string }[];
  /** Whether clients without user name are let in: always, never, or where the listener is this machine's only. */
  readonly anonymous: 'always' | 'never' | 'loopback';
}

/** Compares in constant time over digests, and does the same work for a user name that does not exist. */
export function userAuthenticator(options: UserOptions): Authenticator {
  const digests = digestsOf(options);
  const nobody = digest(Buffer.from('nobody'));
  return (credentials: Credentials): Decision => {
    const { userName, password } = credentials;
    // With no users listed, a name and password that nobody asked for do not keep anybody out.
    if ((userName === undefined && password === undefined) || digests.size === 0) {
      if (anonymousMay(options, credentials))
        return accepted(userName, userName === undefined ? ANONYMOUS : NAMED);
      return refused(Reason.notAuthorized, 'anonymous clients are not let in here');
    }
    const expected = userName === undefined ? undefined : digests.get(userName);
    const right = timingSafeEqual(digest(password ?? new Uint8Array(0)), expected ?? nobody);
    if (expected !== undefined && right) return accepted(userName, voucherOf(userName, expected));
    return refused(Reason.badUserNameOrPassword, 'the user name or the password is wrong');
  };
}

/** The same question for those who are in, once the settings are others. */
export function userVouches(options: UserOptions): Vouches {
  const digests = digestsOf(options);
  const vouchers = new Set([...digests].map(([name, one]) => voucherOf(name, one)));
  return (voucher, peer) => {
    if (voucher === ANONYMOUS) return anonymousMay(options, peer);
    if (voucher === NAMED) return digests.size === 0 && anonymousMay(options, peer);
    return vouchers.has(voucher);
  };
}

/** Of a client without user name, and of one whose name nobody asked for. */
const ANONYMOUS = 'anonymous';
const NAMED = 'any name';

/** Memory only: it is as good as a password to whoever tries many. */
function voucherOf(userName: string | undefined, one: Buffer): string {
  return `user ${one.toString('hex')} ${userName}`;
}

function digestsOf({ users }: UserOptions): ReadonlyMap<string, Buffer> {
  return new Map(users.map(({ name, password }) => [name, digest(Buffer.from(password))]));
}

function anonymousMay({ anonymous }: UserOptions, { loopback }: PeerFacts): boolean {
  return anonymous === 'always' || (anonymous === 'loopback' && loopback);
}

function accepted(userName: string | undefined, voucher: string): Decision {
  return { accepted: { userName, permissions: ANYTHING_BUT_SYS, voucher } };
}

function refused(reasonCode: 0x86 | 0x87, text: string): Decision {
  return { refused: { reasonCode, text } };
}

function digest(password: Uint8Array): Buffer {
  return createHash('sha256').update(password).digest();
}
