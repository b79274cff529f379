/** Owns what a session is owed: sending again, waiting, overflowing, expiring, and clients that are slow. */

import { describe, expect, test } from 'vitest';
import type { Limits } from '../../src/hub/limits.ts';
import { ack, Bench, BOTH, type Peer, type Type, told } from '../bench.ts';

const lasting: Partial<Type<'connect'>> = { cleanStart: false, properties: { sessionExpiryInterval: 600 } };

function many(peer: Peer, count: number, qos: 0 | 1 | 2 = 1, payload = (i: number) => String(i)): void {
  for (let i = 1; i <= count; i++) peer.publish('a', payload(i), { qos, packetId: i });
  peer.take();
}

describe.each(BOTH)('a resumed session in MQTT $name', (dialect) => {
  test('gets again what it did not acknowledge: DUP, the same identifiers, the same order [5:MQTT-4.4.0-1] [5:MQTT-3.3.1-1] [3.1.1:MQTT-4.4.0-1]', () => {
    const bench = new Bench();
    const peer = bench.peer(dialect).connected(lasting).subscribed('a');
    const other = bench.peer().connected({ clientId: 'other' });
    other
      .publish('a', '1', { qos: 1 })
      .publish('a', '2', { qos: 2 })
      .publish('a', '3', { qos: 2, packetId: 2 });
    other.publish('a', '4', { qos: 1 }).publish('a', '5', { qos: 1 });
    expect(peer.take()).toHaveLength(5);
    peer.send(ack('puback', 4), ack('pubrec', 2)).take();
    peer.lost();
    other.publish('a', '6', { qos: 1 });
    const back = bench.peer(dialect).connect(lasting);
    expect(told(back.take())).toEqual([
      'connack',
      'pubrel #2',
      'publish 1 a=1 dup #1',
      'publish 2 a=3 dup #3',
      'publish 1 a=5 dup #5',
      'publish 1 a=6 #6',
    ]);
    expect(told(back.send(ack('pubcomp', 2), ack('pubrec', 3)).take())).toEqual(['pubrel #3']);
  });

  test('gets what came while it was away, at QoS 1 and 2 [5:MQTT-4.5.0-1] [3.1.1:MQTT-3.1.2-5]', () => {
    const bench = new Bench();
    bench.peer(dialect).connected(lasting).subscribed('a').lost();
    const other = bench.peer().connected({ clientId: 'other' });
    other.publish('a', '0').publish('a', '1', { qos: 1 }).publish('a', '2', { qos: 2 });
    const back = bench.peer(dialect).connect(lasting);
    expect(told(back.take())).toEqual(['connack', 'publish 1 a=1 #1', 'publish 2 a=2 #2']);
  });

  test('remembers what it received at QoS 2 and was not released [5:MQTT-4.3.3-10] [3.1.1:MQTT-4.3.3-2]', () => {
    const bench = new Bench();
    const watcher = bench.peer().connected({ clientId: 'watcher' }).subscribed('a');
    bench.peer(dialect).connected(lasting).publish('a', 'x', { qos: 2 }).lost();
    const back = bench.peer(dialect).connected(lasting).publish('a', 'x', { qos: 2, dup: true });
    back.send(ack('pubrel'));
    expect(told(back.take())).toEqual(['pubrec #1', 'pubcomp #1']);
    expect(watcher.take()).toHaveLength(1);
  });

  test('keeps its own copy of what it is owed', () => {
    const bench = new Bench();
    bench.peer(dialect).connected(lasting).subscribed('a').lost();
    const other = bench.peer().connected({ clientId: 'other' });
    const chunk = Uint8Array.of(0x32, 8, 0, 1, 0x61, 0, 9, 0, 0x78, 0x79);
    other.connection.receive(chunk, bench.now);
    chunk.fill(0);
    expect(told(bench.peer(dialect).connect(lasting).take())).toEqual(['connack', 'publish 1 a=xy #1']);
  });

  test('that is lost again in the middle starts again from the same place', () => {
    const bench = new Bench({ limits: { inFlightMax: 2 } });
    bench.peer(dialect).connected(lasting).subscribed('a').lost();
    many(bench.peer().connected({ clientId: 'other' }), 5);
    for (let i = 0; i < 3; i++) {
      const peer = bench.peer(dialect).connect(lasting);
      const dup = i === 0 ? '' : ' dup';
      expect(told(peer.take())).toEqual(['connack', `publish 1 a=1${dup} #1`, `publish 1 a=2${dup} #2`]);
      peer.lost();
    }
  });
});

describe('a resumed session whose client takes one message at a time', () => {
  /** Two messages sent on an earlier connection; one of them may be sent again. */
  const resumed = (qos: 1 | 2) => {
    const bench = new Bench();
    const peer = bench.peer().connected(lasting).subscribed('a');
    many(bench.peer().connected({ clientId: 'other' }), 2, qos);
    peer.lost();
    const properties = { ...lasting.properties, receiveMaximum: 1 };
    const back = bench.peer().connect({ ...lasting, properties });
    expect(told(back.take())).toEqual(['connack', `publish ${qos} a=1 dup #1`]);
    return { bench, back };
  };

  test('does not send again what is acknowledged before its turn [5:MQTT-4.4.0-2]', () => {
    const { back } = resumed(1);
    expect(told(back.send(ack('puback', 2), ack('puback', 1)).take())).toEqual([]);
  });

  test('sends no PUBLISH after its PUBREC [5:MQTT-4.3.3-6] [3.1.1:MQTT-4.3.3-1]', () => {
    const { back } = resumed(2);
    back.send(ack('pubrec', 2), ack('pubrec', 1), ack('pubcomp', 1), ack('pubcomp', 2));
    expect(told(back.take())).toEqual(['pubrel #2', 'pubrel #1']);
  });

  test('keeps to that number when one is acknowledged before its turn [5:MQTT-3.3.4-9]', () => {
    const { bench, back } = resumed(1);
    back.send(ack('puback', 2));
    many(bench.peer().connected({ clientId: 'third' }), 2);
    expect(told(back.take())).toEqual([]);
    expect(told(back.send(ack('puback', 1)).take())).toEqual(['publish 1 a=1 #3']);
  });
});

test('what an earlier connection left unreleased does not count against Receive Maximum [5:4.9]', () => {
  const bench = new Bench({ limits: { receiveMaximum: 1 } });
  bench.peer().connected(lasting).publish('a', '1', { qos: 2 }).lost();
  const back = bench.peer().connected(lasting);
  expect(told(back.publish('a', '2', { qos: 2, packetId: 2 }).take())).toEqual(['pubrec #2 0x10']);
  expect(told(back.publish('a', '3', { qos: 2, packetId: 3 }).take())).toEqual(['disconnect 0x93']);
});

describe('a full queue', () => {
  const owed = (limits: Partial<Limits>, payload?: (i: number) => string) => {
    const bench = new Bench({ limits: { inFlightMax: 1, ...limits } });
    const peer = bench.peer().connected(lasting).subscribed('a');
    many(bench.peer().connected({ clientId: 'other' }), 6, 1, payload);
    return { bench, peer };
  };
  const received = (peer: Peer) => {
    const seen: string[] = [];
    for (let got = peer.take(); got.length > 0; got = peer.take()) {
      for (const one of got) {
        if (one.type !== 'publish') continue;
        seen.push(String.fromCharCode(...one.payload.subarray(0, 1)));
        peer.send(ack('puback', one.packetId));
      }
    }
    return seen.join('');
  };

  test('drops the oldest', () => {
    const { bench, peer } = owed({ queueMessagesMax: 3, queuePolicy: 'drop-oldest' });
    expect(received(peer)).toBe('1456');
    expect(bench.hub.counters.messagesDropped).toBe(2);
  });

  test('or drops the newest', () => {
    expect(received(owed({ queueMessagesMax: 3, queuePolicy: 'drop-newest' }).peer)).toBe('1234');
  });

  test('or ends the connection with 0x97, and no other', () => {
    const { bench, peer } = owed({ queueMessagesMax: 3, queuePolicy: 'disconnect' });
    expect(told(peer.take())).toEqual(['publish 1 a=1 #1', 'disconnect 0x97']);
    expect(peer.closed).toBe(true);
    expect(bench.context.clients.connected).toBe(1);
  });

  test('counts bytes as well as messages', () => {
    const { peer } = owed(
      { queueBytesMax: 2500, queuePolicy: 'drop-oldest' },
      (i) => `${i}${'x'.repeat(1000)}`,
    );
    expect(received(peer)).toBe('156');
  });

  test('that could never hold a message drops it and no other', () => {
    const { peer } = owed({ queueBytesMax: 500 }, (i) => (i === 5 ? '5'.repeat(1000) : String(i)));
    expect(received(peer)).toBe('12346');
  });

  test('is noted once, not for every message', () => {
    const { bench } = owed({ queueMessagesMax: 1 });
    expect(bench.notes.filter(({ event }) => event === 'queue-full')).toHaveLength(1);
  });

  test('of a publisher that floods itself ends it in the middle of its chunk', () => {
    const bench = new Bench({ limits: { inFlightMax: 1, queueMessagesMax: 1, queuePolicy: 'disconnect' } });
    const peer = bench.peer().connected(lasting).subscribed('a');
    many(peer, 5);
    expect(peer.closed).toBe(true);
    expect(bench.hub.counters.messagesReceived).toBe(3);
  });

  test.each([1, 2] as const)('that its own message of QoS %i overflows: it is answered first', (qos) => {
    const limits = { inFlightMax: 1, queueMessagesMax: 1, queuePolicy: 'disconnect' } as const;
    const peer = new Bench({ limits }).peer().connected(lasting).subscribed('a');
    for (const packetId of [1, 2, 3]) peer.publish('a', String(packetId), { qos, packetId });
    expect(told(peer.take()).slice(-2)).toEqual([`${qos === 1 ? 'puback' : 'pubrec'} #3`, 'disconnect 0x97']);
  });

  test('of several at once ends each of them, wills included', () => {
    const bench = new Bench({ limits: { inFlightMax: 1, queueMessagesMax: 1, queuePolicy: 'disconnect' } });
    const peers = ['x', 'y', 'z'].map((clientId) => {
      const will = { topic: 'a', payload: new Uint8Array(1), qos: 1, retain: false, properties: {} };
      return bench
        .peer()
        .connected({ clientId, will: will as Type<'connect'>['will'] })
        .subscribed('a');
    });
    many(bench.peer().connected({ clientId: 'other' }), 3);
    expect(peers.map(({ closed }) => closed)).toEqual([true, true, true]);
    expect([bench.hub.sessionCount, bench.hub.subscriptionCount]).toEqual([1, 0]);
  });
});

describe('a socket that is behind', () => {
  test('loses QoS 0, keeps QoS 1 and 2 waiting, and holds up nobody else', () => {
    const bench = new Bench();
    const slow = bench.peer().connected({ clientId: 'slow' }).subscribed('a');
    const fast = bench.peer().connected({ clientId: 'fast' }).subscribed('a');
    slow.wire.congested = true;
    const other = bench.peer().connected({ clientId: 'other' });
    other.publish('a', '0').publish('a', '1', { qos: 1 }).publish('a', '2', { qos: 2 });
    expect(slow.take()).toEqual([]);
    expect(fast.take()).toHaveLength(3);
    slow.drained();
    expect(told(slow.take())).toEqual(['publish 1 a=1 #1', 'publish 2 a=2 #2']);
    expect(bench.hub.counters.messagesDropped).toBe(1);
  });

  test('keeps what is sent again waiting, too', () => {
    const bench = new Bench();
    const peer = bench.peer().connected(lasting).subscribed('a');
    many(bench.peer().connected({ clientId: 'other' }), 2);
    peer.lost();
    const back = bench.peer();
    back.wire.congested = true;
    expect(told(back.connect(lasting).take())).toEqual(['connack']);
    back.drained();
    expect(told(back.take())).toEqual(['publish 1 a=1 dup #1', 'publish 1 a=2 dup #2']);
  });
});

test('a session that ends with its connection is owed nothing afterwards', () => {
  const bench = new Bench();
  bench.peer().connected().subscribed('a').lost();
  many(bench.peer().connected({ clientId: 'other' }), 3);
  expect(told(bench.peer().connect({ cleanStart: false }).take())).toEqual(['connack']);
});

test('options of MQTT 5.0 end with the connection that has them: in 3.1.1 RETAIN is 0, live and queued [3.1.1:MQTT-3.3.1-9]', () => {
  const bench = new Bench();
  bench.peer().connected(lasting).subscribed('a', { retainAsPublished: true, noLocal: true }).lost();
  const publisher = bench.peer().connected({ clientId: 'p' });
  publisher.publish('a', '1', { qos: 1, retain: true });
  const back = bench.peer(BOTH[0]).connect(lasting);
  expect(told(back.take())).toEqual(['connack', 'publish 1 a=1 #1']);
  publisher.publish('a', '2', { retain: true });
  expect(told(back.publish('a', '3', { retain: true }).take())).toEqual(['publish 0 a=2', 'publish 0 a=3']);
});
