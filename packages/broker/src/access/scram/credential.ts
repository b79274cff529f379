// What a server keeps of a password for SCRAM: enough to check who knows it, not enough to log in elsewhere with it.
// Read, made and computed on node:crypto. [RFC 5802 3] [RFC 7677]

import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { fromBase64 } from '../passwords/base64.ts';

/** Authentication Methods that can be had here, and how each computes. SHA-1 is not among them. */
export const MECHANISMS = {
  'SCRAM-SHA-256': { hash: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { hash: 'sha512', bytes: 64 },
} as const;

export type ScramMechanism = keyof typeof MECHANISMS;

export const SCRAM_MECHANISMS = Object.keys(MECHANISMS) as readonly ScramMechanism[];

/** `$scram-sha-256$i=20000$SALT$STOREDKEY$SERVERKEY`, each in Base64. */
export interface ScramCredential {
  readonly mechanism: ScramMechanism;
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** Paid by the client at each login; small devices do some ten thousand a second. */
export const SCRAM_ITERATIONS = 20_000;
/** [RFC 7677 4] */
export const SCRAM_ITERATIONS_MIN = 4096;
/** What our own client takes at most. */
export const SCRAM_ITERATIONS_MAX = 1_000_000;
const SCRAM_SALT_BYTES = 16;
/** As many as one digest has, of which the salt of a stranger is made. */
const SALT_BYTES_MAX = 64;

const FORM = /^\$(scram-sha-(?:256|512))\$i=([1-9]\d{0,6})\$([^$]+)\$([^$]+)\$([^$]+)$/;

/** A sentence for what is none. */
export function parseScram(text: string): ScramCredential | { readonly problem: string } {
  const [, name = '', digits, ...parts] = FORM.exec(text) ?? [];
  const mechanism = SCRAM_MECHANISMS.find((one) => one.toLowerCase() === name);
  const iterations = Number(digits);
  const [salt, storedKey, serverKey] = parts.map((part) => fromBase64(part, 'padded'));
  if (mechanism === undefined || salt === undefined || salt.length > SALT_BYTES_MAX) return MALFORMED;
  const { bytes } = MECHANISMS[mechanism];
  if (storedKey?.length !== bytes || serverKey?.length !== bytes) return MALFORMED;
  if (iterations < SCRAM_ITERATIONS_MIN || iterations > SCRAM_ITERATIONS_MAX) {
    return {
      problem: `${iterations} iterations are not from ${SCRAM_ITERATIONS_MIN} to ${SCRAM_ITERATIONS_MAX}`,
    };
  }
  return { mechanism, iterations, salt, storedKey, serverKey };
}

const MALFORMED = { problem: 'the credential of SCRAM is not of its form' };

/** A new line for a password, which has been prepared by SASLprep. */
export async function makeScram(
  password: string,
  mechanism: ScramMechanism = 'SCRAM-SHA-256',
  iterations = SCRAM_ITERATIONS,
  salt: Uint8Array = randomBytes(SCRAM_SALT_BYTES),
): Promise<string> {
  const { hash, bytes } = MECHANISMS[mechanism];
  const salted = await pbkdf2OfPool(password, salt, iterations, bytes, hash);
  const storedKey = createHash(hash)
    .update(hmac(hash, salted, 'Client Key'))
    .digest();
  const parts = [salt, storedKey, hmac(hash, salted, 'Server Key')].map((part) =>
    Buffer.from(part).toString('base64'),
  );
  return `$${mechanism.toLowerCase()}$i=${iterations}$${parts.join('$')}`;
}

const pbkdf2OfPool = promisify(pbkdf2);

export function hmac(hash: string, key: Uint8Array, message: string | Uint8Array): Buffer {
  return createHmac(hash, key).update(message).digest();
}
