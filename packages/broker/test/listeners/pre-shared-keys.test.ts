/** Owns TLS with pre-shared keys: whose key is taken, and what a file of them may hold. */

import { describe, expect, test } from 'vitest';
import { readPreSharedKeys } from '../../src/listeners/pre-shared-keys.ts';
import { eventually } from '../shell/sockets.ts';
import { folder, listen, problem, secured } from './tls-bench.ts';

const KEY = '00112233445566778899aabbccddeeff';
const pskFile = folder.file('keys', `# who\nmeter-1:${KEY}\n\nmeter-2:${KEY.toUpperCase()}ff\r\n`);

/** What a client that has such a key says. */
const holder = (identity: string, key = KEY) => ({
  pskCallback: () => ({ psk: Buffer.from(key, 'hex'), identity }),
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305:PSK-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256',
  checkServerIdentity: () => undefined,
});

describe('a pre-shared key', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('lets in who has it, and says who: %s', async (version) => {
    const { port, arrived } = await listen({ certificates: [], pskFile });
    const versions = { minVersion: version, maxVersion: version };
    await secured(port, { ...holder('meter-1'), ...versions });
    await secured(port, { ...holder('meter-2', `${KEY}ff`), ...versions });
    await eventually(() => arrived.length === 2);
    expect(arrived.map(({ arrival }) => arrival.pskIdentity)).toEqual(['meter-1', 'meter-2']);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'that is wrong, or of nobody, lets in nobody: %s',
    async (version) => {
      const { port, arrived } = await listen({ certificates: [], pskFile });
      const versions = { minVersion: version, maxVersion: version };
      for (const wrong of [
        holder('meter-1', `${KEY}ff`),
        holder('meter-9'),
        holder('meter-1', KEY.replace('0', '1')),
        {},
      ]) {
        expect(await problem(port, { ...wrong, ...versions })).toMatch(/^ERR_SSL|^ECONNRESET/);
      }
      expect(arrived).toEqual([]);
    },
  );

  test('stands beside a certificate: who has no key comes in without an identity', async () => {
    const { port, arrived } = await listen({ pskFile });
    await secured(port);
    await secured(port, holder('meter-1'));
    await eventually(() => arrived.length === 2);
    expect(arrived.map(({ arrival }) => arrival.pskIdentity)).toEqual([undefined, 'meter-1']);
  });
});

describe('a file of keys', () => {
  test.each([
    ['meter', 'keys:1: expected identity:hexkey'],
    [`:${KEY}`, 'keys:1: expected identity:hexkey'],
    ['a:xyz', 'keys:1: expected a key in hex behind the colon'],
    ['a:', 'keys:1: expected a key in hex behind the colon'],
    ['a:abc', 'keys:1: expected a key in hex behind the colon'],
    ['a:00112233445566778899aabbccddee', 'keys:1: expected a key of 16 to 64 bytes'],
    [`a:${'00'.repeat(65)}`, 'keys:1: expected a key of 16 to 64 bytes'],
    [`a:${KEY}\na:${KEY}`, 'keys:2: expected each identity once'],
    [`a\u0007:${KEY}`, 'keys:1: expected an identity of at most 128 bytes without control characters'],
    [
      `${'a'.repeat(129)}:${KEY}`,
      'keys:1: expected an identity of at most 128 bytes without control characters',
    ],
    ['', 'keys: expected lines of identity:hexkey, there is none'],
    ['# only words\n', 'keys: expected lines of identity:hexkey, there is none'],
  ])('is refused with its line: %j', (text, expected) => {
    expect(() => readPreSharedKeys('keys', text)).toThrow(expected);
  });
});
