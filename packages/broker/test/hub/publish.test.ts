/** Owns publish and subscribe: who gets what, at which QoS, and how it is answered. */

import { MQTT_3_1, MQTT_3_1_1, MQTT_5_0, type TopicName } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { ALL, ack, Bench, BOTH, publish, subscribe, told, unsubscribe } from '../bench.ts';

const deny = (what: 'publish' | 'subscribe') => () => ({
  accepted: {
    userName: undefined,
    permissions: { mayPublish: () => what !== 'publish', maySubscribe: () => what !== 'subscribe' },
  },
});

describe.each(ALL)('a PUBLISH in MQTT $name', (dialect) => {
  const setUp = () => {
    const bench = new Bench();
    const watcher = bench.peer(dialect).connected({ clientId: 'watcher' }).subscribed('a');
    return { bench, watcher, peer: bench.peer(dialect).connected() };
  };

  test('of QoS 0 is passed on and not answered [5:MQTT-4.3.1-1]', () => {
    const { watcher, peer } = setUp();
    expect(peer.publish('a', 'x').take()).toEqual([]);
    expect(told(watcher.take())).toEqual(['publish 0 a=x']);
  });

  test('of QoS 1 is answered with PUBACK, and acknowledged by its receiver [5:MQTT-4.3.2-4] [3.1.1:MQTT-4.3.2-2]', () => {
    const { watcher, peer, bench } = setUp();
    expect(told(peer.publish('a', 'x', { qos: 1, packetId: 9 }).take())).toEqual(['puback #9']);
    expect(told(watcher.take())).toEqual(['publish 1 a=x #1']);
    expect(watcher.send(ack('puback', 1)).take()).toEqual([]);
    expect(bench.hub.counters.messagesSent).toBe(1);
  });

  test('of QoS 2 is passed on once however often it comes before PUBREL [5:MQTT-4.3.3-4] [5:MQTT-4.3.3-8] [5:MQTT-4.3.3-10] [5:MQTT-4.3.3-11] [5:MQTT-4.3.3-12] [3.1.1:MQTT-4.3.3-2]', () => {
    const { watcher, peer } = setUp();
    const facts = { qos: 2, packetId: 9 } as const;
    peer
      .publish('a', 'x', facts)
      .publish('a', 'x', { ...facts, dup: true })
      .send(ack('pubrel', 9));
    expect(told(peer.take())).toEqual(['pubrec #9', 'pubrec #9', 'pubcomp #9']);
    expect(told(watcher.take())).toEqual(['publish 2 a=x #1']);
    expect(told(watcher.send(ack('pubrec', 1)).take())).toEqual(['pubrel #1']);
    expect(told(watcher.send(ack('pubrec', 1)).take())).toEqual(['pubrel #1']);
    expect(watcher.send(ack('pubcomp', 1)).take()).toEqual([]);
    peer.publish('a', 'y', facts);
    expect(told(watcher.take())).toEqual(['publish 2 a=y #2']);
  });

  test('goes out at the lower of its QoS and the granted one [5:MQTT-3.8.4-8] [3.1.1:MQTT-3.8.4-6]', () => {
    const bench = new Bench();
    const watchers = ([0, 1, 2] as const).map((qos) =>
      bench
        .peer(dialect)
        .connected({ clientId: `w${qos}` })
        .subscribed('a', { qos }),
    );
    const peer = bench.peer(dialect).connected();
    for (const qos of [0, 1, 2] as const) peer.publish('a', 'x', { qos, packetId: qos });
    const seen = watchers.map((watcher) =>
      watcher.take().map((one) => (one.type === 'publish' ? one.qos : -1)),
    );
    expect(seen).toEqual([
      [0, 0, 0],
      [0, 1, 1],
      [0, 1, 2],
    ]);
  });

  test('reaches a client once whose filters overlap, at the highest QoS [5:MQTT-3.3.4-2] [3.1.1:MQTT-3.3.5-1]', () => {
    const bench = new Bench();
    const watcher = bench.peer(dialect).connected({ clientId: 'watcher' });
    watcher.subscribed('a/+', { qos: 0 }).subscribed('a/#', { qos: 2 }).subscribed('a/b', { qos: 1 });
    bench.peer(dialect).connected().publish('a/b', 'x', { qos: 2 });
    expect(told(watcher.take())).toEqual(['publish 2 a/b=x #1']);
  });

  test.each([
    ['a/+', ['a/b', 'a/'], ['a', 'a/b/c', 'b/a']],
    ['a/#', ['a', 'a/b', 'a/b/c'], ['b', 'ab']],
    ['+/+', ['a/b', '/a', '/'], ['a', '$a/b']],
    ['#', ['a', '/a/b'], ['$SYS', '$a/b']],
    ['$a/#', ['$a', '$a/b'], ['a']],
    ['a b/é', ['a b/é'], ['a b/e']],
  ])('for %s matches as it should [5:MQTT-4.7.2-1] [3.1.1:MQTT-4.7.2-1]', (filter, matching, others) => {
    const bench = new Bench({ authenticate: deny('publish') });
    Object.assign(bench.context, {
      authenticate: () => ({
        accepted: { userName: undefined, permissions: { mayPublish: () => true, maySubscribe: () => true } },
      }),
    });
    const watcher = bench.peer(dialect).connected({ clientId: 'watcher' }).subscribed(filter);
    const peer = bench.peer(dialect).connected();
    for (const topic of [...matching, ...others]) peer.publish(topic, 'x');
    expect(told(watcher.take())).toEqual(matching.map((topic) => `publish 0 ${topic}=x`));
  });

  test('keeps its order [5:MQTT-4.6.0-6] [3.1.1:MQTT-4.6.0-6]', () => {
    const { watcher, peer } = setUp();
    const payloads = Array.from({ length: 50 }, (_, i) => String(i));
    for (const [i, payload] of payloads.entries()) peer.publish('a', payload, { qos: 1, packetId: i + 1 });
    expect(told(watcher.take()).map((line) => line.split(/[= ]/)[3])).toEqual(payloads);
  });
});

describe('a PUBLISH that is not allowed', () => {
  test('of QoS 1 or 2 is refused with 0x87 in 5.0, and its identifier is free again [5:MQTT-4.3.3-9]', () => {
    const peer = new Bench({ authenticate: deny('publish'), limits: { receiveMaximum: 1 } })
      .peer()
      .connected();
    peer.publish('a', 'x').publish('a', 'x', { qos: 1 }).publish('a', 'x', { qos: 2, packetId: 2 });
    peer.publish('a', 'x', { qos: 2, packetId: 3 });
    expect(told(peer.take())).toEqual(['puback #1 0x87', 'pubrec #2 0x87', 'pubrec #3 0x87']);
    expect(peer.closed).toBe(false);
  });

  test('is acknowledged in 3.1.1 and dropped [3.1.1:MQTT-3.3.5-2]', () => {
    const bench = new Bench({ authenticate: deny('publish') });
    const watcher = bench.peer().connected({ clientId: 'watcher' }).subscribed('#');
    const peer = bench.peer(MQTT_3_1_1).connected();
    peer.publish('a', 'x', { qos: 1 }).publish('a', 'x', { qos: 2, packetId: 2 }).send(ack('pubrel', 2));
    expect(told(peer.take())).toEqual(['puback #1', 'pubrec #2', 'pubcomp #2']);
    expect(watcher.take()).toEqual([]);
    expect(bench.hub.counters.messagesDropped).toBe(2);
  });

  test('to $SYS is so for everybody', () => {
    const peer = new Bench().peer().connected().publish('$SYS/x', 'x', { qos: 1 });
    expect(told(peer.take())).toEqual(['puback #1 0x87']);
  });

  test('to $SYS does not mean $SYSTEM', () => {
    const peer = new Bench().peer().connected().publish('$SYSTEM/x', 'x', { qos: 1 });
    expect(told(peer.take())).toEqual(['puback #1 0x10']);
  });
});

test('a PUBLISH for nobody is told so in 5.0 [5:3.4.2.1]', () => {
  const peer = new Bench().peer().connected();
  peer.publish('a', 'x', { qos: 1 }).publish('a', 'x', { qos: 2, packetId: 2 });
  expect(told(peer.take())).toEqual(['puback #1 0x10', 'pubrec #2 0x10']);
});

test('PUBREL for what nobody sent is answered with 0x92 in 5.0 [5:3.7.2.1]', () => {
  expect(told(new Bench().peer().connected().send(ack('pubrel', 9)).take())).toEqual(['pubcomp #9 0x92']);
});

describe('SUBSCRIBE', () => {
  test.each(BOTH)(
    'in MQTT $name is answered filter by filter, in order [5:MQTT-3.8.4-6] [3.1.1:MQTT-3.8.4-5]',
    (dialect) => {
      const peer = new Bench({ limits: { subscriptionsMax: 2 } }).peer(dialect).connected();
      const packet = subscribe('a', { qos: 1, packetId: 77 });
      const [one] = packet.subscriptions;
      if (one === undefined) throw new Error('no subscription');
      const other = (topicFilter: string, qos: 0 | 1 | 2) => ({
        ...one,
        topicFilter: topicFilter as typeof one.topicFilter,
        qos,
      });
      peer.send({ ...packet, subscriptions: [one, other('b', 0), other('c', 2), other('a', 2)] });
      const refused = dialect.reasonCodes ? 0x97 : 0x80;
      expect(peer.only('suback')).toMatchObject({ packetId: 77, reasonCodes: [1, 0, refused, 2] });
    },
  );

  test('that is not allowed is 0x87 in 5.0, 0x80 in 3.1.1, and granted in words in 3.1', () => {
    const codes = ALL.map((dialect) => {
      const peer = new Bench({ authenticate: deny('subscribe') }).peer(dialect).connected();
      return peer.subscribe('a', { qos: 1 }).only('suback').reasonCodes[0];
    });
    expect(codes).toEqual([1, 0x80, 0x87]);
    const bench = new Bench({ authenticate: deny('subscribe') });
    const peer = bench.peer(MQTT_3_1).connected().subscribed('a').publish('a', 'x');
    expect(peer.take()).toEqual([]);
    expect(bench.hub.subscriptionCount).toBe(0);
  });

  test('with a filter that is there replaces it [5:MQTT-3.8.4-3] [3.1.1:MQTT-3.8.4-3]', () => {
    const bench = new Bench();
    const peer = bench.peer().connected().subscribed('a', { qos: 2 }).subscribed('a', { qos: 0 });
    peer.publish('a', 'x', { qos: 1 });
    expect(told(peer.take())).toEqual(['publish 0 a=x', 'puback #1']);
    expect(bench.hub.subscriptionCount).toBe(1);
  });

  test('holds at once: routes that were found before do not', () => {
    const bench = new Bench();
    const peer = bench
      .peer()
      .connected()
      .publish('a', '1')
      .subscribed('a')
      .publish('a', '2')
      .subscribed('+', { qos: 0 });
    expect(told(peer.publish('a', '3').take())).toEqual(['publish 0 a=3']);
    peer.send(unsubscribe('a', '+')).take();
    expect(peer.publish('a', '4').take()).toEqual([]);
  });
});

describe('UNSUBSCRIBE', () => {
  test('is answered filter by filter [5:MQTT-3.10.4-1] [5:MQTT-3.10.4-4] [5:MQTT-3.10.4-5] [5:MQTT-3.10.4-6] [5:MQTT-3.11.3-1]', () => {
    const peer = new Bench().peer().connected().subscribed('a').subscribed('b/+');
    const { reasonCodes } = peer.send(unsubscribe('a', 'b', 'b/+', 'a')).only('unsuback');
    expect(reasonCodes).toEqual([0, 0x11, 0, 0x11]);
  });

  test.each(BOTH)(
    'in MQTT $name ends what comes, and not what is under way [5:MQTT-3.10.4-2] [5:MQTT-3.10.4-3] [3.1.1:MQTT-3.10.4-2] [3.1.1:MQTT-3.10.4-3]',
    (dialect) => {
      const bench = new Bench({ limits: { inFlightMax: 1 } });
      const peer = bench.peer(dialect).connected().subscribed('a');
      const other = bench.peer().connected({ clientId: 'other' });
      other.publish('a', '1', { qos: 1 }).publish('a', '2', { qos: 1 });
      peer.send(unsubscribe('a'));
      other.publish('a', '3', { qos: 1 });
      expect(told(peer.take())).toEqual(['publish 1 a=1 #1', 'unsuback #1']);
      expect(told(peer.send(ack('puback')).take())).toEqual(['publish 1 a=2 #2']);
    },
  );
});

describe('options of a subscription in 5.0', () => {
  test('No Local keeps own messages away, through one filter only [5:MQTT-3.8.3-3]', () => {
    const bench = new Bench();
    const peer = bench.peer().connected().subscribed('a', { noLocal: true });
    expect(peer.publish('a', 'own').take()).toEqual([]);
    bench.peer().connected({ clientId: 'other' }).publish('a', 'theirs');
    expect(told(peer.take())).toEqual(['publish 0 a=theirs']);
    peer.subscribed('+', { qos: 0, properties: { subscriptionIdentifiers: [5] } });
    const own = peer.publish('a', 'own', { qos: 1 }).take()[0];
    expect(own).toMatchObject({ qos: 0, properties: { subscriptionIdentifiers: [5] } });
  });

  test('Retain As Published keeps the RETAIN flag, otherwise it is 0 [5:MQTT-3.3.1-12] [5:MQTT-3.3.1-13]', () => {
    const bench = new Bench();
    const as = bench.peer().connected({ clientId: 'as' }).subscribed('a', { retainAsPublished: true });
    const not = bench.peer().connected({ clientId: 'not' }).subscribed('a');
    bench.peer().connected().publish('a', '1', { retain: true }).publish('a', '2');
    expect(told(as.take())).toEqual(['publish 0 a=1 retain', 'publish 0 a=2']);
    expect(told(not.take())).toEqual(['publish 0 a=1', 'publish 0 a=2']);
  });

  test.each([
    ['a', '+'],
    ['+', 'a'],
  ])('Retain As Published of one filter that overlaps, %s, is enough', (as, not) => {
    const bench = new Bench();
    const peer = bench.peer().connected({ clientId: 'peer' });
    peer.subscribed(as, { retainAsPublished: true }).subscribed(not);
    bench.peer().connected().publish('a', 'x', { retain: true });
    expect(told(peer.take())).toEqual(['publish 0 a=x retain']);
  });

  test('Subscription Identifiers of all that matched come along [5:MQTT-3.3.4-3] [5:MQTT-3.3.4-4]', () => {
    const bench = new Bench();
    const peer = bench.peer().connected();
    for (const [filter, id] of [
      ['a', 1],
      ['+', 268_435_455],
      ['#', 1],
    ] as const) {
      peer.subscribed(filter, { properties: { subscriptionIdentifiers: [id] } });
    }
    const packet = peer.publish('a', 'x').only('publish');
    expect([...(packet.properties.subscriptionIdentifiers ?? [])].sort()).toEqual([1, 1, 268_435_455]);
  });

  test('a Subscription Identifier goes when its subscription is replaced without one', () => {
    const peer = new Bench().peer().connected();
    peer.subscribed('a', { properties: { subscriptionIdentifiers: [1] } }).subscribed('a');
    expect(peer.publish('a', 'x').only('publish').properties).toEqual({});
  });
});

describe('properties of a message', () => {
  const properties = {
    payloadFormatIndicator: 1 as const,
    contentType: 'text/plain',
    responseTopic: 'answers',
    correlationData: Uint8Array.of(0, 1, 2, 255),
    userProperties: [
      ['z', '1'],
      ['a', '2'],
      ['z', '1'],
      ['__proto__', 'x'],
      ['', ''],
    ] as const,
  };

  test.each([0, 1, 2] as const)(
    'travel unchanged at QoS %i, user properties in their order [5:MQTT-3.3.2-4] [5:MQTT-3.3.2-15] [5:MQTT-3.3.2-16] [5:MQTT-3.3.2-20] [5:MQTT-3.3.2-17] [5:MQTT-3.3.2-18]',
    (qos) => {
      const bench = new Bench();
      const watchers = [1, 2, 3].map((i) =>
        bench
          .peer()
          .connected({ clientId: `w${i}` })
          .subscribed('a'),
      );
      bench.peer().connected().publish('a', 'x', { qos, properties });
      for (const watcher of watchers) expect(watcher.only('publish').properties).toEqual(properties);
    },
  );

  test('are left behind on the way to 3.1.1', () => {
    const bench = new Bench();
    const watcher = bench.peer(MQTT_3_1_1).connected({ clientId: 'w' }).subscribed('a', { qos: 0 });
    bench.peer(MQTT_5_0).connected().publish('a', 'x', { properties });
    expect(watcher.raw()).toEqual(Uint8Array.of(0x30, 4, 0, 1, 0x61, 0x78));
  });

  test('Message Expiry Interval is what is left of it [5:MQTT-3.3.2-6]', () => {
    const bench = new Bench();
    const facts = { cleanStart: false, properties: { sessionExpiryInterval: 600 } };
    bench.peer().connected(facts).subscribed('a').lost();
    const other = bench.peer().connected({ clientId: 'other' });
    for (const [i, seconds] of [5, 60, 100].entries()) {
      other.publish('a', String(seconds), {
        qos: 1,
        packetId: i + 1,
        properties: { messageExpiryInterval: seconds },
      });
    }
    bench.pass(20);
    const back = bench.peer().connect(facts).take().slice(1);
    expect(back.map((one) => 'properties' in one && one.properties)).toEqual([
      { messageExpiryInterval: 40 },
      { messageExpiryInterval: 80 },
    ]);
    expect(bench.hub.counters.messagesDropped).toBe(1);
  });
});

test('a message to itself does not disturb what else was in the chunk', () => {
  const bench = new Bench();
  const peer = bench.peer().connected().subscribed('a');
  peer.sendAtOnce(publish('a', '1', { qos: 1 }), publish('a', '2', { qos: 2, packetId: 2 }), {
    type: 'pingreq',
  });
  expect(told(peer.take())).toEqual([
    'publish 1 a=1 #1',
    'puback #1',
    'publish 2 a=2 #2',
    'pubrec #2',
    'pingresp',
  ]);
});

test('a hook that publishes in the middle of a fan-out disturbs neither message', () => {
  const bench = new Bench({ limits: { queueMessagesMax: 0 } });
  const old = bench.peer(MQTT_3_1_1).connected({ clientId: 'old', cleanStart: false }).subscribed('a');
  old.wire.congested = true;
  const others = ['x', 'y'].map((clientId) => bench.peer(MQTT_3_1_1).connected({ clientId }).subscribed('a'));
  const publisher = bench.peer(MQTT_3_1_1).connected({ clientId: 'p' });
  const hooked = publish('a', 'from the hook');
  const inside = {
    ...hooked,
    topic: hooked.topic as TopicName,
    publisher: '',
    expiresAt: Number.POSITIVE_INFINITY,
  };
  Object.assign(bench.notes, { push: () => bench.hub.publish(inside, undefined, bench.now) });
  publisher.publish('a', 'outside', { qos: 1 });
  for (const other of others) {
    expect(told(other.take()).map((line) => line.replace(/ #.*/, ''))).toEqual([
      'publish 0 a=from the hook',
      'publish 1 a=outside',
    ]);
  }
});
