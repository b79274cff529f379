// How the fields of a row are written and read: numbers with the high byte first, texts and bytes with their length.
// A row that does not read is damaged: `DamagedRow`, which whoever reads rows catches.

import { GrowingOutput, readUtf8, utf8Length } from '@anax/protocol';
import { read48, write48 } from './keys.ts';

export class DamagedRow extends Error {}

/** Memory that is kept from one row to the next. */
const KEPT_BYTES_MAX = 64 * 1024;

const view = new DataView(new ArrayBuffer(8));
const eight = new Uint8Array(view.buffer);

/** One for all rows: a row is written from its first byte to its last in one go. */
export class RowWriter extends GrowingOutput {
  begin(): this {
    this.length = 0;
    return this;
  }

  /** The row, as a copy. */
  end(): Uint8Array {
    const row = this.bytes.slice(0, this.length);
    // One large message shall not be held for ever.
    if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = new Uint8Array(KEPT_BYTES_MAX);
    return row;
  }

  byte(value: number): this {
    this.reserve(1);
    this.uint8(value);
    return this;
  }

  half(value: number): this {
    this.reserve(2);
    this.uint16(value);
    return this;
  }

  word(value: number): this {
    this.reserve(4);
    this.uint32(value);
    return this;
  }

  number(value: number): this {
    this.reserve(6);
    write48(this.bytes, this.length, value);
    this.length += 6;
    return this;
  }

  /** An instant or a span in ms; Infinity is one, too. */
  ms(value: number): this {
    view.setFloat64(0, value);
    this.reserve(8);
    this.raw(eight);
    return this;
  }

  string(text: string): this {
    this.reserve(2 + utf8Length(text));
    this.text(text);
    return this;
  }
}

export class RowReader {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  byte(): number {
    return this.bytes[this.#step(1)] as number;
  }

  half(): number {
    return this.byte() * 256 + this.byte();
  }

  word(): number {
    return this.half() * 0x10000 + this.half();
  }

  number(): number {
    return read48(this.bytes, this.#step(6));
  }

  ms(): number {
    const at = this.#step(8);
    eight.set(this.bytes.subarray(at, at + 8));
    return view.getFloat64(0);
  }

  string(): string {
    const length = this.half();
    const at = this.#step(length);
    try {
      return readUtf8(this.bytes, at, at + length);
    } catch {
      throw new DamagedRow('a text is no UTF-8');
    }
  }

  /** What is left. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.at);
  }

  #step(count: number): number {
    const { at } = this;
    if (at + count > this.bytes.length) throw new DamagedRow('a row is too short');
    this.at = at + count;
    return at;
  }
}
