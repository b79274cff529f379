// Messages and their rows: one row however many sessions are owed it, gone with the last of them. A small message that
// one session alone is owed stands in the row of that debt, and has none of its own.

import { keyOf, TABLE } from '../records/keys.ts';
import { type Content, messageRow, readMessageRow } from '../records/rows.ts';
import { Body, type Kept, loaded } from './owed.ts';
import type { RowSource, Write } from './writes.ts';

/** Larger messages have a row of their own wherever they are owed: a row is written again when its packet is sent. */
const INLINE_BYTES_MAX = 2048;

export class Contents {
  readonly #source: RowSource;
  readonly #bodies = new Map<number, Body>();
  readonly #unreferenced = new Set<Body>();
  #lastNumber = 0;

  constructor(source: RowSource) {
    this.#source = source;
  }

  /** Messages that have a row of their own. */
  get size(): number {
    return this.#bodies.size;
  }

  /** One more row is to have it. */
  refer(body: Body): void {
    body.references += 1;
    body.loaded += 1;
  }

  /** A row that had it, not inline, goes. */
  drop(body: Body): void {
    body.references -= 1;
    if (body.references === 0 && body.number > 0) this.#unreferenced.add(body);
    this.unload(body);
  }

  /** Who held it in memory does so no longer. */
  unload(body: Body): void {
    body.loaded -= 1;
    if (body.loaded === 0 && body.number > 0) body.message = undefined;
  }

  /** The message for the row of a debt: in it if nothing else has it, else by the number of its own. */
  inRow(row: { inline: boolean }, message: Kept, writes: Write[]): Content {
    const { body } = message;
    if (row.inline) return { message };
    if (body.number === 0 && body.references === 1 && body.bytes <= INLINE_BYTES_MAX) {
      row.inline = true;
      body.references = 0;
      body.loaded = 0;
      return { message };
    }
    return this.ofItsOwn(message, writes);
  }

  /** By the number of its own row, which is written if there is none. */
  ofItsOwn(message: Kept, writes: Write[]): Content {
    const { body } = message;
    if (body.number === 0) {
      this.#lastNumber += 1;
      body.number = this.#lastNumber;
      this.#bodies.set(body.number, body);
      writes.push({ key: keyOf(TABLE.message, 0, body.number), value: messageRow(message) });
    }
    return { messageNumber: body.number };
  }

  /** Removes the rows that nothing names any more. */
  seal(writes: Write[]): void {
    for (const body of this.#unreferenced) {
      if (body.references > 0 || body.number === 0) continue;
      writes.push({ key: keyOf(TABLE.message, 0, body.number), value: undefined });
      this.#bodies.delete(body.number);
      body.number = 0;
    }
    this.#unreferenced.clear();
  }

  body(number: number): Body | undefined {
    return this.#bodies.get(number);
  }

  /** The message of a row that something names, from memory or from the store; undefined where it is not there. */
  load(number: number): Kept | undefined {
    const body = this.#bodies.get(number);
    if (body === undefined) return undefined;
    body.loaded += 1;
    if (body.message !== undefined) return body.message;
    const value = this.#source.get(keyOf(TABLE.message, 0, number));
    if (value === undefined) return undefined;
    const message = readMessageRow(value);
    return loaded(message, message.payload, body);
  }

  /** At the start of the broker: a row that is there. */
  found(number: number, bytes: number): Body {
    const body = new Body(bytes);
    body.number = number;
    this.#bodies.set(number, body);
    return body;
  }

  /** At the start of the broker: a row has this number, or names it. No other message gets it. */
  taken(number: number): void {
    this.#lastNumber = Math.max(this.#lastNumber, number);
  }

  /** At the start of the broker, once all rows have been looked at: those that nothing names go. Returns how many. */
  sweep(): number {
    for (const body of this.#bodies.values()) if (body.references === 0) this.#unreferenced.add(body);
    return this.#unreferenced.size;
  }
}
