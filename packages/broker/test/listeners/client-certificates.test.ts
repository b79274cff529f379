/** Owns mutual TLS: whose certificate is taken, what is known of it, and whose is not. */

import { describe, expect, test } from 'vitest';
import { eventually } from '../shell/sockets.ts';
import { authority, caFile, client, folder, listen, problem, secured } from './tls-bench.ts';
import { Authority } from './x509.ts';

const mutual = { caFile, clientCertificate: 'required' } as const;
const stranger = new Authority('stranger');

describe('a client certificate that is required', () => {
  test('brings its facts', async () => {
    const { port, arrived } = await listen(mutual);
    const until = Math.floor(Date.now() / 1000) * 1000 + 86_400_000;
    const wishes = {
      commonNames: ['device-1'],
      names: [
        ['dns', 'device-1.example'],
        ['email', 'ada@example.org'],
        ['uri', 'urn:device:1'],
        ['ip', '192.0.2.5'],
      ],
      until,
    } as const;
    const socket = await secured(port, client(wishes));
    await eventually(() => arrived.length === 1);
    expect(arrived[0]?.arrival.certificate).toEqual({
      commonName: 'device-1',
      subjectAlternativeNames: [
        { kind: 'dns', value: 'device-1.example' },
        { kind: 'email', value: 'ada@example.org' },
        { kind: 'uri', value: 'urn:device:1' },
        { kind: 'ip', value: '192.0.2.5' },
      ],
      fingerprint: (socket.getCertificate() as { fingerprint256: string }).fingerprint256
        .replaceAll(':', '')
        .toLowerCase(),
      serialNumber: expect.stringMatching(/^[0-9a-f]{8}$/),
      validUntil: until,
    });
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is one of this authority, and good now: %s',
    async (version) => {
      const { port, arrived } = await listen(mutual);
      const versions = { minVersion: version, maxVersion: version };
      const past = { from: Date.now() - 5_000_000, until: Date.now() - 1_000_000 };
      const future = { from: Date.now() + 1_000_000 };
      for (const wrong of [{}, client({}, stranger), client(past), client(future)]) {
        expect(await problem(port, { ...versions, ...wrong })).not.toMatch(/^data/);
      }
      await secured(port, { ...versions, ...client() });
      await eventually(() => arrived.length === 1);
    },
  );

  test('is not one that was revoked', async () => {
    const [good, bad] = [client(), client()];
    const crlFile = folder.file('revoked.crl', authority.revoke(bad));
    const { port, arrived } = await listen({ ...mutual, crlFile });
    expect(await problem(port, bad)).not.toMatch(/^data/);
    await secured(port, good);
    await eventually(() => arrived.length === 1);
    expect(arrived).toHaveLength(1);
  });
});

describe('a client certificate that may be left out', () => {
  test('is left out, or good', async () => {
    const { port, arrived, refused } = await listen({ caFile, clientCertificate: 'optional' });
    await secured(port);
    await eventually(() => arrived.length === 1);
    expect(arrived[0]?.arrival.certificate).toBeUndefined();
    await secured(port, client({ commonNames: ['known'] }));
    await eventually(() => arrived.length === 2);
    expect(arrived[1]?.arrival.certificate?.commonName).toBe('known');
    expect(await problem(port, client({}, stranger))).not.toMatch(/^data/);
    await eventually(() => refused.length === 1);
    expect(arrived).toHaveLength(2);
    expect(refused[0]).toMatch(/^127\.0\.0\.1 a client certificate that is not good: /);
  });
});

describe('a name that can be read in two ways', () => {
  test.each([
    [['admin', 'nobody'], undefined],
    [[], undefined],
    [['admin\nCN=root'], undefined],
    [['admin\0.example'], undefined],
    [['ad+min, CN=root'], 'ad+min, CN=root'],
    [['Ada Lovelace'], 'Ada Lovelace'],
  ] as const)('is no common name: %j', async (commonNames, known) => {
    const { port, arrived } = await listen(mutual);
    await secured(port, client({ commonNames }));
    await eventually(() => arrived.length === 1);
    expect(arrived[0]?.arrival.certificate?.commonName).toBe(known);
  });

  test('is one alternative name, not several', async () => {
    const { port, arrived } = await listen(mutual);
    const names = [
      ['uri', 'http://a.example, DNS:admin'],
      ['email', 'x", DNS:admin'],
      ['dns', 'plain'],
    ] as const;
    await secured(port, client({ names }));
    await eventually(() => arrived.length === 1);
    expect(arrived[0]?.arrival.certificate?.subjectAlternativeNames).toEqual([
      { kind: 'uri', value: 'http://a.example, DNS:admin' },
      { kind: 'email', value: 'x", DNS:admin' },
      { kind: 'dns', value: 'plain' },
    ]);
  });
});
