// The link `jwt`: a JSON Web Token instead of a password. Who it is for, what it allows and when it ends is said by its claims,
// once its signature is good. What is wrong with one is told to the log, never the token. [RFC 7519] [RFC 8725]

import { Reason } from '@anax/protocol';
import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Acceptance, ANYTHING_BUT_SYS, type Credentials, type Refusal } from '../access.ts';
import { isName } from '../certificates.ts';
import type { Link, Verdict } from '../chain/link.ts';
import { rulesFromJson } from '../rules/read.ts';
import { NoKeys } from './jwks.ts';
import { type KeyOptions, type Keys, keysOf } from './keys.ts';

export interface JwtOptions extends KeyOptions {
  /** Where the token is in CONNECT. */
  readonly from: 'password' | 'userName';
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  readonly userNameClaim: string;
  /** It must be the client identifier. */
  readonly clientIdClaim?: string | undefined;
  /** Rules on topics. */
  readonly permissionsClaim?: string | undefined;
  readonly clockToleranceMs: number;
  /** Whether a token without an end is none. */
  readonly expiryRequired: boolean;
}

/** A longer one is not looked at. */
const TOKEN_CHARS_MAX = 16 * 1024;
const TOKEN = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;

const WRONG: Refusal = { reasonCode: Reason.badUserNameOrPassword, text: 'the token is not good' };

/** @throws MqttError `invalid-configuration` */
export function jwtLink(options: JwtOptions, warn: (text: string) => void): Link {
  const keys = keysOf(options, warn);
  return {
    name: 'jwt',
    authenticate: (credentials) => {
      const token = tokenOf(credentials, options);
      if (token === undefined) return { passed: 'no token' };
      if (token.length > TOKEN_CHARS_MAX)
        return refused(`the token has more than ${TOKEN_CHARS_MAX} characters`);
      if (!TOKEN.test(token)) return { passed: 'no token', wrongCredentials: true };
      if (isOfAnother(token, options))
        return { passed: 'the token is of another issuer', wrongCredentials: true };
      return verified(token, keys, options, credentials);
    },
  };
}

function tokenOf({ userName, password }: Credentials, { from }: JwtOptions): string | undefined {
  if (from === 'userName') return userName;
  return password === undefined ? undefined : Buffer.from(password).toString('latin1');
}

/** Nothing but a pass follows from what is not verified. */
function isOfAnother(token: string, { issuer }: JwtOptions): boolean {
  try {
    return issuer !== undefined && decodeJwt(token).iss !== issuer;
  } catch {
    return false;
  }
}

async function verified(
  token: string,
  { key, algorithms }: Keys,
  options: JwtOptions,
  credentials: Credentials,
): Promise<Verdict> {
  const { issuer, audience, clockToleranceMs, expiryRequired } = options;
  const checks = {
    algorithms: [...algorithms],
    clockTolerance: Math.ceil(clockToleranceMs / 1000),
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    requiredClaims: expiryRequired ? ['exp'] : [],
  };
  let payload: JWTPayload;
  try {
    const found = await jwtVerify(token, key as JWTVerifyGetKey, checks);
    payload = found.payload;
  } catch (error) {
    if (error instanceof NoKeys) {
      const text = 'the authentication could not be carried out';
      return {
        refused: { reasonCode: Reason.serverUnavailable, text, why: 'there are no keys to verify with' },
      };
    }
    return refused(problemOf(error));
  }
  return judged(payload, options, credentials);
}

/** What is said about a token, without anything of it. */
function problemOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `the claim ${error.claim} is missing or wrong`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature is wrong';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the algorithm is not one that is allowed';
  if (error instanceof errors.JWKSNoMatchingKey) return 'no key is known for it';
  return 'it is no token that can be verified';
}

function judged(payload: JWTPayload, options: JwtOptions, { clientId }: Credentials): Verdict {
  const { userNameClaim, clientIdClaim, permissionsClaim, clockToleranceMs } = options;
  const userName = claimOf(payload, userNameClaim);
  if (!isName(userName)) return refused(`the claim ${userNameClaim} is no user name`);
  if (clientIdClaim !== undefined && (clientId === '' || claimOf(payload, clientIdClaim) !== clientId)) {
    return refused(`the claim ${clientIdClaim} is not the client identifier`, userName);
  }
  const { exp } = payload;
  const facts: Omit<Acceptance, 'rules'> = {
    userName,
    permissions: ANYTHING_BUT_SYS,
    ...(exp === undefined ? {} : { expiresAt: exp * 1000 + clockToleranceMs }),
  };
  if (permissionsClaim === undefined) return { accepted: facts };
  const found = rulesFromJson(claimOf(payload, permissionsClaim), permissionsClaim);
  if ('problem' in found) return refused(`the claim ${permissionsClaim} is no list of rules`, userName);
  return { accepted: { ...facts, rules: found.rules } };
}

/** A claim by its name, or else by its way, as in `realm.roles`; nothing comes from a prototype. */
function claimOf(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  let at: unknown = payload;
  for (const step of name.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[step];
  }
  return at;
}

function refused(why: string, userName?: string): Verdict {
  return { refused: { ...WRONG, why, ...(userName === undefined ? {} : { userName }) } };
}
