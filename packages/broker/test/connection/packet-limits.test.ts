/** Owns what a packet with too many parts is told: User Properties and topic filters, in every packet that has them. */

import { MQTT_3_1_1, MQTT_5_0, type Packet, Reason } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { Bench, publish, subscribe, unsubscribe, will } from '../bench.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

const pairs = (count: number, value = ''): Pairs => Array.from({ length: count }, (_, i) => [`n${i}`, value]);
const limits = { userPropertiesMax: 10, userPropertyBytesMax: 1000 };

/** What of a client may have User Properties once it is connected. */
const PACKETS: Readonly<Record<string, (userProperties: Pairs) => Packet>> = {
  PUBLISH: (userProperties) => publish('a', '', { properties: { userProperties } }),
  SUBSCRIBE: (userProperties) => subscribe('a', { properties: { userProperties } }),
  UNSUBSCRIBE: (userProperties) => ({ ...unsubscribe('a'), properties: { userProperties } }),
  PUBREL: (userProperties) => ({
    type: 'pubrel',
    packetId: 9,
    reasonCode: 0,
    properties: { userProperties },
  }),
  DISCONNECT: (userProperties) => ({ type: 'disconnect', reasonCode: 0, properties: { userProperties } }),
};

describe.each(Object.entries(PACKETS))('%s', (name, packetOf) => {
  const sent = (userProperties: Pairs) =>
    new Bench({ limits }).peer().connected().send(packetOf(userProperties)).take();
  const refusal = [{ type: 'disconnect', reasonCode: Reason.quotaExceeded }];

  test('with as many User Properties as there may be is taken, with one more it gets 0x97', () => {
    expect(sent(pairs(10))).not.toMatchObject(name === 'DISCONNECT' ? refusal : [{ type: 'disconnect' }]);
    expect(sent(pairs(11))).toMatchObject(refusal);
  });

  test('with too many bytes in them it gets 0x97', () => {
    expect(sent(pairs(2, 'x'.repeat(490)))).not.toMatchObject(refusal);
    expect(sent(pairs(2, 'x'.repeat(500)))).toMatchObject(refusal);
    expect(sent(pairs(1, 'x'.repeat(1000)))).toMatchObject(refusal);
  });
});

test.each([
  ['CONNECT', { properties: { userProperties: pairs(11) } }],
  ['a will', { will: will('w', '', { properties: { userProperties: pairs(11) } }) }],
])('%s with too many gets 0x97 in CONNACK', (_, facts) => {
  const peer = new Bench({ limits }).peer().connect(facts);
  expect(peer.only('connack').reasonCode).toBe(Reason.quotaExceeded);
  expect(peer.closed).toBe(true);
});

test('a flood of User Properties is refused before it is kept', () => {
  const peer = new Bench().peer().connected();
  const before = process.memoryUsage().heapUsed;
  peer.send(publish('a', '', { properties: { userProperties: pairs(500_000) } }));
  expect(peer.only('disconnect').reasonCode).toBe(Reason.quotaExceeded);
  // The packet itself is some MB of the test; what would be kept of it is more than 50 MB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(150 * 1024 * 1024);
});

describe.each([MQTT_5_0, MQTT_3_1_1])('topic filters in one packet ($name)', (dialect) => {
  const filters = Array.from({ length: 6 }, (_, i) => `a/${i}`);
  const many = (count: number) => {
    const one = subscribe('a');
    const topicFilters = filters.slice(0, count) as (typeof one)['subscriptions'][number]['topicFilter'][];
    const [options] = one.subscriptions;
    if (options === undefined) throw new Error('no subscription');
    return {
      SUBSCRIBE: { ...one, subscriptions: topicFilters.map((topicFilter) => ({ ...options, topicFilter })) },
      UNSUBSCRIBE: unsubscribe(...topicFilters),
    };
  };

  test.each(['SUBSCRIBE', 'UNSUBSCRIBE'] as const)('%s has as many as it may, and no more', (name) => {
    const bench = new Bench({ limits: { topicFiltersMax: 5 } });
    const peer = bench.peer(dialect).connected();
    expect(peer.send(many(5)[name]).take()).toMatchObject([
      { type: name === 'SUBSCRIBE' ? 'suback' : 'unsuback' },
    ]);
    peer.send(many(6)[name]);
    expect(peer.closed).toBe(true);
    if (dialect.serverDisconnect) expect(peer.only('disconnect').reasonCode).toBe(Reason.quotaExceeded);
    expect(bench.hub.subscriptionCount).toBe(0);
  });
});
