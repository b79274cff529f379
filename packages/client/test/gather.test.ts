// What leaves in a turn of the event loop, and how much of it.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { encodePacket, MQTT_5_0 } from '@anax/protocol';
import { expect, test } from 'vitest';
import { connect } from '../src/index.ts';
import { Gather } from '../src/shell/gather.ts';

const TURN_BYTES_MAX = 256 * 1024;

function turns(): { readonly atEnd: (call: () => void) => void; end(): void; readonly size: number } {
  let calls: (() => void)[] = [];
  return {
    atEnd: (call) => calls.push(call),
    end: () => {
      const due = calls;
      calls = [];
      for (const call of due) call();
    },
    get size() {
      return calls.length;
    },
  };
}

test('packets of one turn leave in one write, larger ones on their own and in their place', () => {
  const written: number[] = [];
  const turn = turns();
  const write = (bytes: Uint8Array): boolean => written.push(bytes.length) > 0;
  const gather = new Gather(write, turn.atEnd, () => undefined);
  for (let i = 0; i < 10; i++) gather.add(new Uint8Array(100));
  expect(written).toEqual([]);
  turn.end();
  gather.add(new Uint8Array(5));
  gather.add(new Uint8Array(100_000));
  gather.add(new Uint8Array(7));
  turn.end();
  expect(written).toEqual([1000, 5, 100_000, 7]);
  expect(turn.size).toBe(0);
});

test('a turn is full after 256 KiB, and the next one says so once', () => {
  let told = 0;
  const turn = turns();
  const gather = new Gather(
    () => true,
    turn.atEnd,
    () => {
      told += 1;
    },
  );
  gather.add(new Uint8Array(TURN_BYTES_MAX - 1));
  expect(gather.full).toBe(false);
  gather.add(new Uint8Array(1));
  expect(gather.full).toBe(true);
  // Not refused: acknowledgements do not wait.
  gather.add(new Uint8Array(1));
  expect(told).toBe(0);
  turn.end();
  expect([gather.full, told]).toEqual([false, 1]);
  gather.add(new Uint8Array(1));
  turn.end();
  expect(told).toBe(1);
});

test('awaiting one message at QoS 0 after the other leaves others their turn', async () => {
  const connack = { type: 'connack', sessionPresent: false, reasonCode: 0, properties: {} } as const;
  const server = createServer((socket) => {
    socket.once('data', () => socket.write(encodePacket(connack, MQTT_5_0)));
    socket.resume();
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = await connect(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    reconnect: false,
  });
  let turnsSeen = 0;
  let done = false;
  const tick = (): void => {
    turnsSeen += 1;
    if (!done) setImmediate(tick);
  };
  setImmediate(tick);
  const payload = new Uint8Array(1000);
  const messages = 4000;
  for (let i = 0; i < messages; i++) await client.publish('a', payload);
  done = true;
  expect(turnsSeen).toBeGreaterThanOrEqual(Math.floor((messages * payload.length) / TURN_BYTES_MAX));
  await client.close();
  server.close();
});
