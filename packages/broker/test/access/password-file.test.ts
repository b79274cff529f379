/** Owns files of users: what is read, what is refused with which sentence, and what a password is checked against. */

import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MqttError } from '@anax/protocol';
import { describe, expect, it } from 'vitest';
import { chained } from '../../src/access/chain/chain.ts';
import { Turnstile } from '../../src/access/chain/turnstile.ts';
import { parseUsers } from '../../src/access/passwords/file.ts';
import { makeHash, parseHash, verifyHash } from '../../src/access/passwords/hash.ts';
import { passwordFileLink } from '../../src/access/passwords/link.ts';
import { credentials, told } from './credentials.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Cheap, so that tests do not wait: of the password `secret`. */
const CHEAP = '$scrypt$ln=4,r=1,p=1$MTIzNDU2Nzg5MGFiY2RlZg$OrlOSi+OB2FmGoO35gFBORG8sDRUoXqsKgIIY0TC4+4';
/** Made by mosquitto_passwd 2.0.11 for the password `secret`. */
const MOSQUITTO_7 =
  '$7$101$Tzqe3RL/uD1bDRKM$VU03MAcbekB0OJhHnnhnNFgZs8RfQFo7y6NnB/IXq0pr+DHEjv10c9JWjmda1pehZBYjG6bE7WNDA9fK1QjzVw==';
const MOSQUITTO_6 =
  '$6$u56RBMGx5NEVLXVU$oYYw1jOi+sWuuFlg03WP+HNesc3i39blSnusTsRl6x+bE0Q+gwq5QRkyRAHB7Medy1Hwo5fsuIHR4kDgrqGkgw==';
const SCRAM =
  '$scram-sha-256$i=4096$W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=$wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=';

function fileOf(text: string, mode = 0o600): string {
  const file = join(mkdtempSync(join(tmpdir(), 'anax-users-')), 'users');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

function problemOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof MqttError && error.code === 'invalid-configuration') return error.message;
    throw error;
  }
  return 'none';
}

function linkOf(text: string, rememberMs = 0) {
  return passwordFileLink({ file: fileOf(text), rememberMs }, () => undefined);
}

async function asked(text: string, userName?: string, password?: string): Promise<string> {
  const { authenticate } = linkOf(text);
  return told(await (authenticate as NonNullable<typeof authenticate>)(credentials(userName, password)));
}

describe('a hash of a password', () => {
  it('is scrypt in the PHC form, with another salt each time', async () => {
    const [one, two] = [await makeHash(bytes('x')), await makeHash(bytes('x'))];
    expect(one).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    const hash = parseHash(one);
    if ('problem' in hash) throw new Error(hash.problem);
    expect([await verifyHash(hash, bytes('x')), await verifyHash(hash, bytes('y'))]).toEqual([true, false]);
  });

  it('of scrypt is what RFC 7914 says', async () => {
    const salt = Buffer.from('SodiumChloride').toString('base64').replaceAll('=', '');
    const key =
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887';
    const text = `$scrypt$ln=14,r=8,p=1$${salt}$${Buffer.from(key, 'hex').toString('base64').replaceAll('=', '')}`;
    const hash = parseHash(text);
    if ('problem' in hash) throw new Error(hash.problem);
    expect(await verifyHash(hash, bytes('pleaseletmein'))).toBe(true);
  });

  it.each([
    ['scrypt', CHEAP],
    ['$7$ of mosquitto', MOSQUITTO_7],
    ['$6$ of mosquitto', MOSQUITTO_6],
  ])('in a file lets the right password in, and no other: %s', async (_, hash) => {
    const text = `alice:${hash}\n`;
    expect(await asked(text, 'alice', 'secret')).toBe('accepted alice');
    expect(await asked(text, 'alice', 'Secret')).toBe('refused 0x86: wrong password');
    expect(await asked(text, 'alice', '')).toBe('refused 0x86: wrong password');
    expect(await asked(text, 'bob', 'secret')).toBe('passed: no such user');
    expect(await asked(text, 'ALICE', 'secret')).toBe('passed: no such user');
    expect(await asked(text, 'alice')).toBe('passed: no password');
    expect(await asked(text, undefined, 'secret')).toBe('passed: no user name');
  });
});

describe('a file of users', () => {
  it('may have comments, empty lines, line ends of both kinds, and lines of SCRAM', () => {
    const users = parseUsers(`# us\r\n\r\na:${CHEAP}\r\n\na:${SCRAM}\nb:${MOSQUITTO_7}`, 'f');
    expect([...users.passwords.keys()]).toEqual(['a', 'b']);
    expect(users.scram.map(({ user, credential }) => `${user} ${credential.mechanism}`)).toEqual([
      'a SCRAM-SHA-256',
    ]);
  });

  it.each([
    ['no colon', 'alice', 'there is no hash of a password behind the name'],
    ['no hash', 'alice:', 'there is no hash of a password behind the name'],
    ['a password in the clear', 'alice:secret', 'there is no hash of a password behind the name'],
    ['no name', `:${CHEAP}`, 'a user name is not empty'],
    ['a user twice', `alice:${CHEAP}\nalice:${MOSQUITTO_7}`, 'this user has a line above'],
    ['a name with a control character', `a\u0001:${CHEAP}`, 'a user name has no colon and no control'],
    [
      'a hash of another kind',
      'alice:$argon2id$v=19$m=1$x$y',
      'a hash of the kind argon2id cannot be checked',
    ],
    ['a hash that was cut', `alice:${CHEAP.slice(0, -30)}`, 'the hash is not of its form'],
    ['text behind the hash', `alice:${MOSQUITTO_7} `, 'the hash is not of its form'],
    [
      'no salt',
      'alice:$scrypt$ln=4,r=1,p=1$$OrlOSi+OB2FmGoO35gFBORG8sDRUoXqsKgIIY0T',
      'the hash is not of its form',
    ],
    ['a cost of all memory', `alice:${CHEAP.replace('ln=4,r=1', 'ln=20,r=99')}`, 'takes more memory or time'],
    ['a cost of nothing', `alice:${CHEAP.replace('p=1', 'p=0')}`, 'the hash is not of its form'],
    [
      'a hundred million iterations',
      `alice:${MOSQUITTO_7.replace('101', '100000000')}`,
      'more memory or time',
    ],
    ['SCRAM with few iterations', `alice:${SCRAM.replace('4096', '1')}`, '1 iterations are not from 4096'],
    ['SCRAM with a short key', `alice:${SCRAM.replace('wfPLwcE6', '')}`, 'the credential of SCRAM is not'],
  ])('with anything in it that is not understood is not loaded: %s', (_, line, problem) => {
    const text = `first:${CHEAP}\n${line}\n`;
    const message = problemOf(() => parseUsers(text, 'users'));
    expect(message).toContain(problem);
    expect(message).toMatch(/^users:[23]: /);
    expect(message).not.toMatch(/secret|OrlO|wfPL|Tzqe/);
  });

  it('is not loaded where it is missing, empty, a folder, or no UTF-8', () => {
    const load = (file: string) =>
      problemOf(() => passwordFileLink({ file, rememberMs: 0 }, () => undefined));
    expect(load('/nowhere/users')).toBe('/nowhere/users: there is no such file');
    expect(load(fileOf(''))).toMatch(/: no user in it has a password$/);
    expect(load(fileOf('# nobody\n\n'))).toMatch(/: no user in it has a password$/);
    expect(load(fileOf(`alice:${SCRAM}\n`))).toMatch(/: no user in it has a password$/);
    expect(load(tmpdir())).toMatch(/: it is no file$/);
    const file = fileOf('');
    writeFileSync(file, Uint8Array.of(0xff, 0xfe));
    expect(load(file)).toMatch(/: it is not UTF-8$/);
  });

  it.each([
    [0o600, []],
    [0o640, []],
    [0o644, ['can be read by every user of this machine']],
    [0o602, ['can be written by every user of this machine']],
  ])('that others can read or write is warned about: mode %o', (mode, expected) => {
    const warnings: string[] = [];
    passwordFileLink({ file: fileOf(`a:${CHEAP}`, mode), rememberMs: 0 }, (text) => warnings.push(text));
    expect(warnings).toEqual(expected.map((text) => expect.stringContaining(text)));
  });
});

describe('the link passwordFile', () => {
  it('tells a client the same for an unknown name and a wrong password', async () => {
    const ask = chained([linkOf(`alice:${CHEAP}`)]);
    const [known, unknown] = [await ask(credentials('alice', 'x')), await ask(credentials('bob', 'x'))];
    if (!('refused' in known && 'refused' in unknown)) throw new Error('let in');
    const visible = ({ refused: { reasonCode, text } }: typeof known) => ({ reasonCode, text });
    expect(visible(unknown)).toEqual(visible(known));
  });

  it('hashes for an unknown name as much as for a known one', async () => {
    const work: string[] = [];
    class Counting extends Turnstile {
      override run<T>(address: string, job: () => Promise<T>): Promise<T> {
        work.push(address);
        return super.run(address, job);
      }
    }
    const limits = { atOnceMax: 1, waitingMax: 9, waitingPerAddressMax: 9, waitingMsMax: 9999 };
    const file = fileOf(`alice:${CHEAP}`);
    const { authenticate } = passwordFileLink(
      { file, rememberMs: 60_000 },
      () => undefined,
      new Counting(limits),
    );
    for (const [name, password] of [
      ['alice', 'x'],
      ['bob', 'x'],
      ['bob', 'x'],
      ['bob', 'secret'],
    ] as const) {
      expect(
        told(await (authenticate as NonNullable<typeof authenticate>)(credentials(name, password))),
      ).not.toMatch(/^accepted/);
    }
    expect(work.length).toBe(4);
  });

  it('does not hash again what was right a moment ago, and only that', async () => {
    const { authenticate = () => ({ passed: '' }) } = linkOf(`alice:${CHEAP}\nbob:${MOSQUITTO_6}`, 60_000);
    const first = authenticate(credentials('alice', 'secret'));
    expect(first).toBeInstanceOf(Promise);
    expect(told(await first)).toBe('accepted alice');
    expect(authenticate(credentials('alice', 'secret'))).not.toBeInstanceOf(Promise);
    expect(told(await authenticate(credentials('alice', 'secret2')))).toBe('refused 0x86: wrong password');
    expect(authenticate(credentials('bob', 'secret'))).toBeInstanceOf(Promise);
  });

  it('turns away who cannot be checked soon, and says so', async () => {
    const limits = { atOnceMax: 1, waitingMax: 1, waitingPerAddressMax: 1, waitingMsMax: 9999 };
    const file = fileOf(`alice:${CHEAP}`);
    const { authenticate = () => ({ passed: '' }) } = passwordFileLink(
      { file, rememberMs: 0 },
      () => undefined,
      new Turnstile(limits),
    );
    const answers = await Promise.all([1, 2, 3].map(() => authenticate(credentials('alice', 'secret'))));
    expect(answers.map(told)).toEqual([
      'accepted alice',
      'accepted alice',
      'refused 0x89: too many from this address wait already',
    ]);
  });
});
