// The links of a chain of authentication: what each type takes, and the settings that it stands for.

import { z } from 'zod';
import type { LinkSettings } from '../../access/chain/settings.ts';
import { ASYMMETRIC, SYMMETRIC } from '../../access/jwt/keys.ts';
import { count, flag, invalid, milliseconds, path, text } from './values.ts';

const type = <T extends string>(name: T, means: string) => z.literal(name).describe(means);

const SECRET = 'a text, or `{ env: NAME }`, or `{ file: NAME }`';
const secret = z.union(
  [
    text,
    z.strictObject({ env: text.describe('the variable of the environment that holds it') }),
    z.strictObject({ file: path.describe('the file whose first line it is') }),
  ],
  SECRET,
);

const HTTP_URL = 'a URL of http or https without a user name';
const httpUrl = z.string(HTTP_URL).transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const fits = (url?.protocol === 'http:' || url?.protocol === 'https:') && url.username === '';
  return fits && !value.includes('${') ? value : invalid(context, HTTP_URL);
});

const algorithm = z.enum([...SYMMETRIC, ...ASYMMETRIC], `one of ${[...SYMMETRIC, ...ASYMMETRIC].join(', ')}`);

const passwordFile = z.strictObject({
  type: type('passwordFile', 'which link it is'),
  file: path.describe('`passwordFile`, `scram`: the file of the users, which `anax passwd` makes'),
  rememberFor: milliseconds
    .default(3_600_000)
    .describe(
      '`passwordFile`: how long a password that was right is not hashed again; 0 hashes it each time',
    ),
});

const anonymous = z.strictObject({
  type: type('anonymous', 'which link it is'),
  from: z
    .enum(['loopback', 'anywhere'], 'one of loopback, anywhere')
    .default('loopback')
    .describe(
      '`anonymous`: `loopback`, which is where only this machine can reach the listener, or `anywhere`',
    ),
});

const jwt = z.strictObject({
  type: type('jwt', 'which link it is'),
  tokenIn: z
    .enum(['password', 'userName'], 'one of password, userName')
    .default('password')
    .describe('`jwt`: where the token is in CONNECT'),
  secret: secret
    .optional()
    .describe('`jwt`: what both ends know, for HS256, HS384, HS512; at least 32 bytes'),
  publicKeyFile: path.optional().describe('`jwt`: the public key of the issuer, in PEM'),
  jwksFile: path.optional().describe('`jwt`: public keys of the issuer, a JSON Web Key Set'),
  jwksUrl: httpUrl.optional().describe('`jwt`: the same, to be fetched'),
  algorithms: z
    .array(algorithm)
    .min(1, 'at least one algorithm')
    .optional()
    .describe('`jwt`: which may have signed; without it those that are usual for the key'),
  issuer: text.optional().describe('`jwt`: what `iss` must be; a token of another one is passed on'),
  audience: text.optional().describe('`jwt`: what `aud` must have'),
  userNameClaim: text.default('sub').describe('`jwt`: the claim that is the user name'),
  clientIdClaim: text.optional().describe('`jwt`: the claim that must be the client identifier'),
  permissionsClaim: text.optional().describe('`jwt`: the claim that holds rules on topics'),
  clockTolerance: milliseconds.default(5000).describe('`jwt`: how far clocks may differ'),
  expiryRequired: flag.default(true).describe('`jwt`: whether a token without `exp` is refused'),
});

const NAMES_AND_TEXTS = 'names with texts';
const http = z.strictObject({
  type: type('http', 'which link it is'),
  url: httpUrl.describe('`http`: the server that is asked'),
  method: z
    .enum(['POST', 'GET'], 'one of POST, GET')
    .default('POST')
    .describe('`http`: the method; GET has the fields in the query'),
  format: z
    .enum(['json', 'form'], 'one of json, form')
    .default('json')
    .describe('`http`: of the body of POST'),
  headers: z
    .array(z.strictObject({ name: text.describe('the name of the header'), value: secret.describe(SECRET) }))
    .default([])
    .describe('`http`: a list of `name` and `value`, to be sent'),
  fields: z
    .record(text, z.string('a text'), NAMES_AND_TEXTS)
    .default({ clientid: '${clientid}', username: '${username}', password: '${password}' })
    .describe('`http`: what is sent, by name'),
  timeout: milliseconds.default(3000).describe('`http`: how long an answer may take'),
  requestsMax: count(1).default(20).describe('`http`: requests at once; more wait'),
  rememberFor: milliseconds.default(30_000).describe('`http`: how long an answer that lets in holds'),
  rememberDeniedFor: milliseconds.default(5000).describe('`http`: how long an answer that keeps out holds'),
  failuresMax: count(1)
    .default(5)
    .describe('`http`: failures in a row, behind which the server is left alone'),
  pause: milliseconds.default(10_000).describe('`http`: for so long'),
});

const LINKS = [
  passwordFile,
  z.strictObject({
    type: type('scram', 'which link it is'),
    file: path.describe('`scram`: the file of the users'),
  }),
  jwt,
  http,
  z.strictObject({
    type: type('x509', 'which link it is'),
    userNameFrom: z
      .enum(['commonName', 'subjectAlternativeName'], 'one of commonName, subjectAlternativeName')
      .default('commonName')
      .describe('`x509`: what of the certificate is the user name'),
  }),
  z.strictObject({ type: type('psk', 'which link it is') }),
  z.strictObject({ type: type('users', 'which link it is') }),
  anonymous,
  z.strictObject({ type: type('hook', 'which link it is') }),
] as const;

const TYPES = LINKS.map(({ shape }) => shape.type.value);

/** A chain: its links in the order in which they are asked. */
export const authenticationLinks = z
  .array(z.discriminatedUnion('type', LINKS, `a link with a \`type\`: one of ${TYPES.join(', ')}`))
  .min(1, 'at least one link');

type LinkConfig = z.output<typeof authenticationLinks>[number];

export function linksOf(links: readonly LinkConfig[] | undefined): readonly LinkSettings[] | undefined {
  return links?.map(linkOf);
}

/** Longer than a link may take in all. */
const TIMEOUT_MS_MAX = 7000;

function linkOf(link: LinkConfig): LinkSettings {
  switch (link.type) {
    case 'passwordFile': {
      const { rememberFor, ...rest } = link;
      return { ...rest, rememberMs: rememberFor };
    }
    case 'jwt': {
      const { tokenIn, clockTolerance, ...rest } = link;
      return { ...rest, from: tokenIn, clockToleranceMs: clockTolerance };
    }
    case 'http': {
      const { timeout, rememberFor, rememberDeniedFor, pause, ...rest } = link;
      return {
        ...rest,
        timeoutMs: Math.min(timeout, TIMEOUT_MS_MAX),
        rememberMs: rememberFor,
        rememberDeniedMs: rememberDeniedFor,
        pauseMs: pause,
      };
    }
    default:
      return link;
  }
}
