// The link `scram`: enhanced authentication by SCRAM against a file of credentials. The password never comes here, and a
// name that is not known is answered as if it was. [RFC 5802] [RFC 7677] [5:4.12]

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { MqttError } from '@anax/protocol';
import {
  ANYTHING_BUT_SYS,
  type Exchange,
  type ExchangeFactory,
  type ExchangeStep,
  WRONG_CREDENTIALS,
} from '../access.ts';
import type { Link } from '../chain/link.ts';
import { readUsers } from '../passwords/file.ts';
import {
  hmac,
  MECHANISMS,
  SCRAM_MECHANISMS,
  type ScramCredential,
  type ScramMechanism,
} from './credential.ts';
import { type ClientFirst, readClientFinal, readClientFirst } from './messages.ts';

export interface ScramOptions {
  readonly file: string;
}

const NONCE_BYTES = 24;
const randomNonce = (): string => randomBytes(NONCE_BYTES).toString('base64');

/** @throws MqttError `invalid-configuration` */
export function scramLink({ file }: ScramOptions, warn: (text: string) => void, nonce = randomNonce): Link {
  const { scram, warnings } = readUsers(file);
  for (const warning of warnings) warn(warning);
  if (scram.length === 0) {
    throw new MqttError('invalid-configuration', `${file}: no user in it has a credential of SCRAM`);
  }
  const vouchers = new Set(scram.map(({ user, credential }) => voucherOf(user, credential)));
  const methods = new Map<string, ExchangeFactory>();
  for (const mechanism of SCRAM_MECHANISMS) {
    const known = scram.filter(({ credential }) => credential.mechanism === mechanism);
    if (known.length === 0) continue;
    const directory = new Directory(
      mechanism,
      new Map(known.map(({ user, credential }) => [user, credential])),
    );
    methods.set(mechanism, () => new ScramExchange(directory, nonce));
  }
  return { name: 'scram', methods, vouches: (voucher) => vouchers.has(voucher) };
}

/** Another password is another voucher. Memory only. */
function voucherOf(userName: string, { storedKey }: ScramCredential): string {
  return `scram ${createHash('sha256').update(storedKey).digest('hex')} ${userName}`;
}

interface Found {
  readonly credential: ScramCredential;
  readonly isKnown: boolean;
}

/** The users of one mechanism. A stranger gets a credential, too, the same each time, that nobody has the password of. */
class Directory {
  readonly mechanism: ScramMechanism;
  readonly #users: ReadonlyMap<string, ScramCredential>;
  readonly #all: readonly ScramCredential[];
  /** The same after a restart, as long as the users are: or else strangers would be known by a salt that changes. */
  readonly #key: Buffer;

  constructor(mechanism: ScramMechanism, users: ReadonlyMap<string, ScramCredential>) {
    this.mechanism = mechanism;
    this.#users = users;
    this.#all = [...users.values()];
    const digest = createHash('sha256').update('strangers');
    for (const { serverKey } of this.#all) digest.update(serverKey);
    this.#key = digest.digest();
  }

  find(userName: string): Found {
    const { mechanism } = this;
    const known = this.#users.get(userName);
    if (known !== undefined) return { credential: known, isKnown: true };
    const derived = (what: string): Buffer =>
      createHmac('sha512', this.#key).update(`${what} ${userName}`).digest();
    const like = this.#all[derived('like').readUInt32BE() % this.#all.length] as ScramCredential;
    const { bytes } = MECHANISMS[mechanism];
    const salt = derived('salt').subarray(0, like.salt.length);
    const credential = {
      mechanism,
      iterations: like.iterations,
      salt,
      storedKey: derived('stored').subarray(0, bytes),
      serverKey: derived('server').subarray(0, bytes),
    };
    return { credential, isKnown: false };
  }
}

type State =
  | { readonly name: 'new' }
  | {
      readonly name: 'challenged';
      readonly first: ClientFirst;
      readonly serverFirst: string;
      readonly nonce: string;
    }
  | { readonly name: 'over' };

class ScramExchange implements Exchange {
  readonly #directory: Directory;
  readonly #nonce: () => string;
  #state: State = { name: 'new' };

  constructor(directory: Directory, nonce: () => string) {
    this.#directory = directory;
    this.#nonce = nonce;
  }

  step(data: Uint8Array | undefined): ExchangeStep {
    const state = this.#state;
    this.#state = { name: 'over' };
    if (state.name === 'new') return this.#challenge(data);
    if (state.name === 'challenged') return this.#judge(state, data);
    return refused('the exchange is over');
  }

  #challenge(data: Uint8Array | undefined): ExchangeStep {
    const first = readClientFirst(data);
    if (first === undefined)
      return refused("the client's first message is not of SCRAM without channel binding");
    const { salt, iterations } = this.#directory.find(first.userName).credential;
    const nonce = first.nonce + this.#nonce();
    const serverFirst = `r=${nonce},s=${Buffer.from(salt).toString('base64')},i=${iterations}`;
    this.#state = { name: 'challenged', first, serverFirst, nonce };
    return { continue: Buffer.from(serverFirst) };
  }

  #judge(
    { first, serverFirst, nonce }: State & { name: 'challenged' },
    data: Uint8Array | undefined,
  ): ExchangeStep {
    const { userName } = first;
    const final = readClientFinal(data);
    if (final === undefined) return refused("the client's final message is not of SCRAM", userName);
    if (final.nonce !== nonce) return refused('the nonce is not the one that was given', userName);
    if (final.channelBinding !== Buffer.from(first.gs2Header).toString('base64')) {
      return refused('c= does not repeat the header', userName);
    }
    const { credential, isKnown } = this.#directory.find(userName);
    const authMessage = `${first.bare},${serverFirst},${final.withoutProof}`;
    const isProven = isProof(final.proof, credential, authMessage);
    if (!isKnown) return refused('no such user', userName);
    if (!isProven) return refused('the proof is wrong', userName);
    const { hash } = MECHANISMS[credential.mechanism];
    const signature = hmac(hash, credential.serverKey, authMessage).toString('base64');
    const voucher = voucherOf(userName, credential);
    return {
      accepted: { userName, permissions: ANYTHING_BUT_SYS, voucher },
      data: Buffer.from(`v=${signature}`),
    };
  }
}

/** [RFC 5802 3] */
function isProof(proof: Uint8Array, { mechanism, storedKey }: ScramCredential, authMessage: string): boolean {
  const { hash, bytes } = MECHANISMS[mechanism];
  if (proof.length !== bytes) return false;
  const clientSignature = hmac(hash, storedKey, authMessage);
  const clientKey = clientSignature.map((byte, at) => byte ^ (proof[at] as number));
  return timingSafeEqual(createHash(hash).update(clientKey).digest(), storedKey);
}

function refused(why: string, userName?: string): ExchangeStep {
  return {
    refused: { ...WRONG_CREDENTIALS, link: 'scram', why, ...(userName === undefined ? {} : { userName }) },
  };
}
