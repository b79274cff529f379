// The payload of a message as it is shown: by the format that was asked for, or by what it seems to be. Nothing in it is
// obeyed by a terminal.

import { printableJsonText, printablePayload, utf8Text } from '../render/index.ts';
import { diagnosticOf } from './cbor.ts';
import { FormatFault } from './fault.ts';
import { requireJson, TYPED_FORMATS } from './typed.ts';

/** What `--format` of a verb that shows may be. `raw` is byte for byte. */
export const SHOWN_FORMATS = ['auto', ...TYPED_FORMATS, 'raw'] as const;

export type ShownFormat = (typeof SHOWN_FORMATS)[number];

export interface Shown {
  readonly payload: Uint8Array;
  readonly contentType: string | undefined;
}

/** @param terminal whether what comes out is for one: else text is given as it came. @throws FormatFault */
export function shownPayload(message: Shown, format: ShownFormat, terminal: boolean): string | Uint8Array {
  const { payload } = message;
  switch (format) {
    case 'raw':
      return payload;
    case 'text':
      if (utf8Text(payload) === undefined) throw new FormatFault('is not UTF-8 text');
      return terminal ? printablePayload(payload) : payload;
    case 'json':
      return printableJsonText(jsonText(payload));
    case 'hex':
      return hex(payload);
    case 'base64':
      return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64');
    case 'cbor':
      return printableJsonText(diagnosticOf(payload).text);
    case 'auto':
      return guessed(message, terminal);
  }
}

function guessed(message: Shown, terminal: boolean): string | Uint8Array {
  const { payload } = message;
  if (isCbor(message)) {
    const diagnostic = ifFits(() => diagnosticOf(payload));
    if (diagnostic !== undefined) return printableJsonText(diagnostic.text);
  }
  if (terminal) return printablePayload(payload);
  return utf8Text(payload) === undefined ? hex(payload) : payload;
}

/** Bytes do not tell: any number is CBOR, and most text as well. Content Type does. [5:3.3.2.3.9] */
function isCbor({ contentType = '' }: Shown): boolean {
  return /^application\/(?:[^;]*\+)?cbor(?:;|$)/i.test(contentType.trim());
}

/** A member of an object in JSON, whose name says how the payload is written there. */
export interface Member {
  readonly name: 'payload' | 'payloadHex' | 'payloadBase64' | 'payloadJson' | 'payloadCbor';
  /** As JSON. */
  readonly json: string;
}

/** What is not in that format is told as text, or in hex. */
export function payloadMember(message: Shown, format: Exclude<ShownFormat, 'raw'>): Member {
  const { payload } = message;
  if (format === 'hex') return { name: 'payloadHex', json: quoted(hex(payload)) };
  if (format === 'base64') {
    return { name: 'payloadBase64', json: quoted(String(shownPayload(message, 'base64', false))) };
  }
  if (format === 'json') {
    const text = ifFits(() => jsonText(payload));
    if (text !== undefined) return { name: 'payloadJson', json: text };
  }
  if (format === 'cbor' || (format === 'auto' && isCbor(message))) {
    const diagnostic = ifFits(() => diagnosticOf(payload));
    if (diagnostic?.json) return { name: 'payloadCbor', json: diagnostic.text };
  }
  const text = utf8Text(payload);
  if (text === undefined || format === 'cbor') return { name: 'payloadHex', json: quoted(hex(payload)) };
  return { name: 'payload', json: quoted(text) };
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function hex(payload: Uint8Array): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('hex');
}

/** Without the spaces and line ends between, and otherwise as it came. */
function jsonText(payload: Uint8Array): string {
  const text = utf8Text(payload);
  if (text === undefined) throw new FormatFault('is not JSON: it is not UTF-8 text');
  requireJson(text);
  return withoutSpace(text);
}

const SPACE = /[ \t\r\n]+/g;

/** @param json that is well-formed */
function withoutSpace(json: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < json.length) {
    const begin = json.indexOf('"', at);
    if (begin < 0) break;
    parts.push(json.slice(at, begin).replace(SPACE, ''));
    at = endOfString(json, begin);
    parts.push(json.slice(begin, at));
  }
  parts.push(json.slice(at).replace(SPACE, ''));
  return parts.join('');
}

/** Behind the quote that closes it. */
function endOfString(json: string, begin: number): number {
  let at = begin + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function ifFits<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof FormatFault) return undefined;
    throw error;
  }
}
