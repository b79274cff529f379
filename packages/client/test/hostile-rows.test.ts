// Owns that no malformed packet of a server does a client harm, over sockets: each row of the table, whole, in single
// bytes, and cut off in the middle.

import { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Certificates, HAS_OPENSSL, makeCertificates } from './certificates.ts';
import { drip, Ground } from './hostile/ground.ts';
import { bytes, table } from './support.ts';

type Dialect = '5.0' | '3.1.1' | '3.1';

const ROWS = table('malformed.tsv').filter(({ direction }) => direction === 'server');

let certificates: Certificates | undefined;
beforeAll(() => {
  if (HAS_OPENSSL) certificates = makeCertificates();
});
afterAll(() => certificates?.remove());

let ground = new Ground();
afterEach(async () => {
  await ground.over();
  ground = new Ground();
});

/** TLS on a server's end of TCP. */
async function tlsServer(text: string): Promise<string> {
  const url = await ground.tcp((socket) => {
    const secure = new TLSSocket(socket, { isServer: true, ...certificates?.server });
    secure.on('error', () => undefined);
    secure.once('data', () => secure.write(bytes(text)));
    secure.resume();
  });
  return url.replace('mqtt:', 'mqtts:');
}

/** What is sent to a client that has sent CONNECT. */
const NO_TLS = 'TLS: skipped, openssl is not installed';

const WAYS: readonly (readonly [string, (text: string) => Promise<string>])[] = [
  ['TCP, whole', (text) => ground.tcp((socket) => socket.once('data', () => socket.write(bytes(text))))],
  ['TCP, byte by byte', (text) => ground.tcp((socket) => socket.once('data', () => drip(socket, text)))],
  [HAS_OPENSSL ? 'TLS, whole' : NO_TLS, tlsServer],
  ['WebSocket, whole', (text) => ground.webSocket((ws) => ws.once('message', () => ws.send(bytes(text))))],
  [
    'WebSocket, a frame for each byte',
    (text) =>
      ground.webSocket((ws) =>
        ws.once('message', () => drip({ write: (part) => ws.send(part, () => undefined) }, text)),
      ),
  ],
];

describe.each(WAYS)('over %s', (way, serve) => {
  test.skipIf(way === NO_TLS).each(ROWS)(
    '$name is a violation, typed and with its clause, and the connection is closed',
    async (row) => {
      const { protocol, hex: text = '' } = row;
      const tls = { ca: certificates?.ca ?? '' };
      const told = await ground.end(await serve(text), { dialect: protocol as Dialect, tls });
      expect(told).toMatchObject({ code: 'protocol-violation' });
      expect(told.error).toMatchObject({ side: 'server', clause: expect.stringMatching(/\[(?:5|3\.1\.1):/) });
    },
  );
});

test.each(ROWS)(
  'half of $name and then the end: the connection is lost, or was broken already',
  async (row) => {
    const { protocol, hex: text = '' } = row;
    const packets = text.split('|');
    const last = bytes(packets.pop() ?? '');
    const url = await ground.tcp((socket) =>
      socket.once('data', () => {
        socket.write(bytes(packets.join(' ')));
        socket.end(last.subarray(0, last.length >> 1));
      }),
    );
    const told = await ground.end(url, { dialect: protocol as Dialect });
    expect(told.code).toMatch(/^(?:connection-lost|protocol-violation)$/);
    expect(told.error).toMatchObject({ side: 'server' });
  },
);
