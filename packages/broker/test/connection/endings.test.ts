/** Owns how a connection ends: keep alive, wills, DISCONNECT from either side. */

import { encodePacket, MQTT_3_1_1, MQTT_5_0, Reason } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { ALL, ack, Bench, BOTH, connect, type Peer, publish, told, will } from '../bench.ts';

describe.each(ALL)('Keep Alive in MQTT $name', (dialect) => {
  test('closes after 1.5 times without a packet and not before [5:MQTT-3.1.2-22] [3.1.1:MQTT-3.1.2-24]', () => {
    const bench = new Bench();
    const peer = bench.peer(dialect).connected({ keepAlive: 10 });
    bench.pass(14.9);
    expect(peer.closed).toBe(false);
    bench.pass(0.2);
    expect(peer.closed).toBe(true);
    expect(told(peer.take())).toEqual(dialect.serverDisconnect ? ['disconnect 0x8d'] : []);
    expect(bench.hub.counters.keepAliveTimeouts).toBe(1);
  });

  test('starts again with every packet', () => {
    const bench = new Bench();
    const peer = bench.peer(dialect).connected({ keepAlive: 10 });
    for (let i = 0; i < 5; i++) {
      bench.pass(14);
      expect(told(peer.send({ type: 'pingreq' }).take())).toEqual(['pingresp']);
    }
    bench.pass(15.1);
    expect(peer.closed).toBe(true);
  });

  test('does not start again with bytes that are no packet yet', () => {
    const bench = new Bench();
    const peer = bench.peer(dialect).connected({ keepAlive: 10 });
    for (const byte of ['30', '7f', '00', '70', '61', '61']) {
      bench.pass(3);
      peer.hex(byte);
    }
    expect(peer.closed).toBe(true);
  });

  test('of 0 never closes [5:3.1.2.10] [3.1.1:3.1.2.10]', () => {
    const bench = new Bench();
    const peer = bench.peer(dialect).connected({ keepAlive: 0 });
    bench.pass(10);
    bench.now += 1e9;
    bench.hub.advance(bench.now);
    expect(peer.closed).toBe(false);
  });

  test('of 0 is capped where the server has a maximum', () => {
    const bench = new Bench({ limits: { keepAliveMaxSeconds: 20 } });
    const peer = bench.peer(dialect).connected({ keepAlive: 0 });
    bench.pass(29.9);
    expect(peer.closed).toBe(false);
    bench.pass(0.2);
    expect(peer.closed).toBe(true);
  });
});

test('Server Keep Alive takes the place of the Keep Alive asked for in 5.0 alone [5:MQTT-3.1.2-21]', () => {
  const bench = new Bench({ limits: { keepAliveMaxSeconds: 10 } });
  const told5 = bench.peer(MQTT_5_0).connected({ clientId: 'five', keepAlive: 60 });
  const told3 = bench.peer(MQTT_3_1_1).connected({ clientId: 'three', keepAlive: 60 });
  bench.pass(15.1);
  expect([told5.closed, told3.closed]).toEqual([true, false]);
  bench.pass(75);
  expect(told3.closed).toBe(true);
});

type Ending = readonly [how: string, end: (peer: Peer, bench: Bench) => unknown, published: boolean];

const ENDINGS: readonly Ending[] = [
  ['the socket is lost [5:MQTT-3.1.2-8] [3.1.1:MQTT-3.1.2-8]', (peer) => peer.lost(), true],
  ['Keep Alive ran out', (_, bench) => bench.pass(16), true],
  ['a malformed packet', (peer) => peer.hex('c1 00'), true],
  ['a protocol error', (peer) => peer.connect(), true],
  [
    'a normal DISCONNECT [5:MQTT-3.1.2-10] [5:MQTT-3.14.4-3] [3.1.1:MQTT-3.1.2-10]',
    (peer) => peer.disconnect(),
    false,
  ],
  [
    'the server stops',
    (peer, bench) => peer.connection.end(Reason.serverShuttingDown, 'it stops', bench.now),
    true,
  ],
];

describe.each(BOTH)('the will in MQTT $name', (dialect) => {
  const watched = (bench: Bench) => bench.peer().connected({ clientId: 'watcher' }).subscribed('#');

  test.each(ENDINGS)('%s', (_, end, published) => {
    const bench = new Bench();
    const watcher = watched(bench);
    const peer = bench.peer(dialect).connected({ keepAlive: 10, will: will('w') });
    end(peer, bench);
    expect(peer.closed).toBe(true);
    expect(told(watcher.take())).toEqual(published ? ['publish 0 w=gone'] : []);
    peer.lost();
    bench.pass(1);
    expect(watcher.take()).toEqual([]);
  });

  test('goes out with its QoS, and is retained if so asked [5:MQTT-3.1.2-14] [5:MQTT-3.1.2-15] [3.1.1:MQTT-3.1.2-16] [3.1.1:MQTT-3.1.2-17]', () => {
    const bench = new Bench();
    const watcher = watched(bench);
    bench
      .peer(dialect)
      .connected({ will: will('w', 'gone', { qos: 2, retain: true }) })
      .lost();
    expect(told(watcher.take())).toEqual(['publish 2 w=gone #1']);
    const late = bench.peer().connected({ clientId: 'late' }).subscribe('w', { qos: 1 });
    expect(told(late.take())).toEqual(['suback #1', 'publish 1 w=gone retain #1']);
  });

  test('of a connection that was never made is not published', () => {
    const bench = new Bench({ admission: { banned: [{ clientId: 'client' }] } });
    const watcher = watched(bench);
    bench.peer(dialect).connect({ will: will('w') });
    expect(watcher.take()).toEqual([]);
  });

  test('outlives the bytes it came in', () => {
    const bench = new Bench();
    const watcher = watched(bench);
    const peer = bench.peer(dialect);
    const chunk = encodePacket(connect(dialect, { will: will('w', 'kept') }), dialect);
    peer.connection.receive(chunk, bench.now);
    chunk.fill(0);
    peer.lost();
    expect(told(watcher.take())).toEqual(['publish 0 w=kept']);
  });
});

describe('the will in 5.0', () => {
  const setUp = (willDelayInterval: number, sessionExpiryInterval: number) => {
    const bench = new Bench();
    const watcher = bench.peer().connected({ clientId: 'watcher' }).subscribed('w');
    const facts = {
      will: will('w', 'gone', { properties: { willDelayInterval } }),
      properties: { sessionExpiryInterval },
    };
    return { bench, watcher, facts, peer: bench.peer().connected(facts) };
  };

  test('is published after DISCONNECT 0x04 [5:3.14.2.1]', () => {
    const { watcher, peer, bench } = setUp(0, 0);
    peer.disconnect(Reason.disconnectWithWillMessage);
    bench.pass(1);
    expect(told(watcher.take())).toEqual(['publish 0 w=gone']);
  });

  test('waits for its delay [5:3.1.3.2.2]', () => {
    const { watcher, peer, bench } = setUp(10, 60);
    peer.lost();
    bench.pass(9.9);
    expect(watcher.take()).toEqual([]);
    bench.pass(0.2);
    expect(told(watcher.take())).toEqual(['publish 0 w=gone']);
  });

  test('waits no longer than the session lives [5:3.1.3.2.2]', () => {
    const { watcher, peer, bench } = setUp(60, 5);
    peer.lost();
    bench.pass(5.2);
    expect(told(watcher.take())).toEqual(['publish 0 w=gone']);
    bench.pass(100);
    expect(watcher.take()).toEqual([]);
  });

  test('does not wait where the session ends with the connection', () => {
    const { watcher, peer } = setUp(60, 0);
    peer.lost();
    expect(told(watcher.take())).toEqual(['publish 0 w=gone']);
  });

  test('is not published when its client comes back before the delay is over [5:MQTT-3.1.3-9]', () => {
    const { watcher, peer, bench, facts } = setUp(10, 60);
    peer.lost();
    bench.pass(9);
    const back = bench.peer().connected({ cleanStart: false, properties: facts.properties });
    bench.pass(20);
    back.lost();
    bench.pass(20);
    expect(watcher.take()).toEqual([]);
  });

  test('of the next connection does not go out at the time of the last one', () => {
    const { watcher, peer, bench, facts } = setUp(10, 60);
    peer.lost();
    bench.pass(5);
    const back = bench.peer().connected({ ...facts, cleanStart: false });
    bench.pass(20);
    expect(watcher.take()).toEqual([]);
    back.lost();
    bench.pass(11);
    expect(told(watcher.take())).toEqual(['publish 0 w=gone']);
  });

  test('keeps its properties, and its expiry begins when it is published [5:3.1.3.2.4] [5:MQTT-3.1.3-10]', () => {
    const bench = new Bench();
    const watcher = bench.peer().connected({ clientId: 'watcher' }).subscribed('w');
    const properties = {
      payloadFormatIndicator: 1 as const,
      messageExpiryInterval: 30,
      contentType: 'text/plain',
      responseTopic: 'answers',
      correlationData: Uint8Array.of(1, 2, 3),
      userProperties: [['b', '1'] as const, ['a', '2'] as const, ['b', '3'] as const],
    };
    const peer = bench.peer().connected({
      will: will('w', 'gone', { properties: { ...properties, willDelayInterval: 5 } }),
      properties: { sessionExpiryInterval: 60 },
    });
    bench.pass(20);
    peer.lost();
    bench.pass(6);
    expect(watcher.only('publish').properties).toEqual(properties);
  });

  test('is dropped by a normal DISCONNECT although the session goes on [5:MQTT-3.1.2-10] [5:MQTT-3.14.4-3]', () => {
    const { watcher, peer, bench } = setUp(5, 60);
    peer.disconnect();
    bench.pass(100);
    expect(watcher.take()).toEqual([]);
  });
});

describe('after the end', () => {
  test.each(ALL)('in MQTT $name nothing that still arrives is looked at [5:MQTT-3.14.4-1]', (dialect) => {
    const bench = new Bench();
    const watcher = bench.peer().connected({ clientId: 'watcher' }).subscribed('#');
    const peer = bench.peer(dialect).connected();
    peer.sendAtOnce({ type: 'disconnect', reasonCode: 0, properties: {} }, publish('a', 'x'));
    peer.publish('b', 'y');
    expect(watcher.take()).toEqual([]);
    expect(peer.raw()).toHaveLength(0);
    expect(peer.closed).toBe(true);
  });

  test('packets before a fault in the same chunk count, those behind it do not', () => {
    const bench = new Bench();
    const watcher = bench.peer().connected({ clientId: 'watcher' }).subscribed('#');
    const peer = bench.peer().connected();
    peer.hex('30 05 0001 61 00 31   c1 00   30 05 0001 61 00 32');
    expect(told(watcher.take())).toEqual(['publish 0 a=1']);
    expect(told(peer.take())).toEqual(['disconnect 0x81']);
  });

  test('ends of every kind, twice and in any order, are one end', () => {
    const bench = new Bench();
    const peer = bench.peer().connected({ will: will('w') });
    peer.lost();
    peer.disconnect();
    peer.connection.end(Reason.serverShuttingDown, 'late', bench.now);
    peer.drained();
    peer.lost();
    bench.pass(100);
    expect(bench.context.clients.connected).toBe(0);
    expect(bench.hub.counters.willsPublished).toBe(1);
    expect(bench.hub.wheel.size).toBe(0);
  });
});

describe('a server that stops', () => {
  test.each(ALL)('tells an open connection of MQTT $name 0x8B where it can', (dialect) => {
    const bench = new Bench();
    const peer = bench.peer(dialect).connected();
    peer.connection.end(Reason.serverShuttingDown, 'it stops', bench.now);
    expect(told(peer.take())).toEqual(dialect.serverDisconnect ? ['disconnect 0x8b'] : []);
    expect(peer.closed).toBe(true);
  });

  test('tells one that is not through with authenticating 0x88, or return code 3', () => {
    const bench = new Bench({ authenticate: () => new Promise(() => undefined) });
    const peers = BOTH.map((dialect, i) => bench.peer(dialect).connect({ clientId: `c${i}` }));
    for (const peer of peers) peer.connection.end(Reason.serverShuttingDown, 'it stops', bench.now);
    for (const peer of peers) expect(peer.only('connack').reasonCode).toBe(0x88);
  });

  test('sends it no CONNACK that is larger than it takes [5:MQTT-3.1.2-24]', () => {
    const bench = new Bench({ authenticate: () => new Promise(() => undefined) });
    const peer = bench.peer().connect({ properties: { maximumPacketSize: 10 } });
    peer.connection.end(Reason.serverShuttingDown, 'it stops', bench.now);
    expect(told(peer.take())).toEqual(['connack 0x88']);
    expect(peer.largest).toBeLessThanOrEqual(10);
  });
});

describe.each(BOTH)('an acknowledgement in MQTT $name', (dialect) => {
  test('for what nobody sent is passed over', () => {
    const peer = new Bench().peer(dialect).connected();
    peer.send(ack('puback', 7), ack('pubcomp', 7));
    expect(peer.take()).toEqual([]);
    expect(peer.closed).toBe(false);
  });

  test('of the wrong kind is a protocol error [5:4.3]', () => {
    const bench = new Bench();
    const peer = bench.peer(dialect).connected().subscribed('a');
    bench.peer().connected({ clientId: 'other' }).publish('a', 'x', { qos: 2 });
    peer.take();
    peer.send(ack('puback', 1));
    expect(told(peer.take())).toEqual(dialect.serverDisconnect ? ['disconnect 0x82'] : []);
    expect(peer.closed).toBe(true);
  });

  test('PUBREC for what nobody sent is answered, so that nobody waits [5:3.6.2.1]', () => {
    const peer = new Bench().peer(dialect).connected().send(ack('pubrec', 7));
    expect(told(peer.take())).toEqual([dialect.reasonCodes ? 'pubrel #7 0x92' : 'pubrel #7']);
  });
});
