/** Owns that a client that asks for too much is read from later, loses nothing by it, and is put out where it goes on. */

import { MQTT_3_1_1, MQTT_5_0, Reason } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import type { AbuseLimits } from '../../src/abuse/limits.ts';
import { Bench, type Peer, publish, subscribe, told } from '../bench.ts';
import { StoredRows } from '../rows.ts';

const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => publish('a', String(from + i)));

function joined(
  abuse: Partial<AbuseLimits>,
  facts = {},
): { bench: Bench; peer: Peer; heard: () => string[] } {
  const bench = new Bench({ abuse });
  const listener = bench.peer().connected({ clientId: 'listener' }).subscribed('a');
  const peer = bench.peer().connected(facts);
  return { bench, peer, heard: () => told(listener.take()).map((one) => one.replace('publish 0 a=', '')) };
}

describe('messages a second', () => {
  const abuse = { messagesPerSecondMax: 10, messagesBurst: 5 };

  test('beyond the burst wait, in order, and none is lost; meanwhile the socket is not read', () => {
    const { bench, peer, heard } = joined(abuse);
    peer.sendAtOnce(...numbered(20));
    expect(heard()).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(peer.wire.paused).toBe(true);
    bench.pass(0.5);
    expect(heard()).toEqual(['6', '7', '8', '9', '10']);
    bench.pass(0.8);
    expect(heard()).toHaveLength(8);
    expect(peer.wire.paused).toBe(true);
    bench.pass(1);
    expect(heard()).toEqual(['19']);
    expect([peer.wire.paused, peer.closed]).toEqual([false, false]);
    expect(bench.hub.counters.clientsSlowed).toBe(1);
    expect(bench.notes.filter(({ event }) => event === 'client-slowed')).toMatchObject([
      { clientId: 'client', address: '192.0.2.1' },
    ]);
  });

  test.each([
    ['PINGREQ', { type: 'pingreq' } as const],
    ['SUBSCRIBE', subscribe('b')],
  ])('are %s, too', (_, packet) => {
    const { bench, peer } = joined(abuse);
    peer.sendAtOnce(...Array.from({ length: 20 }, () => packet));
    expect(peer.take()).toHaveLength(6);
    bench.pass(5);
    expect(peer.take()).toHaveLength(14);
  });

  test('are not answers to what the server sends', () => {
    const bench = new Bench({ abuse });
    const peer = bench.peer().connected().subscribed('a');
    const publisher = bench.peer().connected({ clientId: 'other' });
    for (let i = 1; i <= 5; i++) publisher.publish('a', '', { qos: 1, packetId: i });
    for (let i = 1; i <= 50; i++) peer.send({ type: 'puback', packetId: i, reasonCode: 0, properties: {} });
    expect(peer.wire.paused).toBe(false);
  });

  test('have no limit by default', () => {
    const { peer, heard } = joined({});
    peer.sendAtOnce(...numbered(5000));
    expect(heard()).toHaveLength(5000);
    expect(peer.wire.paused).toBe(false);
  });

  test('that go on for too long end the connection: 0x96', () => {
    const { bench, peer } = joined({ ...abuse, slowdownMaxMs: 3000 });
    for (let i = 0; i < 40 && !peer.closed; i++) {
      peer.sendAtOnce(...numbered(10));
      bench.pass(0.1);
    }
    expect(peer.only('disconnect').reasonCode).toBe(Reason.messageRateTooHigh);
    expect(bench.hub.counters.clientsOverRate).toBe(1);
    expect(bench.notes.find(({ reasonCode }) => reasonCode === Reason.messageRateTooHigh)).toMatchObject({
      event: 'connection-fault',
      clientId: 'client',
    });
    expect(bench.hub.wheel.size).toBe(0);
  });

  test('in bursts with rests in between do not', () => {
    const { bench, peer, heard } = joined({ ...abuse, slowdownMaxMs: 3000 });
    for (let i = 0; i < 20; i++) {
      peer.sendAtOnce(...numbered(8));
      bench.pass(1);
    }
    expect([peer.closed, heard().length]).toEqual([false, 160]);
  });

  test('in 3.1.1 the connection is closed', () => {
    const bench = new Bench({ abuse: { ...abuse, slowdownMaxMs: 100 } });
    const peer = bench
      .peer(MQTT_3_1_1)
      .connected()
      .sendAtOnce(...numbered(100));
    bench.pass(1);
    expect([peer.closed, peer.raw().length]).toEqual([true, 0]);
  });
});

describe('bytes a second', () => {
  const abuse = { bytesPerSecondMax: 1000, bytesBurst: 2000 };

  test('beyond the burst: what is there is looked at, the rest is read later', () => {
    const { bench, peer, heard } = joined(abuse);
    peer.sendAtOnce(...Array.from({ length: 5 }, () => publish('a', 'x'.repeat(995))));
    expect(heard()).toHaveLength(5);
    expect(peer.wire.paused).toBe(true);
    bench.pass(2.9);
    expect(peer.wire.paused).toBe(true);
    bench.pass(0.3);
    expect(peer.wire.paused).toBe(false);
  });

  test('that go on for too long end the connection: 0x97', () => {
    const { bench, peer } = joined({ ...abuse, slowdownMaxMs: 3000 });
    for (let i = 0; i < 50 && !peer.closed; i++) {
      if (!peer.wire.paused)
        peer.sendAtOnce(...Array.from({ length: 5 }, () => publish('a', 'x'.repeat(995))));
      bench.pass(0.1);
    }
    expect(peer.only('disconnect').reasonCode).toBe(Reason.quotaExceeded);
  });
});

test('a client that is not read from is not put out for its silence', () => {
  const { bench, peer } = joined(
    { messagesPerSecondMax: 1, messagesBurst: 1, slowdownMaxMs: 0 },
    { keepAlive: 2 },
  );
  peer.sendAtOnce(...numbered(20));
  bench.pass(15);
  expect([peer.closed, peer.wire.paused]).toEqual([false, true]);
  bench.pass(4.5);
  expect(peer.wire.paused).toBe(false);
  bench.pass(2);
  expect(peer.closed).toBe(false);
  bench.pass(1);
  expect(peer.closed).toBe(true);
});

test('nor while nothing at all is read from it', () => {
  const { bench, peer } = joined(
    { bytesPerSecondMax: 100, bytesBurst: 100, slowdownMaxMs: 0 },
    { keepAlive: 2 },
  );
  peer.publish('a', 'x'.repeat(2000));
  bench.pass(15);
  expect([peer.closed, peer.wire.paused]).toEqual([false, true]);
});

test('a journal that has room again does not let a client go on that has to wait', () => {
  const bench = new Bench({ abuse: { messagesPerSecondMax: 1, messagesBurst: 1 }, rows: new StoredRows() });
  const facts = { cleanStart: false, properties: { sessionExpiryInterval: 60 } };
  bench
    .peer()
    .connect({ clientId: 'sub', ...facts })
    .subscribe('a');
  const peer = bench.peer(MQTT_5_0).connect();
  bench.commit();
  peer.take();
  peer.sendAtOnce(...[1, 2, 3].map((packetId) => publish('a', 'x', { qos: 1, packetId })));
  expect(peer.wire.paused).toBe(true);
  peer.wire.resume();
  peer.send(publish('a', 'y', { qos: 1, packetId: 4 }));
  expect(peer.wire.paused).toBe(true);
  bench.commit();
  expect(told(peer.take())).toEqual(['puback #1', 'puback #2']);
});

test('what waits is forgotten with its connection', () => {
  const { bench, peer, heard } = joined({ messagesPerSecondMax: 1, messagesBurst: 1 });
  peer.sendAtOnce(...numbered(20));
  heard();
  peer.lost();
  bench.pass(60);
  expect(heard()).toEqual([]);
  expect(bench.hub.wheel.size).toBe(0);
});
