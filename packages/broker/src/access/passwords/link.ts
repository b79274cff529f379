// The link `passwordFile`: names and passwords against a file of hashes. Each check is done in the thread pool, a bounded
// number at once; a name that is not in the file takes as long as one that is.

import { createHash, createHmac, randomBytes } from 'node:crypto';
import { MqttError, Reason } from '@anax/protocol';
import { ANYTHING_BUT_SYS, type Refusal, WRONG_CREDENTIALS } from '../access.ts';
import type { Link, Verdict } from '../chain/link.ts';
import { Remembered } from '../chain/remembered.ts';
import { TurnedAway, Turnstile, type TurnstileLimits } from '../chain/turnstile.ts';
import { readUsers, type UsersFile } from './file.ts';
import { type PasswordHash, verifyHash } from './hash.ts';

export interface PasswordFileOptions {
  readonly file: string;
  /** How long a password that was right is not hashed again, in ms; 0 hashes it each time. */
  readonly rememberMs: number;
}

/** Two leave two of the four threads that Node has for all else; what waits longer has given up. */
export const HASHING: TurnstileLimits = {
  atOnceMax: 2,
  waitingMax: 2000,
  waitingPerAddressMax: 100,
  waitingMsMax: 6000,
};
const REMEMBERED_MAX = 100_000;

const BUSY: Refusal = { reasonCode: Reason.serverBusy, text: 'too many log in at once' };

/** @throws MqttError `invalid-configuration` */
export function passwordFileLink(
  options: PasswordFileOptions,
  warn: (text: string) => void,
  turnstile = new Turnstile(HASHING),
): Link {
  const users = readUsers(options.file);
  for (const warning of users.warnings) warn(warning);
  if (users.passwords.size === 0) {
    throw new MqttError('invalid-configuration', `${options.file}: no user in it has a password`);
  }
  const vouchers = new Set([...users.passwords].map(([name, hash]) => voucherOf(name, hash)));
  return {
    name: 'passwordFile',
    authenticate: authenticator(users, options, turnstile),
    vouches: (voucher) => vouchers.has(voucher),
    knows: (userName) => users.passwords.has(userName),
  };
}

function authenticator(
  { passwords }: UsersFile,
  { rememberMs }: PasswordFileOptions,
  turnstile: Turnstile,
): NonNullable<Link['authenticate']> {
  const remembered = new Remembered<true>(REMEMBERED_MAX);
  const stranger = strangers([...passwords.values()]);
  const verify = async (question: Question): Promise<Verdict> => {
    const { userName, address, password, isKnown, hash, key } = question;
    const isRight = await turnstile.run(address, () => verifyHash(hash, password));
    if (!isKnown) return { passed: 'no such user', wrongCredentials: true };
    if (!isRight) return { refused: { ...WRONG_CREDENTIALS, why: 'wrong password' } };
    remembered.put(key, true, rememberMs);
    return accepted(userName, hash);
  };
  return ({ userName, password, address }) => {
    if (userName === undefined) return { passed: 'no user name' };
    if (password === undefined) return { passed: 'no password', wrongCredentials: true };
    const known = passwords.get(userName);
    const hash = known ?? stranger(userName);
    const key = remembered.keyOf([hash.salt, hash.hash, userName, password]);
    if (known !== undefined && remembered.get(key)) return accepted(userName, hash);
    const question = { userName, password, address, isKnown: known !== undefined, hash, key };
    return verify(question).catch((error: unknown) => {
      if (error instanceof TurnedAway) return { refused: { ...BUSY, why: error.message } };
      throw error;
    });
  };
}

interface Question {
  readonly userName: string;
  readonly password: Uint8Array;
  readonly address: string;
  readonly isKnown: boolean;
  /** What it is checked against: for a stranger one that lets nobody in. */
  readonly hash: PasswordHash;
  readonly key: string;
}

function accepted(userName: string, hash: PasswordHash): Verdict {
  return { accepted: { userName, permissions: ANYTHING_BUT_SYS, voucher: voucherOf(userName, hash) } };
}

/** Another password is another voucher. Memory only. */
function voucherOf(userName: string, { salt, hash }: PasswordHash): string {
  const digest = createHash('sha256').update(salt).update(hash).digest('hex');
  return `passwordFile ${digest} ${userName}`;
}

/**
 * For a name that is not there the hash of somebody who is, always the same one for the same name: however the hashes of a file
 * differ in cost, the time tells nothing.
 */
function strangers(hashes: readonly PasswordHash[]): (userName: string) => PasswordHash {
  const key = randomBytes(32);
  return (userName) => {
    const digest = createHmac('sha256', key).update(userName).digest();
    return hashes[digest.readUInt32BE() % hashes.length] as PasswordHash;
  };
}
