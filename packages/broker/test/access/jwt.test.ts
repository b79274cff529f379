/** Owns tokens: whose are good, and every way to make one that is not. */

import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Decision } from '../../src/access/access.ts';
import { chained } from '../../src/access/chain/chain.ts';
import { JWKS_LIMITS, Jwks } from '../../src/access/jwt/jwks.ts';
import { type JwtOptions, jwtLink } from '../../src/access/jwt/link.ts';
import { credentials, told } from './credentials.ts';

const SECRET = 'a secret of at least thirty-two bytes';
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const EC = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const ED = generateKeyPairSync('ed25519');
const folder = mkdtempSync(join(tmpdir(), 'anax-jwt-'));

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const RSA_FILE = fileOf('rsa.pem', pem(RSA.publicKey));
const jwk = (key: KeyObject, kid: string): object => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' });

const DEFAULTS: JwtOptions = {
  from: 'password',
  userNameClaim: 'sub',
  clockToleranceMs: 0,
  expiryRequired: true,
};

const seconds = (): number => Math.floor(Date.now() / 1000);

interface TokenFacts {
  readonly alg?: string;
  readonly key?: KeyObject | Uint8Array;
  readonly header?: Record<string, unknown>;
}

function token(
  claims: Record<string, unknown> = {},
  { alg = 'HS256', key = Buffer.from(SECRET), header = {} }: TokenFacts = {},
): Promise<string> {
  const all = { sub: 'alice', exp: seconds() + 60, ...claims };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(given).setProtectedHeader({ alg, ...header }).sign(key);
}

/** Any header and claims, signed by whoever wants. */
function forged(
  header: object,
  claims: object,
  sign: (input: string) => Buffer = () => Buffer.alloc(0),
): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${sign(input).toString('base64url')}`;
}

async function decided(
  options: Partial<JwtOptions>,
  password: string,
  clientId = 'client',
): Promise<Decision> {
  const link = jwtLink({ ...DEFAULTS, ...options }, () => undefined);
  return chained([link])(credentials('ignored', password, { clientId }));
}

const asked = async (options: Partial<JwtOptions>, password: string, clientId?: string): Promise<string> =>
  told(await decided(options, password, clientId));

describe('a token', () => {
  it.each<[string, Partial<JwtOptions>, TokenFacts]>([
    ['HS256', { secret: SECRET }, {}],
    ['HS512', { secret: SECRET, algorithms: ['HS512'] }, { alg: 'HS512', key: Buffer.from(SECRET) }],
    ['RS256', { publicKeyFile: RSA_FILE }, { alg: 'RS256', key: RSA.privateKey }],
    ['PS256', { publicKeyFile: RSA_FILE, algorithms: ['PS256'] }, { alg: 'PS256', key: RSA.privateKey }],
    ['ES256', { publicKeyFile: fileOf('ec.pem', pem(EC.publicKey)) }, { alg: 'ES256', key: EC.privateKey }],
    ['EdDSA', { publicKeyFile: fileOf('ed.pem', pem(ED.publicKey)) }, { alg: 'EdDSA', key: ED.privateKey }],
  ])('of %s lets in whom it names, until it ends', async (_, options, facts) => {
    const exp = seconds() + 60;
    const decision = await decided(options, await token({ exp }, facts));
    expect(decision).toMatchObject({ accepted: { userName: 'alice', expiresAt: exp * 1000 } });
  });

  it('is looked for in the user name where that is said', async () => {
    const link = jwtLink({ ...DEFAULTS, secret: SECRET, from: 'userName' }, () => undefined);
    expect(told(await chained([link])(credentials(await token(), 'x')))).toBe('accepted alice');
  });

  it('may say more: user name, client identifier, issuer, audience', async () => {
    const options = {
      secret: SECRET,
      userNameClaim: 'realm.name',
      clientIdClaim: 'cid',
      issuer: 'me',
      audience: 'mqtt',
    };
    const claims = { iss: 'me', aud: ['x', 'mqtt'], cid: 'c1', realm: { name: 'bob' } };
    expect(await asked(options, await token(claims), 'c1')).toBe('accepted bob');
    expect(await asked(options, await token(claims), 'c2')).toContain(
      'claim cid is not the client identifier',
    );
    expect(await asked(options, await token(claims), '')).toContain('claim cid is not the client identifier');
    expect(await asked(options, await token({ ...claims, aud: 'x' }), 'c1')).toContain(
      'claim aud is missing or wrong',
    );
    expect(await asked(options, await token({ ...claims, realm: {} }), 'c1')).toContain('is no user name');
  });

  it('brings rules on topics, or none that are wrong', async () => {
    const options = { secret: SECRET, permissionsClaim: 'acl' };
    const rules = [{ allow: 'publish', topics: ['a/#'] }];
    const decision = await decided(options, await token({ acl: rules }));
    expect(decision).toMatchObject({ accepted: { rules: [{ effect: 'allow', topics: ['a/#'] }] } });
    for (const acl of [
      undefined,
      null,
      'all',
      [{ allow: 'everything' }],
      { allow: 'publish', topics: ['a/#'] },
    ]) {
      expect(await asked(options, await token({ acl }))).toContain('claim acl is no list of rules');
    }
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['that has expired', { exp: seconds() - 10 }, 'the token has expired'],
    ['without an end', { exp: undefined }, 'the claim exp is missing or wrong'],
    ['that is not good yet', { nbf: seconds() + 60 }, 'the claim nbf is missing or wrong'],
    ['without a user', { sub: undefined }, 'the claim sub is no user name'],
    ['with an empty user', { sub: '' }, 'the claim sub is no user name'],
    ['whose user is no text', { sub: 7 }, 'the claim sub is no user name'],
    ['whose user has a line end', { sub: 'a\nb' }, 'the claim sub is no user name'],
  ])('%s is refused', async (_, claims, why) => {
    expect(await asked({ secret: SECRET }, await token(claims))).toBe(`refused 0x86: ${why}`);
  });

  it('without an end is taken where that is said, and clocks may differ as far as is said', async () => {
    expect(await asked({ secret: SECRET, expiryRequired: false }, await token({ exp: undefined }))).toBe(
      'accepted alice',
    );
    const late = await token({ exp: seconds() - 3 });
    expect(await asked({ secret: SECRET, clockToleranceMs: 10_000 }, late)).toBe('accepted alice');
  });
});

describe('a token that somebody made up', () => {
  const claims = { sub: 'admin', exp: seconds() + 60 };

  it.each([['none'], ['None'], ['NONE'], ['nOnE']])('without a signature is refused: alg %s', async (alg) => {
    expect(await asked({ secret: SECRET }, forged({ alg }, claims))).toMatch(/^refused 0x86/);
    expect(await asked({ publicKeyFile: RSA_FILE }, forged({ alg }, claims))).toMatch(/^refused 0x86/);
  });

  it('is refused where it is signed with the public key as if it was a secret', async () => {
    for (const key of [pem(RSA.publicKey), pem(RSA.publicKey).trim()]) {
      const confused = forged({ alg: 'HS256' }, claims, (input) =>
        createHmac('sha256', key).update(input).digest(),
      );
      expect(await asked({ publicKeyFile: RSA_FILE }, confused)).toBe(
        'refused 0x86: the algorithm is not one that is allowed',
      );
    }
  });

  it('is refused where it brings its own key, or says where it is', async () => {
    const jwks = fileOf('own.json', JSON.stringify({ keys: [jwk(RSA.publicKey, 'one')] }));
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const header of [
      { jwk: own.publicKey.export({ format: 'jwk' }) },
      { jku: 'http://127.0.0.1:1/keys', kid: 'one' },
      { x5u: 'http://127.0.0.1:1/cert', kid: 'one' },
    ]) {
      const made = await token({ sub: 'admin' }, { alg: 'RS256', key: own.privateKey, header });
      expect(await asked({ publicKeyFile: RSA_FILE }, made)).toBe('refused 0x86: the signature is wrong');
      expect(await asked({ jwksFile: jwks }, made)).toBe('refused 0x86: the signature is wrong');
    }
  });

  it.each([['../../../dev/null'], ["' OR 1=1 --"], ['__proto__'], ['constructor'], ['']])(
    'is refused with the key identifier %j',
    async (kid) => {
      const jwks = fileOf('kid.json', JSON.stringify({ keys: [jwk(RSA.publicKey, 'one')] }));
      const made = forged({ alg: 'HS256', kid }, claims, (input) =>
        createHmac('sha256', '').update(input).digest(),
      );
      expect(await asked({ jwksFile: jwks }, made)).toMatch(/^refused 0x86/);
      const signed = await token(
        {},
        {
          alg: 'RS256',
          key: RSA.privateKey,
          header: { kid },
        },
      );
      expect(await asked({ jwksFile: jwks }, signed)).toBe('refused 0x86: no key is known for it');
    },
  );

  it('is refused where a set of keys has a symmetric one', async () => {
    const oct = { kty: 'oct', k: Buffer.from(SECRET).toString('base64url'), kid: 'two', alg: 'HS256' };
    const jwks = fileOf('oct.json', JSON.stringify({ keys: [jwk(RSA.publicKey, 'one'), oct] }));
    expect(await asked({ jwksFile: jwks }, await token({}, { header: { kid: 'two' } }))).toMatch(
      /^refused 0x86/,
    );
  });

  it('is refused where it has a header that must be understood', async () => {
    const made = forged({ alg: 'HS256', crit: ['x'], x: 1 }, claims, (input) =>
      createHmac('sha256', SECRET).update(input).digest(),
    );
    expect(await asked({ secret: SECRET }, made)).toBe('refused 0x86: it is no token that can be verified');
  });

  it('is refused without being looked at where it is huge', async () => {
    const huge = await token({ padding: 'x'.repeat(20_000) });
    expect(await asked({ secret: SECRET }, huge)).toBe(
      'refused 0x86: the token has more than 16384 characters',
    );
  });

  it.each([
    [
      'claims that were changed',
      (good: string) =>
        good.replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`),
    ],
    ['no signature', (good: string) => good.replace(/[^.]+$/, '')],
    ['half a signature', (good: string) => good.slice(0, -10)],
    ['claims that are no JSON', (good: string) => good.replace(/\.[^.]+\./, '.AAAA.')],
  ])('is refused with %s', async (_, change) => {
    expect(await asked({ secret: SECRET }, change(await token()))).toMatch(/^refused 0x86/);
  });

  it('tells the client nothing of what is wrong', async () => {
    const decision = await decided({ secret: SECRET }, await token({ exp: 1 }));
    expect(decision).toMatchObject({ refused: { text: 'the token is not good', link: 'jwt' } });
  });
});

describe('the link jwt', () => {
  it('passes on what is no token, or one of another issuer', async () => {
    expect(await asked({ secret: SECRET }, 'a password')).toBe('refused 0x86: jwt: no token');
    const other = await token({ iss: 'other' });
    expect(await asked({ secret: SECRET, issuer: 'me' }, other)).toContain(
      'jwt: the token is of another issuer',
    );
  });

  it.each<[Partial<JwtOptions>, string]>([
    [{}, 'needs one of `secret`, `publicKeyFile`, `jwksFile`, `jwksUrl`'],
    [{ secret: SECRET, publicKeyFile: RSA_FILE }, 'needs one of'],
    [{ secret: 'short' }, 'less than 32 bytes'],
    [{ secret: { env: 'ANAX_NOT_THERE' } }, 'there is no variable ANAX_NOT_THERE'],
    [{ secret: { file: '/nowhere/secret' } }, 'there is no file /nowhere/secret'],
    [{ publicKeyFile: RSA_FILE, algorithms: ['HS256'] }, 'cannot verify HS256 with a public key'],
    [{ secret: SECRET, algorithms: ['RS256'] }, 'cannot verify RS256 with a secret'],
    [
      { jwksUrl: 'http://127.0.0.1:1', algorithms: ['HS256'] },
      'cannot verify HS256 with a set of public keys',
    ],
    [{ publicKeyFile: '/nowhere/key' }, 'there is no file /nowhere/key'],
    [{ publicKeyFile: fileOf('junk.pem', 'junk') }, 'needs a public key in PEM'],
    [
      {
        publicKeyFile: fileOf(
          'private.pem',
          RSA.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        ),
      },
      'is a private one',
    ],
    [{ jwksFile: fileOf('junk.json', '{}') }, 'needs a set of public keys'],
    [{ jwksFile: fileOf('empty.json', '{"keys":[]}') }, 'needs a set of public keys'],
    [
      { jwksFile: fileOf('secret.json', '{"keys":[{"kty":"oct","k":"AAAA"}]}') },
      'needs a set of public keys',
    ],
  ])('is not made of %j', (options, sentence) => {
    expect(() => jwtLink({ ...DEFAULTS, ...options }, () => undefined)).toThrow(sentence);
  });

  it('takes a secret from a file or the environment', async () => {
    const file = fileOf('secret', `${SECRET}\n`);
    expect(await asked({ secret: { file } }, await token())).toBe('accepted alice');
    process.env['ANAX_TEST_SECRET'] = SECRET;
    onTestFinished(() => {
      delete process.env['ANAX_TEST_SECRET'];
    });
    expect(await asked({ secret: { env: 'ANAX_TEST_SECRET' } }, await token())).toBe('accepted alice');
  });
});

describe('keys that are fetched', () => {
  /** A server of keys, how often it was asked, and a verdict on a token that a key signed. */
  async function issuer() {
    const state = {
      keys: [jwk(RSA.publicKey, 'one')],
      status: 200,
      fetched: 0,
      now: 0,
      warned: [] as string[],
      body: '',
    };
    const server = createServer((_, response) => {
      state.fetched += 1;
      response.writeHead(state.status, { location: '/elsewhere' });
      response.end(state.body || JSON.stringify({ keys: state.keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const jwks = new Jwks(
      url,
      (text) => state.warned.push(text),
      JWKS_LIMITS,
      () => state.now,
    );
    const ask = async (kid: string): Promise<string> => {
      try {
        await jwks.key({ alg: 'RS256', kid }, { payload: '', signature: '' });
        return 'key';
      } catch (error) {
        return (error as Error).name;
      }
    };
    return { state, ask };
  }

  it('are fetched once for all who ask at once', async () => {
    const { state, ask } = await issuer();
    expect(await Promise.all([ask('one'), ask('one'), ask('one')])).toEqual(['key', 'key', 'key']);
    expect(await ask('one')).toBe('key');
    expect(state.fetched).toBe(1);
  });

  it('are fetched again for one that is not there, but not for everybody who makes one up', async () => {
    const { state, ask } = await issuer();
    await ask('one');
    state.now += 31_000;
    state.keys.push(jwk(EC.publicKey, 'x'), jwk(RSA.publicKey, 'two'));
    expect(await ask('two')).toBe('key');
    for (let i = 0; i < 20; i++) expect(await ask(`made-up-${i}`)).toBe('JWKSNoMatchingKey');
    expect(state.fetched).toBe(2);
  });

  it('stay where there are no better ones', async () => {
    const { state, ask } = await issuer();
    await ask('one');
    for (const [status, body] of [
      [500, ''],
      [302, ''],
      [200, 'junk'],
      [200, '{"keys":[]}'],
      [200, 'x'.repeat(300_000)],
    ] as const) {
      Object.assign(state, { status, body, now: state.now + 700_000 });
      expect(await ask('one')).toBe('key');
      await expect.poll(() => state.fetched).toBeGreaterThan(0);
      expect(await ask('two')).toMatch(/JWKSNoMatchingKey/);
    }
    expect(state.warned.length).toBe(5);
    expect(state.warned[0]).toContain('the old ones stay: it answered 500');
  });

  it('that were never there let nobody in, and are not asked for at once again', async () => {
    const { state, ask } = await issuer();
    state.status = 500;
    expect(await ask('one')).toBe('NoKeys');
    expect(await ask('one')).toBe('NoKeys');
    expect(state.fetched).toBe(1);
    state.status = 200;
    state.now += 31_000;
    expect(await ask('one')).toBe('key');
  });
});
