// The start of a broker that has stored something: rows become sessions, subscriptions, debts and retained messages
// again. What no longer belongs to anything is removed.

import {
  messageBytes,
  type ParsedFilter,
  parseSharedFilter,
  parseTopicFilter,
  type TopicFilter,
} from '@anax/protocol';
import { DamagedRow } from '../records/fields.ts';
import { type KeyParts, keyParts, TABLE, type Table, tableRange } from '../records/keys.ts';
import {
  readDeliveryHead,
  readMessageRow,
  readRelease,
  readRetained,
  readSession,
  readSubscription,
} from '../records/rows.ts';
import type { FanOut } from './fan-out.ts';
import type { Holdings } from './holdings.ts';
import type { Journal } from './journal.ts';
import { Body, FORGOTTEN, owedOf } from './owed.ts';
import type { Retained } from './retained.ts';
import type { RightsOf } from './rights.ts';
import type { Session } from './session.ts';
import type { SessionRows } from './session-rows.ts';
import type { Sessions } from './sessions.ts';
import { FOUND_BATCH } from './stored-queue.ts';
import { NO_ROWS, type RowSource } from './writes.ts';

export interface Restored {
  readonly sessions: number;
  readonly subscriptions: number;
  /** Debts: a message counts for each session. */
  readonly deliveries: number;
  readonly retained: number;
  /** Rows that belonged to nothing and are removed. */
  readonly swept: number;
  /** Rows that could not be read and are passed over. */
  readonly damaged: number;
}

/** The rooms that take up what is restored. */
export interface Places {
  readonly journal: Journal;
  readonly fanOut: FanOut;
  readonly retained: Retained;
  readonly holdings: Holdings;
  readonly sessions: Sessions;
  readonly rightsOf: RightsOf;
}

interface Found {
  readonly session: Session;
  readonly rows: SessionRows;
}

export function restore(stored: RowSource = NO_ROWS, places: Places): Restored {
  return new Restoration(stored, places).run();
}

class Restoration {
  readonly #stored: RowSource;
  readonly #places: Places;
  readonly #sessions = new Map<number, Found>();
  readonly #orphans = new Set<number>();
  readonly #counts = { sessions: 0, subscriptions: 0, deliveries: 0, retained: 0, swept: 0, damaged: 0 };

  constructor(stored: RowSource, places: Places) {
    this.#stored = stored;
    this.#places = places;
  }

  run(): Restored {
    const { journal } = this.#places;
    this.#each(TABLE.message, ({ second }, value) => {
      journal.contents.taken(second);
      journal.contents.found(second, messageBytes(readMessageRow(value)));
    });
    this.#each(TABLE.session, ({ first }, value) => this.#session(first, value));
    this.#each(TABLE.subscription, (parts, value, key) => this.#subscription(parts, value, key));
    this.#each(TABLE.arrival, (parts, _, key) => this.#arrival(parts, key));
    this.#each(TABLE.delivery, (parts, value) => this.#delivery(parts, value));
    this.#each(TABLE.release, (parts, value, key) => this.#release(parts, value, key));
    this.#each(TABLE.retained, ({ second }, value, key) => this.#retained(second, value, key));
    for (const number of this.#orphans) journal.foundOrphans(number);
    this.#counts.swept += journal.contents.sweep();
    // Last, so that nothing of this is taken for a change.
    for (const { session, rows } of this.#sessions.values()) {
      session.rows = rows;
      session.backlog.sessionNumber = rows.number;
    }
    return this.#counts;
  }

  /** A row that does not read is told and left where it is: `anax store check` can look at it. */
  #each(table: Table, take: (parts: KeyParts, value: Uint8Array, key: Uint8Array) => void): void {
    for (const { key, value } of this.#stored.range(...tableRange(table))) {
      try {
        const parts = keyParts(key);
        if (parts === undefined) throw new DamagedRow('a key of another length');
        take(parts, value, key);
      } catch (error) {
        if (!(error instanceof DamagedRow)) throw error;
        this.#counts.damaged += 1;
      }
    }
  }

  #session(number: number, value: Uint8Array): void {
    const { clientId, owner, expirySeconds, closedAt, owesShared, will } = readSession(value);
    const session = this.#places.sessions.found(
      clientId,
      owner,
      this.#places.rightsOf(clientId, owner),
      expirySeconds,
    );
    session.closedAt = closedAt;
    session.owesShared = owesShared;
    session.will = will;
    this.#sessions.set(number, { session, rows: this.#places.journal.foundSession(number) });
    this.#counts.sessions += 1;
  }

  /** The session of a row; a row without one is removed. */
  #sessionOf(number: number, key: Uint8Array): Found | undefined {
    const found = this.#sessions.get(number);
    if (found !== undefined) return found;
    this.#places.journal.remove(key);
    this.#counts.swept += 1;
    return undefined;
  }

  #subscription({ first, second }: KeyParts, value: Uint8Array, key: Uint8Array): void {
    const found = this.#sessionOf(first, key);
    if (found === undefined) return;
    const { filter, ...options } = readSubscription(value);
    const parsed: ParsedFilter | undefined = options.shared
      ? parseSharedFilter(filter as TopicFilter)
      : parseTopicFilter(filter);
    if (parsed === undefined) throw new DamagedRow('a filter that is none');
    this.#places.fanOut.subscribe(found.session, {
      ...options,
      filter: parsed.filter,
      matching: parsed.matching,
    });
    found.rows.foundSubscription(parsed.filter, second);
    this.#counts.subscriptions += 1;
  }

  #arrival({ first, second }: KeyParts, key: Uint8Array): void {
    const found = this.#sessionOf(first, key);
    found?.session.inbox.restore(second);
    found?.rows.addArrival(second);
  }

  #delivery({ first, second }: KeyParts, value: Uint8Array): void {
    const { journal, holdings } = this.#places;
    const { packetId, bytes, messageNumber } = readDeliveryHead(value);
    if (messageNumber !== undefined) journal.contents.taken(messageNumber);
    const shared = messageNumber === undefined ? undefined : journal.contents.body(messageNumber);
    if (messageNumber !== undefined && shared === undefined) throw new DamagedRow('its message is not there');
    if (shared !== undefined) shared.references += 1;
    const found = this.#sessions.get(first);
    if (found === undefined) {
      this.#orphans.add(first);
      this.#counts.swept += 1;
      return;
    }
    const { session, rows } = found;
    holdings.take(shared ?? new Body(bytes));
    rows.foundPlace(second);
    this.#counts.deliveries += 1;
    if (packetId === 0) return session.backlog.found(second, bytes);
    const owed = journal.queue.owed(second, value);
    if (owed === undefined) return;
    session.outbox.hold(owed);
    session.inFlightBytes += bytes;
  }

  #release({ first, second }: KeyParts, value: Uint8Array, key: Uint8Array): void {
    const found = this.#sessionOf(first, key);
    if (found === undefined) return;
    const owed = owedOf(FORGOTTEN, 2, false, undefined, undefined);
    owed.packetId = readRelease(value);
    owed.phase = 'release';
    owed.row = { place: second, batch: FOUND_BATCH, dirty: false, gone: false, inline: true };
    found.session.outbox.hold(owed);
    found.rows.foundPlace(second);
  }

  #retained(number: number, value: Uint8Array, key: Uint8Array): void {
    const { journal, retained } = this.#places;
    const content = readRetained(value);
    const message = 'messageNumber' in content ? journal.contents.load(content.messageNumber) : undefined;
    if (message === undefined) {
      journal.remove(key);
      throw new DamagedRow('its message is not there');
    }
    message.body.references += 1;
    journal.foundRetained(number, message);
    retained.restore(message, content.userName);
    this.#counts.retained += 1;
  }
}
