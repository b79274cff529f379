// Owns that no malformed packet of a server does a client harm, over sockets: each row of the table, whole, in single
// bytes, and cut off in the middle.

import { afterEach, describe, expect, test } from 'vitest';
import { drip, Ground } from './hostile/ground.ts';
import { bytes, table } from './support.ts';

type Dialect = '5.0' | '3.1.1' | '3.1';

const ROWS = table('malformed.tsv').filter(({ direction }) => direction === 'server');

let ground = new Ground();
afterEach(async () => {
  await ground.over();
  ground = new Ground();
});

/** What is sent to a client that has sent CONNECT. */
const WAYS: readonly (readonly [string, (text: string) => Promise<string>])[] = [
  ['TCP, whole', (text) => ground.tcp((socket) => socket.once('data', () => socket.write(bytes(text))))],
  ['TCP, byte by byte', (text) => ground.tcp((socket) => socket.once('data', () => drip(socket, text)))],
  ['WebSocket, whole', (text) => ground.webSocket((ws) => ws.once('message', () => ws.send(bytes(text))))],
  [
    'WebSocket, a frame for each byte',
    (text) =>
      ground.webSocket((ws) =>
        ws.once('message', () => drip({ write: (part) => ws.send(part, () => undefined) }, text)),
      ),
  ],
];

describe.each(WAYS)('over %s', (_, serve) => {
  test.each(ROWS)(
    '$name is a violation, typed and with its clause, and the connection is closed',
    async (row) => {
      const { protocol, hex: text = '' } = row;
      const told = await ground.end(await serve(text), { dialect: protocol as Dialect });
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
