// How the fields of a row are written and read: numbers with the high byte first, texts and bytes with their length.
// A row that does not read is damaged: `DamagedRow`, which whoever reads rows catches.

import { Output, readUtf8, utf8Length } from '@anax/protocol';
import { read48, write48 } from './keys.ts';

export class DamagedRow extends Error {}

const CHUNK_BYTES = 64 * 1024;

const view = new DataView(new ArrayBuffer(8));
const eight = new Uint8Array(view.buffer);

/**
 * One for all rows: a row is written from its first byte to its last in one go. Rows lie one behind the other in chunks
 * that are never written to again, so that a row costs no memory of its own.
 */
export class RowWriter extends Output {
  #from = 0;

  constructor() {
    super(new Uint8Array(CHUNK_BYTES));
  }

  begin(): this {
    this.#from = this.length;
    return this;
  }

  /** The row, as a view. */
  end(): Uint8Array {
    return this.bytes.subarray(this.#from, this.length);
  }

  override reserve(count: number): void {
    const { bytes, length } = this;
    if (length + count <= bytes.length) return;
    const row = bytes.subarray(this.#from, length);
    this.bytes = new Uint8Array(Math.max(CHUNK_BYTES, 2 * (row.length + count)));
    this.bytes.set(row);
    this.#from = 0;
    this.length = row.length;
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
