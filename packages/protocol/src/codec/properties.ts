// Reads, checks and writes properties, by the table in `spec/properties.ts`. [5:2.2.2]
// Keeps the order in which they came: keys stand in wire order, repeats are arrays, user properties are pairs.

import { MqttError } from '../spec/fault.ts';
import { VARIABLE_BYTE_INTEGER_MAX } from '../spec/limits.ts';
import type { Side } from '../spec/packet-types.ts';
import {
  type AnyProperties,
  NO_PROPERTIES,
  PROPERTIES,
  PROPERTY_BY_ID,
  PROPERTY_BY_NAME,
  type PropertiesOf,
  type PropertyFact,
  type PropertyName,
  type PropertyPlace,
} from '../spec/properties.ts';
import { Reason } from '../spec/reason-codes.ts';
import { isTopicName } from '../topic/index.ts';
import { binarySize, type Output, stringSize, variableSize } from './output.ts';
import type { Reader } from './reader.ts';
import { malformed, protocolError, refuse } from './refuse.ts';

type Values = Record<string, unknown>;
type Facts = readonly (PropertyFact | undefined)[];

const PLACES = [
  ...new Set(Object.values(PROPERTIES).flatMap((fact): readonly PropertyPlace[] => fact.places)),
];

/** What a client, and what a server, may put into each place, by identifier. */
const FROM_CLIENT = new Map(PLACES.map((place) => [place, factsOf(place, 'client')]));
const FROM_SERVER = new Map(PLACES.map((place) => [place, factsOf(place, 'server')]));
/** What anybody may put into each place, by name. */
const WRITABLE = new Map(PLACES.map((place) => [place, factsByName(place)]));

const AUTHENTICATION_METHOD = bitOf('authenticationMethod');
const AUTHENTICATION_DATA = bitOf('authenticationData');
const AUTHENTICATION = AUTHENTICATION_METHOD | AUTHENTICATION_DATA;
const SUBSCRIPTION_IDENTIFIER = bitOf('subscriptionIdentifiers');

function factsOf(place: PropertyPlace, sender: Side): Facts {
  return PROPERTY_BY_ID.map((fact) =>
    fact !== undefined && misplaced(fact, place, sender) === undefined ? fact : undefined,
  );
}

function factsByName(place: PropertyPlace): ReadonlyMap<string, PropertyFact> {
  return new Map([...PROPERTY_BY_NAME].filter(([, fact]) => fact.places.includes(place)));
}

function bitOf(name: PropertyName): number {
  return PROPERTY_BY_NAME.get(name)?.bit ?? 0;
}

/** Reads a property length and that many bytes of properties. */
export function readProperties<P extends PropertyPlace>(
  reader: Reader,
  place: P,
  sender: Side,
): PropertiesOf<P> {
  const length = reader.variable('the property length');
  if (length === 0) return NO_PROPERTIES as PropertiesOf<P>;
  if (length > reader.left) {
    malformed(`the property length is ${length}, the packet has ${reader.left} bytes left`, '[5:2.2.2.1]');
  }
  const packetEnd = reader.end;
  const end = reader.at + length;
  reader.end = end;
  const facts = (sender === 'client' ? FROM_CLIENT : FROM_SERVER).get(place) as Facts;
  const values: Values = {};
  let seen = 0;
  let repeatedBytes = 0;
  while (reader.at < end) {
    const before = reader.at;
    const id = reader.uint8('a property identifier');
    const fact = facts[id] ?? refuseIdentifier(id, place, sender);
    if ((seen & fact.bit) === 0) {
      const value = readValue(reader, fact);
      values[fact.name] = fact.repeats ? [value] : value;
      seen |= fact.bit;
    } else if (!fact.repeats || (place === 'subscribe' && fact.bit === SUBSCRIPTION_IDENTIFIER)) {
      twice(fact);
    } else {
      const list = values[fact.name] as unknown[];
      if (list.length >= reader.limits.userPropertiesMax) tooMany(reader.limits.userPropertiesMax, '');
      list.push(readValue(reader, fact));
    }
    if (!fact.repeats) continue;
    // From a client that is User Property alone; from a server nobody sets a limit.
    repeatedBytes += reader.at - before;
    if (repeatedBytes > reader.limits.userPropertyBytesMax)
      tooMany(reader.limits.userPropertyBytesMax, ' bytes of');
  }
  reader.end = packetEnd;
  if ((seen & AUTHENTICATION) === AUTHENTICATION_DATA) {
    protocolError('Authentication Data without an Authentication Method', '[5:3.1.2.11.10]');
  }
  return values as PropertiesOf<P>;
}

function refuseIdentifier(id: number, place: PropertyPlace, sender: Side): never {
  const fact = PROPERTY_BY_ID[id];
  if (fact === undefined)
    return malformed(`there is no property 0x${id.toString(16).padStart(2, '0')}`, '[5:2.2.2.2]');
  const clause = misplaced(fact, place, sender) ?? '';
  if (!fact.places.includes(place))
    return malformed(`${fact.title} does not belong in ${place.toUpperCase()}`, clause);
  return protocolError(`${fact.title} in a ${place.toUpperCase()} from a ${sender}`, clause);
}

/** The clause broken by `fact` in this place from this sender; undefined where it may stand. */
function misplaced(fact: PropertyFact, place: PropertyPlace, sender: Side): string | undefined {
  if (!fact.places.includes(place)) return '[5:2.2.2.2]';
  if (place === 'publish' && (fact.publishSender ?? sender) !== sender) return '[5:MQTT-3.3.4-6]';
  if (place === 'disconnect' && (fact.disconnectSender ?? sender) !== sender) return '[5:MQTT-3.14.2-2]';
  return undefined;
}

function tooMany(most: number, of: string): never {
  return refuse(Reason.quotaExceeded, `more than ${most}${of} User Properties in a packet`, '[5:5.4.8]');
}

function twice(fact: PropertyFact): never {
  return protocolError(`${fact.title} more than once`, fact.clause);
}

function readValue(reader: Reader, fact: PropertyFact): unknown {
  switch (fact.type) {
    case 'boolean':
    case 'bit': {
      const byte = reader.uint8(fact.title);
      if (byte > 1) protocolError(`${fact.title} is ${byte}, only 0 and 1 exist`, fact.clause);
      return fact.type === 'bit' ? byte : byte === 1;
    }
    case 'uint16':
      return positive(reader.uint16(fact.title), fact);
    case 'uint32':
      return positive(reader.uint32(fact.title), fact);
    case 'variable':
      return positive(reader.variable(fact.title), fact);
    case 'string':
      return reader.text(fact.title); // [5:MQTT-3.3.2-19]
    case 'topic':
      return reader.topicName(fact.title); // [5:MQTT-3.3.2-13]
    case 'binary':
      return reader.binary(fact.title);
    case 'pair': {
      // [5:MQTT-1.5.7-1]
      const name = reader.text('the name of a User Property');
      return [name, reader.freshText('the value of a User Property')];
    }
  }
}

function positive(value: number, fact: PropertyFact): number {
  if (value === 0 && fact.nonZero) {
    if (fact.id === 0x23) refuse(Reason.topicAliasInvalid, 'Topic Alias is 0', '[5:MQTT-3.3.2-8]');
    protocolError(`${fact.title} is 0`, fact.clause);
  }
  return value;
}

/**
 * Bytes the properties take, without their length field.
 * @throws MqttError `invalid-property` for one that does not belong in `place` or has a value it cannot have.
 */
export function propertiesSize(properties: AnyProperties, place: PropertyPlace): number {
  if (properties === NO_PROPERTIES) return 0;
  const facts = WRITABLE.get(place) as ReadonlyMap<string, PropertyFact>;
  let size = 0;
  let seen = 0;
  for (const name in properties) {
    const value = (properties as Values)[name];
    if (value === undefined) continue;
    const fact =
      facts.get(name) ?? unwritable(`${place.toUpperCase()} has no property ${name}`, '[5:2.2.2.2]');
    seen |= fact.bit;
    if (fact.repeats) for (const one of value as readonly unknown[]) size += 1 + valueSize(fact, one);
    else size += 1 + valueSize(fact, value);
  }
  if ((seen & AUTHENTICATION) === AUTHENTICATION_DATA) {
    unwritable('Authentication Data without an Authentication Method', '[5:3.1.2.11.10]');
  }
  if (place === 'subscribe' && (properties.subscriptionIdentifiers?.length ?? 0) > 1) {
    unwritable('Subscription Identifier more than once in SUBSCRIBE', '[5:3.8.2.1.2]');
  }
  return size;
}

function unwritable(message: string, clause: string): never {
  throw new MqttError('invalid-property', message, { clause });
}

function valueSize(fact: PropertyFact, value: unknown): number {
  switch (fact.type) {
    case 'boolean':
      return 1;
    case 'bit':
      return whole(fact, value, 1, 1);
    case 'uint16':
      return whole(fact, value, 0xffff, 2);
    case 'uint32':
      return whole(fact, value, 0xffff_ffff, 4);
    case 'variable':
      return whole(fact, value, VARIABLE_BYTE_INTEGER_MAX, variableSize(value as number));
    case 'topic':
      if (!isTopicName(value as string))
        unwritable(`${fact.title} ${JSON.stringify(value)} is no topic name`, '[5:MQTT-3.3.2-14]');
      return stringSize(value as string);
    case 'string':
      return stringSize(value as string);
    case 'binary':
      return binarySize(value as Uint8Array);
    case 'pair': {
      const [name, text] = value as readonly [string, string];
      return stringSize(name) + stringSize(text);
    }
  }
}

function whole(fact: PropertyFact, value: unknown, most: number, size: number): number {
  const least = fact.nonZero ? 1 : 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return size;
  return unwritable(
    `${fact.title} is ${String(value)}, not a whole number from ${least} to ${most}`,
    fact.clause,
  );
}

/**
 * Writes the property length, 0 too, `size` as `propertiesSize` gave it, and the properties in key order.
 * [5:MQTT-2.2.2-1]
 */
export function writeProperties(properties: AnyProperties, size: number, out: Output): void {
  out.variable(size);
  if (size === 0) return;
  for (const name in properties) {
    const value = (properties as Values)[name];
    if (value === undefined) continue;
    const fact = PROPERTY_BY_NAME.get(name) as PropertyFact;
    if (fact.repeats) for (const one of value as readonly unknown[]) writeValue(fact, one, out);
    else writeValue(fact, value, out);
  }
}

function writeValue(fact: PropertyFact, value: unknown, out: Output): void {
  out.uint8(fact.id);
  switch (fact.type) {
    case 'boolean':
      out.uint8(value ? 1 : 0);
      break;
    case 'bit':
      out.uint8(value as number);
      break;
    case 'uint16':
      out.uint16(value as number);
      break;
    case 'uint32':
      out.uint32(value as number);
      break;
    case 'variable':
      out.variable(value as number);
      break;
    case 'string':
    case 'topic':
      out.text(value as string);
      break;
    case 'binary':
      out.binary(value as Uint8Array);
      break;
    case 'pair': {
      const [name, text] = value as readonly [string, string];
      out.text(name);
      out.text(text);
      break;
    }
  }
}
