// @anax/client/scram: the client proves that it knows a password without saying it, and the server proves that it knows it, too.
// Computed by the platform's Web Crypto. Bytes in, bytes out; knows no connection. [RFC 5802] [RFC 7677] [5:4.12]

import { MqttError } from '@anax/protocol';
import type { AuthAnswer, AuthChallenge, AuthEnd, Authenticator, AuthStart } from '../auth/authenticator.ts';
import {
  clientFinal,
  clientFinalWithoutProof,
  clientFirstBare,
  GS2_HEADER,
  readServerFinal,
  readServerFirst,
  type ServerFirst,
  toBase64,
} from './messages.ts';
import { saslprep } from './saslprep.ts';

export { saslprep, type Unprepared } from './saslprep.ts';

/** Authentication Methods, and the hash of each. */
const MECHANISMS = {
  'SCRAM-SHA-1': { hash: 'SHA-1', hashBytes: 20 },
  'SCRAM-SHA-256': { hash: 'SHA-256', hashBytes: 32 },
  'SCRAM-SHA-512': { hash: 'SHA-512', hashBytes: 64 },
} as const;

export type ScramMechanism = keyof typeof MECHANISMS;

export const SCRAM_MECHANISMS = Object.keys(MECHANISMS) as readonly ScramMechanism[];

/** Fewer iterations than this would let who listens guess passwords. [RFC 7677 4] */
const ITERATIONS_MIN = 4096;
/** More would let a server keep this client busy. */
const ITERATIONS_MAX = 1_000_000;
const NONCE_BYTES = 24;

export interface ScramOptions {
  readonly userName: string;
  readonly password: string;
  /** Default `SCRAM-SHA-256`. */
  readonly mechanism?: ScramMechanism;
  /** Fewer, or more, than these are refused. Default 4,096 and 1,000,000. */
  readonly iterationsMin?: number;
  readonly iterationsMax?: number;
  /** For tests: printable ASCII without a comma, and never twice the same. */
  readonly nonce?: () => string;
}

type Facts = Required<ScramOptions>;

/**
 * For the option `authenticator`. User name and password are prepared by SASLprep; CONNECT carries neither.
 * @throws MqttError `invalid-option` for a name or password that SASLprep refuses, `no-web-crypto` where the platform has
 * none, which in a browser is every page that did not come by HTTPS.
 */
export function scram(options: ScramOptions): () => Authenticator {
  const facts: Facts = {
    mechanism: 'SCRAM-SHA-256',
    iterationsMin: ITERATIONS_MIN,
    iterationsMax: ITERATIONS_MAX,
    nonce: randomNonce,
    ...options,
    userName: prepared(options.userName, 'userName'),
    password: prepared(options.password, 'password'),
  };
  if (!Object.hasOwn(MECHANISMS, facts.mechanism))
    throw new MqttError(
      'invalid-option',
      `there is no ${String(facts.mechanism)}, only ${SCRAM_MECHANISMS.join(', ')}`,
    );
  if (facts.userName === '') throw new MqttError('invalid-option', 'the userName of SCRAM is empty');
  if (globalThis.crypto?.subtle === undefined)
    throw new MqttError(
      'no-web-crypto',
      'SCRAM needs Web Crypto, which this platform, or this page, does not have',
    );
  return () => new ScramExchange(facts);
}

type State =
  | { readonly name: 'new' }
  | { readonly name: 'first'; readonly nonce: string; readonly bare: string }
  /** The proof is on its way, or has been sent; `signature` is what the server has to prove itself with. */
  | { readonly name: 'proving' }
  | { readonly name: 'final'; readonly signature: Uint8Array }
  | { readonly name: 'verified' };

class ScramExchange implements Authenticator {
  readonly method: ScramMechanism;
  readonly #facts: Facts;
  #state: State = { name: 'new' };

  constructor(facts: Facts) {
    this.method = facts.mechanism;
    this.#facts = facts;
  }

  start(): AuthStart {
    const nonce = this.#facts.nonce();
    const bare = clientFirstBare(this.#facts.userName, nonce);
    this.#state = { name: 'first', nonce, bare };
    return { authenticationData: UTF8.encode(GS2_HEADER + bare) };
  }

  /** The server's first message; or its final one, where it sends that in an AUTH before CONNACK. */
  async next({ authenticationData = NOTHING }: AuthChallenge): Promise<AuthAnswer> {
    const state = this.#state;
    if (state.name === 'first') return this.#prove(authenticationData, state.nonce, state.bare);
    this.#verify(authenticationData);
    return {};
  }

  finish({ authenticationData }: AuthEnd): void {
    if (this.#state.name === 'verified' && authenticationData === undefined) return;
    this.#verify(authenticationData ?? NOTHING);
  }

  async #prove(data: Uint8Array, nonce: string, bare: string): Promise<AuthAnswer> {
    this.#state = { name: 'proving' };
    const first = readServerFirst(data);
    if (first === undefined) throw failed("the server's first message is not of SCRAM");
    this.#requireAcceptable(first, nonce);
    const withoutProof = clientFinalWithoutProof(first.nonce);
    const authMessage = UTF8.encode(`${bare},${first.text},${withoutProof}`);
    const { proof, signature } = await computed(this.#facts, first, authMessage);
    this.#state = { name: 'final', signature };
    return { authenticationData: UTF8.encode(clientFinal(withoutProof, proof)) };
  }

  /** [RFC 5802 5.1] [RFC 7677 4] */
  #requireAcceptable({ nonce, iterations }: ServerFirst, own: string): void {
    if (!nonce.startsWith(own) || nonce.length === own.length)
      throw imposter('its nonce is not that of this client with more behind');
    const { iterationsMin, iterationsMax } = this.#facts;
    if (iterations >= iterationsMin && iterations <= iterationsMax) return;
    throw failed(`${iterations} iterations are not between ${iterationsMin} and ${iterationsMax}`);
  }

  /** Who knows neither the password nor what was made of it cannot sign what was said. */
  #verify(data: Uint8Array): void {
    const state = this.#state;
    if (state.name !== 'final') throw imposter('it is content without the proof that it asked for');
    const final = readServerFinal(data);
    if (final?.type === 'error') throw failed(`the server says ${final.error}`);
    if (final === undefined || !equal(final.signature, state.signature))
      throw imposter('its signature is missing or wrong');
    this.#state = { name: 'verified' };
  }
}

/** ClientProof and ServerSignature. [RFC 5802 3] */
async function computed(
  { mechanism, password }: Facts,
  { salt, iterations }: ServerFirst,
  authMessage: Uint8Array<ArrayBuffer>,
): Promise<{ readonly proof: Uint8Array; readonly signature: Uint8Array }> {
  const { subtle } = globalThis.crypto;
  const { hash, hashBytes } = MECHANISMS[mechanism];
  const hmac = async (key: ArrayBuffer, message: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> => {
    const algorithm = { name: 'HMAC', hash };
    return subtle.sign('HMAC', await subtle.importKey('raw', key, algorithm, false, ['sign']), message);
  };
  const base = await subtle.importKey('raw', UTF8.encode(password), 'PBKDF2', false, ['deriveBits']);
  const salted = await subtle.deriveBits({ name: 'PBKDF2', hash, salt, iterations }, base, hashBytes * 8);
  const clientKey = await hmac(salted, UTF8.encode('Client Key'));
  const storedKey = await subtle.digest(hash, clientKey);
  const clientSignature = new Uint8Array(await hmac(storedKey, authMessage));
  const proof = new Uint8Array(clientKey).map((byte, at) => byte ^ (clientSignature[at] as number));
  const serverKey = await hmac(salted, UTF8.encode('Server Key'));
  return { proof, signature: new Uint8Array(await hmac(serverKey, authMessage)) };
}

/** In a time that tells nothing of where they differ. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= (a[at] as number) ^ (b[at] as number);
  return difference === 0;
}

function prepared(text: string, name: string): string {
  const done = saslprep(text);
  if (typeof done === 'string') return done;
  throw new MqttError('invalid-option', `SASLprep refuses the ${name} of SCRAM: ${done.problem}`);
}

function randomNonce(): string {
  return toBase64(globalThis.crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
}

function failed(why: string): MqttError {
  return new MqttError('authentication-failed', why, { side: 'server' });
}

function imposter(why: string): MqttError {
  const message = `the server did not prove that it knows the password: ${why}`;
  return new MqttError('server-not-authenticated', message, { side: 'server' });
}

const UTF8 = new TextEncoder();
const NOTHING = new Uint8Array(0);
