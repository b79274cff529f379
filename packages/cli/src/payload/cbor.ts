// CBOR (RFC 8949) in words that people read and type: written from JSON, shown in its diagnostic notation, which is JSON as
// long as nothing is in it that JSON has not. Trusts no length and no nesting that a payload claims.

import { encode, rfc8949EncodeOptions, type Token, Tokenizer } from 'cborg';
import { decode as decodeJson } from 'cborg/json';
import { FormatFault } from './fault.ts';

/** Arrays, maps and tags in each other. */
const LEVELS_MAX = 128;

/** Whole numbers stay exact up to 64 bits; one without a fraction is an integer. @throws FormatFault */
export function cborOf(json: Uint8Array): Uint8Array {
  try {
    return encode(
      decodeJson(json, { allowBigInt: true, rejectDuplicateMapKeys: true }),
      rfc8949EncodeOptions,
    );
  } catch (error) {
    throw new FormatFault(`is no JSON that CBOR can hold: ${reasonOf(error)}`);
  }
}

export interface Diagnostic {
  /** On one line. */
  readonly text: string;
  /** Whether it is JSON as it stands. */
  readonly json: boolean;
}

/** @throws FormatFault where the bytes are not one well-formed item. */
export function diagnosticOf(bytes: Uint8Array): Diagnostic {
  const tokens = new Tokenizer(bytes, { allowBigInt: true });
  const writer = new Writer();
  do {
    if (tokens.done()) throw new FormatFault('is not CBOR: it ends before it is complete');
    writer.put(nextOf(tokens));
  } while (!writer.complete);
  if (!tokens.done()) throw new FormatFault(`is not CBOR: more follows after its ${tokens.pos()} bytes`);
  return { text: writer.parts.join(''), json: writer.json };
}

function nextOf(tokens: Tokenizer): Token {
  try {
    return tokens.next();
  } catch (error) {
    throw new FormatFault(`is not CBOR: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^CBOR (?:de|en)code error: /, '');
}

/** What is open: an array, a map, a tag. */
interface Frame {
  readonly close: string;
  /** Items to come; a map has two for each entry. Infinity where a break ends it. */
  left: number;
  readonly map: boolean;
  index: number;
}

class Writer {
  readonly parts: string[] = [];
  json = true;
  complete = false;
  readonly #frames: Frame[] = [];

  put(token: Token): void {
    const { name } = token.type;
    if (name === 'break') return this.#break();
    const frame = this.#frames.at(-1);
    if (frame !== undefined) {
      const isValue = frame.map && frame.index % 2 === 1;
      if (frame.index > 0) this.parts.push(isValue ? ':' : ',');
      if (frame.map && !isValue && name !== 'string') this.json = false;
      frame.index += 1;
      frame.left -= 1;
    }
    if (name === 'array') this.#open('[', ']', token.value, false);
    else if (name === 'map') this.#open('{', '}', token.value * 2, true);
    else if (name === 'tag') {
      this.json = false;
      this.#open(`${token.value}(`, ')', 1, false);
    } else this.parts.push(this.#leaf(name, token.value));
    this.#closeFull();
  }

  #open(open: string, close: string, left: number, map: boolean): void {
    if (this.#frames.length >= LEVELS_MAX)
      throw new FormatFault(`has more than ${LEVELS_MAX} levels of CBOR`);
    this.parts.push(open);
    this.#frames.push({ close, left, map, index: 0 });
  }

  #closeFull(): void {
    for (let frame = this.#frames.at(-1); frame?.left === 0; frame = this.#frames.at(-1)) {
      this.parts.push(frame.close);
      this.#frames.pop();
    }
    this.complete = this.#frames.length === 0;
  }

  #break(): void {
    const frame = this.#frames.at(-1);
    if (frame?.left !== Number.POSITIVE_INFINITY || (frame.map && frame.index % 2 === 1))
      throw new FormatFault('is not CBOR: a break where nothing can end');
    frame.left = 0;
    this.#closeFull();
  }

  #leaf(name: string, value: unknown): string {
    switch (name) {
      case 'string':
        return JSON.stringify(value);
      case 'bytes':
        this.json = false;
        return `h'${Buffer.from(value as Uint8Array).toString('hex')}'`;
      case 'float':
        return this.#float(value as number);
      case 'undefined':
        this.json = false;
        return name;
      case 'true':
      case 'false':
      case 'null':
        return name;
      default:
        return String(value);
    }
  }

  /** With a point, so that it is not taken for an integer. */
  #float(value: number): string {
    if (!Number.isFinite(value)) {
      this.json = false;
      return String(value);
    }
    const text = Object.is(value, -0) ? '-0' : String(value);
    return /[.e]/.test(text) ? text : `${text}.0`;
  }
}
