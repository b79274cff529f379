/** Owns files of certificates and keys: what is wrong with one is said before anybody is served, and changes nothing. */

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { listenerProblems } from '../../src/listeners/check.ts';
import { readMaterial, type TlsOptions } from '../../src/listeners/secrets.ts';
import { SecretsFault } from '../../src/listeners/secrets-fault.ts';
import { eventually } from '../shell/sockets.ts';
import { authority, caFile, client, folder, listen, problem, secured, server } from './tls-bench.ts';
import { LOCAL_NAMES } from './x509.ts';

const good: TlsOptions = { certificates: [server], clientCertificate: 'none', minVersion: 'TLSv1.2' };
const other = folder.pair('other', authority.issue());
const junk = folder.file('junk.pem', 'this is no PEM');
const halfway = folder.file('half.pem', authority.cert.slice(0, 300));
const broken = folder.file('broken.pem', authority.cert.replace(/[A-Z]{2}/, 'AA').replace('MII', 'MIJ'));

describe('a file that is not good', () => {
  test.each<readonly [string, Partial<TlsOptions>, string]>([
    [
      'no certificate file',
      { certificates: [{ ...server, certFile: '/nowhere.pem' }] },
      '/nowhere.pem: there is no such file',
    ],
    [
      'a folder',
      { certificates: [{ ...server, certFile: folder.path }] },
      `${folder.path}: it cannot be read (EISDIR)`,
    ],
    [
      'no certificate in it',
      { certificates: [{ ...server, certFile: junk }] },
      `${junk}: expected a certificate in PEM, there is none`,
    ],
    [
      'half a certificate',
      { certificates: [{ ...server, certFile: halfway }] },
      `${halfway}: expected a certificate in PEM, there is none`,
    ],
    [
      'a broken certificate',
      { certificates: [{ ...server, certFile: broken }] },
      `${broken}: expected a certificate in PEM, there is none`,
    ],
    [
      'no key in it',
      { certificates: [{ ...server, keyFile: junk }] },
      `${junk}: expected a private key in PEM that is not encrypted, there is none`,
    ],
    [
      'the key of another certificate',
      { certificates: [{ ...server, keyFile: other.keyFile }] },
      `${other.keyFile}: expected the key of the certificate in ${server.certFile}, it is of another one`,
    ],
    ['no authority in it', { caFile: junk }, `${junk}: expected certificates in PEM, there is none`],
    ['no revocation list in it', { crlFile: junk }, `${junk}: expected a certificate revocation list in PEM`],
    ['no key of anybody', { pskFile: junk }, `${junk}:1: expected identity:hexkey`],
    ['no cipher', { ciphers: 'NONE-OF-THESE' }, '`ciphers` must be a list of ciphers as OpenSSL writes it'],
  ])('is named, with what was expected: %s', (_, wrong, expected) => {
    let message = '';
    try {
      readMaterial({ ...good, ...wrong });
    } catch (error) {
      expect(error).toBeInstanceOf(SecretsFault);
      message = (error as Error).message;
    }
    expect(message.startsWith(expected)).toBe(true);
    expect(message).not.toContain('PRIVATE KEY');
  });

  test('is named beside the others', () => {
    const place = { protocol: 'tls', name: 'tls', host: '127.0.0.1', port: 0 } as const;
    const wrong = { ...good, certificates: [{ ...server, keyFile: junk }], caFile: halfway };
    expect(listenerProblems([{ ...place, tls: good }])).toEqual([]);
    expect(
      listenerProblems([
        { ...place, tls: wrong },
        { ...place, tls: wrong },
      ]),
    ).toEqual([expect.stringContaining(junk), expect.stringContaining(halfway)]);
  });
});

const commonName = (socket: TLSSocket): unknown => socket.getPeerCertificate().subject.CN;

describe('files that are read again', () => {
  test('are for those who connect from then on; who is connected stays', async () => {
    const files = folder.pair('changing', authority.issue({ commonNames: ['old'], names: LOCAL_NAMES }));
    const { listener, port, arrived } = await listen({ certificates: [files] });
    const before = await secured(port);
    folder.pair('changing', authority.issue({ commonNames: ['new'], names: LOCAL_NAMES }));
    expect(commonName(await secured(port))).toBe('old');
    listener.secrets?.read()();
    expect(commonName(await secured(port))).toBe('new');
    before.write('still here');
    await eventually(() => arrived[0]?.text === 'still here');
  });

  test('that are broken change nothing', async () => {
    const files = folder.pair('breaking', authority.issue({ commonNames: ['old'], names: LOCAL_NAMES }));
    const { listener, port } = await listen({ certificates: [files] });
    writeFileSync(files.certFile, authority.issue({ commonNames: ['new'], names: LOCAL_NAMES }).cert);
    expect(() => listener.secrets?.read()).toThrow(
      /breaking\.key: expected the key of the certificate in .*breaking\.pem/,
    );
    expect(commonName(await secured(port))).toBe('old');
  });

  test('revoke a client, who cannot go on with an earlier TLS session either', async () => {
    const bad = client();
    const crlFile = folder.file('changing.crl', authority.revoke());
    const { listener, port, arrived } = await listen({ caFile, crlFile, clientCertificate: 'required' });
    for (const [i, version] of (['TLSv1.2', 'TLSv1.3'] as const).entries()) {
      const versions = { minVersion: version, maxVersion: version };
      folder.file('changing.crl', authority.revoke());
      listener.secrets?.read()();
      const socket = await secured(port, { ...bad, ...versions });
      const sessions: Buffer[] = [];
      socket.on('session', (session: Buffer) => sessions.push(session));
      await eventually(() => arrived.length === 2 * i + 1);
      arrived.at(-1)?.arrival.duplex.write('so that tickets come');
      await once(socket, 'data');
      const session = sessions.at(-1) ?? socket.getSession();
      expect(session).toBeDefined();
      const again = await secured(port, { ...bad, ...versions, session: session as Buffer });
      expect(again.isSessionReused()).toBe(true);
      await eventually(() => arrived.length === 2 * i + 2);
      folder.file('changing.crl', authority.revoke(bad));
      listener.secrets?.read()();
      expect(await problem(port, { ...bad, ...versions, session: session as Buffer })).not.toMatch(/^data/);
      expect(arrived).toHaveLength(2 * i + 2);
    }
  });

  test('of shared keys are for those who connect from then on', async () => {
    const key = (letter: string): string => letter.repeat(32);
    const pskFile = folder.file('changing.psk', `a:${key('a')}\n`);
    const { listener, port, arrived } = await listen({ certificates: [], pskFile });
    const holder = {
      pskCallback: () => ({ psk: Buffer.from(key('b'), 'hex'), identity: 'b' }),
      ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
      checkServerIdentity: () => undefined,
      maxVersion: 'TLSv1.2',
    } as const;
    expect(await problem(port, holder)).toMatch(/^ERR_SSL/);
    folder.file('changing.psk', `b:${key('b')}\n`);
    listener.secrets?.read()();
    await secured(port, holder);
    await eventually(() => arrived[0]?.arrival.pskIdentity === 'b');
  });
});
