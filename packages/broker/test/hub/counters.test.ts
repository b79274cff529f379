/** Owns the counters of packets and payloads: every packet once, in both directions. */

import { describe, expect, test } from 'vitest';
import { ALL, ack, Bench, publish } from '../bench.ts';

describe.each(ALL)('in MQTT $name', (dialect) => {
  test('every packet counts, whatever it is, and payloads by their bytes', () => {
    const bench = new Bench();
    const { counters } = bench.hub;
    const peer = bench.peer(dialect).connected().subscribed('a');
    expect(counters).toMatchObject({ connectsReceived: 1, packetsReceived: 2, packetsSent: 2 });
    peer.publish('a', 'four', { qos: 1 });
    expect(peer.take()).toHaveLength(2);
    peer.send(ack('puback'), { type: 'pingreq' });
    expect(counters).toMatchObject({
      packetsReceived: 5,
      packetsSent: 5,
      messagesReceived: 1,
      messagesSent: 1,
      payloadBytesReceived: 4,
      payloadBytesSent: 4,
    });
  });

  test('a fan-out counts for each receiver', () => {
    const bench = new Bench();
    const { counters } = bench.hub;
    for (const clientId of ['a', 'b', 'c']) bench.peer(dialect).connected({ clientId }).subscribed('t');
    const before = counters.packetsSent;
    bench.peer(dialect).connected({ clientId: 'p' }).send(publish('t', 'xy'));
    expect(counters.packetsSent - before).toBe(4); // CONNACK and three
    expect(counters).toMatchObject({ messagesSent: 3, payloadBytesSent: 6 });
  });

  test('a refused CONNECT and its answer count', () => {
    const bench = new Bench({ authenticate: () => ({ refused: { reasonCode: 0x87, text: '' } }) });
    const peer = bench.peer(dialect).connect();
    expect(peer.take()).toHaveLength(1);
    expect(bench.hub.counters).toMatchObject({
      connectsReceived: 1,
      connectsRefused: 1,
      packetsReceived: 1,
      packetsSent: 1,
      clientsMaximum: 0,
    });
  });
});

test('a resend counts again', () => {
  const bench = new Bench();
  const facts = { clientId: 'w', cleanStart: false, properties: { sessionExpiryInterval: 60 } };
  bench.peer().connected(facts).subscribed('a').lost();
  bench.peer().connected().publish('a', 'four', { qos: 1 });
  bench.peer().connect(facts).lost();
  expect(bench.hub.counters).toMatchObject({ messagesSent: 1, payloadBytesSent: 4 });
  bench.peer().connect(facts);
  expect(bench.hub.counters).toMatchObject({ messagesSent: 2, payloadBytesSent: 8 });
});

test('the most clients at once stays', () => {
  const bench = new Bench();
  const peers = ['a', 'b', 'c'].map((clientId) => bench.peer().connected({ clientId }));
  for (const peer of peers) peer.lost();
  bench.peer().connected();
  expect(bench.hub.counters.clientsMaximum).toBe(3);
});
