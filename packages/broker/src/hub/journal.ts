// What is to be written: rooms say what has changed, and when a batch is sealed it becomes rows as it is then. What came
// and went before costs nothing. Pure: who writes the rows is not known here.
//
// An output that promises something waits for the batch that has it: `journal.hold(wire)` before it is sent.

import type { TopicFilter } from '@anax/protocol';
import { keyOf, TABLE } from '../records/keys.ts';
import { deliveryRow, releaseRow, sessionRow, subscriptionRow } from '../records/rows.ts';
import { Contents } from './contents.ts';
import type { Body, Kept, Owed } from './owed.ts';
import type { Queue } from './queue.ts';
import { RetainedRows } from './retained-rows.ts';
import type { Session } from './session.ts';
import { SessionRows } from './session-rows.ts';
import { FOUND_BATCH, StoredQueue } from './stored-queue.ts';
import { NO_ROWS, type RowSource, type Write } from './writes.ts';

const NOTHING = new Uint8Array(0);
/** What a row without its message takes, about. */
const ROW_BYTES = 64;
/** What waits to be written beyond this stops whoever causes more. */
const PENDING_BYTES_MAX = 32 * 1024 * 1024;

/** A connection's way in. */
interface Throttled {
  pause(): void;
  resume(): void;
}

/** A connection's way out. */
interface Held {
  hold(batch: number): void;
}

interface Debt {
  readonly session: Session;
  readonly rows: SessionRows;
  readonly owed: Owed;
}

export class Journal {
  /** False where nothing outlives the process. */
  readonly keeps: boolean;
  readonly contents: Contents;
  readonly queue: StoredQueue;
  /** Of the batch that is being filled. */
  batch = FOUND_BATCH + 1;
  /** Counts what is to be written, ever. */
  changes = 0;
  /** No new message is to be stored; what is there may come and go. */
  hasNoRoom = false;
  /** The last batch could not be written. */
  failing = false;
  #pendingBytes = 0;
  /** `changes` before the input at hand. */
  #changesBefore = 0;
  /** An output waits for the batch that is being filled. */
  #isAwaited = false;
  readonly #sessions = new Set<Session>();
  readonly #subscriptions: { readonly session: Session; readonly filter: TopicFilter }[] = [];
  readonly #arrivals: { readonly session: Session; readonly packetId: number }[] = [];
  readonly #debts: Debt[] = [];
  readonly #retained: RetainedRows;
  /** Rows whose key is known and that nothing stands for any more. */
  readonly #removed: Uint8Array[] = [];
  readonly #swept: Write[] = [];
  /** Queues that have something in a batch that is not committed yet. */
  readonly #queues = new Map<number, Set<Queue>>();
  /** Batches by the client identifiers whose sessions end with them, until they are written. */
  readonly #endings = new Map<string, number>();
  readonly #throttled = new Set<Throttled>();
  #lastSession = 0;
  #isSweeping = false;

  /** @param source what was stored before; undefined where nothing is stored. */
  constructor(source: RowSource | undefined, damaged: (text: string) => void) {
    this.keeps = source !== undefined;
    this.contents = new Contents(source ?? NO_ROWS);
    this.#retained = new RetainedRows(this.contents);
    this.queue = new StoredQueue(source ?? NO_ROWS, this.contents, damaged);
  }

  /** Nothing more may be taken in until a batch is written. */
  get full(): boolean {
    return this.failing || this.#pendingBytes > PENDING_BYTES_MAX;
  }

  /** An input comes. */
  begin(): void {
    this.#changesBefore = this.changes;
  }

  /** What is sent from now on says that the input at hand has been dealt with: it leaves after it is written. */
  promise(wire: Held): void {
    if (this.changes > this.#changesBefore) this.hold(wire);
  }

  /** What is sent from now on leaves after the batch that is being filled, whether or not there will be anything in it. */
  hold(wire: Held): void {
    this.#isAwaited = true;
    wire.hold(this.batch);
  }

  /** Whose input has more written than can be, since `changes` were so many, is not read from until that has changed. */
  throttle(wire: Throttled, changesBefore: number): void {
    if (this.changes === changesBefore || !this.full) return;
    this.#throttled.add(wire);
    wire.pause();
  }

  /** Its connection is over. */
  forget(wire: Throttled): void {
    this.#throttled.delete(wire);
  }

  isThrottled(wire: Throttled): boolean {
    return this.#throttled.has(wire);
  }

  #touch(bytes = ROW_BYTES): void {
    this.changes += 1;
    this.#pendingBytes += bytes;
  }

  /** A session, its will or its owner has changed. It is stored where it, or its will, outlives the connection. */
  session(session: Session): void {
    if (!this.keeps) return;
    if (session.rows?.ended) return;
    if (session.rows === undefined) {
      if (session.expirySeconds === 0 && session.will === undefined) {
        // Its CONNACK says that the one before is no more: that has to be written. [5:MQTT-3.2.2-2]
        if (this.#endings.has(session.clientId)) this.#touch();
        return;
      }
      this.#lastSession += 1;
      session.rows = new SessionRows(this.#lastSession);
      session.backlog.sessionNumber = session.rows.number;
    }
    this.#sessions.add(session);
    this.#touch();
  }

  /** It has ended: what is only on disk is swept, what it is owed in memory is settled behind this. */
  ended(session: Session): void {
    const { rows, backlog } = session;
    if (rows === undefined || rows.ended) return;
    rows.ended = true;
    const { size, place, end } = backlog.onDisk;
    if (size > 0) {
      this.queue.leave(rows.number, place, end);
      this.#isSweeping = true;
    }
    this.#sessions.add(session);
    this.#endings.set(session.clientId, this.batch);
    this.#touch();
  }

  subscription(session: Session, filter: TopicFilter): void {
    const { rows } = session;
    if (rows === undefined || !(session.outlivesConnection || rows.subscriptions.has(filter))) return;
    this.#subscriptions.push({ session, filter });
    this.#touch();
  }

  /** A QoS 2 packet identifier of the client has come or has been released. */
  arrival(session: Session, packetId: number): void {
    const { rows } = session;
    if (rows === undefined || !(session.outlivesConnection || rows.arrivals.has(packetId))) return;
    this.#arrivals.push({ session, packetId });
    this.#touch();
  }

  /** Whether what a session is owed is stored. */
  stores({ rows, outlivesConnection }: Session): boolean {
    return rows !== undefined && outlivesConnection;
  }

  /** A session is owed a message from now on. */
  owe(session: Session, owed: Owed): void {
    const { rows } = session;
    if (rows === undefined || !this.stores(session)) return;
    const { body } = owed.message;
    const isNew = body.references === 0 && body.number === 0;
    this.contents.refer(body);
    owed.row = { place: rows.nextPlace(), batch: 0, dirty: false, gone: false, inline: false };
    this.#change(session, owed, isNew ? ROW_BYTES + body.bytes : ROW_BYTES);
  }

  /** It was sent for the first time: its packet identifier is part of what is kept. */
  sent(session: Session, owed: Owed): void {
    if (owed.row !== undefined) this.#change(session, owed, ROW_BYTES);
  }

  /** PUBREC has come: the message is the client's, the identifier waits for PUBCOMP. */
  received(session: Session, owed: Owed): void {
    const { row } = owed;
    const { rows } = session;
    if (row === undefined || rows === undefined) return;
    if (row.batch > 0) this.#removed.push(keyOf(TABLE.delivery, rows.number, row.place));
    if (!row.inline) this.contents.drop(owed.message.body);
    // The same object may wait to be written as what it was: as what it is it has another.
    row.gone = true;
    row.batch = 0;
    owed.row = { place: rows.nextPlace(), batch: 0, dirty: false, gone: false, inline: true };
    this.#change(session, owed, ROW_BYTES);
  }

  /** The debt is no more. Called before its message is forgotten. */
  settled(session: Session, owed: Owed): void {
    const { row } = owed;
    if (row === undefined || row.gone) return;
    row.gone = true;
    if (!row.inline) this.contents.drop(owed.message.body);
    if (row.batch > 0) this.#change(session, owed, ROW_BYTES);
  }

  #change(session: Session, owed: Owed, bytes: number): void {
    const { row } = owed;
    const { rows } = session;
    if (row === undefined || rows === undefined) return;
    this.#touch(bytes);
    if (row.dirty) return;
    row.dirty = true;
    this.#debts.push({ session, rows, owed });
  }

  retained(message: Kept, userName: string | undefined): void {
    if (!this.keeps) return;
    this.#retained.add(message, userName);
    this.#touch(ROW_BYTES + message.body.bytes);
  }

  unretained(message: Kept): void {
    if (this.#retained.delete(message)) this.#touch();
  }

  /** At the start of the broker. */
  foundSession(number: number): SessionRows {
    this.#lastSession = Math.max(this.#lastSession, number);
    const rows = new SessionRows(number);
    rows.written = true;
    return rows;
  }

  /** At the start of the broker: a retained message, as it was loaded. */
  foundRetained(number: number, message: Kept): void {
    this.#retained.found(number, message);
  }

  /** At the start of the broker: rows of a session that is not there. */
  foundOrphans(number: number): void {
    this.#lastSession = Math.max(this.#lastSession, number);
    this.queue.leaveAll(number);
    this.#isSweeping = true;
  }

  /** A row that stands for nothing. */
  remove(key: Uint8Array): void {
    this.#removed.push(key);
  }

  /** Goes on with removing what ended sessions have left, in a small slice; true where there is more. */
  sweep(released: (body: Body) => void): boolean {
    if (!this.#isSweeping || this.full) return false;
    const before = this.#swept.length;
    this.#isSweeping = this.queue.sweep(this.#swept, released);
    this.#pendingBytes += ROW_BYTES * (this.#swept.length - before);
    return this.#isSweeping;
  }

  /** Whether there is anything to write, or somebody who waits for that to be said. */
  get pending(): boolean {
    return this.#pendingBytes > 0 || this.#isAwaited || this.#removed.length > 0 || this.#swept.length > 0;
  }

  /** The rows of this batch; the next one begins. */
  seal(): Write[] {
    const { batch } = this;
    const writes: Write[] = this.#swept.splice(0);
    for (const key of this.#removed.splice(0)) writes.push({ key, value: undefined });
    this.#sealSubscriptions(writes);
    this.#sealArrivals(writes);
    this.#sealDebts(writes, batch);
    this.#retained.seal(writes);
    this.#sealSessions(writes);
    this.contents.seal(writes);
    this.#pendingBytes = 0;
    this.#isAwaited = false;
    // What is answered late is not answered for what has been sealed.
    this.#changesBefore = this.changes;
    this.batch += 1;
    return writes;
  }

  #sealSubscriptions(writes: Write[]): void {
    const seen = new Set<string>();
    for (const { session, filter } of this.#subscriptions.splice(0)) {
      const { rows } = session;
      if (rows === undefined) continue;
      const subscription = session.subscriptions.get(filter);
      const known = rows.subscriptions.get(filter);
      if (subscription === undefined && known === undefined) continue;
      const number = known ?? rows.nextSubscription();
      // Changed twice in a batch: once is enough, it is written as it is now.
      const name = `${rows.number} ${number}`;
      if (seen.has(name)) continue;
      seen.add(name);
      if (subscription === undefined) rows.subscriptions.delete(filter);
      else rows.subscriptions.set(filter, number);
      const value = subscription && subscriptionRow(subscription);
      writes.push({ key: keyOf(TABLE.subscription, rows.number, number), value });
    }
  }

  #sealArrivals(writes: Write[]): void {
    for (const { session, packetId } of this.#arrivals.splice(0)) {
      const { rows, inbox } = session;
      if (rows === undefined || rows.ended) continue;
      const isThere = inbox.has(packetId);
      if (isThere === rows.arrivals.has(packetId)) continue;
      if (isThere) rows.addArrival(packetId);
      else rows.arrivals.delete(packetId);
      const value = isThere ? NOTHING : undefined;
      writes.push({ key: keyOf(TABLE.arrival, rows.number, packetId), value });
    }
  }

  #sealDebts(writes: Write[], batch: number): void {
    const queues = new Set<Queue>();
    for (const { session, rows, owed } of this.#debts.splice(0)) {
      const { row, phase } = owed;
      if (row === undefined || !row.dirty) continue;
      row.dirty = false;
      const key = keyOf(phase === 'release' ? TABLE.release : TABLE.delivery, rows.number, row.place);
      if (row.gone) {
        if (row.batch > 0) writes.push({ key, value: undefined });
        continue;
      }
      row.batch = batch;
      writes.push({
        key,
        value: phase === 'release' ? releaseRow(owed.packetId) : this.#deliveryRow(owed, writes),
      });
      queues.add(session.backlog);
    }
    if (queues.size > 0) this.#queues.set(batch, queues);
  }

  #deliveryRow(owed: Owed, writes: Write[]): Uint8Array {
    const { qos, retain, packetId, subscriptionIdentifiers, sharedFilter, message } = owed;
    const content = this.contents.inRow(owed.row as { inline: boolean }, message, writes);
    const { bytes } = message.body;
    return deliveryRow({ qos, retain, packetId, bytes, subscriptionIdentifiers, sharedFilter, content });
  }

  #sealSessions(writes: Write[]): void {
    for (const session of this.#sessions) {
      const { rows } = session;
      if (rows === undefined) continue;
      const key = keyOf(TABLE.session, rows.number, 0);
      if (!rows.ended) {
        writes.push({ key, value: sessionRow(session) });
        rows.written = true;
        continue;
      }
      if (rows.written) writes.push({ key, value: undefined });
      for (const number of rows.subscriptions.values()) {
        writes.push({ key: keyOf(TABLE.subscription, rows.number, number), value: undefined });
      }
      for (const packetId of rows.arrivals) {
        writes.push({ key: keyOf(TABLE.arrival, rows.number, packetId), value: undefined });
      }
    }
    this.#sessions.clear();
  }

  /** A batch is as durable as the store promises. */
  committed(batch: number): void {
    const queues = this.#queues.get(batch) ?? [];
    this.#queues.delete(batch);
    for (const queue of queues) queue.committed(batch);
    for (const [clientId, ending] of this.#endings) if (ending <= batch) this.#endings.delete(clientId);
    if (this.full) return;
    for (const wire of this.#throttled) wire.resume();
    this.#throttled.clear();
  }
}
