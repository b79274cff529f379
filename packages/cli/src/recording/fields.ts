// A message as fields of an object in JSON: read and checked. What is wrong becomes a sentence that names the field and what
// was expected. Knows no file and no kind of line.

import {
  encodePacket,
  MQTT_5_0,
  MqttError,
  PROPERTY_BY_NAME,
  type PropertiesOf,
  type PropertyType,
  parseTopicName,
  publishPacket,
  type QoS,
  type TopicName,
  topicNameProblem,
} from '@anax/protocol';
import { utf8Text } from '../render/index.ts';

/** What was wrong with a line. */
export class LineFault extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

/** What belongs to the connection and the subscription that a message came on, and not to the message. */
export const NOT_OF_THE_MESSAGE: readonly string[] = ['subscriptionIdentifiers', 'topicAlias'];

/** Of a packet whose properties are looked at. */
const NO_BYTES = new Uint8Array(0);
/** Half of a character. */
const LONE_SURROGATE = /\p{Cs}/u;
const encoder = new TextEncoder();

/** @throws LineFault also for a field that is not known */
export function fieldsOf(line: Uint8Array, known: readonly string[]): Fields {
  const value = jsonOf(line);
  if (!isObject(value)) throw new LineFault('expected an object');
  const stray = Object.keys(value).find((name) => !known.includes(name));
  if (stray !== undefined) throw new LineFault(`there is no \`${stray}\``);
  return value;
}

function jsonOf(line: Uint8Array): unknown {
  const text = utf8Text(line);
  if (text === undefined) throw new LineFault('expected JSON in UTF-8');
  try {
    return JSON.parse(text);
  } catch {
    throw new LineFault('expected JSON in UTF-8');
  }
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function topicOf(value: unknown): TopicName {
  if (typeof value !== 'string') throw new LineFault('`topic` must be text');
  const topic = parseTopicName(value);
  if (topic !== undefined) return topic;
  const problem = topicNameProblem(value);
  throw new LineFault(
    `\`topic\` ${JSON.stringify(value)} ${problem?.message ?? 'is none'} ${problem?.clause ?? ''}`,
  );
}

export function qosOf(value: unknown): QoS {
  if (value === 0 || value === 1 || value === 2) return value;
  throw new LineFault('`qos` must be 0, 1 or 2');
}

export function retainOf(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new LineFault('`retain` must be true or false');
}

export function textBytes(name: string, text: string): Uint8Array {
  if (LONE_SURROGATE.test(text)) throw new LineFault(`\`${name}\` holds half of a character`);
  return encoder.encode(text);
}

/** Only what an encoder writes: anything else was damaged. */
export function base64Bytes(name: string, value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  if (bytes === undefined || bytes.toString('base64') !== value)
    throw new LineFault(`\`${name}\` must be base64`);
  return new Uint8Array(bytes);
}

/** Bytes as they stand in JSON; the path of the field is for the fault. */
export type BinaryOf = (path: string, value: unknown) => Uint8Array;

/** What the codec would not write is a fault of the line. */
export function propertiesOf(
  properties: unknown,
  topic: TopicName,
  binaryOf: BinaryOf,
): PropertiesOf<'publish'> {
  if (properties === undefined) return {};
  if (!isObject(properties)) throw new LineFault('`properties` must be an object');
  const read = Object.entries(properties).map(([name, value]) => [name, propertyOf(name, value, binaryOf)]);
  const all: PropertiesOf<'publish'> = Object.fromEntries(read);
  try {
    encodePacket(publishPacket(topic, NO_BYTES, 0, false, false, 0, all), MQTT_5_0);
  } catch (error) {
    if (error instanceof MqttError) throw new LineFault(`\`properties\`: ${error.message}`);
    throw error;
  }
  return all;
}

function propertyOf(name: string, value: unknown, binaryOf: BinaryOf): unknown {
  const fact = PROPERTY_BY_NAME.get(name);
  if (fact === undefined || !fact.places.includes('publish') || NOT_OF_THE_MESSAGE.includes(name)) {
    throw new LineFault(`there is no \`properties.${name}\``);
  }
  const path = `properties.${name}`;
  if (fact.type === 'binary') return binaryOf(path, value);
  const { is, expected } = SHAPES[fact.type];
  if (!is(value)) throw new LineFault(`\`${path}\` must be ${expected}`);
  return value;
}

interface Shape {
  readonly is: (value: unknown) => boolean;
  readonly expected: string;
}

const WHOLE: Shape = { is: Number.isInteger, expected: 'a whole number' };
const TEXT: Shape = { is: (value) => typeof value === 'string', expected: 'text' };

/** How a property stands in JSON; which values it may have is said by the codec. */
const SHAPES: Readonly<Record<Exclude<PropertyType, 'binary'>, Shape>> = {
  boolean: { is: (value) => typeof value === 'boolean', expected: 'true or false' },
  bit: { is: (value) => value === 0 || value === 1, expected: '0 or 1' },
  uint16: WHOLE,
  uint32: WHOLE,
  variable: WHOLE,
  string: TEXT,
  topic: TEXT,
  pair: { is: isPairs, expected: 'a list of [name, value]' },
};

function isPairs(value: unknown): boolean {
  const isPair = (one: unknown): boolean => Array.isArray(one) && one.length === 2 && one.every(TEXT.is);
  return Array.isArray(value) && value.every(isPair);
}
