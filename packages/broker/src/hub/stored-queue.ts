// Debts that are only on disk, brought back when their turn comes, or swept once their session has ended.

import { DamagedRow } from '../records/fields.ts';
import { keyOf, keyParts, NUMBER_MAX, TABLE } from '../records/keys.ts';
import { readDelivery, readDeliveryHead } from '../records/rows.ts';
import type { Contents } from './contents.ts';
import { Body, type Kept, loaded, type Owed, owedOf } from './owed.ts';
import type { Disk, Read } from './queue.ts';
import type { RowSource, Write } from './writes.ts';

/** Rows swept in one go. */
const SWEPT_ROWS = 256;
/** The batch of rows that were there when the broker started. */
export const FOUND_BATCH = 1;

/** A session that has ended and has rows left. */
interface Ended {
  readonly number: number;
  place: number;
  /** What stands there or behind it was in memory when the session ended: its rows go otherwise. */
  readonly end: number;
  /** Whether what they owe is counted among what is held. */
  readonly counted: boolean;
}

export class StoredQueue implements Disk {
  readonly #source: RowSource;
  readonly #contents: Contents;
  readonly #damaged: (text: string) => void;
  readonly #ended: Ended[] = [];

  constructor(source: RowSource, contents: Contents, damaged: (text: string) => void) {
    this.#source = source;
    this.#contents = contents;
    this.#damaged = damaged;
  }

  read(sessionNumber: number, from: number, end: number, count: number): Read {
    const found: Owed[] = [];
    let rows = 0;
    let next = from;
    for (const { key, value } of this.#range(sessionNumber, from, end, count)) {
      const place = keyParts(key)?.second ?? from;
      const owed = this.owed(place, value);
      if (owed !== undefined) found.push(owed);
      rows += 1;
      next = place + 1;
    }
    return { owed: found, rows, next };
  }

  #range(sessionNumber: number, place: number, end: number, count: number): ReturnType<RowSource['range']> {
    const from = keyOf(TABLE.delivery, sessionNumber, place);
    return this.#source.range(from, keyOf(TABLE.delivery, sessionNumber, end), count);
  }

  /** One row, as a debt that is counted already; undefined where it is damaged. */
  owed(place: number, value: Uint8Array): Owed | undefined {
    try {
      const { qos, retain, packetId, bytes, subscriptionIdentifiers, sharedFilter, content } =
        readDelivery(value);
      const inline = 'message' in content;
      const message = inline ? alone(content.message, bytes) : this.#contents.load(content.messageNumber);
      if (message === undefined) throw new DamagedRow('the message of a delivery is not there');
      const owed = owedOf(message, qos, retain, subscriptionIdentifiers, sharedFilter);
      owed.packetId = packetId;
      owed.row = { place, batch: FOUND_BATCH, dirty: false, gone: false, inline };
      return owed;
    } catch (error) {
      if (!(error instanceof DamagedRow)) throw error;
      this.#damaged(`a delivery cannot be read and is passed over: ${error.message}`);
      return undefined;
    }
  }

  unload({ row, message }: Owed): void {
    if (row?.inline === false) this.#contents.unload(message.body);
  }

  /** A session has ended: its rows from `place` on and before `end` are nobody's. */
  leave(number: number, place: number, end: number): void {
    this.#ended.push({ number, place, end, counted: true });
  }

  /** At the start of the broker: all rows of a session that is not there. */
  leaveAll(number: number): void {
    this.#ended.push({ number, place: 0, end: NUMBER_MAX, counted: false });
  }

  /** Removes some rows of sessions that have ended; true where there are more. `released` is told what is owed no more. */
  sweep(writes: Write[], released: (body: Body) => void): boolean {
    const ended = this.#ended[0];
    if (ended === undefined) return false;
    let count = 0;
    const { number, place, end } = ended;
    for (const { key, value } of this.#range(number, place, end, SWEPT_ROWS)) {
      count += 1;
      ended.place = (keyParts(key)?.second ?? ended.place) + 1;
      writes.push({ key, value: undefined });
      this.#release(value, ended.counted ? released : () => undefined);
    }
    if (count < SWEPT_ROWS) this.#ended.shift();
    return this.#ended.length > 0;
  }

  #release(value: Uint8Array, released: (body: Body) => void): void {
    try {
      const { bytes, messageNumber } = readDeliveryHead(value);
      const body = messageNumber === undefined ? held(bytes) : this.#contents.body(messageNumber);
      if (body === undefined) return;
      released(body);
      if (messageNumber === undefined) return;
      // As if it had been loaded and let go.
      body.loaded += 1;
      this.#contents.drop(body);
    } catch (error) {
      if (!(error instanceof DamagedRow)) throw error;
    }
  }
}

/** The body of a message that one debt alone holds. */
function held(bytes: number): Body {
  const body = new Body(bytes);
  body.holders = 1;
  return body;
}

function alone(message: Parameters<typeof loaded>[0], bytes: number): Kept {
  return loaded(message, message.payload, held(bytes));
}
