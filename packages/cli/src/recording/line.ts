// A recording as lines of JSON: the header, and a line for each message; written and read side by side. What is wrong with a
// line becomes a sentence that names the field and what was expected. Reads no file and knows no time.

import type { Message } from '@anax/client';
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
import { printableJson, utf8Text } from '../render/index.ts';

const FORMAT = 'anax-recording';
const VERSION = 1;

/** Longer payloads are base64 even where they are text: JSON may need six characters for a byte of text. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;

/** What belongs to the connection and the subscription that a message came on, and not to the message. */
const NOT_RECORDED: readonly string[] = ['subscriptionIdentifiers', 'topicAlias'];

export interface RecordedMessage {
  /** Since the recording began. */
  readonly offsetMs: number;
  readonly topic: TopicName;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: PropertiesOf<'publish'>;
}

/** What was wrong with a line. */
export class LineFault extends Error {}

export function headerLine(startedAt: Date, filters: readonly string[]): string {
  return `${printableJson({ format: FORMAT, version: VERSION, startedAt, filters })}\n`;
}

/** @param offsetMs rounded to microseconds */
export function messageLine(
  { topic, payload, qos, retain, properties }: Omit<Message, 'text' | 'json'>,
  offsetMs: number,
): string {
  const text = payload.length > TEXT_BYTES_MAX ? undefined : utf8Text(payload);
  const content = text === undefined ? { payloadBase64: base64Of(payload) } : { payload: text };
  const offset = Math.round(offsetMs * 1000) / 1000;
  const told = propertiesTold(properties);
  return `${printableJson({ offsetMs: offset, topic, qos, retain, ...content, properties: told })}\n`;
}

/** Undefined, and so not in the line, where there are none. */
function propertiesTold(properties: PropertiesOf<'publish'>): Readonly<Record<string, unknown>> | undefined {
  const told = Object.entries(properties)
    .filter(([name]) => !NOT_RECORDED.includes(name))
    .map(([name, value]) => [name, value instanceof Uint8Array ? base64Of(value) : value]);
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Of a packet whose properties are looked at. */
const NO_BYTES = new Uint8Array(0);
/** Half of a character. */
const LONE_SURROGATE = /\p{Cs}/u;
const encoder = new TextEncoder();

type Fields = Readonly<Record<string, unknown>>;

/** @throws LineFault where the line is no header, or one of another version. */
export function requireHeader(line: Uint8Array): void {
  const { format, version } = fieldsOf(line, ['format', 'version', 'startedAt', 'filters']);
  if (format !== FORMAT) throw new LineFault(`\`format\` must be ${JSON.stringify(FORMAT)}`);
  if (version !== VERSION) throw new LineFault(`\`version\` must be ${VERSION}`);
}

/** @param leastMs of the line before. @throws LineFault */
export function readMessage(line: Uint8Array, leastMs: number): RecordedMessage {
  const fields = fieldsOf(line, [
    'offsetMs',
    'topic',
    'qos',
    'retain',
    'payload',
    'payloadBase64',
    'properties',
  ]);
  const { offsetMs, qos, retain } = fields;
  if (typeof offsetMs !== 'number' || offsetMs < 0 || !Number.isFinite(offsetMs)) {
    throw new LineFault('`offsetMs` must be a number of milliseconds, 0 or more');
  }
  if (offsetMs < leastMs) throw new LineFault(`\`offsetMs\` must be at least that of the line before`);
  if (qos !== 0 && qos !== 1 && qos !== 2) throw new LineFault('`qos` must be 0, 1 or 2');
  if (typeof retain !== 'boolean') throw new LineFault('`retain` must be true or false');
  const topic = topicOf(fields['topic']);
  return {
    offsetMs,
    topic,
    payload: payloadOf(fields),
    qos,
    retain,
    properties: propertiesOf(fields, topic),
  };
}

function fieldsOf(line: Uint8Array, known: readonly string[]): Fields {
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

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function topicOf(value: unknown): TopicName {
  if (typeof value !== 'string') throw new LineFault('`topic` must be text');
  const topic = parseTopicName(value);
  if (topic !== undefined) return topic;
  const problem = topicNameProblem(value);
  throw new LineFault(
    `\`topic\` ${JSON.stringify(value)} ${problem?.message ?? 'is none'} ${problem?.clause ?? ''}`,
  );
}

function payloadOf({ payload, payloadBase64 }: Fields): Uint8Array {
  if (payload !== undefined && payloadBase64 !== undefined) {
    throw new LineFault('expected one of `payload` and `payloadBase64`, not both');
  }
  if (payloadBase64 !== undefined) return bytesOf('payloadBase64', payloadBase64);
  if (typeof payload !== 'string')
    throw new LineFault('`payload` must be text, or `payloadBase64` be there instead');
  if (LONE_SURROGATE.test(payload)) throw new LineFault('`payload` holds half of a character');
  return encoder.encode(payload);
}

/** Only what `base64Of` would write: anything else was damaged. */
function bytesOf(name: string, value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  if (bytes === undefined || bytes.toString('base64') !== value)
    throw new LineFault(`\`${name}\` must be base64`);
  return new Uint8Array(bytes);
}

/** What the codec would not write is a fault of the line. */
function propertiesOf({ properties = {} }: Fields, topic: TopicName): PropertiesOf<'publish'> {
  if (!isObject(properties)) throw new LineFault('`properties` must be an object');
  const read = Object.entries(properties).map(([name, value]) => [name, propertyOf(name, value)]);
  const all: PropertiesOf<'publish'> = Object.fromEntries(read);
  try {
    encodePacket(publishPacket(topic, NO_BYTES, 0, false, false, 0, all), MQTT_5_0);
  } catch (error) {
    if (error instanceof MqttError) throw new LineFault(`\`properties\`: ${error.message}`);
    throw error;
  }
  return all;
}

function propertyOf(name: string, value: unknown): unknown {
  const fact = PROPERTY_BY_NAME.get(name);
  if (fact === undefined || !fact.places.includes('publish') || NOT_RECORDED.includes(name)) {
    throw new LineFault(`there is no \`properties.${name}\``);
  }
  const path = `properties.${name}`;
  if (fact.type === 'binary') return bytesOf(path, value);
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
