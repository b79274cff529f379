// Where encoded packets go: bytes, how far they are filled, and room on demand.
// A packet's size is computed first and asked for once; then it is written without a check.

import { MqttError } from '../spec/fault.ts';
import { STRING_BYTES_MAX } from '../spec/limits.ts';
import { utf8Length, writeUtf8 } from './utf8.ts';

export abstract class Output {
  bytes: Uint8Array;
  /** Bytes written so far; the next goes to `bytes[length]`. */
  length = 0;
  /** Payloads of at least so many bytes are given to `reference` instead of being copied. */
  readonly referenceBytesMin: number = 0x7fff_ffff;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Makes sure that `count` more bytes fit; may put another array into `bytes`. */
  abstract reserve(count: number): void;

  uint8(value: number): void {
    this.bytes[this.length++] = value;
  }

  uint16(value: number): void {
    const { bytes, length } = this;
    bytes[length] = value >> 8;
    bytes[length + 1] = value;
    this.length = length + 2;
  }

  uint32(value: number): void {
    this.uint16(Math.floor(value / 0x10000));
    this.uint16(value & 0xffff);
  }

  variable(value: number): void {
    let left = value;
    while (left > 0x7f) {
      this.bytes[this.length++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    this.bytes[this.length++] = left;
  }

  /** A string with its length, which `stringSize` has measured. */
  text(text: string): void {
    const at = this.length;
    const end = writeUtf8(text, this.bytes, at + 2);
    const length = end - at - 2;
    this.bytes[at] = length >> 8;
    this.bytes[at + 1] = length;
    this.length = end;
  }

  binary(data: Uint8Array): void {
    this.uint16(data.length);
    this.raw(data);
  }

  raw(data: Uint8Array): void {
    this.bytes.set(data, this.length);
    this.length += data.length;
  }

  /** Bytes that follow what was written so far; an output that can hand them on as they are does so. */
  reference(data: Uint8Array): void {
    this.reserve(data.length);
    this.raw(data);
  }
}

/** An output that grows by doubling: for clients, tools and tests. */
export class GrowingOutput extends Output {
  constructor(bytes = 256) {
    super(new Uint8Array(bytes));
  }

  override reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  /** What was written, as a view that the next write may overwrite. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

/** Bytes a Variable Byte Integer takes. */
export function variableSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x200000 ? 3 : 4;
}

/** Bytes a string takes with its length; throws MqttError where it is no MQTT string. */
export function stringSize(text: string): number {
  return 2 + limited(utf8Length(text), 'a string', '[5:1.5.4] [3.1.1:1.5.3]');
}

/** Bytes binary data takes with its length; throws MqttError where it is too long. */
export function binarySize(data: Uint8Array): number {
  return 2 + limited(data.length, 'binary data', '[5:1.5.6]');
}

function limited(length: number, what: string, clause: string): number {
  if (length <= STRING_BYTES_MAX) return length;
  throw new MqttError('too-long', `${what} has ${length} bytes, at most ${STRING_BYTES_MAX} fit`, { clause });
}
