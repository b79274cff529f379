// A cursor that reads fields as the standard defines them and writes each down as an annotation.
// Owns reading and the shape of the tree; refuses nothing: what is wrong is the decoder's word, and the walker only goes
// as far as the decoder went. It never reads past what is there.

import { readUtf8 } from '../codec/utf8.ts';
import type { Dialect } from '../spec/dialects.ts';
import type { Annotation, BitRange, RawValue } from './annotation.ts';
import { counted, hexByte, quoted, shownBytes } from './shown.ts';

/** One flag, or number of a few bits, in a byte. */
export interface BitFact extends BitRange {
  readonly name: string;
  readonly clause: string;
  readonly tell: (value: number) => string;
  /** As a number if left out. */
  readonly show?: (value: number) => string;
}

interface Group {
  readonly name: string;
  readonly clause: string;
  readonly offset: number;
  readonly children: Annotation[];
}

/** Thrown where the walk ends early; `walk` catches it. */
const STOP: unique symbol = Symbol('stop');
const nothing = (): string => '';

export class Walker {
  readonly bytes: Uint8Array;
  readonly dialect: Dialect;
  at = 0;
  /** Where what is being read ends, by what it announces: the packet, or its properties. */
  end: number;
  /** The top of the tree. */
  readonly children: Annotation[] = [];
  /** No field that begins here or later is read: where the decoder stopped. */
  limit = Number.POSITIVE_INFINITY;
  readonly #groups: Group[] = [];

  constructor(bytes: Uint8Array, announcedBytes: number, dialect: Dialect) {
    this.bytes = bytes;
    this.end = announcedBytes;
    this.dialect = dialect;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Runs `body` until it is done or can read no further, and closes what it left open. */
  walk(body: () => void): void {
    try {
      body();
    } catch (thrown) {
      if (thrown !== STOP) throw thrown;
      while (this.#groups.length > 0) this.close();
    }
  }

  /** Ends the walk: nothing from here on can be told. */
  stop(): never {
    throw STOP;
  }

  open(name: string, clause: string): void {
    this.#groups.push({ name, clause, offset: this.at, children: [] });
  }

  /** Ends the group opened last; one that is empty leaves no trace. */
  close(value = '', meaning = ''): void {
    const group = this.#groups.pop();
    if (group === undefined || group.children.length === 0) return;
    const { name, clause, offset, children } = group;
    this.#add({
      ...this.#annotation('group', offset, this.at - offset, name, clause),
      value,
      meaning,
      children,
    });
  }

  /** What the byte at hand is, without reading it; undefined where none is left. */
  peek(): number | undefined {
    return this.at < Math.min(this.end, this.bytes.length) ? this.bytes[this.at] : undefined;
  }

  uint8(name: string, clause: string, tell: (value: number) => string = nothing): number {
    const offset = this.#take(1);
    return this.#number(offset, name, clause, this.bytes[offset] as number, tell);
  }

  /** A byte that is a code: shown in hex. */
  code(name: string, clause: string, tell: (value: number) => string): number {
    const offset = this.#take(1);
    const raw = this.bytes[offset] as number;
    this.#field(offset, name, clause, raw, hexByte(raw), tell(raw));
    return raw;
  }

  /** A byte made of flags; `facts` tell every bit, the highest first. */
  flags(
    name: string,
    clause: string,
    facts: readonly BitFact[],
    tell: (value: number) => string = nothing,
  ): number {
    const offset = this.#take(1);
    const raw = this.bytes[offset] as number;
    const children = facts.map((fact) => this.#bits(offset, raw, fact));
    this.#field(offset, name, clause, raw, hexByte(raw), tell(raw), children);
    return raw;
  }

  uint16(name: string, clause: string, tell: (value: number) => string = nothing): number {
    const offset = this.#take(2);
    return this.#number(offset, name, clause, this.#uint16At(offset), tell);
  }

  uint32(name: string, clause: string, tell: (value: number) => string = nothing): number {
    const offset = this.#take(4);
    const value = this.#uint16At(offset) * 0x10000 + this.#uint16At(offset + 2);
    return this.#number(offset, name, clause, value, tell);
  }

  /** A Variable Byte Integer; one in more bytes than it needs is read, one longer than four bytes is not. */
  variable(name: string, clause: string, tell: (value: number) => string = nothing): number {
    const most = Math.min(this.end, this.bytes.length, this.at + 4);
    let value = 0;
    for (let i = this.at; i < most; i++) {
      const byte = this.bytes[i] as number;
      value += (byte & 0x7f) * 2 ** (7 * (i - this.at));
      if (byte < 0x80) return this.#number(this.#take(i + 1 - this.at), name, clause, value, tell);
    }
    throw STOP;
  }

  /**
   * A UTF-8 string after its length. One that the decoder stopped at is shown all the same if it is UTF-8: then what it
   * says is at fault, as with a topic name that holds a wildcard.
   */
  text(name: string, clause: string, tell: (value: string) => string = nothing): string {
    const length = this.uint16(`${name} Length`, clause);
    const text = this.#textAt(this.at, this.at + length);
    if (text === undefined) throw STOP;
    const offset = this.at;
    if (offset === this.limit && length > 0) this.limit += 1;
    this.#take(length);
    this.#field(offset, name, clause, text, quoted(text), tell(text));
    if (this.limit < this.at) throw STOP;
    return text;
  }

  /** Binary data after its length. */
  binary(name: string, clause: string, tell: (value: Uint8Array) => string = nothing): Uint8Array {
    const length = this.uint16(`${name} Length`, clause);
    return this.#data(this.#take(length), this.at, name, clause, tell);
  }

  /** All that is left of the packet. */
  rest(name: string, clause: string, tell: (value: Uint8Array) => string): Uint8Array {
    const offset = this.#take(this.left);
    return this.#data(offset, this.at, name, clause, tell);
  }

  /** Something left out that means something all the same. */
  absent(name: string, clause: string, meaning: string): void {
    if (this.at >= this.limit) throw STOP;
    this.#add({ ...this.#annotation('absent', this.at, 0, name, clause), value: 'absent', meaning });
  }

  /** The bytes from here to the end of what is there, if any. */
  unread(name: string, meaning: string): void {
    const offset = this.at;
    this.at = this.bytes.length;
    const raw = this.bytes.subarray(offset);
    if (raw.length > 0)
      this.#field(offset, name, '', raw, counted(raw.length, 'byte'), meaning, [], 'unread');
  }

  /** The text in these bytes; undefined where they are not all there, or not UTF-8 as MQTT wants it. */
  #textAt(offset: number, end: number): string | undefined {
    if (end > Math.min(this.end, this.bytes.length)) return undefined;
    try {
      return readUtf8(this.bytes, offset, end);
    } catch {
      return undefined;
    }
  }

  #data(
    offset: number,
    end: number,
    name: string,
    clause: string,
    tell: (v: Uint8Array) => string,
  ): Uint8Array {
    const raw = this.bytes.subarray(offset, end);
    this.#field(offset, name, clause, raw, shownBytes(raw), tell(raw));
    return raw;
  }

  #number(
    offset: number,
    name: string,
    clause: string,
    value: number,
    tell: (value: number) => string,
  ): number {
    this.#field(offset, name, clause, value, String(value), tell(value));
    return value;
  }

  #bits(offset: number, byte: number, fact: BitFact): Annotation {
    const { name, clause, mask, shift } = fact;
    const raw = (byte & mask) >> shift;
    const value = fact.show === undefined ? String(raw) : fact.show(raw);
    const bits = { mask, shift };
    return {
      ...this.#annotation('bits', offset, 1, name, clause),
      value,
      raw,
      meaning: fact.tell(raw),
      bits,
    };
  }

  #field(
    offset: number,
    name: string,
    clause: string,
    raw: RawValue,
    value: string,
    meaning: string,
    children: readonly Annotation[] = [],
    kind: 'field' | 'unread' = 'field',
  ): void {
    const length = this.at - offset;
    this.#add({ ...this.#annotation(kind, offset, length, name, clause), value, raw, meaning, children });
  }

  #annotation(
    kind: Annotation['kind'],
    offset: number,
    length: number,
    name: string,
    clause: string,
  ): Annotation {
    return {
      kind,
      offset,
      length,
      name,
      value: '',
      raw: undefined,
      meaning: '',
      clause: clauseIn(this.dialect, clause),
      bits: undefined,
      children: [],
    };
  }

  #add(annotation: Annotation): void {
    (this.#groups.at(-1)?.children ?? this.children).push(annotation);
  }

  /** Goes over `length` bytes and says where they began; ends the walk where they are not to be read. */
  #take(length: number): number {
    const offset = this.at;
    if (length > 0 && offset >= this.limit) throw STOP;
    if (offset + length > Math.min(this.end, this.bytes.length)) throw STOP;
    this.at = offset + length;
    return offset;
  }

  #uint16At(offset: number): number {
    return ((this.bytes[offset] as number) << 8) | (this.bytes[offset + 1] as number);
  }
}

/** Those of the tags that are about `dialect`: `[5:...]` for 5.0, `[3.1.1:...]` for the others. */
function clauseIn(dialect: Dialect, clause: string): string {
  const prefix = dialect.properties ? '[5:' : '[3.1.1:';
  return clause
    .split(' ')
    .filter((tag) => tag.startsWith(prefix))
    .join(' ');
}
