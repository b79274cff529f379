/** Owns what the vectors say, value by value, written by hand from their meaning. Never decodes. */

import type {
  ConnectPacket,
  Packet,
  PublishPacket,
  SubscriptionRequest,
  Will,
} from '../../src/codec/index.ts';
import { type Dialect, MQTT_3_1, MQTT_3_1_1, MQTT_5_0, NO_PROPERTIES } from '../../src/spec/index.ts';
import { filterOf, nameOf } from '../topic/generators.ts';

function utf8(text: string): Uint8Array {
  return new Uint8Array(new TextEncoder().encode(text));
}

const none = { properties: NO_PROPERTIES };

function connect(dialect: Dialect, clientId: string, more: Partial<ConnectPacket>): ConnectPacket {
  const least = {
    cleanStart: true,
    keepAlive: 60,
    userName: undefined,
    password: undefined,
    will: undefined,
    ...none,
  };
  return { type: 'connect', dialect, clientId, ...least, ...more };
}

function full(dialect: Dialect, clientId: string, qos: 1 | 2): ConnectPacket {
  const will: Will = { topic: nameOf('state/dev'), payload: utf8('offline'), qos, retain: true, ...none };
  const more = { cleanStart: false, keepAlive: 300, will, userName: 'alice', password: utf8('s3cret') };
  return connect(dialect, clientId, more);
}

function publish(topic: string, payload: Uint8Array, more: Partial<PublishPacket> = {}): PublishPacket {
  const least = { qos: 0, retain: false, dup: false, packetId: 0, ...none } as const;
  return { type: 'publish', topic: topic === '' ? '' : nameOf(topic), payload, ...least, ...more };
}

function request(filter: string, more: Partial<SubscriptionRequest>): SubscriptionRequest {
  const least = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
  return { topicFilter: filterOf(filter), ...least, ...more };
}

const threeFilters = [request('a/+', { qos: 0 }), request('b/#', { qos: 1 }), request('c', { qos: 2 })];
const explained = { reasonString: 'why', userProperties: [['n', 'v']] } as const;

/** The packets that 3.1 and 3.1.1 write alike; `v` is how the names of the vectors end. */
function plain(v: '31' | '311'): Record<string, Packet> {
  return {
    [`connack-${v}-accepted`]: { type: 'connack', sessionPresent: false, reasonCode: 0x00, ...none },
    [`connack-${v}-refused-id`]: { type: 'connack', sessionPresent: false, reasonCode: 0x85, ...none },
    [`publish-${v}-qos0`]: publish('a/b', utf8('hello')),
    [`publish-${v}-qos1`]: publish('a/b', utf8('hello'), { qos: 1, packetId: 10 }),
    [`publish-${v}-qos2-dup`]: publish('a/b', utf8('hello'), { qos: 2, packetId: 4660, dup: true }),
    [`puback-${v}`]: { type: 'puback', packetId: 10, reasonCode: 0, ...none },
    [`pubrec-${v}`]: { type: 'pubrec', packetId: 4660, reasonCode: 0, ...none },
    [`pubrel-${v}`]: { type: 'pubrel', packetId: 4660, reasonCode: 0, ...none },
    [`pubcomp-${v}`]: { type: 'pubcomp', packetId: 4660, reasonCode: 0, ...none },
    [`subscribe-${v}`]: { type: 'subscribe', packetId: 7, subscriptions: threeFilters, ...none },
    [`suback-${v}`]: { type: 'suback', packetId: 7, reasonCodes: [0, 1, 2], ...none },
    [`unsubscribe-${v}`]: {
      type: 'unsubscribe',
      packetId: 8,
      topicFilters: [filterOf('a/+'), filterOf('c')],
      ...none,
    },
    [`unsuback-${v}`]: { type: 'unsuback', packetId: 8, reasonCodes: [], ...none },
    [`pingreq-${v}`]: { type: 'pingreq' },
    [`pingresp-${v}`]: { type: 'pingresp' },
    [`disconnect-${v}`]: { type: 'disconnect', reasonCode: 0, ...none },
  };
}

const three: Record<string, Packet> = {
  ...plain('31'),
  ...plain('311'),
  'connect-31-minimal': connect(MQTT_3_1, 'c31', {}),
  'connect-31-full': full(MQTT_3_1, 'dev-31', 1),
  'connect-311-minimal': connect(MQTT_3_1_1, 'c311', {}),
  'connect-311-full': full(MQTT_3_1_1, 'dev-311', 2),
  'connect-311-empty-id': connect(MQTT_3_1_1, '', { keepAlive: 0 }),
  'connect-311-will-empty': connect(MQTT_3_1_1, 'w1', {
    keepAlive: 10,
    will: { topic: nameOf('w/t'), payload: utf8(''), qos: 0, retain: false, ...none },
  }),
  'connect-311-username-only': connect(MQTT_3_1_1, 'u1', { userName: 'bob' }),
  'connack-311-session-present': { type: 'connack', sessionPresent: true, reasonCode: 0, ...none },
  'connack-311-bad-level': { type: 'connack', sessionPresent: false, reasonCode: 0x84, ...none },
  'connack-311-not-authorized': { type: 'connack', sessionPresent: false, reasonCode: 0x87, ...none },
  'publish-311-clear-retained': publish('r/1', utf8(''), { retain: true }),
  'publish-311-remlen-128': publish('t', utf8('x'.repeat(125))),
  'publish-311-utf8': publish('\u00e9/\u2603/\u{2a6d4}', Uint8Array.of(0, 0xff)),
  'publish-311-feff': publish('\ufeffa', utf8('x')),
  'suback-311-failure': { type: 'suback', packetId: 9, reasonCodes: [1, 0x80], ...none },
};

const connects: Record<string, Packet> = {
  'connect-5-captured': connect(MQTT_5_0, 'mqttx_0c668d0d', {
    userName: 'admin',
    password: utf8('public'),
    properties: { sessionExpiryInterval: 300 },
  }),
  'connect-5-minimal': connect(MQTT_5_0, '', {}),
  'connect-5-all-properties': connect(MQTT_5_0, 'c5', {
    keepAlive: 30,
    properties: {
      sessionExpiryInterval: 3600,
      receiveMaximum: 20,
      maximumPacketSize: 65_536,
      topicAliasMaximum: 10,
      requestResponseInformation: true,
      requestProblemInformation: false,
      userProperties: [
        ['region', 'eu'],
        ['region', 'us'],
      ],
      authenticationMethod: 'SCRAM-SHA-1',
      authenticationData: Uint8Array.of(1, 2, 3),
    },
  }),
  'connect-5-will-all-properties': connect(MQTT_5_0, 'c6', {
    keepAlive: 30,
    will: {
      topic: nameOf('state/c6'),
      payload: utf8('gone'),
      qos: 2,
      retain: true,
      properties: {
        willDelayInterval: 5,
        payloadFormatIndicator: 1,
        messageExpiryInterval: 120,
        contentType: 'text/plain',
        responseTopic: 'reply/c6',
        correlationData: Uint8Array.of(0xca, 0xfe),
        userProperties: [['k', 'v']],
      },
    },
  }),
  'connect-5-password-only': connect(MQTT_5_0, 'c8', { password: Uint8Array.of(0xde, 0xad, 0x00, 0xef) }),
};

const connacks: Record<string, Packet> = {
  'connack-5-session-present': { type: 'connack', sessionPresent: true, reasonCode: 0, ...none },
  'connack-5-all-properties': {
    type: 'connack',
    sessionPresent: false,
    reasonCode: 0,
    properties: {
      sessionExpiryInterval: 60,
      receiveMaximum: 100,
      maximumQos: 1,
      retainAvailable: false,
      maximumPacketSize: 1024,
      assignedClientIdentifier: 'auto-1',
      topicAliasMaximum: 5,
      reasonString: 'ok',
      userProperties: [['a', 'b']],
      wildcardSubscriptionAvailable: false,
      subscriptionIdentifiersAvailable: false,
      sharedSubscriptionAvailable: false,
      serverKeepAlive: 45,
      responseInformation: 'resp/',
      serverReference: 'other:1883',
      authenticationMethod: 'M1',
      authenticationData: Uint8Array.of(0xff),
    },
  },
};

const publishes: Record<string, Packet> = {
  'publish-5-qos0': publish('a/b', utf8('hello')),
  'publish-5-all-properties': publish('req/1', utf8('{}'), {
    qos: 1,
    retain: true,
    packetId: 21,
    properties: {
      payloadFormatIndicator: 1,
      messageExpiryInterval: 600,
      topicAlias: 3,
      responseTopic: 'rsp/1',
      correlationData: Uint8Array.of(0, 1, 2),
      userProperties: [
        ['x', '1'],
        ['y', ''],
        ['x', '2'],
      ],
      contentType: 'application/json',
    },
  }),
  'publish-5-alias-only': publish('', utf8('again'), { properties: { topicAlias: 3 } }),
  'publish-5-subscription-ids': publish('a/b', utf8('x'), {
    qos: 1,
    packetId: 5,
    properties: { subscriptionIdentifiers: [1, 268_435_455] },
  }),
  'puback-5-short': { type: 'puback', packetId: 21, reasonCode: 0, ...none },
  'puback-5-reason': { type: 'puback', packetId: 21, reasonCode: 0x10, ...none },
  'puback-5-properties': { type: 'puback', packetId: 21, reasonCode: 0x10, properties: explained },
  'pubrec-5-properties': { type: 'pubrec', packetId: 21, reasonCode: 0x97, properties: explained },
  'pubrel-5-properties': { type: 'pubrel', packetId: 21, reasonCode: 0x92, properties: explained },
  'pubcomp-5-properties': { type: 'pubcomp', packetId: 21, reasonCode: 0x92, properties: explained },
};

const others: Record<string, Packet> = {
  'subscribe-5-options': {
    type: 'subscribe',
    packetId: 2,
    subscriptions: [
      request('a/#', { qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 2 }),
      request('+', { qos: 1, retainHandling: 1 }),
      request('$share/g1/j/+', { qos: 2 }),
    ],
    properties: { subscriptionIdentifiers: [77], userProperties: [['s', 't']] },
  },
  'suback-5': {
    type: 'suback',
    packetId: 2,
    reasonCodes: [0x02, 0x00, 0x9e],
    properties: { reasonString: 'partly', userProperties: [['z', '1']] },
  },
  'unsubscribe-5': {
    type: 'unsubscribe',
    packetId: 3,
    topicFilters: [filterOf('a/#'), filterOf('$share/g1/j/+')],
    properties: { userProperties: [['k', 'v']] },
  },
  'unsuback-5': {
    type: 'unsuback',
    packetId: 3,
    reasonCodes: [0x00, 0x11],
    properties: { reasonString: 'r', userProperties: [['k', 'v']] },
  },
  'disconnect-5-short': { type: 'disconnect', reasonCode: 0, ...none },
  'disconnect-5-with-will': { type: 'disconnect', reasonCode: 0x04, ...none },
  'disconnect-5-client-properties': {
    type: 'disconnect',
    reasonCode: 0,
    properties: { sessionExpiryInterval: 0, reasonString: 'bye', userProperties: [['k', 'v']] },
  },
  'disconnect-5-server-properties': {
    type: 'disconnect',
    reasonCode: 0x9d,
    properties: { reasonString: 'moved', userProperties: [['k', 'v']], serverReference: 'b3:8883' },
  },
  'disconnect-5-taken-over': { type: 'disconnect', reasonCode: 0x8e, ...none },
  'auth-5-continue': {
    type: 'auth',
    reasonCode: 0x18,
    properties: {
      authenticationMethod: 'M1',
      authenticationData: Uint8Array.of(1),
      reasonString: 'step',
      userProperties: [['k', 'v']],
    },
  },
  'auth-5-success': { type: 'auth', reasonCode: 0, properties: { authenticationMethod: 'M1' } },
};

export const expected: Readonly<Record<string, Packet>> = {
  ...three,
  ...connects,
  ...connacks,
  ...publishes,
  ...others,
};
