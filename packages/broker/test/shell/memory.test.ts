/** Owns that clients who fill the memory of the process give it back, over sockets, and that others keep everything. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MQTT_5_0, Reason } from '@anax/protocol';
import { expect, test } from 'vitest';
import type { BrokerOptions, Note } from '../../src/index.ts';
import { connect, publish, subscribe } from '../packets.ts';
import { started } from './created.ts';
import { Client, eventually, portOf } from './sockets.ts';

const MIB = 1024 * 1024;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const used = () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** A broker that may use so much more than the process does now. */
async function tight(
  bytes: number,
  policy: 'disconnect' | 'drop-queue' = 'disconnect',
  options: BrokerOptions = {},
) {
  const notes: Note[] = [];
  const abuse = { memory: { max: used() + bytes, policy } };
  const broker = await started({ abuse, note: (note) => notes.push(note), ...options });
  return { broker, notes };
}

test('packets that never end are given up, the clients that send them end with 0x97, and others keep everything', async () => {
  const { broker, notes } = await tight(96 * MIB);
  const offline = { cleanStart: false, properties: { sessionExpiryInterval: 600 } };
  const sleeper = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId: 'sleeper', ...offline }));
  sleeper.send(subscribe('news', { qos: 1 }));
  await sleeper.until(2);
  sleeper.socket.destroy();
  await sleeper.end();
  const honest = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId: 'honest' }));
  for (let i = 1; i <= 20; i++) honest.send(publish('news', `${i}`.padEnd(1000), { qos: 1, packetId: i }));
  await honest.until(21);
  const bombs = Array.from({ length: 16 }, (_, i) => {
    const bomb = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId: `bomb ${i}` }));
    // PUBLISH of 16,000,000 bytes, of which the last is never sent.
    bomb.socket.write(Uint8Array.of(0x30, 0x80, 0xc8, 0xd0, 0x07));
    bomb.socket.write(new Uint8Array(15_900_000));
    return bomb;
  });
  await eventually(() => broker.counters.clientsShed > 0);
  await eventually(() => notes.some(({ event }) => event === 'memory-recovered'));
  const shed = bombs.filter(({ packets }) => packets.at(-1)?.type === 'disconnect');
  expect(shed.map(({ packets }) => packets.at(-1))).toMatchObject(
    shed.map(() => ({ reasonCode: Reason.quotaExceeded })),
  );
  expect(shed.length).toBeGreaterThan(0);
  expect(honest.closed).toBe(false);
  expect(notes.filter(({ event }) => event === 'client-shed').map(({ clientId }) => clientId)).not.toContain(
    'sleeper',
  );
  const awake = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId: 'sleeper', ...offline }));
  expect((await awake.until(21)).slice(1)).toHaveLength(20);
  for (const client of [...bombs, honest, awake]) client.socket.destroy();
}, 60_000);

test('where nothing is short nobody loses anything', async () => {
  const { broker, notes } = await tight(1024 * MIB);
  const client = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId: 'a' }));
  client.socket.write(Uint8Array.of(0x30, 0x80, 0xc8, 0xd0, 0x07));
  client.socket.write(new Uint8Array(8_000_000));
  await client.until(1);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect([
    client.closed,
    broker.counters.clientsShed,
    notes.filter(({ event }) => event.startsWith('memory')),
  ]).toEqual([false, 0, []]);
  client.socket.destroy();
});
