// An outbox over a table of rows: what has changed in one turn becomes one group of rows, written one group at a time, so
// that the more there is to do the more is done at once. Knows no database and no connection.

import { MqttError } from '@anax/protocol';
import type { Found, OpenOutbox, OutboxOwner, OutboxStore } from '../journal.ts';
import { type Outgoing, outgoing } from '../outgoing.ts';
import { type OutboxWrite, type RowStore, storeError } from './row-store.ts';
import {
  FACTS_KEY,
  factsRow,
  messageKey,
  messageRow,
  readRows,
  type StoredMessage,
  type StoredRows,
  type StoredState,
  stateKey,
  stateRow,
  writeState,
} from './rows.ts';

/** What `connect` takes as `outbox.store`, over any table of rows. */
export function storedOutbox(table: RowStore): OutboxStore {
  return {
    async open(owner) {
      const rows = await table.open();
      try {
        const read = readRows(rows);
        mustBeOf(owner, read);
        return new StoredOutbox(table, owner, read);
      } catch (error) {
        await table.close();
        throw asStoreError(error);
      }
    },
  };
}

/** A message in the store, or on its way there. */
interface Kept {
  readonly number: number;
  readonly owed: Outgoing;
  /** Its row, until that is handed over. */
  row: Uint8Array | undefined;
  /** The batch with its row; 0 for an earlier process. */
  batch: number;
  /** Whether there is a row of its state. */
  isChanged: boolean;
  isSettled: boolean;
  order: number;
}

class StoredOutbox implements OpenOutbox {
  readonly found: Found;
  readonly #table: RowStore;
  readonly #owner: OutboxOwner;
  readonly #kept = new Map<Outgoing, Kept>();
  readonly #changed = new Set<Kept>();
  /** Identifiers with a row, and what is to become of rows: there or not. */
  readonly #received: Set<number>;
  readonly #receivedChanged = new Map<number, boolean>();
  readonly #whenStored: { readonly kept: Kept; readonly call: () => void }[] = [];
  #factsChanged: boolean;
  #nextNumber = 0;
  #lastOrder = 0;
  /** The one that is being filled. */
  #batch = 1;
  #written = 0;
  /** Something has changed, or somebody waits for this batch. */
  #isWanted = false;
  #isScheduled = false;
  #writing: Promise<void> | undefined;
  #isOver = false;

  constructor(table: RowStore, owner: OutboxOwner, rows: StoredRows) {
    this.#table = table;
    this.#owner = owner;
    this.#received = new Set(rows.received);
    const all = rows.messages.map((message) => this.#restore(message));
    const underWay = all.filter(({ owed }) => owed.packetId !== 0).toSorted((a, b) => a.order - b.order);
    const waiting = all.filter(({ owed }) => owed.packetId === 0);
    this.found = {
      facts: rows.facts,
      underWay: underWay.map(({ owed }) => owed),
      waiting: waiting.map(({ owed }) => owed),
      received: rows.received,
    };
    // From now on it is this client's.
    this.#factsChanged = rows.facts === undefined;
    if (this.#factsChanged) this.#want();
  }

  owes(owed: Outgoing): void {
    if (this.#isOver) return;
    const known = this.#kept.get(owed);
    const kept = known ?? this.#keep(owed);
    this.#lastOrder += 1;
    kept.order = this.#lastOrder;
    this.#changed.add(kept);
    this.#want();
  }

  settles(owed: Outgoing): void {
    const kept = this.#kept.get(owed);
    if (kept === undefined || this.#isOver) return;
    this.#kept.delete(owed);
    kept.isSettled = true;
    // What came and went within one batch costs nothing.
    if (kept.row === undefined) this.#changed.add(kept);
    else this.#changed.delete(kept);
    this.#want();
  }

  received(packetId: number): void {
    this.#receivedChanged.set(packetId, true);
    this.#want();
  }

  released(packetId: number): void {
    this.#receivedChanged.set(packetId, false);
    this.#want();
  }

  changed(): void {
    this.#factsChanged = true;
    this.#want();
  }

  batch(): number {
    this.#want();
    return this.#batch;
  }

  isStored(owed: Outgoing): boolean {
    const kept = this.#kept.get(owed);
    return kept !== undefined && kept.row === undefined && kept.batch <= this.#written;
  }

  whenStored(owed: Outgoing, call: () => void): void {
    const kept = this.#kept.get(owed);
    if (kept !== undefined) this.#whenStored.push({ kept, call });
  }

  async close(): Promise<void> {
    while (!this.#isOver && (this.#isWanted || this.#writing !== undefined)) {
      this.#run();
      await this.#writing;
    }
    this.#isOver = true;
    await this.#table.close();
  }

  #restore({ number, packet, since, due, state, isChanged }: StoredMessage): Kept {
    const now = this.#owner.now();
    const ahead = this.#owner.wall() - now;
    const { topic, payload, qos, retain, properties } = packet;
    const request = { topic, payload, qos, retain, properties };
    const owed: Outgoing = {
      ...outgoing(request, this.#owner.ticket(), now, Number.POSITIVE_INFINITY),
      since: Math.min(now, since - ahead),
      due: due - ahead,
      packetId: state.packetId,
      phase: state.phase === 'release' ? 'release' : 'publish',
    };
    const { order } = state;
    const kept: Kept = { number, owed, row: undefined, batch: 0, isChanged, isSettled: false, order };
    this.#kept.set(owed, kept);
    this.#nextNumber = Math.max(this.#nextNumber, number + 1);
    this.#lastOrder = Math.max(this.#lastOrder, order);
    return kept;
  }

  /** @throws MqttError */
  #keep(owed: Outgoing): Kept {
    const row = messageRow(owed, this.#owner.wall() - this.#owner.now());
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    const kept: Kept = { number, owed, row, batch: 0, isChanged: false, isSettled: false, order: 0 };
    this.#kept.set(owed, kept);
    return kept;
  }

  #want(): void {
    this.#isWanted = true;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#run();
    });
  }

  #run(): void {
    if (this.#isOver || !this.#isWanted || this.#writing !== undefined) return;
    this.#isWanted = false;
    const batch = this.#batch;
    const writes = this.#seal();
    this.#batch += 1;
    if (writes.length === 0) {
      this.#done(batch);
      return;
    }
    this.#writing = this.#table.write(writes).then(
      () => {
        this.#writing = undefined;
        this.#done(batch);
        // What came meanwhile does not wait for another turn.
        this.#run();
      },
      (error: unknown) => {
        this.#writing = undefined;
        this.#isOver = true;
        this.#owner.failed(asStoreError(error));
      },
    );
  }

  #done(batch: number): void {
    this.#written = batch;
    this.#owner.written(batch);
    for (const one of this.#whenStored.splice(0)) {
      const { isSettled, row, batch: own } = one.kept;
      // It may have been settled while it was written.
      if (isSettled) continue;
      if (row === undefined && own <= batch) one.call();
      else this.#whenStored.push(one);
    }
  }

  /** What has changed, as it is now. */
  #seal(): readonly OutboxWrite[] {
    const writes: OutboxWrite[] = [];
    if (this.#factsChanged) {
      const { clientId } = this.#owner;
      writes.push({ key: FACTS_KEY, value: factsRow({ clientId, ...this.#owner.facts() }) });
      this.#factsChanged = false;
    }
    for (const [packetId, isThere] of this.#receivedChanged) {
      if (isThere === this.#received.has(packetId)) continue;
      if (isThere) this.#received.add(packetId);
      else this.#received.delete(packetId);
      writes.push({ key: packetId, value: isThere ? EMPTY : undefined });
    }
    this.#receivedChanged.clear();
    for (const kept of this.#changed) this.#sealMessage(kept, writes);
    this.#changed.clear();
    return writes;
  }

  #sealMessage(kept: Kept, writes: OutboxWrite[]): void {
    const { number, row } = kept;
    if (kept.isSettled) {
      writes.push({ key: messageKey(number), value: undefined });
      if (kept.isChanged) writes.push({ key: stateKey(number), value: undefined });
    } else if (row !== undefined) {
      writeState(row, stateOf(kept));
      writes.push({ key: messageKey(number), value: row });
      kept.row = undefined;
      kept.batch = this.#batch;
    } else {
      writes.push({ key: stateKey(number), value: stateRow(stateOf(kept)) });
      kept.isChanged = true;
    }
  }
}

const EMPTY = new Uint8Array(0);

function stateOf({ owed: { packetId, phase }, order }: Kept): StoredState {
  return { packetId, phase: packetId === 0 ? 'waits' : phase, order };
}

/** @throws MqttError `store-mismatch` */
function mustBeOf({ clientId, dialects }: OutboxOwner, { facts }: StoredRows): void {
  if (facts === undefined || (facts.clientId === clientId && dialects.includes(facts.dialect))) return;
  const whose = `client ${JSON.stringify(facts.clientId)} in MQTT ${facts.dialect}`;
  throw storeError(
    'store-mismatch',
    `the stored outbox is that of ${whose}, not of ${JSON.stringify(clientId)} in MQTT ${dialects.join(' or ')}`,
  );
}

function asStoreError(error: unknown): MqttError {
  return error instanceof MqttError
    ? error
    : storeError('store-failed', `the outbox cannot be stored: ${String(error)}`, error);
}
