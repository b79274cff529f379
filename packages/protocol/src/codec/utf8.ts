// UTF-8 as the standards ask: no U+0000, no surrogates, no over-long forms; U+FEFF is kept. [5:1.5.4] [3.1.1:1.5.3]
// [5:MQTT-1.5.4-3] [3.1.1:MQTT-1.5.3-3]
// Owned here and not left to TextDecoder: it accepts U+0000, is slow for short strings, and a fault wants its place.

import { MqttError } from '../spec/fault.ts';
import { malformed } from './refuse.ts';

const NOT_UTF8 = '[5:MQTT-1.5.4-1] [3.1.1:MQTT-1.5.3-1]';
const NULL_CHARACTER = '[5:MQTT-1.5.4-2] [3.1.1:MQTT-1.5.3-2]';

/** UTF-16 units of the string being read; one string is read at a time. */
const units = new Uint16Array(65_535);
const CHUNK = 4096;

/** One plain array for every short length: `fromCharCode` takes it twice as fast as a typed array. */
const SHORT_BYTES_MAX = 128;
const shortUnits = Array.from({ length: SHORT_BYTES_MAX + 1 }, (_, length) =>
  new Array<number>(length).fill(0),
);

/** Reads `bytes[at..end)`; refuses what is not well-formed or holds U+0000. */
export function readUtf8(bytes: Uint8Array, at: number, end: number): string {
  const short = shortUnits[end - at];
  if (short === undefined) return readLong(bytes, at, end);
  for (let i = 0; i < short.length; i++) {
    const byte = bytes[at + i] as number;
    if (byte === 0 || byte > 0x7f) return readLong(bytes, at, end);
    short[i] = byte;
  }
  return String.fromCharCode.apply(null, short);
}

/** The same for strings that are long, not ASCII, or wrong. */
function readLong(bytes: Uint8Array, at: number, end: number): string {
  let count = 0;
  let i = at;
  while (i < end) {
    const byte = bytes[i] as number;
    if (byte < 0x80) {
      if (byte === 0) malformed('a string holds the character U+0000', NULL_CHARACTER);
      units[count++] = byte;
      i += 1;
    } else {
      const codePoint = readMultiByte(bytes, i, end);
      i += codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      if (codePoint < 0x10000) {
        units[count++] = codePoint;
      } else {
        units[count++] = 0xd7c0 + (codePoint >> 10);
        units[count++] = 0xdc00 | (codePoint & 0x3ff);
      }
    }
  }
  if (count <= CHUNK) return String.fromCharCode.apply(null, units.subarray(0, count) as unknown as number[]);
  let text = '';
  for (let from = 0; from < count; from += CHUNK) {
    const part = units.subarray(from, Math.min(from + CHUNK, count));
    text += String.fromCharCode.apply(null, part as unknown as number[]);
  }
  return text;
}

function readMultiByte(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (lead < 0xc2 || lead > 0xf4) malformed(`byte ${hex(lead)} cannot begin a UTF-8 character`, NOT_UTF8);
  if (at + length > end) malformed('a string ends inside a UTF-8 character', NOT_UTF8);
  let codePoint = lead & (0xff >> (length + 1));
  for (let k = 1; k < length; k++) {
    const next = bytes[at + k] as number;
    if ((next & 0xc0) !== 0x80) malformed(`byte ${hex(next)} cannot continue a UTF-8 character`, NOT_UTF8);
    codePoint = (codePoint << 6) | (next & 0x3f);
  }
  if ((length === 3 && codePoint < 0x800) || (length === 4 && codePoint < 0x10000)) {
    malformed('a character is written in more bytes than it needs', NOT_UTF8);
  }
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) malformed('a string holds an encoded surrogate', NOT_UTF8);
  if (codePoint > 0x10ffff) malformed('a character lies beyond U+10FFFF', NOT_UTF8);
  return codePoint;
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

/**
 * Bytes that `text` takes in UTF-8.
 * @throws MqttError `invalid-string` for U+0000 or a lone surrogate, which no MQTT string may hold.
 */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      if (unit === 0)
        throw new MqttError('invalid-string', 'a string holds the character U+0000', {
          clause: NULL_CHARACTER,
        });
    } else if (unit < 0x800) {
      length += 1;
    } else if (unit < 0xd800 || unit > 0xdfff) {
      length += 2;
    } else {
      const next = text.charCodeAt(i + 1);
      if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) {
        throw new MqttError('invalid-string', 'a string holds a lone surrogate', { clause: NOT_UTF8 });
      }
      length += 2;
      i += 1;
    }
  }
  return length;
}

/** Writes `text`, which `utf8Length` has measured, at `bytes[at]`; returns where it ends. */
export function writeUtf8(text: string, bytes: Uint8Array, at: number): number {
  // ASCII for as long as it lasts, in a loop that does nothing else.
  const { length } = text;
  let i = 0;
  for (; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) break;
    bytes[at + i] = unit;
  }
  return i === length ? at + i : writeRest(text, i, bytes, at + i);
}

function writeRest(text: string, from: number, bytes: Uint8Array, at: number): number {
  let to = at;
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      bytes[to++] = unit;
    } else if (unit < 0x800) {
      bytes[to++] = 0xc0 | (unit >> 6);
      bytes[to++] = 0x80 | (unit & 0x3f);
    } else if (unit < 0xd800 || unit > 0xdfff) {
      bytes[to++] = 0xe0 | (unit >> 12);
      bytes[to++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[to++] = 0x80 | (unit & 0x3f);
    } else {
      i += 1;
      const codePoint = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(i) & 0x3ff);
      bytes[to++] = 0xf0 | (codePoint >> 18);
      bytes[to++] = 0x80 | ((codePoint >> 12) & 0x3f);
      bytes[to++] = 0x80 | ((codePoint >> 6) & 0x3f);
      bytes[to++] = 0x80 | (codePoint & 0x3f);
    }
  }
  return to;
}

/** The UTF-8 bytes of `text`, for payloads and passwords; throws as `utf8Length` does. */
export function utf8Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}
