// What tokens are verified with, and by which algorithms: a secret, a public key, a set of keys. A secret goes with HS only, and
// a public key never with it, so that nobody signs with what everybody can read.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { MqttError } from '@anax/protocol';
import type { JWTVerifyGetKey } from 'jose';
import { type SecretSource, secretOf, textOfFile } from '../secret.ts';
import { Jwks, keySetOf } from './jwks.ts';

export const SYMMETRIC = ['HS256', 'HS384', 'HS512'] as const;
export const ASYMMETRIC = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const),
] as const;

export type JwtAlgorithm = (typeof SYMMETRIC)[number] | (typeof ASYMMETRIC)[number];

/** One of them. */
export interface KeyOptions {
  readonly secret?: SecretSource | undefined;
  readonly publicKeyFile?: string | undefined;
  readonly jwksFile?: string | undefined;
  readonly jwksUrl?: string | undefined;
  /** Without them, those that are usual for the key. */
  readonly algorithms?: readonly JwtAlgorithm[] | undefined;
}

export interface Keys {
  readonly key: KeyObject | Uint8Array | JWTVerifyGetKey;
  readonly algorithms: readonly JwtAlgorithm[];
}

/** A shorter secret is guessed. [RFC 7518 3.2] */
const SECRET_BYTES_MIN = 32;

/** @throws MqttError `invalid-configuration` */
export function keysOf(options: KeyOptions, warn: (text: string) => void): Keys {
  const { secret, publicKeyFile, jwksFile, jwksUrl } = options;
  const given = [secret, publicKeyFile, jwksFile, jwksUrl].filter((one) => one !== undefined);
  if (given.length !== 1) throw wrong('needs one of `secret`, `publicKeyFile`, `jwksFile`, `jwksUrl`');
  if (secret !== undefined) {
    const key = Buffer.from(secretOf(secret, 'the `secret` of the link jwt'));
    if (key.length < SECRET_BYTES_MIN) throw wrong(`has a \`secret\` of less than ${SECRET_BYTES_MIN} bytes`);
    return { key, algorithms: allowed(options, SYMMETRIC, ['HS256'], 'a secret') };
  }
  if (publicKeyFile !== undefined) {
    const key = publicKeyOf(publicKeyFile);
    return { key, algorithms: allowed(options, ASYMMETRIC, usualFor(key), 'a public key') };
  }
  const algorithms = allowed(
    options,
    ASYMMETRIC,
    ['RS256', 'ES256', 'EdDSA', 'Ed25519'],
    'a set of public keys',
  );
  if (jwksUrl !== undefined) return { key: new Jwks(jwksUrl, warn).key, algorithms };
  return { key: keySetOfFile(jwksFile as string), algorithms };
}

function allowed(
  { algorithms }: KeyOptions,
  possible: readonly JwtAlgorithm[],
  usual: readonly JwtAlgorithm[],
  what: string,
): readonly JwtAlgorithm[] {
  const chosen = algorithms ?? usual;
  const odd = chosen.find((one) => !possible.includes(one));
  if (odd !== undefined) throw wrong(`cannot verify ${odd} with ${what}`);
  return chosen;
}

function publicKeyOf(file: string): KeyObject {
  const text = textOfFile(file, 'the `publicKeyFile` of the link jwt');
  if (text.includes('PRIVATE KEY')) throw wrong(`needs a public key, and ${file} is a private one`);
  try {
    return createPublicKey(text);
  } catch {
    throw wrong(`needs a public key in PEM, which ${file} is not`);
  }
}

function usualFor({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly JwtAlgorithm[] {
  switch (asymmetricKeyType) {
    case 'rsa':
      return ['RS256'];
    case 'ed25519':
      return ['EdDSA', 'Ed25519'];
    case 'ec':
      return CURVES[asymmetricKeyDetails?.namedCurve ?? ''] ?? [];
    default:
      throw wrong(`cannot verify with a key of the type ${asymmetricKeyType}`);
  }
}

const CURVES: Readonly<Record<string, readonly JwtAlgorithm[]>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
};

function keySetOfFile(file: string): JWTVerifyGetKey {
  try {
    return keySetOf(textOfFile(file, 'the `jwksFile` of the link jwt'));
  } catch (error) {
    if (error instanceof MqttError) throw error;
    throw wrong(`needs a set of public keys, which ${file} is not`);
  }
}

function wrong(sentence: string): MqttError {
  return new MqttError('invalid-configuration', `the link jwt ${sentence}`);
}
