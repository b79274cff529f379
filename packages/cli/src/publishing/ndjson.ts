// A message as a line of JSON of its own, as `anax sub --json` writes them: topic, payload, and what is not as the options
// say. Reads no file.

import type { PropertiesOf, QoS, TopicName } from '@anax/protocol';
import { cborOf, FormatFault, payloadOf, type TypedFormat } from '../payload/index.ts';
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
} from '../recording/fields.ts';
import { parseHex } from '../render/index.ts';

export interface LineMessage {
  /** Undefined where it is the topic of the options; so with the others. */
  readonly topic: TopicName | undefined;
  readonly payload: Uint8Array;
  readonly qos: QoS | undefined;
  readonly retain: boolean | undefined;
  readonly properties: PropertiesOf<'publish'>;
}

const PAYLOADS = ['payload', 'payloadHex', 'payloadBase64', 'payloadJson', 'payloadCbor'] as const;
const FIELDS = ['topic', 'qos', 'retain', 'dup', 'properties', ...PAYLOADS];

/** For a line without a topic of its own: properties are looked at together with one. */
const ANY_TOPIC = 't' as TopicName;

/** @param format of the member `payload`. @throws LineFault */
export function readLine(line: Uint8Array, format: TypedFormat | undefined): LineMessage {
  const fields = fieldsOf(line, FIELDS);
  const { qos, retain } = fields;
  const topic = fields['topic'] === undefined ? undefined : topicOf(fields['topic']);
  return {
    topic,
    payload: payloadIn(fields, format),
    qos: qos === undefined ? undefined : qosOf(qos),
    retain: retain === undefined ? undefined : retainOf(retain),
    properties: propertiesOf(ofTheMessage(fields['properties']), topic ?? ANY_TOPIC, hexBytes),
  };
}

/** `sub --json` also tells what came with the connection and the subscription. */
function ofTheMessage(properties: unknown): unknown {
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return properties;
  return Object.fromEntries(
    Object.entries(properties).filter(([name]) => !NOT_OF_THE_MESSAGE.includes(name)),
  );
}

function payloadIn(fields: Fields, format: TypedFormat | undefined): Uint8Array {
  const [name, ...others] = PAYLOADS.filter((one) => fields[one] !== undefined);
  if (name === undefined || others.length > 0) throw new LineFault(`expected one of ${PAYLOADS.join(', ')}`);
  const value = fields[name];
  switch (name) {
    case 'payload':
      if (typeof value !== 'string') throw new LineFault('`payload` must be text; JSON is `payloadJson`');
      return inFormat(name, () => payloadOf(textBytes(name, value), format));
    case 'payloadHex':
      return hexBytes(name, value);
    case 'payloadBase64':
      return base64Bytes(name, value);
    case 'payloadJson':
      return textBytes(name, jsonOf(name, value));
    case 'payloadCbor':
      return inFormat(name, () => cborOf(textBytes(name, jsonOf(name, value))));
  }
}

function inFormat(name: string, work: () => Uint8Array): Uint8Array {
  try {
    return work();
  } catch (error) {
    if (error instanceof FormatFault) throw new LineFault(`\`${name}\` ${error.message}`);
    throw error;
  }
}

/** The line has been read as JSON, where larger numbers have lost digits: they are refused and not changed. */
function jsonOf(name: string, value: unknown): string {
  try {
    return JSON.stringify(value, (_key, one: unknown) => {
      if (typeof one !== 'number' || Math.abs(one) <= Number.MAX_SAFE_INTEGER) return one;
      throw new LineFault(
        `\`${name}\` holds a number above ${Number.MAX_SAFE_INTEGER}: write it as \`payload\``,
      );
    });
  } catch (error) {
    if (error instanceof RangeError) throw new LineFault(`\`${name}\` has too many levels`);
    throw error;
  }
}

function hexBytes(name: string, value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? parseHex(value) : { message: 'expected text' };
  if (bytes instanceof Uint8Array) return bytes;
  throw new LineFault(`\`${name}\` must be hex: ${bytes.message}`);
}
