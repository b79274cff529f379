// SCRAM by its messages: the vectors of the standards, a server written apart from the client, and servers that lie.

import { MqttError } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import type { Authenticator } from '../src/index.ts';
import { SCRAM_MECHANISMS, type ScramOptions, scram } from '../src/scram/scram.ts';
import { PENCIL, type ScramFacts, ScramServer } from './scram-server.ts';

const data = (text: string): { authenticationData: Uint8Array } => ({
  authenticationData: Buffer.from(text),
});
const text = (said: { authenticationData?: Uint8Array }): string =>
  Buffer.from(said.authenticationData ?? []).toString();

const begin = (options: Partial<ScramOptions> = {}): Authenticator =>
  scram({ userName: 'user', password: 'pencil', nonce: () => 'rOprNGfwEbeRWgbNEkqO', ...options })();

const answered = (exchange: Authenticator, challenge: { authenticationData: Uint8Array }): Promise<string> =>
  Promise.resolve(exchange.next(challenge)).then(() => 'answered', code);

const code = (failing: unknown): string => (failing instanceof MqttError ? failing.code : String(failing));

describe('the example of', () => {
  test('RFC 7677, SCRAM-SHA-256 [5:4.12]', async () => {
    const exchange = begin();
    expect(exchange.method).toBe('SCRAM-SHA-256');
    expect(text(await exchange.start())).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
    const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
    const answer = await exchange.next(data(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`));
    expect(text(answer)).toBe(`c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`);
    exchange.finish?.(data('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='));
  });

  test('RFC 5802, SCRAM-SHA-1', async () => {
    const exchange = begin({ mechanism: 'SCRAM-SHA-1', nonce: () => 'fyko+d2lbbFgONRv9qkxdawL' });
    expect(text(await exchange.start())).toBe('n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL');
    const nonce = 'fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j';
    const answer = await exchange.next(data(`r=${nonce},s=QSXCR+Q6sek8bf92,i=4096`));
    expect(text(answer)).toBe(`c=biws,r=${nonce},p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=`);
    exchange.finish?.(data('v=rmF9pqV8S7suAoZWja4dJRkFsKQ='));
  });
});

/** The client against a server of these facts; what the server said last. */
async function converse(
  exchange: Authenticator,
  facts: ScramFacts,
): Promise<ReturnType<ScramServer['step']>> {
  const server = new ScramServer(facts);
  const first = server.step((await exchange.start()).authenticationData);
  if (!('continue' in first)) return first;
  return server.step((await exchange.next({ authenticationData: first.continue })).authenticationData);
}

describe('with a server', () => {
  const HASHES = { 'SCRAM-SHA-1': 'sha1', 'SCRAM-SHA-256': 'sha256', 'SCRAM-SHA-512': 'sha512' } as const;

  test.each(SCRAM_MECHANISMS)(
    '%s convinces both ends, in CONNACK or in an AUTH before it',
    async (mechanism) => {
      const facts = { ...PENCIL, hash: HASHES[mechanism] };
      const one = begin({ mechanism });
      const last = await converse(one, facts);
      if (!('accepted' in last)) throw new Error(JSON.stringify(last));
      expect(last.accepted).toBe('user');
      one.finish?.({ authenticationData: last.data });
      const other = begin({ mechanism });
      const before = await converse(other, facts);
      expect(await other.next({ authenticationData: (before as typeof last).data })).toEqual({});
      other.finish?.({});
    },
  );

  test('a name may have what SCRAM writes in another way, and a password any letters', async () => {
    const [userName, password] = ['a=b,c', 'pä\u{3a9}ssw\u00F6rt\u{1f600}'];
    const last = await converse(begin({ userName, password }), { ...PENCIL, password });
    expect(last).toMatchObject({ accepted: userName });
  });

  test('the password that goes in is the one that SASLprep makes of it', async () => {
    const last = await converse(begin({ password: 'I\u00ADX\u2168' }), { ...PENCIL, password: 'IXIX' });
    expect(last).toMatchObject({ accepted: 'user' });
  });

  test('a wrong password proves nothing', async () => {
    expect(await converse(begin({ password: 'pencils' }), PENCIL)).toEqual({ refused: 'the proof is wrong' });
  });

  test('nonces are printable, without a comma, and never the same', async () => {
    const nonces = new Set<string>();
    for (let n = 0; n < 50; n++) {
      const said = text(await scram({ userName: 'u', password: 'p' })().start());
      expect(said).toMatch(/^n,,n=u,r=[\x21-\x2b\x2d-\x7e]{32}$/);
      nonces.add(said);
    }
    expect(nonces.size).toBe(50);
  });
});

const N = 'rOprNGfwEbeRWgbNEkqO';
const SALT = 's=W22ZaJ0SNY7soEsUEjb6gQ==';

describe('a first message of the server', () => {
  test.each([
    ['has another nonce', `r=x${N}y,${SALT},i=4096`, 'server-not-authenticated'],
    ['adds nothing to the nonce', `r=${N},${SALT},i=4096`, 'server-not-authenticated'],
    ['asks for too few iterations', `r=${N}y,${SALT},i=4095`, 'authentication-failed'],
    ['asks for more than this client does', `r=${N}y,${SALT},i=1000001`, 'authentication-failed'],
    ['has iterations that are no number', `r=${N}y,${SALT},i=4096x`, 'authentication-failed'],
    ['has iterations with a zero in front', `r=${N}y,${SALT},i=04096`, 'authentication-failed'],
    ['has a salt that is no Base64', `r=${N}y,s=W22Z*,i=4096`, 'authentication-failed'],
    ['has no salt', `r=${N}y,s=,i=4096`, 'authentication-failed'],
    ['has an extension that must be understood', `m=x,r=${N}y,${SALT},i=4096`, 'authentication-failed'],
    ['has another order', `${SALT},r=${N}y,i=4096`, 'authentication-failed'],
    ['is an error', 'e=unknown-user', 'authentication-failed'],
    ['is empty', '', 'authentication-failed'],
  ])('that %s is not answered', async (_, message, expected) => {
    const exchange = begin();
    await exchange.start();
    expect(await answered(exchange, data(message))).toBe(expected);
  });

  test('may have extensions behind', async () => {
    const exchange = begin();
    await exchange.start();
    expect(text(await exchange.next(data(`r=${N}y,${SALT},i=4096,x=1,y=2`)))).toMatch(/^c=biws,/);
  });

  test('that is no UTF-8 is not answered', async () => {
    const exchange = begin();
    await exchange.start();
    const bytes = Uint8Array.of(0x72, 0x3d, 0xff);
    expect(await answered(exchange, { authenticationData: bytes })).toBe('authentication-failed');
  });
});

describe('a server that is content', () => {
  const signature = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';
  const first = `r=${N}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,${SALT},i=4096`;
  const finished = (exchange: Authenticator, last: { authenticationData?: Uint8Array }): string => {
    try {
      exchange.finish?.(last);
      return 'content';
    } catch (error) {
      return code(error);
    }
  };

  test('without asking for a proof is not the one', async () => {
    const exchange = begin();
    await exchange.start();
    expect(finished(exchange, data(signature))).toBe('server-not-authenticated');
  });

  test.each([
    ['no signature', undefined, 'server-not-authenticated'],
    ['another signature', data('v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='), 'server-not-authenticated'],
    [
      'the same, written in another way',
      data('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5='),
      'server-not-authenticated',
    ],
    ['a shorter one', data('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl9'), 'server-not-authenticated'],
    ['what is no signature', data('ok'), 'server-not-authenticated'],
    ['an error', data('e=invalid-proof'), 'authentication-failed'],
    ['the signature', data(signature), 'content'],
    ['the signature, and an extension', data(`${signature},x=1`), 'content'],
  ])('with %s', async (_, last, expected) => {
    const exchange = begin();
    await exchange.start();
    await exchange.next(data(first));
    expect(finished(exchange, last ?? {})).toBe(expected);
  });
});

test('names and passwords that SASLprep refuses, and methods that do not exist, are refused at once', () => {
  for (const options of [
    { userName: '' },
    { userName: '\u00AD' },
    { userName: 'a\u0007' },
    { password: 'a\uE000' },
    { mechanism: 'SCRAM-MD5' as 'SCRAM-SHA-1' },
  ]) {
    expect(() => begin(options), JSON.stringify(options)).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  }
});
