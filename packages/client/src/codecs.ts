// Payloads as values: what becomes of one on its way out and in, and the codecs that everybody needs.
// Knows no topic and no message.

import { MqttError } from '@anax/protocol';
import type { Payload } from './options.ts';
import { UndecodableError } from './typed-errors.ts';

/** Of a value, what is sent. May throw. */
export type Encode<T> = ((value: T) => Payload) | { encode(value: T): Payload };

/** Of the bytes that came, a value. May throw. */
export type Decode<T> = ((payload: Uint8Array) => T) | { decode(payload: Uint8Array): T };

/** Both directions: goes wherever `encode` or `decode` is asked for. */
export interface PayloadCodec<T> {
  encode(value: T): Payload;
  decode(payload: Uint8Array): T;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** As they are. */
export const bytes: PayloadCodec<Uint8Array> = {
  encode: (value) => value,
  decode: (payload) => payload,
};

/** UTF-8; bytes that are none are not decoded. */
export const text: PayloadCodec<string> = {
  encode: (value) => value,
  decode: (payload) => utf8.decode(payload),
};

/**
 * JSON in UTF-8.
 * @param check what has been parsed becomes a value of the type, or it throws: `json(Reading.parse)` with a schema of Zod,
 * say. Without it the type is only said.
 */
export function json<T = unknown>(check?: (parsed: unknown) => T): PayloadCodec<T> {
  return {
    encode: jsonText,
    decode: (payload) => {
      const parsed: unknown = JSON.parse(utf8.decode(payload));
      return check === undefined ? (parsed as T) : check(parsed);
    },
  };
}

function jsonText(value: unknown): string {
  const encoded: string | undefined = JSON.stringify(value);
  if (encoded === undefined) throw new TypeError('this value has no form in JSON');
  return encoded;
}

/** @throws MqttError `payload-not-encodable`, with what was thrown as its `cause`. */
export function encoded<T>(value: T, encode: Encode<T>, topic: string): Payload {
  try {
    return typeof encode === 'function' ? encode(value) : encode.encode(value);
  } catch (cause) {
    throw new MqttError('payload-not-encodable', `the payload for ${topic} cannot be encoded`, {}, { cause });
  }
}

/** @throws UndecodableError, with what was thrown as its `cause`. */
export function decoded<T>(payload: Uint8Array, decode: Decode<T>, topic: string): T {
  try {
    return typeof decode === 'function' ? decode(payload) : decode.decode(payload);
  } catch (cause) {
    throw new UndecodableError(topic, payload, cause);
  }
}
