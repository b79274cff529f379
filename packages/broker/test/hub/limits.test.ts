/** Owns the proof that what a peer feeds is bounded: filters, topics, aliases, what is kept for it and for all. */

import { describe, expect, test } from 'vitest';
import type { Limits } from '../../src/hub/limits.ts';
import { ack, Bench, BOTH, MQTT_5, type Peer, type Type, told, unsubscribe, will } from '../bench.ts';

const lasting: Partial<Type<'connect'>> = { cleanStart: false, properties: { sessionExpiryInterval: 600 } };

function opened(limits: Partial<Limits>, dialect = MQTT_5 as Parameters<Bench['peer']>[0]): Peer {
  return new Bench({ limits }).peer(dialect).connected();
}

function codes(peer: Peer, filter: string): readonly number[] {
  return peer.subscribe(filter).only('suback').reasonCodes;
}

describe.each(BOTH)('subscriptions in MQTT $name', (dialect) => {
  const said = (code: number) => (dialect.reasonCodes ? code : 0x80);

  test('a filter with too many levels is refused, the others of the packet are not', () => {
    const peer = opened({ topicLevelsMax: 3 }, dialect);
    expect([codes(peer, 'a/b/c'), codes(peer, 'a/b/c/#'), codes(peer, '+/+/+')]).toEqual([
      [2],
      [said(0x8f)],
      [2],
    ]);
  });

  test('a filter with too many bytes is refused', () => {
    const peer = opened({ topicFilterBytesMax: 4 }, dialect);
    expect([codes(peer, 'abcd'), codes(peer, 'abcde'), codes(peer, 'aéé')]).toEqual([
      [2],
      [said(0x8f)],
      [said(0x8f)],
    ]);
  });

  test('all sessions together have a limit in number', () => {
    const bench = new Bench({ limits: { subscriptionsTotalMax: 2 } });
    const [one, two] = ['one', 'two'].map((clientId) => bench.peer(dialect).connected({ clientId })) as [
      Peer,
      Peer,
    ];
    expect([codes(one, 'a'), codes(two, 'b'), codes(two, 'c')]).toEqual([[2], [2], [said(0x97)]]);
    one.disconnect();
    expect(codes(two, 'c')).toEqual([2]);
  });

  test('all filters of a session together have a limit, and give their bytes back', () => {
    const peer = opened({ subscriptionBytesMax: 10 }, dialect);
    expect([codes(peer, '12345'), codes(peer, 'éé'), codes(peer, '12')]).toEqual([[2], [2], [said(0x97)]]);
    expect(codes(peer, '12345')).toEqual([2]); // a replacement takes nothing more
    peer.send(unsubscribe('éé')).take();
    expect(codes(peer, '12')).toEqual([2]);
  });
});

test('the levels of a shared subscription are those of its filter', () => {
  const peer = opened({ topicLevelsMax: 2 });
  expect([codes(peer, '$share/g/a/b'), codes(peer, '$share/g/a/b/c')]).toEqual([[2], [0x8f]]);
});

describe('a topic name with too many levels', () => {
  test('gets 0x90 [5:3.3.2.1]', () => {
    const peer = opened({ topicLevelsMax: 2 });
    expect(told(peer.publish('a/b', '', { qos: 1 }).take())).toEqual(['puback #1 0x10']);
    expect(told(peer.publish('a/b/c', '', { qos: 1 }).take())).toEqual(['puback #1 0x90']);
    expect(told(peer.publish('a/b/c', '', { qos: 2 }).take())).toEqual(['pubrec #1 0x90']);
    expect(told(peer.publish('a/b/c').take())).toEqual(['disconnect 0x90']);
  });

  test('in 3.1.1 is acknowledged and dropped', () => {
    const bench = new Bench({ limits: { topicLevelsMax: 2 } });
    const peer = bench.peer(BOTH[0]).connected().subscribed('#');
    expect(told(peer.publish('a/b/c', '', { qos: 1 }).publish('a/b/c').take())).toEqual(['puback #1']);
    expect(bench.hub.counters.messagesDropped).toBe(2);
  });

  test('is refused as a will', () => {
    const peer = new Bench({ limits: { topicLevelsMax: 2 } }).peer().connect({ will: will('a/b/c') });
    expect(peer.only('connack').reasonCode).toBe(0x90);
  });
});

describe('Payload Format Indicator', () => {
  const properties = { payloadFormatIndicator: 1 } as const;

  function publishBytes(peer: Peer, qos: 0 | 1 | 2, indicator: 0 | 1 = 1, bytes = [0xff, 0xfe]): string[] {
    const packet = { topic: 'a', qos, packetId: qos, properties: { payloadFormatIndicator: indicator } };
    const payload = Uint8Array.from(bytes);
    const publish = { type: 'publish', payload, retain: false, dup: false, ...packet };
    return told(peer.send(publish as Type<'publish'>).take());
  }

  test('is not looked at unless asked for', () => {
    expect(publishBytes(opened({}), 1)).toEqual(['puback #1 0x10']);
  });

  test('that says UTF-8 where it is none gets 0x99 [5:3.3.2.3.2]', () => {
    const peer = opened({ payloadFormatChecked: true });
    expect(publishBytes(peer, 1)).toEqual(['puback #1 0x99']);
    expect(publishBytes(peer, 2)).toEqual(['pubrec #2 0x99']);
    expect(publishBytes(peer, 1, 0)).toEqual(['puback #1 0x10']);
    // U+0000 is no character of an MQTT string, but it is UTF-8.
    expect(publishBytes(peer, 1, 1, [0x61, 0])).toEqual(['puback #1 0x10']);
    expect(told(peer.publish('a', 'aé', { qos: 1, properties }).take())).toEqual(['puback #1 0x10']);
    expect(publishBytes(peer, 0)).toEqual(['disconnect 0x99']);
  });

  test('is checked in a will, too', () => {
    const bench = new Bench({ limits: { payloadFormatChecked: true } });
    const bad = { ...will('a'), payload: Uint8Array.of(0xc0), properties };
    expect(bench.peer().connect({ will: bad }).only('connack').reasonCode).toBe(0x99);
  });
});

test('the topics of aliases have a limit, which ends the connection with 0x97', () => {
  const peer = opened({ topicAliasCharsMax: 10 });
  peer.publish('12345678', '', { properties: { topicAlias: 1 } });
  expect(peer.take()).toEqual([]);
  peer.publish('abc', '', { properties: { topicAlias: 2 } });
  expect(told(peer.take())).toEqual(['disconnect 0x97']);
});

describe('aliases given to what is sent', () => {
  const takesAliases = { properties: { topicAliasMaximum: 2 } };

  function receiver(limits: Partial<Limits> = {}, facts: Partial<Type<'connect'>> = takesAliases) {
    const bench = new Bench({ limits });
    const peer = bench
      .peer()
      .connected({ clientId: 'r', ...facts })
      .subscribed('#');
    return { bench, peer, publisher: bench.peer().connected({ clientId: 'p' }) };
  }

  function seen(peer: Peer): readonly (readonly [string, number | undefined])[] {
    return peer
      .take()
      .filter((packet) => packet.type === 'publish')
      .map(({ topic, properties }) => [topic, properties.topicAlias]);
  }

  test('come with the topic first, then in its place, within the maximum of the client [5:MQTT-3.1.2-26] [5:MQTT-3.3.2-11]', () => {
    const { peer, publisher } = receiver();
    for (const topic of ['one/topic', 'one/topic', 'two/topic', 'six/topic', 'two/topic'])
      publisher.publish(topic);
    expect(seen(peer)).toEqual([
      ['one/topic', 1],
      ['', 1],
      ['two/topic', 2],
      ['six/topic', undefined],
      ['', 2],
    ]);
  });

  test('are none where the client takes none [5:MQTT-3.1.2-27]', () => {
    const { peer, publisher } = receiver({}, {});
    publisher.publish('one/topic').publish('one/topic');
    expect(seen(peer)).toEqual([
      ['one/topic', undefined],
      ['one/topic', undefined],
    ]);
  });

  test('are none where the settings say so', () => {
    const { peer, publisher } = receiver({ topicAliasesSentMax: 0 });
    publisher.publish('one/topic').publish('one/topic');
    expect(seen(peer).map(([topic]) => topic)).toEqual(['one/topic', 'one/topic']);
  });

  test('are used for each receiver alone where a message goes to many', () => {
    const { bench, peer, publisher } = receiver();
    const plain = bench.peer().connected({ clientId: 'plain' }).subscribed('#');
    const old = bench.peer(BOTH[0]).connected({ clientId: 'old' }).subscribed('#');
    publisher.publish('one/topic').publish('one/topic');
    expect(seen(peer)).toEqual([
      ['one/topic', 1],
      ['', 1],
    ]);
    for (const other of [plain, old]) {
      expect(seen(other)).toEqual([
        ['one/topic', undefined],
        ['one/topic', undefined],
      ]);
    }
  });

  test('stand for nothing where the packet that told them was too large to be sent', () => {
    const { peer, publisher } = receiver({}, { properties: { topicAliasMaximum: 2, maximumPacketSize: 30 } });
    publisher.publish('one/topic', 'a payload that is far too long for it').publish('one/topic', 'x');
    expect(seen(peer)).toEqual([['one/topic', expect.any(Number)]]);
  });

  test('are left out where the packet is only too large with one', () => {
    const { peer, publisher } = receiver({}, { properties: { topicAliasMaximum: 2, maximumPacketSize: 18 } });
    publisher.publish('one/topic', 'four').publish('one/topic', 'five');
    expect(seen(peer)).toEqual([
      ['one/topic', undefined],
      ['one/topic', undefined],
    ]);
    expect(peer.largest).toBe(18);
  });

  test('are gone with the connection: what is sent again names its topic', () => {
    const facts = { cleanStart: false, properties: { topicAliasMaximum: 2, sessionExpiryInterval: 60 } };
    const { bench, peer, publisher } = receiver({}, facts);
    publisher.publish('one/topic', '1', { qos: 1 }).publish('one/topic', '2', { qos: 1 });
    expect(seen(peer)).toEqual([
      ['one/topic', 1],
      ['', 1],
    ]);
    peer.lost();
    expect(seen(bench.peer().connect({ clientId: 'r', ...facts }))).toEqual([
      ['one/topic', 1],
      ['', 1],
    ]);
  });
});

describe('what is under way to a session that lasts', () => {
  test('is bounded in bytes, and goes on as it is acknowledged', () => {
    const bench = new Bench({ limits: { inFlightBytesMax: 250 } });
    const peer = bench.peer().connected(lasting).subscribed('a');
    const publisher = bench.peer().connected({ clientId: 'p' });
    for (let i = 1; i <= 5; i++) publisher.publish('a', String(i), { qos: 1, packetId: i });
    expect(told(peer.take())).toEqual(['publish 1 a=1 #1', 'publish 1 a=2 #2', 'publish 1 a=3 #3']);
    expect(told(peer.send(ack('puback', 2)).take())).toEqual(['publish 1 a=4 #4']);
    expect(told(peer.send(ack('puback', 1), ack('puback', 3), ack('puback', 4)).take())).toEqual([
      'publish 1 a=5 #5',
    ]);
  });
});

test.each([{ queueBytesMax: 500 }, { heldBytesMax: 500 }])(
  '%j reached is noted once per crossing',
  (full) => {
    const bench = new Bench({ limits: { inFlightMax: 1, ...full } });
    const peer = bench.peer().connected(lasting).subscribed('a');
    const publisher = bench.peer().connected({ clientId: 'p' });
    const publish = (many: number) => {
      for (let i = 1; i <= many; i++) publisher.publish('a', String(i), { qos: 1, packetId: i });
    };
    const noted = () => bench.notes.filter(({ event }) => event === 'queue-full').length;
    publish(20);
    expect(noted()).toBe(1);
    for (let waits = true; waits; ) {
      const published = peer.take().filter((packet) => packet.type === 'publish');
      for (const { packetId } of published) peer.send(ack('puback', packetId));
      waits = published.length > 0;
    }
    publish(20);
    expect(noted()).toBe(2);
  },
);

describe('what is kept for all sessions', () => {
  function offline(limits: Partial<Limits>, count = 2) {
    const bench = new Bench({ limits });
    const names = Array.from({ length: count }, (_, i) => `c${i}`);
    for (const clientId of names)
      bench
        .peer()
        .connected({ ...lasting, clientId })
        .subscribed('a')
        .lost();
    const publisher = bench.peer().connected({ clientId: 'p' });
    const publish = (many: number) => {
      for (let i = 1; i <= many; i++) publisher.publish('a', String(i), { qos: 1, packetId: i });
    };
    const waiting = () =>
      names.map(
        (clientId) =>
          told(
            bench
              .peer()
              .connect({ ...lasting, clientId })
              .take(),
          ).slice(1).length,
      );
    return { bench, publish, waiting };
  }

  test('counts a message once however many are owed it, in bytes, and for each of them in number', () => {
    const { bench, publish } = offline({}, 3);
    publish(1);
    const { messages, bytes } = bench.hub.held;
    expect(messages).toBe(3);
    expect(bytes).toBeLessThan(150);
    bench.pass(601);
    expect([bench.hub.held.messages, bench.hub.held.bytes]).toEqual([0, 0]);
  });

  test('is bounded in number: one more pushes out the oldest of its session', () => {
    const { bench, publish, waiting } = offline({ heldMessagesMax: 4 });
    publish(5);
    expect(bench.hub.held.messages).toBe(4);
    expect(waiting()).toEqual([2, 2]);
    const notes = bench.notes.filter(({ event }) => event === 'queue-full');
    expect(notes.map(({ text }) => text)).toEqual([expect.stringContaining('all queues together')]);
  });

  test.each([
    ['one', 1, ['publish 1 a=4 #1', 'publish 1 a=5 #2']],
    // What is dropped for one would still be kept for the other.
    ['two who are owed the same', 2, ['publish 1 a=1 #1', 'publish 1 a=2 #2']],
  ])('is bounded in bytes, with %s', (_, count, expected) => {
    const { bench, publish } = offline({ heldBytesMax: 250 }, count);
    publish(5);
    expect(bench.hub.held.bytes).toBe(204);
    expect(bench.hub.held.messages).toBe(2 * count);
    expect(
      told(
        bench
          .peer()
          .connect({ ...lasting, clientId: 'c0' })
          .take(),
      ).slice(1),
    ).toEqual(expected);
  });

  test('takes a message for one more where others keep it already', () => {
    const bench = new Bench({ limits: { heldBytesMax: 250 } });
    const peers = ['x', 'y'].map((clientId) =>
      bench
        .peer()
        .connected({ ...lasting, clientId })
        .subscribed('a'),
    );
    bench.peer().connected({ clientId: 'p' }).publish('a', 'z'.repeat(50), { qos: 1 });
    expect(peers.map((peer) => peer.take().length)).toEqual([1, 1]);
  });

  test('is not emptied for a message that is larger than all of it', () => {
    const { bench, publish } = offline({ heldBytesMax: 500 }, 1);
    publish(2);
    bench.peer().connected({ clientId: 'large' }).publish('a', 'x'.repeat(600), { qos: 1 });
    expect(bench.hub.held.messages).toBe(2);
  });

  test('turns the new one away where the policy says so', () => {
    const { bench, publish } = offline({ heldMessagesMax: 4, queuePolicy: 'drop-newest' });
    publish(5);
    const got = told(
      bench
        .peer()
        .connect({ ...lasting, clientId: 'c0' })
        .take(),
    );
    expect(got.slice(1)).toEqual(['publish 1 a=1 #1', 'publish 1 a=2 #2']);
  });

  test('ends a connected session where the policy says so, and nobody else', () => {
    const bench = new Bench({ limits: { heldMessagesMax: 1, queuePolicy: 'disconnect' } });
    const peer = bench.peer().connected(lasting).subscribed('a');
    const publisher = bench.peer().connected({ clientId: 'p' });
    publisher.publish('a', '1', { qos: 1 }).publish('a', '2', { qos: 1, packetId: 2 });
    expect(told(peer.take())).toEqual(['publish 1 a=1 #1', 'disconnect 0x97']);
    expect([peer.closed, publisher.closed]).toEqual([true, false]);
  });

  test('is given back by acknowledgements, refusals and completions', () => {
    const bench = new Bench();
    const peer = bench.peer().connected(lasting).subscribed('a');
    const publisher = bench.peer().connected({ clientId: 'p' });
    publisher.publish('a', '1', { qos: 1 });
    publisher.publish('a', '2', { qos: 2, packetId: 2 }).publish('a', '3', { qos: 2, packetId: 3 });
    expect(bench.hub.held.messages).toBe(3);
    peer.send(ack('pubrec', 3));
    expect(bench.hub.held.messages).toBe(2); // it is not sent again: only its identifier is held
    peer.send(ack('puback', 1), ack('pubrec', 2, 0x80), ack('pubcomp', 3));
    expect([bench.hub.held.messages, bench.hub.held.bytes]).toEqual([0, 0]);
  });
});
