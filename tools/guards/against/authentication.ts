// Guards of who a client is.

import { type Guard, guardsOf } from '../guard.ts';

const { guard, test } = guardsOf('packages/broker');

export const AUTHENTICATION: readonly Guard[] = [
  guard(
    'a password file that is missing, empty or broken, and lets everybody in',
    'access/passwords/file.ts',
    "if (problems.length > 0) throw new MqttError('invalid-configuration', problems.join('\\n'));",
    '',
    test('access/password-file'),
  ),
  guard(
    'a password file that is missing, empty or broken, and lets everybody in',
    'access/passwords/link.ts',
    'if (users.passwords.size === 0) {',
    'if (users.passwords.size < 0) {',
    test('access/password-file'),
  ),
  guard(
    'names told by the time, or the words, of a refusal',
    'access/passwords/link.ts',
    'const isRight = await turnstile.run(address, () => verifyHash(hash, password));',
    'const isRight = isKnown && (await turnstile.run(address, () => verifyHash(hash, password)));',
    test('access/password-file'),
  ),
  guard(
    'names told by the time, or the words, of a refusal',
    'access/scram/link.ts',
    "const salt = derived('salt').subarray(0, like.salt.length);",
    'const salt = randomBytes(like.salt.length);',
    test('access/scram'),
  ),
  guard(
    'an authenticator that throws, hangs or answers nonsense, and lets in',
    'access/chain/chain.ts',
    "if ('accepted' in verdict && isObject(verdict.accepted) && !('refused' in verdict)) {",
    "if ('accepted' in verdict) {",
    test('access/chain'),
  ),
  guard(
    'an authenticator that throws, hangs or answers nonsense, and lets in',
    'access/chain/chain.ts',
    '() => resolve({ broken: `it did not answer within ${timeoutMs} ms` }),',
    '() => undefined,',
    test('access/chain'),
  ),
  guard(
    'logins that starve the broker: hashing takes its threads and memory',
    'access/chain/turnstile.ts',
    'if (this.#running < this.#limits.atOnceMax) return void this.#begin(begin);',
    'if (this.#running < Number.POSITIVE_INFINITY) return void this.#begin(begin);',
    test('access/turnstile'),
  ),
  guard(
    'logins that starve the broker: hashing takes its threads and memory',
    'access/chain/turnstile.ts',
    'if (this.#waiting > this.#limits.waitingMax) this.#dropOfLongest();',
    '',
    test('access/turnstile'),
  ),
  guard(
    'algorithm confusion, `alg: none`, keys that a token brings',
    'access/jwt/keys.ts',
    'if (odd !== undefined) throw wrong(`cannot verify ${odd} with ${what}`);',
    '',
    test('access/jwt'),
  ),
  guard(
    'algorithm confusion, `alg: none`, keys that a token brings',
    'access/jwt/jwks.ts',
    "const open = keys.filter(({ kty }) => kty !== 'oct');",
    'const open = keys;',
    test('access/jwt'),
  ),
  guard(
    'key identifiers as paths or queries; huge tokens; a key server that is asked by every made-up token',
    'access/jwt/jwks.ts',
    'if (this.#now() - this.#triedAt < this.#limits.intervalMsMin) return false;',
    '',
    test('access/jwt'),
  ),
  guard(
    'key identifiers as paths or queries; huge tokens; a key server that is asked by every made-up token',
    'access/jwt/link.ts',
    'if (token.length > TOKEN_CHARS_MAX)',
    'if (token.length < 0)',
    test('access/jwt'),
  ),
  guard(
    'fields, headers or URLs injected through a user name; redirects that take passwords elsewhere',
    'access/http/bounded-fetch.ts',
    "redirect: 'manual'",
    "redirect: 'follow'",
    test('access/http'),
  ),
  guard(
    'a server that is asked who somebody is, and is down or slow: open, or everything waits',
    'access/http/circuit.ts',
    'if (this.#trying || this.#now() < this.#openUntil) return false;',
    '',
    test('access/http'),
  ),
  guard(
    'a server that is asked who somebody is, and is down or slow: open, or everything waits',
    'access/http/bounded-fetch.ts',
    'if (length > bytesMax) {',
    'if (length < 0) {',
    test('access/http'),
  ),
];
