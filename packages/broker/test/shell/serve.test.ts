/** Owns what only real sockets show: closing, slow readers, large payloads, and streams that are no sockets. */

import { Duplex } from 'node:stream';
import { Decoder, encodePacket, MQTT_3_1_1, MQTT_5_0, PACKET_BYTES_MAX, type Packet } from '@anax/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import type { Broker } from '../../src/index.ts';
import { connect, publish, subscribe, told } from '../bench.ts';
import { brokerOf, Client, eventually, portOf, started } from './sockets.ts';

const brokers: Broker[] = [];
const begin = async (...facts: Parameters<typeof started>): Promise<Broker> => {
  const broker = await started(...facts);
  brokers.push(broker);
  return broker;
};
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close();
});

async function joined(broker: Broker, clientId: string, ...more: readonly Packet[]): Promise<Client> {
  const client = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId }), ...more);
  await client.until(1 + more.length);
  client.packets.length = 0;
  return client;
}

describe('close', () => {
  test('tells open 5.0 clients 0x8B, closes all, and leaves nothing', async () => {
    const broker = await begin();
    const five = await joined(broker, 'five');
    const three = new Client(portOf(broker), MQTT_3_1_1).send(connect(MQTT_3_1_1, { clientId: 'three' }));
    await three.until(1);
    const silent = new Client(portOf(broker));
    await eventually(() => broker.counts.connections === 3);
    await broker.close();
    expect(told(await five.end())).toEqual(['disconnect 0x8b']);
    expect(told(await three.end())).toEqual(['connack']);
    expect(await silent.end()).toEqual([]);
    expect(broker.counts).toMatchObject({ connections: 0, clients: 0, sessions: 0, subscriptions: 0 });
  });

  test('sends what is under way before it closes', async () => {
    const broker = await begin();
    const watcher = await joined(broker, 'watcher', subscribe('a'));
    const peer = await joined(broker, 'peer');
    for (let i = 0; i < 500; i++) peer.send(publish('a', 'x'.repeat(1000)));
    await eventually(() => broker.counters.messagesReceived === 500);
    await broker.close();
    const packets = await watcher.end();
    expect(packets).toHaveLength(501);
    expect(told(packets.slice(-1))).toEqual(['disconnect 0x8b']);
  });

  test('does not wait for a client that does not read', async () => {
    const broker = await begin();
    const stuck = await joined(broker, 'stuck', subscribe('a', { qos: 0 }));
    stuck.socket.pause();
    const peer = await joined(broker, 'peer');
    for (let i = 0; i < 100; i++) peer.send(publish('a', 'x'.repeat(100_000)));
    await eventually(() => broker.counters.messagesReceived === 100);
    // Resolves at all: what is outstanding never gets through.
    await broker.close();
    expect(broker.counts.connections).toBe(0);
    stuck.socket.destroy();
  });

  test('twice is once, and both wait', async () => {
    const broker = await begin();
    const client = await joined(broker, 'c');
    await Promise.all([broker.close(), broker.close()]);
    expect(broker.counts.connections).toBe(0);
    await client.end();
  });

  test('lets nobody in afterwards', async () => {
    const broker = await begin();
    await broker.close();
    const [mine, theirs] = pair();
    broker.accept(theirs, { address: 'test', loopback: true });
    expect(theirs.destroyed).toBe(true);
    mine.destroy();
  });
});

describe('start', () => {
  test('on a port in use says so, and leaves no listener open', async () => {
    const broker = await begin();
    const { host, port } = { host: '127.0.0.1', port: portOf(broker) };
    const second = brokerOf({}, {}, [
      { name: 'one', protocol: 'tcp', host, port: 0 },
      { name: 'two', protocol: 'tcp', host, port },
    ]);
    await expect(second.start()).rejects.toMatchObject({
      code: 'listen-failed',
      message: `${host}:${port} is in use by another program`,
    });
    const client = new Client(portOf(second));
    expect(await client.end()).toEqual([]);
  });
});

test('a listener of notes that throws changes nothing', async () => {
  const broker = await begin(
    {},
    {
      note: () => {
        throw new Error('not mine');
      },
    },
  );
  const client = await joined(broker, 'c', subscribe('a'));
  client.socket.destroy();
  await eventually(() => broker.counts.clients === 0);
  expect(broker.counts).toMatchObject({ connections: 0, sessions: 0, subscriptions: 0 });
});

describe('sockets that are still connecting', () => {
  test('are turned away beyond their limit, and clients that are in do not count', async () => {
    const broker = await begin({ connectingMax: 2 });
    await joined(broker, 'in');
    const waiting = [new Client(portOf(broker)), new Client(portOf(broker))];
    await eventually(() => broker.counts.connections === 3);
    const late = new Client(portOf(broker));
    expect(await late.end()).toEqual([]);
    expect(broker.counters.connectionsTurnedAway).toBe(1);
    waiting[0]?.send(connect(MQTT_5_0, { clientId: 'first' }));
    await waiting[0]?.until(1);
    await joined(broker, 'next');
    for (const one of waiting) one.socket.destroy();
  });
});

describe('a client', () => {
  test('that half-closes gets its answers first, then the other half', async () => {
    const broker = await begin();
    const client = new Client(portOf(broker));
    client.socket.end(encodePacket(connect(MQTT_5_0), MQTT_5_0));
    expect(told(await client.end())).toEqual(['connack']);
    await eventually(() => broker.counts.connections === 0);
    expect(broker.counts.sessions).toBe(0);
  });

  test('that resets its connection leaves its will and nothing else', async () => {
    const broker = await begin();
    const watcher = await joined(broker, 'watcher', subscribe('w'));
    const will = { topic: 'w', payload: new Uint8Array(0), qos: 0, retain: false, properties: {} };
    const client = new Client(portOf(broker)).send({ ...connect(MQTT_5_0), will } as Packet);
    await client.until(1);
    client.socket.resetAndDestroy();
    expect(told(await watcher.until(1))).toEqual(['publish 0 w=']);
    expect(broker.counts).toMatchObject({ connections: 1, clients: 1, sessions: 1 });
  });

  test('that does not read does not stop others, and its memory is bounded', async () => {
    const broker = await begin({ outstandingBytesMax: 256 * 1024 });
    const stuck = await joined(broker, 'stuck', subscribe('a', { qos: 0 }));
    stuck.socket.pause();
    const watcher = await joined(broker, 'watcher', subscribe('a', { qos: 0 }));
    const peer = await joined(broker, 'peer');
    const payload = 'x'.repeat(10_000);
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 1; round <= 40; round++) {
      for (let i = 0; i < 50; i++) peer.send(publish('a', payload));
      await watcher.until(round * 50);
    }
    // 20 MB for each; what the kernel does not take for the one that is stuck is dropped.
    watcher.packets.length = 0;
    expect(broker.counters.messagesDropped).toBeGreaterThan(100);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
    stuck.socket.destroy();
  });

  test('that asks and asks and reads no answer is not read any further', async () => {
    const broker = await begin({ outstandingBytesMax: 64 * 1024 });
    const stuck = await joined(broker, 'stuck');
    stuck.socket.pause();
    const pings = new Uint8Array(64 * 1024).map((_, i) => (i % 2 === 0 ? 0xc0 : 0));
    let taken = 0;
    const pump = () => {
      while (taken < 64 * 1024 * 1024 && stuck.socket.write(pings)) taken += pings.length;
    };
    stuck.socket.on('drain', pump);
    pump();
    let last = -1;
    await eventually(() => {
      const still = last === taken;
      last = taken;
      return still;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(taken).toBeLessThan(64 * 1024 * 1024);
    const other = await joined(broker, 'other');
    expect(told(await other.send({ type: 'pingreq' }).until(1))).toEqual(['pingresp']);
    stuck.socket.resume();
    await eventually(() => stuck.packets.length > taken / 4);
    stuck.socket.destroy();
  });

  test('that reads fast loses nothing of a large turn at QoS 0', async () => {
    const broker = await begin();
    const watcher = await joined(broker, 'watcher', subscribe('a', { qos: 0 }));
    const peer = await joined(broker, 'peer');
    for (let i = 0; i < 30; i++) peer.send(publish('a', 'x'.repeat(50_000)));
    expect(await watcher.until(30)).toHaveLength(30);
    expect(broker.counters.messagesDropped).toBe(0);
  });
});

describe('large payloads', () => {
  const sizes = [8191, 8192, 65_535, 65_536, 1_000_000, 5_000_000];
  const bytes = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff);

  test('arrive whole and unchanged, at one receiver and at several, also where the socket is behind', async () => {
    const broker = await begin({ outstandingBytesMax: 64 * 1024 });
    const watchers = [await joined(broker, 'w1', subscribe('#')), await joined(broker, 'w2', subscribe('#'))];
    const peer = await joined(broker, 'peer');
    for (const watcher of watchers) watcher.socket.pause();
    for (const [i, size] of sizes.entries()) {
      peer.send({ ...publish('a', '', { qos: 1, packetId: i + 1 }), payload: bytes(size) });
    }
    await peer.until(sizes.length);
    for (const watcher of watchers) {
      watcher.socket.resume();
      const packets = await watcher.until(sizes.length);
      for (const [i, packet] of packets.entries()) {
        if (packet.type !== 'publish') throw new Error(packet.type);
        expect(Buffer.compare(packet.payload, bytes(sizes[i] as number))).toBe(0);
      }
    }
  });
});

/** Two ends of a pipe in memory that hand on the very bytes they are given, as a careless stream may. */
function pair(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const make = (other: () => Duplex | undefined) =>
    new Duplex({
      read: () => undefined,
      write: (chunk, _, done) => {
        other()?.push(chunk);
        done();
      },
      final: (done) => {
        other()?.push(null);
        done();
      },
    });
  ends.push(
    make(() => ends[1]),
    make(() => ends[0]),
  );
  return ends as [Duplex, Duplex];
}

describe('accept', () => {
  test('takes any duplex stream, and never writes into bytes it has handed over', async () => {
    const broker = await begin();
    const [mine, theirs] = pair();
    const chunks: Uint8Array[] = [];
    mine.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    broker.accept(theirs, { address: 'in memory' });
    mine.write(encodePacket(connect(MQTT_5_0), MQTT_5_0));
    mine.write(encodePacket(subscribe('a', { qos: 0 }), MQTT_5_0));
    await eventually(() => chunks.length > 0);
    for (let i = 0; i < 50; i++) {
      mine.write(encodePacket(publish('a', `message ${i}`), MQTT_5_0));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => broker.counters.messagesSent === 50);
    await broker.close();
    const decoder = new Decoder({ sender: 'server', dialect: MQTT_5_0, maximumPacketSize: PACKET_BYTES_MAX });
    const packets: unknown[] = [];
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let one = decoder.next(); one !== undefined; one = decoder.next()) packets.push(one);
    }
    const lines = told(packets as Packet[]);
    expect(lines.slice(2, -1)).toEqual(Array.from({ length: 50 }, (_, i) => `publish 0 a=message ${i}`));
    expect(lines.at(-1)).toBe('disconnect 0x8b');
  });

  test('hears when such a stream ends or is destroyed', async () => {
    const broker = await begin();
    for (const leave of ['end', 'destroy'] as const) {
      const [mine, theirs] = pair();
      mine.resume();
      broker.accept(theirs, { address: 'in memory', loopback: true });
      mine.write(encodePacket(connect(MQTT_5_0), MQTT_5_0));
      await eventually(() => broker.counts.clients === 1);
      if (leave === 'end') mine.end();
      else theirs.destroy();
      await eventually(() => broker.counts.connections === 0);
      expect(broker.counts.clients).toBe(0);
    }
  });

  test('passes over one that is gone before it comes', async () => {
    const broker = await begin();
    const [, theirs] = pair();
    theirs.destroy();
    broker.accept(theirs, { address: 'in memory', loopback: true });
    expect(broker.counts.connections).toBe(0);
  });
});
