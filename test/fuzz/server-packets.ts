// Packets that a server might send: each well-formed, in any order, right or wrong where it comes. And a few that only
// clients may send.

import { type Dialect, type Packet, type PropertiesOf, publishPacket } from '@anax/protocol';
import { publishProperties } from './client-packets.ts';
import type { Random } from './random.ts';
import { packetId, payload, plainProperties, qos, reasonCode, seconds, topicName } from './universe.ts';

export function connackPacket(random: Random, dialect: Dialect, success = 0.8): Packet {
  const accepted = random.chance(success);
  const reason = dialect.reasonCodes
    ? reasonCode(random, 'connack', 'fromServer')
    : random.pick([0x84, 0x85, 0x86, 0x87, 0x88] as const);
  const reasonCodeOf = accepted ? 0 : reason;
  return {
    type: 'connack',
    sessionPresent: dialect.sessionPresent && reasonCodeOf === 0 && random.chance(0.5),
    reasonCode: reasonCodeOf,
    properties: dialect.properties ? connackProperties(random) : {},
  };
}

function connackProperties(random: Random): PropertiesOf<'connack'> {
  return {
    ...(random.chance(0.4) ? { receiveMaximum: random.pick([1, 2, 65_535]) } : {}),
    ...(random.chance(0.2) ? { maximumPacketSize: random.pick([1, 4, 20, 300]) } : {}),
    ...(random.chance(0.4) ? { topicAliasMaximum: random.pick([0, 1, 65_535]) } : {}),
    ...(random.chance(0.2) ? { maximumQos: random.pick([0, 1] as const) } : {}),
    ...(random.chance(0.2) ? { retainAvailable: random.chance(0.5) } : {}),
    ...(random.chance(0.2) ? { sessionExpiryInterval: seconds(random) } : {}),
    ...(random.chance(0.2) ? { serverKeepAlive: random.pick([0, 1, 60]) } : {}),
    ...(random.chance(0.2) ? { assignedClientIdentifier: 'given' } : {}),
    ...(random.chance(0.1)
      ? { wildcardSubscriptionAvailable: false, sharedSubscriptionAvailable: false }
      : {}),
    ...(random.chance(0.1) ? { authenticationMethod: 'steps' } : {}),
  };
}

function publish(random: Random, dialect: Dialect): Packet {
  const properties = dialect.properties ? publishProperties(random) : {};
  const level = qos(random);
  const named = properties.topicAlias === undefined || random.chance(0.5);
  const id = level > 0 ? packetId(random) : 0;
  const topic = named ? topicName(random) : ('' as const);
  return publishPacket(
    topic,
    payload(random),
    level,
    random.chance(0.2),
    level > 0 && random.chance(0.2),
    id,
    properties,
  );
}

function acknowledgement(random: Random, dialect: Dialect): Packet {
  const type = random.pick(['puback', 'pubrec', 'pubrel', 'pubcomp'] as const);
  return {
    type,
    packetId: packetId(random),
    reasonCode: dialect.reasonCodes ? reasonCode(random, type, 'fromServer') : 0,
    properties: dialect.properties ? plainProperties(random) : {},
  } as Packet;
}

function suback(random: Random, dialect: Dialect): Packet {
  const type = random.pick(['suback', 'unsuback'] as const);
  const count = type === 'unsuback' && !dialect.reasonCodes ? 0 : 1 + random.below(3);
  const codes = dialect.reasonCodes ? undefined : ([0, 1, 2] as const);
  return {
    type,
    packetId: packetId(random),
    reasonCodes: Array.from({ length: count }, () =>
      codes === undefined ? reasonCode(random, type, 'fromServer') : random.pick(codes),
    ),
    properties: dialect.properties ? plainProperties(random) : {},
  };
}

/** What a server in order might send next. */
export function lawfulPacket(random: Random, dialect: Dialect): Packet {
  const dice = random.float();
  if (dice < 0.4) return publish(random, dialect);
  if (dice < 0.75) return acknowledgement(random, dialect);
  if (dice < 0.95) return suback(random, dialect);
  return { type: 'pingresp' };
}

/** The same and all the rest: a second CONNACK, DISCONNECT, AUTH, what only clients send. */
export function anyPacket(random: Random, dialect: Dialect): Packet {
  const dice = random.float();
  if (dice < 0.5) return lawfulPacket(random, dialect);
  if (dice < 0.7) return connackPacket(random, dialect);
  if (dice < 0.8 && dialect.serverDisconnect)
    return {
      type: 'disconnect',
      reasonCode: reasonCode(random, 'disconnect', 'fromServer'),
      properties: plainProperties(random),
    };
  if (dice < 0.9 && dialect.enhancedAuthentication)
    return {
      type: 'auth',
      reasonCode: random.pick([0x18, 0x18, 0] as const),
      properties: {
        authenticationMethod: random.pick(['steps', 'other']),
        authenticationData: payload(random),
      },
    };
  return random.chance(0.5)
    ? { type: 'pingreq' }
    : { type: 'unsubscribe', packetId: 1, topicFilters: ['a' as never], properties: {} };
}
