/** Owns random packets of every type and dialect, made from the tables of the standard. Never asserts. */

import fc from 'fast-check';
import { type Packet, publishAck, publishPacket, type Will } from '../../src/codec/index.ts';
import {
  type AnyProperties,
  type Dialect,
  MQTT_3_1,
  NO_PROPERTIES,
  type PacketTypeName,
  PROPERTY_BY_NAME,
  type PropertyFact,
  type PropertyPlace,
  REASON_CODES,
  RETURN_CODES,
  type ReasonCode,
  type Side,
} from '../../src/spec/index.ts';
import { topicFilter, topicName } from '../topic/generators.ts';

const text = fc
  .oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ minLength: 130 }),
  )
  .map((some) => some.replaceAll('\0', '-'));
const bytes = fc.uint8Array({ maxLength: 40 });
const packetId = fc.integer({ min: 1, max: 65_535 });
const qos = fc.constantFrom(0, 1, 2);

function valueFor({ type, nonZero }: PropertyFact): fc.Arbitrary<unknown> {
  const min = nonZero ? 1 : 0;
  const number = (max: number): fc.Arbitrary<number> =>
    fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'bit':
      return fc.constantFrom(0, 1);
    case 'uint16':
      return number(0xffff);
    case 'uint32':
      return number(0xffff_ffff);
    case 'variable':
      return fc.oneof(number(268_435_455), fc.constantFrom(127, 128, 16_383, 16_384, 2_097_151, 2_097_152));
    case 'string':
      return text;
    case 'topic':
      return topicName;
    case 'binary':
      return bytes;
    case 'pair':
      return fc.tuple(text, text);
  }
}

function mayStand(fact: PropertyFact, place: PropertyPlace, sender: Side): boolean {
  if (place === 'publish' && fact.name === 'subscriptionIdentifiers') return sender === 'server';
  if (place === 'disconnect' && fact.name === 'sessionExpiryInterval') return sender === 'client';
  if (place === 'disconnect' && fact.name === 'serverReference') return sender === 'server';
  return fact.places.includes(place);
}

function entryOf(fact: PropertyFact, place: PropertyPlace): fc.Arbitrary<readonly [string, unknown]> {
  const value = valueFor(fact);
  const most = place === 'subscribe' && fact.type === 'variable' ? 1 : 4;
  const stored = fact.repeats ? fc.array(value, { minLength: 1, maxLength: most }) : value;
  return stored.map((one) => [fact.name, one] as const);
}

/** In any order, as the wire may have them. */
function properties(place: PropertyPlace, sender: Side, dialect: Dialect): fc.Arbitrary<AnyProperties> {
  if (!dialect.properties) return fc.constant(NO_PROPERTIES);
  const facts = [...PROPERTY_BY_NAME.values()].filter((fact) => mayStand(fact, place, sender));
  const chosen = fc.oneof(fc.constant([]), fc.shuffledSubarray(facts));
  return chosen
    .chain((some) => fc.tuple(...some.map((fact) => entryOf(fact, place))))
    .map((entries) => {
      const values = Object.fromEntries(entries) as AnyProperties;
      const { authenticationData, ...others } = values;
      const kept =
        authenticationData !== undefined && values.authenticationMethod === undefined ? others : values;
      return Object.keys(kept).length === 0 ? NO_PROPERTIES : kept;
    });
}

function reasonCode(type: PacketTypeName, sender: Side): fc.Arbitrary<ReasonCode> {
  const facts = REASON_CODES.filter((fact) =>
    (sender === 'client' ? fact.fromClient : fact.fromServer).includes(type),
  );
  return fc.constantFrom(...facts.map((fact) => fact.code));
}

function connect(dialect: Dialect): fc.Arbitrary<unknown> {
  const will = fc.record({
    topic: topicName,
    payload: bytes,
    qos,
    retain: fc.boolean(),
    properties: properties('will', 'client', dialect),
  }) as fc.Arbitrary<Will>;
  const record = fc.record({
    type: fc.constant('connect'),
    dialect: fc.constant(dialect),
    cleanStart: fc.boolean(),
    keepAlive: fc.integer({ min: 0, max: 65_535 }),
    clientId: dialect.emptyClientId === 'always' ? text : text.map((id) => id || 'x'),
    userName: fc.option(text, { nil: undefined }),
    password: fc.option(bytes, { nil: undefined }),
    will: fc.option(will, { nil: undefined }),
    properties: properties('connect', 'client', dialect),
  });
  if (dialect.passwordWithoutUserName) return record;
  return record.map((one) => (one.userName === undefined ? { ...one, password: undefined } : one));
}

function connack(dialect: Dialect): fc.Arbitrary<unknown> {
  const code = dialect.reasonCodes ? reasonCode('connack', 'server') : fc.constantFrom(...RETURN_CODES);
  return fc
    .tuple(fc.boolean(), code, properties('connack', 'server', dialect))
    .map(([present, reason, given]) => ({
      type: 'connack',
      sessionPresent: present && reason === 0 && dialect !== MQTT_3_1,
      reasonCode: reason,
      properties: given,
    }));
}

function publish(dialect: Dialect, sender: Side): fc.Arbitrary<Packet> {
  return fc
    .tuple(
      topicName,
      bytes,
      qos,
      fc.boolean(),
      fc.boolean(),
      packetId,
      properties('publish', sender, dialect),
      fc.boolean(),
    )
    .map(([topic, payload, level, retain, dup, id, given, short]) => {
      const named = short && given.topicAlias !== undefined ? '' : topic;
      return publishPacket(
        named,
        payload,
        level as 0 | 1 | 2,
        retain,
        dup && level > 0,
        level === 0 ? 0 : id,
        given,
      );
    });
}

function acknowledgement(type: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp', dialect: Dialect, sender: Side) {
  const code = dialect.reasonCodes ? reasonCode(type, sender) : fc.constant(0 as ReasonCode);
  return fc
    .tuple(packetId, code, properties(type, sender, dialect))
    .map(([id, reason, given]) => publishAck(type, id, reason, given));
}

function subscribe(dialect: Dialect): fc.Arbitrary<unknown> {
  const old = {
    noLocal: fc.constant(false),
    retainAsPublished: fc.constant(false),
    retainHandling: fc.constant(0),
  };
  const options = { noLocal: fc.boolean(), retainAsPublished: fc.boolean(), retainHandling: qos };
  const one = fc.record({ topicFilter, qos, ...(dialect.subscriptionOptions ? options : old) });
  const shared = one.map((plain) => ({
    ...plain,
    topicFilter: `$share/g/${plain.topicFilter}`,
    noLocal: false,
  }));
  return fc.record({
    type: fc.constant('subscribe'),
    packetId,
    subscriptions: fc.array(fc.oneof(one, shared), { minLength: 1, maxLength: 5 }),
    properties: properties('subscribe', 'client', dialect),
  });
}

function answer(type: 'suback' | 'unsuback', dialect: Dialect): fc.Arbitrary<unknown> {
  const old = fc.constantFrom<ReasonCode[]>(0x00, 0x01, 0x02, 0x80);
  const code = dialect.reasonCodes ? reasonCode(type, 'server') : old;
  const codes = fc.array(code, { minLength: 1, maxLength: 6 });
  return fc.record({
    type: fc.constant(type),
    packetId,
    reasonCodes: type === 'unsuback' && !dialect.reasonCodes ? fc.constant([]) : codes,
    properties: properties(type, 'server', dialect),
  });
}

function closing(type: 'disconnect' | 'auth', dialect: Dialect, sender: Side): fc.Arbitrary<unknown> {
  const record = fc.record({
    type: fc.constant(type),
    reasonCode: dialect.reasonCodes ? reasonCode(type, sender) : fc.constant(0),
    properties: properties(type, sender, dialect),
  });
  if (type === 'disconnect') return record;
  return record.map((one) => ({ ...one, properties: { authenticationMethod: 'M', ...one.properties } }));
}

/** Packets that `sender` may send in `dialect`, each of a type of its own. */
export function packetsFrom(sender: Side, dialect: Dialect): readonly fc.Arbitrary<Packet>[] {
  const both = [
    publish(dialect, sender),
    acknowledgement('puback', dialect, sender),
    acknowledgement('pubrec', dialect, sender),
    acknowledgement('pubrel', dialect, sender),
    acknowledgement('pubcomp', dialect, sender),
    ...(sender === 'client' || dialect.serverDisconnect ? [closing('disconnect', dialect, sender)] : []),
    ...(dialect.enhancedAuthentication ? [closing('auth', dialect, sender)] : []),
  ];
  const unsubscribe = fc.record({
    type: fc.constant('unsubscribe'),
    packetId,
    topicFilters: fc.array(topicFilter, { minLength: 1, maxLength: 5 }),
    properties: properties('unsubscribe', 'client', dialect),
  });
  const own =
    sender === 'client'
      ? [connect(dialect), subscribe(dialect), unsubscribe, fc.constant({ type: 'pingreq' })]
      : [
          connack(dialect),
          answer('suback', dialect),
          answer('unsuback', dialect),
          fc.constant({ type: 'pingresp' }),
        ];
  return [...both, ...own] as fc.Arbitrary<Packet>[];
}
