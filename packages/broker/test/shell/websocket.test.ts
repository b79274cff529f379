/** Owns what clients over WebSocket get of the whole broker: the same as over TCP, slow ones and wrong ones included. */

import { encodePacket, MQTT_5_0 } from '@anax/protocol';
import { afterEach, expect, test } from 'vitest';
import type { Limits } from '../../src/hub/limits.ts';
import type { Broker } from '../../src/index.ts';
import { connect, publish, subscribe, will } from '../bench.ts';
import { frame, OPCODE, RawWebSocket } from '../listeners/raw-websocket.ts';
import { brokerOf, Client, eventually } from './sockets.ts';

const brokers: Broker[] = [];
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close();
});

/** A broker on TCP and on WebSocket, and the two ports. */
async function begin(limits: Partial<Limits> = {}): Promise<{ broker: Broker; tcp: number; ws: number }> {
  const listener = { host: '127.0.0.1', port: 0 };
  const broker = brokerOf(limits, {}, [
    { name: 'tcp', protocol: 'tcp', ...listener },
    { name: 'ws', protocol: 'ws', ...listener, path: '/mqtt', origins: [] },
  ]);
  await broker.start();
  brokers.push(broker);
  const [tcp, ws] = broker.listeners;
  return { broker, tcp: tcp?.port ?? 0, ws: ws?.port ?? 0 };
}

const mqtt = (...packets: Parameters<typeof encodePacket>[0][]): Buffer =>
  Buffer.concat(packets.map((packet) => encodePacket(packet, MQTT_5_0)));

test('a client is let in, and several packets may be in one frame [5:MQTT-6.0.0-2]', async () => {
  const { broker, ws } = await begin();
  expect(broker.listeners.map(({ url }) => url.replace(/\d+(?=$|\/mqtt)/, 'PORT'))).toEqual([
    'mqtt://127.0.0.1:PORT',
    'ws://127.0.0.1:PORT/mqtt',
  ]);
  const raw = await RawWebSocket.open(ws);
  raw.send(frame(mqtt(connect(MQTT_5_0, { clientId: 'c' }), subscribe('a'), publish('a', 'x'))));
  const got: Buffer[] = [];
  while (Buffer.concat(got).length < 11) got.push((await raw.frame())?.payload ?? Buffer.alloc(0));
  await eventually(() => broker.counts.clients === 1);
  expect(Buffer.concat(got)[0]).toBe(0x20);
  raw.send(frame(mqtt({ type: 'disconnect', reasonCode: 0, properties: {} })));
  expect(await raw.closeCode()).toBe(1000);
  raw.socket.destroy();
  await eventually(() => broker.counts.connections === 0);
});

test('a text frame closes, and the will is published [5:MQTT-6.0.0-1]', async () => {
  const { broker, tcp, ws } = await begin();
  const watcher = new Client(tcp).send(connect(MQTT_5_0, { clientId: 'w' }), subscribe('gone'));
  await watcher.until(2);
  const raw = await RawWebSocket.open(ws);
  raw.send(frame(mqtt(connect(MQTT_5_0, { clientId: 'c', will: will('gone') }))));
  await raw.frame();
  raw.send(frame('text', { opcode: OPCODE.text }));
  expect(await raw.closeCode()).toBe(1003);
  // A peer that goes on as if nothing was said is cut.
  expect((await watcher.until(3))[2]).toMatchObject({ type: 'publish', topic: 'gone' });
  await raw.end();
  expect(broker.counts.connections).toBe(1);
});

test('a client that does not read is congested, and alone in it', async () => {
  const { broker, tcp, ws } = await begin({ outstandingBytesMax: 64 * 1024 });
  const slow = await RawWebSocket.open(ws);
  slow.send(frame(mqtt(connect(MQTT_5_0, { clientId: 'slow' }), subscribe('#'))));
  await slow.frame();
  slow.socket.pause();
  const watcher = new Client(tcp).send(connect(MQTT_5_0, { clientId: 'w' }), subscribe('end'));
  const peer = new Client(tcp).send(connect(MQTT_5_0, { clientId: 'peer' }));
  await Promise.all([watcher.until(2), peer.until(1)]);
  const { counters } = broker;
  for (let i = 0; i < 20_000 && counters.messagesDropped === 0; i++) {
    peer.send(publish('a', 'x'.repeat(60_000)));
    if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  peer.send(publish('end', ''));
  await watcher.until(3);
  expect(counters.messagesDropped).toBeGreaterThan(0);
  slow.socket.destroy();
});

test('sockets that come to nothing count as connecting', async () => {
  const { broker, tcp, ws } = await begin({ connectingMax: 2 });
  const silent = [new RawWebSocket(ws), new RawWebSocket(ws)];
  await eventually(() => broker.listeners[1]?.pending === 2);
  expect(await new Client(tcp).end()).toEqual([]);
  const late = new RawWebSocket(ws);
  await late.end();
  expect(broker.counters.connectionsTurnedAway).toBe(2);
  for (const { socket } of silent) socket.destroy();
});

test('a large message is taken from a client that was let in, and no other', async () => {
  const { ws } = await begin({ connectPacketBytesMax: 1024 });
  const known = await RawWebSocket.open(ws);
  known.send(frame(mqtt(connect(MQTT_5_0, { clientId: 'c' }))));
  await known.frame();
  known.send(frame(mqtt(publish('a', 'x'.repeat(2_000_000), { qos: 1, packetId: 1 }))));
  expect((await known.frame())?.payload[0]).toBe(0x40);
  const unknown = await RawWebSocket.open(ws);
  unknown.send(frame('\u0010'.repeat(2_000_000), { length: 3_000_000 }));
  expect(await unknown.closeCode()).toBe(1009);
  for (const { socket } of [known, unknown]) socket.destroy();
});

test('close tells clients 0x8B, and closes in order', async () => {
  const { broker, ws } = await begin();
  const raw = await RawWebSocket.open(ws);
  raw.send(frame(mqtt(connect(MQTT_5_0, { clientId: 'c' }))));
  await raw.frame();
  const closing = broker.close();
  const said = (await raw.frame())?.payload;
  expect([said?.[0], said?.[2]]).toEqual([0xe0, 0x8b]);
  expect(await raw.closeCode()).toBe(1000);
  raw.send(frame('', { opcode: OPCODE.close }));
  await closing;
  await raw.end();
});
