/** Owns chains made of settings, and whole brokers with them over sockets: who gets in, what is logged, that all else goes on. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MQTT_3_1_1, MQTT_5_0 } from '@anax/protocol';
import { describe, expect, it } from 'vitest';
import { Chains, type Identity, type IdentityHooks } from '../../src/access/chain/chains.ts';
import type { LinkSettings } from '../../src/access/chain/settings.ts';
import { makeHash } from '../../src/access/passwords/hash.ts';
import { makeScram } from '../../src/access/scram/credential.ts';
import type { UserOptions } from '../../src/access/users.ts';
import type { BrokerOptions, Note } from '../../src/index.ts';
import { connect } from '../packets.ts';
import { codeOf, made, started } from '../shell/created.ts';
import { Client, portOf } from '../shell/sockets.ts';
import { credentials, told } from './credentials.ts';

const USERS: UserOptions = { users: [{ name: 'ann', password: 'right' }], anonymous: 'loopback' };
const ANONYMOUS: LinkSettings = { type: 'anonymous', from: 'loopback' };

function chain(
  links: readonly LinkSettings[] | undefined,
  hooks: IdentityHooks = {},
  users = USERS,
): Identity {
  return new Chains(users, hooks, () => undefined).of(links);
}

const asked = async ({ authenticate }: Identity, ...about: Parameters<typeof credentials>): Promise<string> =>
  told(await authenticate(credentials(...about)));

const users = mkdtempSync(join(tmpdir(), 'anax-chains-'));
const file = join(users, 'users');
const SECRET = await makeHash(new TextEncoder().encode('secret'));
writeFileSync(
  file,
  `alice:${SECRET}\nbob:${SECRET}\nalice:${await makeScram('secret', 'SCRAM-SHA-256', 4096)}\n`,
  {
    mode: 0o600,
  },
);

describe('a chain of settings', () => {
  it('asks users, and then lets anonymous clients in from this machine only', async () => {
    const both = chain([{ type: 'users' }, ANONYMOUS]);
    expect(await asked(both, 'ann', 'right')).toBe('accepted ann');
    expect(await asked(both, 'ann', 'wrong')).toBe('refused 0x86: wrong password');
    expect(await asked(both, 'bob', 'right')).toBe(
      'refused 0x86: users: no such user; anonymous: not anonymous',
    );
    expect(await asked(both, undefined, undefined, { loopback: true })).toBe('accepted undefined');
    expect(await asked(both)).toMatch(/^refused 0x87: .*from this machine only/);
    expect(await asked(both, undefined, 'x', { loopback: true })).toMatch(/^refused/);
  });

  it('does not take a name that nobody asked for: a chain without users has none', async () => {
    const alone = chain([{ type: 'anonymous', from: 'anywhere' }]);
    expect(await asked(alone)).toBe('accepted undefined');
    expect(await asked(alone, 'admin', 'x')).toMatch(/^refused 0x87/);
  });

  it('has the function of an embedder in its place, which may pass on', async () => {
    const authenticate: IdentityHooks['authenticate'] = ({ userName }) =>
      userName === 'mine' ? { refused: { reasonCode: 0x86, text: 'no' } } : { passed: 'not mine' };
    const hooked = chain([{ type: 'hook' }, { type: 'users' }], { authenticate });
    expect(await asked(hooked, 'mine', 'x')).toBe('refused 0x86: no');
    expect(await asked(hooked, 'ann', 'right')).toBe('accepted ann');
  });

  it('is not made where a function would never be asked, or is not there, or two bring one method', () => {
    const authenticate: IdentityHooks['authenticate'] = () => ({ passed: '' });
    const scram: LinkSettings = { type: 'scram', file };
    expect(codeOf(() => chain([{ type: 'users' }], { authenticate }))).toBe('invalid-configuration');
    expect(codeOf(() => chain([{ type: 'hook' }]))).toBe('invalid-configuration');
    expect(codeOf(() => chain([scram, scram]))).toBe('invalid-configuration');
    const methods = new Map([
      ['SCRAM-SHA-256', () => ({ step: () => ({ refused: { reasonCode: 0x86, text: '' } }) })],
    ]);
    expect(codeOf(() => chain([scram], { methods } as IdentityHooks))).toBe('invalid-configuration');
  });

  it('asks the certificate first where a listener takes the user name from it', async () => {
    const chains = new Chains(USERS, {}, () => undefined);
    const identity = chains.of(undefined, 'commonName');
    const certificate = {
      commonName: 'carol',
      subjectAlternativeNames: [],
      fingerprint: undefined,
      serialNumber: undefined,
      validUntil: undefined,
    };
    expect(await asked(identity, 'ann', 'wrong', { certificate })).toBe('accepted carol');
    expect(await asked(identity, 'ann', 'right')).toBe('accepted ann');
    expect(await asked(identity)).toMatch(/^refused 0x87/);
  });

  it('speaks after a change for whom it would let in, whichever chain it was', () => {
    const peer = credentials('', '', { loopback: true });
    const before = chain(undefined).authenticate(credentials('ann', 'right'));
    if (before instanceof Promise || !('accepted' in before)) throw new Error('not let in at once');
    const voucher = before.accepted.voucher ?? '';
    expect(chain([ANONYMOUS, { type: 'users' }]).vouches(voucher, peer)).toBe(true);
    const changed = { ...USERS, users: [{ name: 'ann', password: 'other' }] };
    expect(chain([{ type: 'users' }], {}, changed).vouches(voucher, peer)).toBe(false);
    expect(chain([ANONYMOUS]).vouches(voucher, peer)).toBe(false);
  });
});

const CHAIN: BrokerOptions = {
  authentication: [
    { type: 'passwordFile', file },
    { type: 'scram', file },
  ],
};

describe('a broker with password files', () => {
  const login = (
    port: number,
    userName: string,
    password: string,
    clientId = userName,
    dialect = MQTT_5_0,
  ) => {
    const facts = { clientId, userName, password: new TextEncoder().encode(password) };
    return new Client(port, dialect).send(connect(dialect, facts));
  };

  it('lets in who knows a password, in every version, and logs who does not, without what it was', async () => {
    const notes: Note[] = [];
    const broker = await started({ ...CHAIN, note: (note) => notes.push(note) });
    const port = portOf(broker);
    for (const dialect of [MQTT_5_0, MQTT_3_1_1]) {
      expect((await login(port, 'alice', 'secret', 'a', dialect).until(1))[0]).toMatchObject({
        reasonCode: 0,
      });
    }
    const [wrong] = await login(port, 'alice', 'hunter2').until(1);
    const [stranger] = await login(port, 'nobody', 'hunter2').until(1);
    expect(wrong).toMatchObject({ reasonCode: 0x86 });
    expect({ ...stranger }).toEqual({ ...wrong });
    expect(notes.filter(({ event }) => event === 'connect-refused')).toMatchObject([
      {
        userName: 'alice',
        link: 'passwordFile',
        why: 'wrong password',
        address: '127.0.0.1',
        clientId: 'alice',
      },
      { userName: 'nobody', link: 'passwordFile', why: 'passwordFile: no such user' },
    ]);
    expect(JSON.stringify(notes)).not.toContain('hunter2');
  });

  it('serves others while many passwords wait to be hashed', async () => {
    const broker = await started(CHAIN);
    const port = portOf(broker);
    const [served] = [login(port, 'alice', 'secret', 'served')];
    await served.until(1);
    const flood = Array.from({ length: 40 }, (_, i) => login(port, 'bob', `wrong-${i}`, `flood-${i}`));
    // Each ping is answered long before the flood is through: nobody hashes on the event loop.
    for (let ping = 0; ping < 10; ping++) {
      served.send({ type: 'pingreq' });
      await served.until(2 + ping);
    }
    expect(served.packets.length).toBe(11);
    expect(flood.filter(({ packets }) => packets.length > 0).length).toBeLessThan(flood.length);
    await Promise.all(flood.map((client) => client.end()));
    expect(flood.every(({ packets }) => packets.length === 1)).toBe(true);
  });

  it('does not log a token that stands for a user name', async () => {
    const notes: Note[] = [];
    const broker = await started({ ...CHAIN, note: (note) => notes.push(note) });
    await login(portOf(broker), 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.secret', 'x', 'c').end();
    expect(JSON.stringify(notes)).not.toContain('eyJ');
    expect(notes.find(({ event }) => event === 'connect-refused')).toMatchObject({ userName: '(a token)' });
  });

  it('is not made of a file that is missing, empty or broken', () => {
    for (const text of [undefined, '', 'alice:secret\n']) {
      const other = join(users, 'other');
      if (text !== undefined) writeFileSync(other, text);
      const name = text === undefined ? '/nowhere/users' : other;
      expect(codeOf(() => made({ authentication: [{ type: 'passwordFile', file: name }] }))).toBe(
        'invalid-configuration',
      );
    }
  });

  it.each([
    [[], 'at least one link'],
    [
      [{ type: 'nobody' }],
      'a link with a `type`: one of passwordFile, scram, jwt, http, x509, psk, users, anonymous, hook',
    ],
    [[{ type: 'passwordFile' }], 'the name of a file'],
    [[{ type: 'anonymous', from: 'everywhere' }], 'one of loopback, anywhere'],
    [[{ type: 'http', url: 'ftp://x' }], 'a URL of http or https without a user name'],
    [[{ type: 'http', url: 'http://a:b@x/' }], 'a URL of http or https without a user name'],
    [[{ type: 'http', url: 'http://x/${username}' }], 'a URL of http or https without a user name'],
    [[{ type: 'jwt', algorithms: ['none'] }], 'one of HS256, HS384'],
    [[{ type: 'users', file: 'x' }], 'there is no key `authentication[0].file`'],
  ])('is not made of %j', (authentication, sentence) => {
    expect(() => made({ authentication } as BrokerOptions)).toThrow(sentence);
  });
});
