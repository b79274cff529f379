// Bytes written by hand, for packets that no encoder of ours would write. Owns the smallest pieces; checks nothing.

import { utf8Bytes } from '@anax/protocol';

/** `10 0d 00 04`, with or without spaces. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/[\da-f]{2}/gi) ?? [], (byte) => Number.parseInt(byte, 16));
}

export function joined(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A packet: its first byte, the Remaining Length of what follows, and that. */
export function frame(first: number, ...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const body = joined(...parts);
  return joined([first], variable(body.length), body);
}

/** A Variable Byte Integer. */
export function variable(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  do {
    const more = left >= 0x80 ? 0x80 : 0;
    bytes.push((left & 0x7f) | more);
    left >>>= 7;
  } while (left > 0);
  return Uint8Array.from(bytes);
}

export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** A string or binary field with its two-byte length. */
export function field(value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? utf8Bytes(value) : value;
  return joined(uint16(bytes.length), bytes);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
