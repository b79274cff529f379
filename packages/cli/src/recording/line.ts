// A recording as lines of JSON: the header, and a line for each message; written and read side by side. What is wrong with a
// line becomes a sentence that names the field and what was expected. Reads no file and knows no time.

import type { Message } from '@anax/client';
import type { PropertiesOf, QoS, TopicName } from '@anax/protocol';
import { printableJson, utf8Text } from '../render/index.ts';
import {
  base64Bytes,
  type Fields,
  fieldsOf,
  LineFault,
  NOT_OF_THE_MESSAGE,
  propertiesOf,
  qosOf,
  retainOf,
  textBytes,
  topicOf,
} from './fields.ts';

export { LineFault } from './fields.ts';

const FORMAT = 'anax-recording';
const VERSION = 1;

/** Longer payloads are base64 even where they are text: JSON may need six characters for a byte of text. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;

export interface RecordedMessage {
  /** Since the recording began. */
  readonly offsetMs: number;
  readonly topic: TopicName;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: PropertiesOf<'publish'>;
}

export function headerLine(startedAt: Date, filters: readonly string[]): string {
  return `${printableJson({ format: FORMAT, version: VERSION, startedAt, filters })}\n`;
}

/** @param offsetMs rounded to microseconds */
export function messageLine(
  {
    topic,
    payload,
    qos,
    retain,
    properties,
  }: Pick<Message, 'topic' | 'payload' | 'qos' | 'retain' | 'properties'>,
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
    .filter(([name]) => !NOT_OF_THE_MESSAGE.includes(name))
    .map(([name, value]) => [name, value instanceof Uint8Array ? base64Of(value) : value]);
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

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
  const { offsetMs } = fields;
  if (typeof offsetMs !== 'number' || offsetMs < 0 || !Number.isFinite(offsetMs)) {
    throw new LineFault('`offsetMs` must be a number of milliseconds, 0 or more');
  }
  if (offsetMs < leastMs) throw new LineFault(`\`offsetMs\` must be at least that of the line before`);
  const qos = qosOf(fields['qos']);
  const retain = retainOf(fields['retain']);
  const topic = topicOf(fields['topic']);
  return {
    offsetMs,
    topic,
    payload: payloadOf(fields),
    qos,
    retain,
    properties: propertiesOf(fields['properties'], topic, base64Bytes),
  };
}

function payloadOf({ payload, payloadBase64 }: Fields): Uint8Array {
  if (payload !== undefined && payloadBase64 !== undefined) {
    throw new LineFault('expected one of `payload` and `payloadBase64`, not both');
  }
  if (payloadBase64 !== undefined) return base64Bytes('payloadBase64', payloadBase64);
  if (typeof payload !== 'string')
    throw new LineFault('`payload` must be text, or `payloadBase64` be there instead');
  return textBytes('payload', payload);
}
