// Names and passwords of the configuration itself, and anonymous clients: each a link of a chain, and both together what holds
// where no chain is set. Closed unless something opens it.

import { createHash, timingSafeEqual } from 'node:crypto';
import { Reason } from '@anax/protocol';
import {
  ANYTHING_BUT_SYS,
  type Authenticator,
  type Credentials,
  type Decision,
  type PeerFacts,
  type Vouches,
  WRONG_CREDENTIALS,
} from './access.ts';
import type { Link } from './chain/link.ts';

export interface UserOptions {
  readonly users: readonly { readonly name: string; readonly password: string }[];
  /** Whether clients without user name are let in: always, never, or where the listener is this machine's only. */
  readonly anonymous: 'always' | 'never' | 'loopback';
}

/** What holds where no chain is set. */
export function userAuthenticator(options: UserOptions): Authenticator {
  const check = checker(options);
  return (credentials: Credentials): Decision => {
    const { userName, password } = credentials;
    // With no users listed, a name and password that nobody asked for do not keep anybody out.
    if ((userName === undefined && password === undefined) || options.users.length === 0) {
      if (anonymousMay(options, credentials))
        return accepted(userName, userName === undefined ? ANONYMOUS : NAMED);
      const text = 'anonymous clients are not let in here';
      return { refused: { reasonCode: Reason.notAuthorized, text, link: 'anonymous' } };
    }
    const { voucher } = check(userName, password);
    if (voucher !== undefined) return accepted(userName, voucher);
    return { refused: { ...WRONG_CREDENTIALS, link: 'users' } };
  };
}

/** Names and passwords; whose name is not among them is passed on. */
export function usersLink(users: UserOptions['users']): Link {
  const options: UserOptions = { users, anonymous: 'never' };
  const check = checker(options);
  return {
    name: 'users',
    authenticate: ({ userName, password }) => {
      if (userName === undefined) return { passed: 'no user name' };
      if (password === undefined) return { passed: 'no password', wrongCredentials: true };
      const { isKnown, voucher } = check(userName, password);
      if (voucher !== undefined) return accepted(userName, voucher);
      if (!isKnown) return { passed: 'no such user', wrongCredentials: true };
      return { refused: { ...WRONG_CREDENTIALS, why: 'wrong password' } };
    },
    vouches: userVouches(options),
    knows: (userName) => users.some(({ name }) => name === userName),
  };
}

/** Who says nothing about who it is; whoever says anything is passed on. */
export function anonymousLink(from: 'anywhere' | 'loopback'): Link {
  const options: UserOptions = { users: [], anonymous: from === 'anywhere' ? 'always' : 'loopback' };
  return {
    name: 'anonymous',
    authenticate: (credentials) => {
      const { userName, password } = credentials;
      if (userName !== undefined || password !== undefined) return { passed: 'not anonymous' };
      if (anonymousMay(options, credentials)) return accepted(undefined, ANONYMOUS);
      return { passed: 'anonymous clients are let in from this machine only' };
    },
    vouches: (voucher, peer) => voucher === ANONYMOUS && anonymousMay(options, peer),
  };
}

/** Compares in constant time over digests, and does the same work for a user name that does not exist. */
function checker(
  options: UserOptions,
): (userName?: string, password?: Uint8Array) => { readonly isKnown: boolean; readonly voucher?: string } {
  const digests = digestsOf(options);
  const nobody = digest(Buffer.from('nobody'));
  return (userName, password = new Uint8Array(0)) => {
    const expected = userName === undefined ? undefined : digests.get(userName);
    const isRight = timingSafeEqual(digest(password), expected ?? nobody);
    if (expected === undefined) return { isKnown: false };
    return { isKnown: true, ...(isRight ? { voucher: voucherOf(userName, expected) } : {}) };
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

function digest(password: Uint8Array): Buffer {
  return createHash('sha256').update(password).digest();
}
