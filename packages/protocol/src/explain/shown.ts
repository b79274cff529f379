// How values are shown to people: text in quotes with what is not printable escaped, bytes in hex, both shortened.
// Owns no meaning.

import { readUtf8 } from '../codec/utf8.ts';

/** Characters of a text, and bytes of binary data, that a value shows at most. */
const SHOWN_CHARS_MAX = 160;
const SHOWN_BYTES_MAX = 48;
/** Bytes of a payload that are looked at to tell text from binary. */
const LOOKED_AT_BYTES_MAX = 4096;

/** Controls, lone surrogates, line ends, and the invisible characters that reorder or hide text. */
const NOT_PRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\\']/gu;
const BINARY = /[^\P{Cc}\t\n\r]/u;
const SHORT: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
  "'": "\\'",
};

/** `text` in single quotes on one line, with nothing in it that a terminal would obey; at most `max` characters of it. */
export function quoted(text: string, max: number = SHOWN_CHARS_MAX): string {
  if (text.length <= max) return `'${escaped(text)}'`;
  const high = text.charCodeAt(max - 1);
  const end = high >= 0xd800 && high <= 0xdbff ? max - 1 : max;
  return `'${escaped(text.slice(0, end))}'… (${text.length} characters)`;
}

function escaped(text: string): string {
  return text.replace(NOT_PRINTABLE, (c) => SHORT[c] ?? `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

/** `0x1f`. */
export function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

/** `de ad be ef`, and how many there are where not all are shown. */
export function hexBytes(bytes: Uint8Array, max: number = SHOWN_BYTES_MAX): string {
  let text = '';
  const end = Math.min(bytes.length, max);
  for (let i = 0; i < end; i++)
    text += `${i > 0 ? ' ' : ''}${(bytes[i] as number).toString(16).padStart(2, '0')}`;
  return end < bytes.length ? `${text} … (${bytes.length} bytes)` : text;
}

/** Text in quotes if the bytes are printable UTF-8, else hex; nothing for no bytes. */
export function shownBytes(bytes: Uint8Array, maxChars: number = SHOWN_CHARS_MAX): string {
  if (bytes.length === 0) return '';
  const text = printableText(bytes);
  if (text === undefined) return hexBytes(bytes, Math.min(SHOWN_BYTES_MAX, maxChars));
  if (bytes.length <= LOOKED_AT_BYTES_MAX) return quoted(text, maxChars);
  return `'${escaped(text.slice(0, maxChars))}'… (${bytes.length} bytes)`;
}

/** The text that the bytes (the first of them, where they are many) are in UTF-8; undefined if they are not text. */
export function printableText(bytes: Uint8Array): string | undefined {
  let end = Math.min(bytes.length, LOOKED_AT_BYTES_MAX);
  if (end < bytes.length) while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
  try {
    const text = readUtf8(bytes, 0, end);
    return BINARY.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** `1 byte`, `2 bytes`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

const STEPS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

/** `90 s`, `300 s (5 min)`, `3600 s (1 h)`: with a larger unit where it comes out even to a tenth. */
export function seconds(count: number): string {
  for (const [size, unit] of STEPS) {
    if (count >= size && (count * 10) % size === 0) return `${count} s (${count / size} ${unit})`;
  }
  return `${count} s`;
}

/** `1024 bytes (1 KiB)`: with a larger unit where it comes out even. */
export function byteCount(count: number): string {
  if (count >= 1_048_576 && count % 1_048_576 === 0) return `${count} bytes (${count / 1_048_576} MiB)`;
  if (count >= 1024 && count % 1024 === 0) return `${count} bytes (${count / 1024} KiB)`;
  return counted(count, 'byte');
}
