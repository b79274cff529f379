// Packets that a client might send: each well-formed, in any order, right or wrong where it comes. And a few that only
// servers may send.

import {
  type ConnectPacket,
  type Dialect,
  type Packet,
  type PropertiesOf,
  publishPacket,
  type Will,
} from '@anax/protocol';
import type { Random } from './random.ts';
import {
  clientId,
  packetId,
  payload,
  plainProperties,
  qos,
  reasonCode,
  seconds,
  topicFilter,
  topicName,
  userName,
} from './universe.ts';

/** The method that the broker under test knows, and one that it does not. */
const METHODS = ['steps', 'steps', 'unknown'] as const;

export function connectPacket(random: Random, dialect: Dialect): ConnectPacket {
  const named =
    dialect.emptyClientId === 'always' || random.chance(0.1) ? clientId(random) : `h${random.below(4)}`;
  const cleanStart = random.chance(0.4);
  const mayBeEmpty = dialect.emptyClientId === 'always' || (dialect.emptyClientId !== 'never' && cleanStart);
  const user = userName(random);
  return {
    type: 'connect',
    dialect,
    cleanStart,
    keepAlive: random.pick([0, 0, 0, 1, 60, 65_535]),
    clientId: named === '' && !mayBeEmpty ? 'h1' : named,
    userName: user,
    password: user === undefined ? undefined : payload(random),
    will: random.chance(0.3) ? will(random, dialect) : undefined,
    properties: dialect.properties ? connectProperties(random) : {},
  };
}

export function will(random: Random, dialect: Dialect): Will {
  return {
    topic: topicName(random),
    payload: payload(random),
    qos: qos(random),
    retain: random.chance(0.3),
    properties:
      dialect.properties && random.chance(0.5)
        ? { willDelayInterval: seconds(random), messageExpiryInterval: seconds(random) }
        : {},
  };
}

function connectProperties(random: Random): PropertiesOf<'connect'> {
  return {
    ...(random.chance(0.7) ? { sessionExpiryInterval: seconds(random) } : {}),
    ...(random.chance(0.5) ? { receiveMaximum: random.pick([1, 2, 5, 65_535]) } : {}),
    ...(random.chance(0.3) ? { maximumPacketSize: random.pick([1, 4, 5, 20, 64, 300, 100_000]) } : {}),
    ...(random.chance(0.5) ? { topicAliasMaximum: random.pick([0, 1, 3, 65_535]) } : {}),
    ...(random.chance(0.3)
      ? { requestResponseInformation: true, requestProblemInformation: random.chance(0.5) }
      : {}),
    ...(random.chance(0.1) ? { userProperties: [['k', 'v']] as const } : {}),
    ...(random.chance(0.15)
      ? { authenticationMethod: random.pick(METHODS), authenticationData: payload(random) }
      : {}),
  };
}

export function publishProperties(random: Random): PropertiesOf<'publish'> {
  if (random.chance(0.4)) return {};
  return {
    ...(random.chance(0.5) ? { topicAlias: 1 + random.below(6) } : {}),
    ...(random.chance(0.2) ? { messageExpiryInterval: seconds(random) } : {}),
    ...(random.chance(0.2) ? { payloadFormatIndicator: random.pick([0, 1] as const) } : {}),
    ...(random.chance(0.2) ? { responseTopic: topicName(random), correlationData: payload(random) } : {}),
    ...(random.chance(0.2) ? { contentType: 't', userProperties: [['k', 'v']] as const } : {}),
  };
}

function publish(random: Random, dialect: Dialect): Packet {
  const properties = dialect.properties ? publishProperties(random) : {};
  const level = qos(random);
  const named = properties.topicAlias === undefined || random.chance(0.5);
  const topic = named ? topicName(random) : ('' as const);
  const dup = level > 0 && random.chance(0.2);
  return publishPacket(
    topic,
    payload(random),
    level,
    random.chance(0.2),
    dup,
    level > 0 ? packetId(random) : 0,
    properties,
  );
}

function subscribe(random: Random, dialect: Dialect): Packet {
  const options = dialect.subscriptionOptions;
  return {
    type: 'subscribe',
    packetId: packetId(random),
    subscriptions: Array.from({ length: 1 + random.below(3) }, () => ({
      topicFilter: topicFilter(random),
      qos: qos(random),
      noLocal: options && random.chance(0.2),
      retainAsPublished: options && random.chance(0.2),
      retainHandling: options ? random.pick([0, 0, 1, 2] as const) : 0,
    })),
    properties:
      dialect.properties && random.chance(0.4) ? { subscriptionIdentifiers: [1 + random.below(300)] } : {},
  };
}

function acknowledgement(random: Random, dialect: Dialect): Packet {
  const type = random.pick(['puback', 'pubrec', 'pubrel', 'pubcomp'] as const);
  return {
    type,
    packetId: packetId(random),
    reasonCode: dialect.reasonCodes ? reasonCode(random, type, 'fromClient') : 0,
    properties: dialect.properties ? plainProperties(random) : {},
  } as Packet;
}

function disconnect(random: Random, dialect: Dialect): Packet {
  return {
    type: 'disconnect',
    reasonCode: dialect.reasonCodes ? reasonCode(random, 'disconnect', 'fromClient') : 0,
    properties:
      dialect.properties && random.chance(0.3)
        ? { sessionExpiryInterval: seconds(random), userProperties: [['k', 'v']] }
        : {},
  };
}

function auth(random: Random): Packet {
  return {
    type: 'auth',
    reasonCode: random.pick([0x18, 0x18, 0x19, 0] as const),
    properties: {
      authenticationMethod: random.pick(METHODS),
      ...(random.chance(0.7) ? { authenticationData: payload(random) } : {}),
    },
  };
}

function serversOnly(random: Random): Packet {
  return random.pick<Packet>([
    { type: 'pingresp' },
    { type: 'connack', sessionPresent: false, reasonCode: 0, properties: {} },
    { type: 'suback', packetId: 1, reasonCodes: [0], properties: {} },
    { type: 'unsuback', packetId: 1, reasonCodes: [0], properties: {} },
  ]);
}

type Maker = (random: Random, dialect: Dialect) => Packet;

/** The first number that is above the dice decides. */
const LAWFUL: readonly (readonly [number, Maker])[] = [
  [0.35, publish],
  [0.65, acknowledgement],
  [0.85, subscribe],
  [
    0.92,
    (random) => ({
      type: 'unsubscribe',
      packetId: packetId(random),
      topicFilters: Array.from({ length: 1 + random.below(3) }, () => topicFilter(random)),
      properties: {},
    }),
  ],
  [1, () => ({ type: 'pingreq' })],
];
const ANY: readonly (readonly [number, Maker])[] = [
  [0.3, publish],
  [0.55, acknowledgement],
  [0.7, subscribe],
  [0.8, connectPacket],
  [0.88, disconnect],
  [0.95, (random, dialect) => (dialect.enhancedAuthentication ? auth(random) : disconnect(random, dialect))],
  [1, serversOnly],
];

/** What a client in order might send next. */
export function lawfulPacket(random: Random, dialect: Dialect): Packet {
  return made(LAWFUL, random, dialect);
}

/** The same and all the rest: a second CONNECT, DISCONNECT, AUTH, what only servers send. */
export function anyPacket(random: Random, dialect: Dialect): Packet {
  return made(ANY, random, dialect);
}

export function authPacket(random: Random): Packet {
  return auth(random);
}

function made(table: readonly (readonly [number, Maker])[], random: Random, dialect: Dialect): Packet {
  const dice = random.float();
  const found = table.find(([below]) => dice < below);
  if (found === undefined) throw new Error('the table does not end with 1');
  return found[1](random, dialect);
}
