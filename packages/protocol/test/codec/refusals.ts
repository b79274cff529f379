/** Owns the packets that `encode` refuses, and small makers of packets. Never asserts. */

import { type ConnectPacket, type Packet, publishAck, publishPacket } from '../../src/codec/index.ts';
import {
  type AnyProperties,
  type Dialect,
  MQTT_3_1,
  MQTT_3_1_1,
  MQTT_5_0,
  NO_PROPERTIES,
  type PropertiesOf,
} from '../../src/spec/index.ts';
import type { TopicFilter, TopicName } from '../../src/topic/index.ts';
import { filterOf, nameOf } from '../topic/generators.ts';

export const nothing = new Uint8Array();

export function publish(
  more: Partial<{ topic: string; qos: 0 | 1 | 2; packetId: number; properties: AnyProperties }>,
): Packet {
  const { topic = 'a/b', qos = 0, packetId = 0, properties = NO_PROPERTIES } = more;
  return publishPacket(
    topic as TopicName,
    nothing,
    qos,
    false,
    false,
    packetId,
    properties as PropertiesOf<'publish'>,
  );
}

function connect(more: Partial<ConnectPacket>): Packet {
  const least = { cleanStart: true, keepAlive: 0, userName: undefined, password: undefined, will: undefined };
  return { type: 'connect', dialect: MQTT_5_0, clientId: 'c', properties: NO_PROPERTIES, ...least, ...more };
}

export function subscribe(filter: string, more: { packetId?: number; ids?: readonly number[] } = {}): Packet {
  const options = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
  const properties = more.ids === undefined ? NO_PROPERTIES : { subscriptionIdentifiers: more.ids };
  const subscriptions = [{ topicFilter: filter as TopicFilter, ...options }];
  return { type: 'subscribe', packetId: more.packetId ?? 1, subscriptions, properties };
}

const will = {
  topic: nameOf('w'),
  payload: nothing,
  qos: 0,
  retain: false,
  properties: NO_PROPERTIES,
} as const;
const long = 'x'.repeat(65_536);
const withProperties = (properties: AnyProperties): Packet => publish({ properties });

/** A packet that must not be written, and the code of the error that says so. */
export interface Refusal {
  readonly what: string;
  readonly packet: Packet;
  readonly dialect?: Dialect;
  readonly code: string;
}

export const refusals: readonly Refusal[] = [
  {
    what: 'packet identifier 0 in PUBLISH [5:MQTT-2.2.1-3]',
    packet: publish({ qos: 1 }),
    code: 'invalid-packet-id',
  },
  {
    what: 'packet identifier 65536',
    packet: publish({ qos: 2, packetId: 65_536 }),
    code: 'invalid-packet-id',
  },
  { what: 'packet identifier 1.5', packet: publish({ qos: 1, packetId: 1.5 }), code: 'invalid-packet-id' },
  {
    what: 'packet identifier NaN',
    packet: publish({ qos: 1, packetId: Number.NaN }),
    code: 'invalid-packet-id',
  },
  { what: 'packet identifier 0 in PUBACK', packet: publishAck('puback', 0), code: 'invalid-packet-id' },
  {
    what: 'packet identifier 0 in SUBSCRIBE',
    packet: subscribe('a', { packetId: 0 }),
    code: 'invalid-packet-id',
  },
  {
    what: 'packet identifier 0 in UNSUBSCRIBE',
    packet: { type: 'unsubscribe', packetId: 0, topicFilters: [filterOf('a')], properties: NO_PROPERTIES },
    code: 'invalid-packet-id',
  },
  {
    what: 'packet identifier 0 in SUBACK',
    packet: { type: 'suback', packetId: 0, reasonCodes: [0], properties: NO_PROPERTIES },
    code: 'invalid-packet-id',
  },
  { what: 'a topic name of 65536 bytes', packet: publish({ topic: long }), code: 'too-long' },
  { what: 'a client identifier of 65536 bytes', packet: connect({ clientId: long }), code: 'too-long' },
  {
    what: 'a password of 65536 bytes',
    packet: connect({ password: new Uint8Array(65_536) }),
    code: 'too-long',
  },
  {
    what: 'a will payload of 65536 bytes',
    packet: connect({ will: { ...will, payload: new Uint8Array(65_536) } }),
    code: 'too-long',
  },
  {
    what: 'a user property value of 65536 bytes',
    packet: withProperties({ userProperties: [['k', long]] }),
    code: 'too-long',
  },
  { what: 'a lone surrogate in a topic', packet: publish({ topic: 'a\ud800' }), code: 'invalid-string' },
  {
    what: 'a lone surrogate in a client identifier',
    packet: connect({ clientId: '\udc00' }),
    code: 'invalid-string',
  },
  { what: 'U+0000 in a user name', packet: connect({ userName: 'a\0' }), code: 'invalid-string' },
  {
    what: 'a lone surrogate in a property',
    packet: withProperties({ contentType: '\ud83d' }),
    code: 'invalid-string',
  },
  { what: 'an empty topic without an alias', packet: publish({ topic: '' }), code: 'invalid-topic' },
  {
    what: 'an empty topic in 3.1.1',
    packet: publish({ topic: '' }),
    dialect: MQTT_3_1_1,
    code: 'invalid-topic',
  },
  {
    what: 'an empty topic in 3.1.1 whose alias would not be written',
    packet: publish({ topic: '', properties: { topicAlias: 1 } }),
    dialect: MQTT_3_1_1,
    code: 'invalid-topic',
  },
  {
    what: 'Topic Alias 0 [5:MQTT-3.3.2-8]',
    packet: withProperties({ topicAlias: 0 }),
    code: 'invalid-property',
  },
  { what: 'Topic Alias 65536', packet: withProperties({ topicAlias: 65_536 }), code: 'invalid-property' },
  {
    what: 'Message Expiry Interval -1',
    packet: withProperties({ messageExpiryInterval: -1 }),
    code: 'invalid-property',
  },
  {
    what: 'Message Expiry Interval 0.5',
    packet: withProperties({ messageExpiryInterval: 0.5 }),
    code: 'invalid-property',
  },
  {
    what: 'Message Expiry Interval 2^32',
    packet: withProperties({ messageExpiryInterval: 2 ** 32 }),
    code: 'invalid-property',
  },
  {
    what: 'Payload Format Indicator 2',
    packet: withProperties({ payloadFormatIndicator: 2 as unknown as 1 }),
    code: 'invalid-property',
  },
  { what: 'Subscription Identifier 0', packet: subscribe('a', { ids: [0] }), code: 'invalid-property' },
  {
    what: 'Subscription Identifier 268435456',
    packet: subscribe('a', { ids: [268_435_456] }),
    code: 'invalid-property',
  },
  {
    what: 'two Subscription Identifiers in SUBSCRIBE',
    packet: subscribe('a', { ids: [1, 2] }),
    code: 'invalid-property',
  },
  {
    what: 'Receive Maximum 0',
    packet: connect({ properties: { receiveMaximum: 0 } }),
    code: 'invalid-property',
  },
  {
    what: 'a wildcard in the Response Topic [5:MQTT-3.3.2-14]',
    packet: withProperties({ responseTopic: 'a/#' }),
    code: 'invalid-property',
  },
  {
    what: 'Session Expiry Interval in PUBLISH',
    packet: withProperties({ sessionExpiryInterval: 1 }),
    code: 'invalid-property',
  },
  {
    what: 'a property that MQTT does not have',
    packet: withProperties({ toString: 'x' } as unknown as AnyProperties),
    code: 'invalid-property',
  },
  {
    what: 'Authentication Data without a method [5:3.1.2.11.10]',
    packet: connect({ properties: { authenticationData: nothing } }),
    code: 'invalid-property',
  },
  {
    what: 'AUTH without a method [5:3.15.2.2.2]',
    packet: { type: 'auth', reasonCode: 0x18, properties: NO_PROPERTIES },
    code: 'invalid-property',
  },
  {
    what: 'a password without a user name in 3.1.1 [3.1.1:MQTT-3.1.2-22]',
    packet: connect({ dialect: MQTT_3_1_1, password: nothing }),
    code: 'password-without-user-name',
  },
  {
    what: 'a password without a user name in 3.1',
    packet: connect({ dialect: MQTT_3_1, password: nothing }),
    code: 'password-without-user-name',
  },
  { what: 'Keep Alive 65536', packet: connect({ keepAlive: 65_536 }), code: 'invalid-keep-alive' },
  { what: 'Keep Alive 1.5', packet: connect({ keepAlive: 1.5 }), code: 'invalid-keep-alive' },
  {
    what: 'AUTH in 3.1.1',
    packet: { type: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'M' } },
    dialect: MQTT_3_1_1,
    code: 'unsayable',
  },
  {
    what: 'a CONNACK reason that 3.1.1 has no return code for',
    packet: { type: 'connack', sessionPresent: false, reasonCode: 0x95, properties: NO_PROPERTIES },
    dialect: MQTT_3_1_1,
    code: 'unsayable',
  },
  { what: 'an empty topic filter', packet: subscribe(''), code: 'invalid-topic-filter' },
  { what: 'a topic filter a#', packet: subscribe('a#'), code: 'invalid-topic-filter' },
  {
    what: 'a shared filter without a name [5:MQTT-4.8.2-1]',
    packet: subscribe('$share//a'),
    code: 'invalid-topic-filter',
  },
  {
    what: 'SUBSCRIBE without a filter [5:MQTT-3.8.3-2]',
    packet: { type: 'subscribe', packetId: 1, subscriptions: [], properties: NO_PROPERTIES },
    code: 'no-topic-filter',
  },
  {
    what: 'UNSUBSCRIBE without a filter [5:MQTT-3.10.3-2]',
    packet: { type: 'unsubscribe', packetId: 1, topicFilters: [], properties: NO_PROPERTIES },
    code: 'no-topic-filter',
  },
];
