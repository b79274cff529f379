// UTF-8 by what the platform has: in place of `codec/utf8.ts` of the protocol, which is faster for short strings.

import { MqttError } from '../spec/fault.js';
import { malformed } from './refuse.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function readUtf8(bytes, at, end) {
  let text = '\0';
  try {
    text = decoder.decode(bytes.subarray(at, end));
  } catch {}
  return text.includes('\0') ? malformed('a string is not UTF-8, or holds the character U+0000', '') : text;
}

export function utf8Bytes(text) {
  if (/[\0\ud800-\udfff]/u.test(text))
    throw new MqttError('invalid-string', 'a string holds the character U+0000 or a lone surrogate');
  return encoder.encode(text);
}

export function utf8Length(text) {
  return utf8Bytes(text).length;
}

export function writeUtf8(text, bytes, at) {
  return at + encoder.encodeInto(text, bytes.subarray(at)).written;
}
