/** Owns that frames which hold nothing are not taken without end: empty fragments, empty messages, pings. */

import { expect, onTestFinished, test } from 'vitest';
import { listenWebSocket } from '../../src/listeners/ws.ts';
import { Arrived } from './arrived.ts';
import { frame, OPCODE, RawWebSocket } from './raw-websocket.ts';

const POLICY = 1008;

async function pair(): Promise<{ readonly raw: RawWebSocket; readonly one: Arrived }> {
  const arrived: Arrived[] = [];
  const listener = await listenWebSocket(
    { name: 'ws', protocol: 'ws', host: '127.0.0.1', port: 0, path: '/mqtt', origins: [] },
    { upgradeTimeoutMs: 20_000, messageBytesMax: 100_000, unknownBytesMax: 1_000_000 },
    {
      mayCome: () => true,
      mayComeFrom: () => true,
      refused: () => undefined,
      arrived: (arrival) => arrived.push(new Arrived(arrival)),
    },
  );
  const raw = await RawWebSocket.open(listener.port);
  const one = arrived[0] as Arrived;
  onTestFinished(async () => {
    raw.socket.destroy();
    one.arrival.duplex.destroy();
    await listener.close();
  });
  return { raw, one };
}

const EMPTY = {
  'empty fragments of one message': {
    most: 16 * 1024,
    bytes: frame('', { opcode: OPCODE.more, isLast: false }),
  },
  'empty messages': { most: 1000, bytes: frame('') },
  pings: { most: 1000, bytes: frame('', { opcode: OPCODE.ping }) },
};

test.each(Object.entries(EMPTY))(
  '%s: as many as there may be are taken, one more closes with 1008',
  async (name, { most, bytes }) => {
    const { raw, one } = await pair();
    one.known();
    const isFragment = name.startsWith('empty fragments');
    if (isFragment) raw.send(frame('', { isLast: false }));
    raw.send(Buffer.concat(new Array<Buffer>(most - (isFragment ? 2 : 0)).fill(bytes)));
    if (isFragment) raw.send(frame('', { opcode: OPCODE.more }));
    raw.send(frame('here'));
    expect((await one.bytes(4)).toString()).toBe('here');
    if (isFragment)
      raw.send(frame('', { isLast: false }), Buffer.concat(new Array<Buffer>(most).fill(bytes)));
    else raw.send(bytes);
    expect(await raw.closeCode()).toBe(POLICY);
  },
);
