// From what somebody typed, or has in a file, to the bytes of a payload, by the format that was asked for.

import { parseHex, utf8Text } from '../render/index.ts';
import { cborOf } from './cbor.ts';
import { FormatFault } from './fault.ts';

/** What `--format` of a verb that sends may be. */
export const TYPED_FORMATS = ['text', 'json', 'hex', 'base64', 'cbor'] as const;

export type TypedFormat = (typeof TYPED_FORMATS)[number];

/** Without a format the payload is what was typed, byte for byte. @throws FormatFault */
export function payloadOf(typed: Uint8Array, format: TypedFormat | undefined): Uint8Array {
  return format === undefined ? typed : ENCODERS[format](typed);
}

const ENCODERS: Readonly<Record<TypedFormat, (typed: Uint8Array) => Uint8Array>> = {
  text: (typed) => {
    textOf(typed);
    return typed;
  },
  // As it was typed: rewriting it would touch numbers that are larger than those of JavaScript.
  json: (typed) => {
    requireJson(textOf(typed));
    return typed;
  },
  hex: (typed) => {
    const bytes = parseHex(textOf(typed));
    if (bytes instanceof Uint8Array) return bytes;
    throw new FormatFault(`is not hex: ${bytes.message}`);
  },
  base64: (typed) => base64Bytes(textOf(typed)),
  cbor: cborOf,
};

function textOf(typed: Uint8Array): string {
  const text = utf8Text(typed);
  if (text === undefined) throw new FormatFault('is not UTF-8 text');
  return text;
}

/** @throws FormatFault */
export function requireJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new FormatFault(`is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

const BASE64_CHARACTER = /[A-Za-z0-9+/_-]/;

/** Also the URL-safe one; spaces and line ends between, and no padding, are taken. */
function base64Bytes(text: string): Uint8Array {
  const packed = text.replace(/\s+/g, '').replace(/={1,2}$/, '');
  for (const character of packed) {
    if (!BASE64_CHARACTER.test(character))
      throw new FormatFault(`is not base64: ${JSON.stringify(character)} is none of its characters`);
  }
  const bytes = Buffer.from(packed, 'base64url');
  // What bits are left over must be nothing, as any encoder writes it.
  if (
    packed.length % 4 === 1 ||
    bytes.toString('base64url') !== packed.replaceAll('+', '-').replaceAll('/', '_')
  )
    throw new FormatFault('is not base64: it ends in the middle of a byte');
  return new Uint8Array(bytes);
}
