// The payload of a message for a terminal: text where it is text, else hex; nothing in it that a terminal would obey.

import { hexOf } from './hex.ts';
import { printable } from './printable.ts';

/** Bytes that are shown of a payload that is no text. */
const HEX_BYTES_MAX = 1024;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The UTF-8 text that the bytes are; undefined if they are none. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Lines and tabs stay: they are the layout of what many messages say. */
export function printablePayload(payload: Uint8Array): string {
  const text = utf8Text(payload);
  if (text !== undefined) {
    return text
      .split(/([\n\t])/)
      .map((part) => (part === '\n' || part === '\t' ? part : printable(part)))
      .join('');
  }
  const more = payload.length - HEX_BYTES_MAX;
  const shown = hexOf(payload.subarray(0, HEX_BYTES_MAX));
  return more > 0 ? `${shown} … ${more} more bytes` : shown;
}
