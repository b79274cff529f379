// Pre-shared keys of TLS: lines of `identity:hexkey`, as mosquitto writes them. Reads no file itself.

import { SecretsFault } from './secrets-fault.ts';

export type PreSharedKeys = ReadonlyMap<string, Uint8Array>;

/** A shorter one can be found by trying [RFC 9257, 6]. */
const KEY_BYTES_MIN = 16;
const KEY_BYTES_MAX = 64;
const IDENTITY_BYTES_MAX = 128;

/**
 * Lines that begin with `#`, and empty ones, say nothing.
 * @throws SecretsFault the line, and what was expected; never what is in it
 */
export function readPreSharedKeys(name: string, text: string): PreSharedKeys {
  const keys = new Map<string, Uint8Array>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const refuse = (expected: string): never => {
      throw new SecretsFault(`${name}:${i + 1}: expected ${expected}`);
    };
    const colon = line.indexOf(':');
    const identity = line.slice(0, Math.max(0, colon));
    const hex = line.slice(colon + 1).trim();
    if (identity === '') refuse('identity:hexkey');
    if (Buffer.byteLength(identity) > IDENTITY_BYTES_MAX || /\p{Cc}/u.test(identity)) {
      refuse(`an identity of at most ${IDENTITY_BYTES_MAX} bytes without control characters`);
    }
    if (!/^(?:[0-9a-f]{2})+$/i.test(hex)) refuse('a key in hex behind the colon');
    if (hex.length < 2 * KEY_BYTES_MIN || hex.length > 2 * KEY_BYTES_MAX) {
      refuse(`a key of ${KEY_BYTES_MIN} to ${KEY_BYTES_MAX} bytes`);
    }
    if (keys.has(identity)) refuse('each identity once');
    keys.set(identity, Buffer.from(hex, 'hex'));
  }
  if (keys.size === 0) throw new SecretsFault(`${name}: expected lines of identity:hexkey, there is none`);
  return keys;
}
