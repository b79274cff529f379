/** Owns capability negotiation: what CONNACK says and when, what is then refused, and what CONNECT is granted. */

import { encodePacket, MQTT_3_1_1, MQTT_5_0 } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import type { Limits } from '../../src/hub/limits.ts';
import { ack, Bench, publish, subscribe, type Type, told, will } from '../bench.ts';

/** Nothing to say about anything that has a default to leave out. */
const PLAIN: Partial<Limits> = {
  receiveMaximum: 65_535,
  maximumPacketSize: 268_435_460,
  topicAliasMaximum: 0,
};

function connack(limits: Partial<Limits>, facts: Partial<Type<'connect'>> = {}) {
  return new Bench({ limits: { ...PLAIN, ...limits } }).peer().connect(facts).only('connack').properties;
}

describe('CONNACK says', () => {
  test('nothing where all is as the standard has it', () => {
    expect(connack({})).toEqual({});
  });

  test.each<[string, Partial<Limits>, Partial<Type<'connect'>>, object]>([
    ['Receive Maximum [5:3.2.2.3.3]', { receiveMaximum: 10 }, {}, { receiveMaximum: 10 }],
    ['Maximum QoS [5:MQTT-3.2.2-9]', { maximumQos: 1 }, {}, { maximumQos: 1 }],
    ['Maximum QoS 0', { maximumQos: 0 }, {}, { maximumQos: 0 }],
    ['Retain Available [5:3.2.2.3.5]', { retainAvailable: false }, {}, { retainAvailable: false }],
    ['Maximum Packet Size [5:3.2.2.3.6]', { maximumPacketSize: 500 }, {}, { maximumPacketSize: 500 }],
    ['Topic Alias Maximum [5:3.2.2.3.8]', { topicAliasMaximum: 5 }, {}, { topicAliasMaximum: 5 }],
    [
      'Wildcard Subscription Available [5:3.2.2.3.11]',
      { wildcardSubscriptionAvailable: false },
      {},
      { wildcardSubscriptionAvailable: false },
    ],
    [
      'Subscription Identifiers Available [5:3.2.2.3.12]',
      { subscriptionIdentifiersAvailable: false },
      {},
      { subscriptionIdentifiersAvailable: false },
    ],
    [
      'Shared Subscription Available [5:3.2.2.3.13]',
      { sharedSubscriptionAvailable: false },
      {},
      { sharedSubscriptionAvailable: false },
    ],
    [
      'Server Keep Alive [5:MQTT-3.1.2-21]',
      { keepAliveMaxSeconds: 30 },
      { keepAlive: 60 },
      { serverKeepAlive: 30 },
    ],
    ['Server Keep Alive to who wanted none', { keepAliveMaxSeconds: 30 }, {}, { serverKeepAlive: 30 }],
    [
      'User Properties of the configuration [5:3.2.2.3.10]',
      { connackUserProperties: [['region', 'north']] },
      {},
      { userProperties: [['region', 'north']] },
    ],
    ['nothing of a Keep Alive within the maximum', { keepAliveMaxSeconds: 30 }, { keepAlive: 30 }, {}],
    [
      'Response Information to who asks [5:MQTT-3.1.2-28]',
      { responseInformation: 'answers/' },
      { properties: { requestResponseInformation: true } },
      { responseInformation: 'answers/' },
    ],
    ['no Response Information to who does not ask', { responseInformation: 'answers/' }, {}, {}],
    [
      'no Response Information where there is none',
      {},
      { properties: { requestResponseInformation: true } },
      {},
    ],
  ])('%s', (_, limits, facts, expected) => {
    expect(connack(limits, facts)).toEqual(expected);
  });

  test('none of it in 3.1.1', () => {
    const peer = new Bench({ limits: { maximumQos: 0, keepAliveMaxSeconds: 1 } }).peer(MQTT_3_1_1).connect();
    expect([...peer.raw()]).toEqual([0x20, 2, 0, 0]);
  });
});

describe('Receive Maximum towards the client', () => {
  const properties = { receiveMaximum: 2, sessionExpiryInterval: 60 };
  const five = (bench: Bench, qos: 1 | 2) => {
    const other = bench.peer().connected({ clientId: 'other' });
    for (let i = 1; i <= 5; i++) other.publish('a', String(i), { qos, packetId: i });
  };

  test('is never exceeded, and what waits comes in order as acknowledgements come [5:MQTT-3.3.4-9]', () => {
    const bench = new Bench();
    const peer = bench.peer().connected({ properties }).subscribed('a');
    five(bench, 1);
    expect(told(peer.take())).toEqual(['publish 1 a=1 #1', 'publish 1 a=2 #2']);
    expect(told(peer.send(ack('puback', 1)).take())).toEqual(['publish 1 a=3 #3']);
    expect(told(peer.send(ack('puback', 3), ack('puback', 2)).take())).toEqual([
      'publish 1 a=4 #4',
      'publish 1 a=5 #5',
    ]);
  });

  test('counts QoS 2 until PUBCOMP, or a PUBREC that refuses [5:4.9]', () => {
    const bench = new Bench();
    const peer = bench.peer().connected({ properties }).subscribed('a');
    five(bench, 2);
    expect(told(peer.take())).toEqual(['publish 2 a=1 #1', 'publish 2 a=2 #2']);
    expect(told(peer.send(ack('pubrec', 1)).take())).toEqual(['pubrel #1']);
    expect(told(peer.send(ack('pubcomp', 1)).take())).toEqual(['publish 2 a=3 #3']);
    expect(told(peer.send(ack('pubrec', 2, 0x80)).take())).toEqual(['publish 2 a=4 #4']);
  });

  test('does not hold up QoS 0 [5:MQTT-4.9.0-3]', () => {
    const bench = new Bench();
    const peer = bench.peer().connected({ properties }).subscribed('a');
    five(bench, 1);
    peer.take();
    bench.peer().connected({ clientId: 'third' }).publish('a', 'now');
    expect(told(peer.take())).toEqual(['publish 0 a=now']);
  });

  test('that is smaller after a reconnect holds for what is sent again, too [5:3.1.2.11.3]', () => {
    const bench = new Bench();
    const peer = bench
      .peer()
      .connected({ properties: { ...properties, receiveMaximum: 4 } })
      .subscribed('a');
    five(bench, 1);
    expect(peer.take()).toHaveLength(4);
    peer.lost();
    const back = bench
      .peer()
      .connect({ cleanStart: false, properties: { ...properties, receiveMaximum: 1 } });
    expect(told(back.take())).toEqual(['connack', 'publish 1 a=1 dup #1']);
    for (const [id, next] of [
      [1, 'publish 1 a=2 dup #2'],
      [2, 'publish 1 a=3 dup #3'],
      [3, 'publish 1 a=4 dup #4'],
      [4, 'publish 1 a=5 #5'],
    ] as const) {
      expect(told(back.send(ack('puback', id)).take())).toEqual([next]);
    }
  });

  test('above what this broker keeps under way is not used up', () => {
    const bench = new Bench({ limits: { inFlightMax: 3 } });
    const peer = bench.peer().connected().subscribed('a');
    five(bench, 1);
    expect(peer.take()).toHaveLength(3);
  });
});

describe('Receive Maximum towards the server', () => {
  test('exceeded by QoS 2 is answered with 0x93 [5:MQTT-3.3.4-7]', () => {
    const peer = new Bench({ limits: { receiveMaximum: 2 } }).peer().connected();
    for (const packetId of [1, 2]) peer.publish('a', 'x', { qos: 2, packetId });
    expect(peer.take()).toHaveLength(2);
    expect(told(peer.publish('a', 'x', { qos: 2, packetId: 3 }).take())).toEqual(['disconnect 0x93']);
  });

  test('is not used up by a repetition or by what was released', () => {
    const peer = new Bench({ limits: { receiveMaximum: 1 } }).peer().connected();
    peer.publish('a', 'x', { qos: 2 }).publish('a', 'x', { qos: 2, dup: true }).send(ack('pubrel'));
    peer.publish('a', 'x', { qos: 2, packetId: 2 });
    expect(told(peer.take())).toEqual(['pubrec #1 0x10', 'pubrec #1', 'pubcomp #1', 'pubrec #2 0x10']);
  });

  test('is nothing that a 3.1.1 client could know, who is held to packet identifiers alone', () => {
    const peer = new Bench({ limits: { receiveMaximum: 1 } }).peer(MQTT_3_1_1).connected();
    for (const packetId of [1, 2, 3]) peer.publish('a', 'x', { qos: 2, packetId });
    expect(told(peer.take())).toEqual(['pubrec #1', 'pubrec #2', 'pubrec #3']);
  });
});

describe('Maximum Packet Size of the client', () => {
  const maximumPacketSize = 40;

  test('is never exceeded: larger messages count as sent [5:MQTT-3.1.2-24] [5:MQTT-3.1.2-25]', () => {
    const bench = new Bench();
    const small = bench.peer().connected({ clientId: 's', properties: { maximumPacketSize } });
    const large = bench.peer().connected({ clientId: 'l' }).subscribed('a');
    small.subscribed('a');
    const other = bench.peer().connected({ clientId: 'other' });
    other.publish('a', 'x'.repeat(40), { qos: 1, packetId: 1 }).publish('a', 'y', { qos: 1, packetId: 2 });
    expect(told(small.take())).toEqual(['publish 1 a=y #2']);
    expect(large.take()).toHaveLength(2);
    expect(small.largest).toBeLessThanOrEqual(maximumPacketSize);
  });

  test('holds for retained messages and for one that goes to this client alone', () => {
    const bench = new Bench();
    const other = bench.peer().connected({ clientId: 'other' });
    other.publish('a', 'x'.repeat(40), { retain: true });
    const small = bench.peer().connected({ properties: { maximumPacketSize } }).subscribe('a');
    expect(told(small.take())).toEqual(['suback #1']);
    other.publish('a', 'x'.repeat(40), { qos: 1 });
    expect(small.take()).toEqual([]);
  });

  test('holds for what is sent again after a reconnect with a smaller one', () => {
    const bench = new Bench();
    const properties = { sessionExpiryInterval: 60 };
    const peer = bench.peer().connected({ properties }).subscribed('a');
    bench
      .peer()
      .connected({ clientId: 'other' })
      .publish('a', 'x'.repeat(50), { qos: 1 })
      .publish('a', 'y', { qos: 1 });
    expect(peer.take()).toHaveLength(2);
    peer.lost();
    const back = bench
      .peer()
      .connect({ cleanStart: false, properties: { ...properties, maximumPacketSize } });
    expect(told(back.take())).toEqual(['connack', 'publish 1 a=y dup #2']);
  });

  test('leaves out Reason String before it leaves out a DISCONNECT [5:MQTT-3.14.2-3]', () => {
    const peer = new Bench().peer().connected({ properties: { maximumPacketSize: 20 } });
    const { reasonCode, properties } = peer.hex('c1 00').only('disconnect');
    expect([reasonCode, properties.reasonString]).toEqual([0x81, undefined]);
  });

  test('too small for CONNACK is refused with 0x95 before anybody is put out', () => {
    const bench = new Bench();
    const old = bench.peer().connected();
    const peer = bench.peer().connect({ properties: { maximumPacketSize: 6 } });
    expect(peer.only('connack').reasonCode).toBe(0x95);
    expect(peer.closed).toBe(true);
    expect(old.closed).toBe(false);
  });

  test('holds for the CONNACK of a refusal, which then has no Reason String [5:MQTT-3.1.2-24]', () => {
    const bench = new Bench({ limits: { clientIdStrict: true } });
    const refused = (size: number) =>
      bench.peer().connect({ clientId: 'not/strict', properties: { maximumPacketSize: size } });
    expect(refused(100).only('connack').properties.reasonString).toBeDefined();
    expect(refused(20).only('connack')).toMatchObject({ reasonCode: 0x85, properties: {} });
    const nothing = refused(4);
    expect([nothing.raw().length, nothing.closed]).toEqual([0, true]);
  });

  test('too small for SUBACK ends the connection: nobody waits for ever', () => {
    const peer = new Bench().peer().connected({ properties: { maximumPacketSize } });
    const [one] = subscribe('a').subscriptions;
    const subscriptions = Array.from({ length: 100 }, () => one as NonNullable<typeof one>);
    peer.send({ ...subscribe('a'), subscriptions });
    expect(told(peer.take())).toEqual(['disconnect 0x95']);
    expect(peer.closed).toBe(true);
  });
});

describe('Request Problem Information 0', () => {
  const properties = { requestProblemInformation: false };

  test('keeps Reason String out of DISCONNECT of an open connection [5:MQTT-3.1.2-29]', () => {
    const { reasonString } = new Bench()
      .peer()
      .connected({ properties })
      .hex('c1 00')
      .only('disconnect').properties;
    expect(reasonString).toBeUndefined();
    const asked = new Bench().peer().connected().hex('c1 00').only('disconnect').properties;
    expect(asked.reasonString).toMatch(/PINGREQ/);
  });

  test('keeps both out of every acknowledgement [5:MQTT-3.1.2-29]', () => {
    const bench = new Bench({ limits: { subscriptionsMax: 1 } });
    const peer = bench.peer().connected({ properties }).subscribed('q');
    peer.publish('$SYS/x', 'x', { qos: 1 }).publish('$SYS/x', 'x', { qos: 2, packetId: 2 });
    peer
      .send(ack('pubrel', 9))
      .subscribe('r')
      .send({
        type: 'unsubscribe',
        packetId: 3,
        topicFilters: subscribe('r').subscriptions.map(({ topicFilter }) => topicFilter),
        properties: {},
      });
    const packets = peer.take();
    expect(told(packets)).toEqual([
      'puback #1 0x87',
      'pubrec #2 0x87',
      'pubcomp #9 0x92',
      'suback #1',
      'unsuback #3',
    ]);
    for (const packet of packets) expect(packet).toMatchObject({ properties: {} });
  });
});

describe('topic aliases of the client', () => {
  const alias = (topicAlias: number) => ({ properties: { topicAlias } });
  const aliased = (topicAlias: number, payload: string) =>
    ({ ...publish('a', payload, alias(topicAlias)), topic: '' }) as Type<'publish'>;

  test('stand for the topic they were set to last, and do not travel on [5:MQTT-3.3.2-12] [5:MQTT-3.3.2-7]', () => {
    const bench = new Bench();
    const watcher = bench.peer().connected({ clientId: 'watcher' }).subscribed('#');
    const peer = bench.peer().connected();
    peer.send(publish('a', '1', alias(1)), aliased(1, '2'), publish('b', '3', alias(1)), aliased(1, '4'));
    const packets = watcher.take();
    expect(told(packets)).toEqual(['publish 0 a=1', 'publish 0 a=2', 'publish 0 b=3', 'publish 0 b=4']);
    for (const packet of packets) expect(packet).toMatchObject({ properties: {} });
  });

  test('end with the connection [5:MQTT-3.3.2-7]', () => {
    const bench = new Bench();
    const properties = { sessionExpiryInterval: 60 };
    bench
      .peer()
      .connected({ properties })
      .send(publish('a', '1', alias(1)))
      .lost();
    const back = bench.peer().connected({ cleanStart: false, properties }).send(aliased(1, '2'));
    expect(told(back.take())).toEqual(['disconnect 0x82']);
  });

  test('above the maximum get 0x94 [5:MQTT-3.3.2-9]', () => {
    const peer = new Bench({ limits: { topicAliasMaximum: 5 } }).peer().connected();
    expect(told(peer.publish('a', 'x', alias(6)).take())).toEqual(['disconnect 0x94']);
  });
});

test('user properties of CONNECT and of a will are taken', () => {
  const userProperties = [['k', 'v'] as const, ['k', 'w'] as const];
  const bench = new Bench();
  const watcher = bench.peer().connected({ clientId: 'watcher' }).subscribed('w');
  const peer = bench.peer().connected({
    properties: { userProperties },
    will: will('w', 'gone', { properties: { userProperties } }),
  });
  peer.lost();
  expect(watcher.only('publish').properties).toEqual({ userProperties });
});

test('a CONNACK is the same bytes however it is asked for', () => {
  const peer = new Bench({ limits: PLAIN }).peer().connect();
  const expected = { type: 'connack', sessionPresent: false, reasonCode: 0, properties: {} } as const;
  expect(peer.raw()).toEqual(encodePacket(expected, MQTT_5_0));
});
