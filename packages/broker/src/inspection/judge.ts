// Whether rows fit together: each is readable, has its session, names messages that exist, and none is nobody's.
// It takes them in the order of their keys, keeps numbers and names and no payload, and mends nothing.

import { DamagedRow } from '../records/fields.ts';
import { type KeyParts, keyOf, keyParts, TABLE } from '../records/keys.ts';
import { type Content, readDeliveryHead } from '../records/rows.ts';
import { type Fact, factOf, nameOfKey, type RowBytes } from './facts.ts';

/** What can be wrong with the rows of a store, and what it means. */
export const FINDINGS = {
  'unreadable-row': 'a row cannot be read',
  'unknown-table': 'a row of a table that is not known',
  'missing-session': 'a row of a session that is not there',
  'missing-message': 'a row names a message that is not there',
  'leaked-message': 'a message that nothing names',
  'same-client': 'two sessions of one client identifier',
  'same-filter': 'two subscriptions of one session to one filter',
  'same-topic': 'two retained messages on one topic',
  'same-packet-id': 'one packet identifier twice in one session',
} as const;

export type FindingKind = keyof typeof FINDINGS;

export interface Finding {
  readonly kind: FindingKind;
  readonly key: Uint8Array;
  /** It names the row, and says what is wrong with it. */
  readonly text: string;
}

export class Judge {
  readonly #found: (finding: Finding) => void;
  readonly #sessions = new Set<number>();
  readonly #unreadableSessions = new Set<number>();
  readonly #clients = new Map<string, number>();
  readonly #packetIds = new Map<number, Set<number>>();
  readonly #topics = new Map<string, number>();
  /** By the number of a message: where it is named first. */
  readonly #named = new Map<number, KeyParts>();
  readonly #retainedAs = new Map<number, number[]>();
  readonly #messages = new Set<number>();
  #filters: { readonly session: number; readonly seen: Set<string> } = { session: 0, seen: new Set() };
  /** Rows that would have named a message, had they been readable. */
  #mute = 0;
  #rows = 0;
  #leftOver = 0;
  #count = 0;

  constructor(found: (finding: Finding) => void = () => undefined) {
    this.#found = found;
  }

  /** Rows taken. */
  get rows(): number {
    return this.#rows;
  }

  /** Findings so far. */
  get findings(): number {
    return this.#count;
  }

  /** Deliveries of sessions that have ended: they are removed in slices, and by the next start if there are any left then. */
  get leftOver(): number {
    return this.#leftOver;
  }

  /** What the row says; undefined where it cannot be read. */
  take(row: RowBytes): Fact | undefined {
    this.#rows += 1;
    try {
      const fact = factOf(row);
      this.#look(fact, row.key);
      return fact;
    } catch (error) {
      if (!(error instanceof DamagedRow)) throw error;
      this.#unreadable(row, error.message);
      return undefined;
    }
  }

  /** There are no more rows. */
  end(): void {
    for (const [number, { table, first, second }] of this.#named) {
      if (this.#messages.has(number)) continue;
      // The tables with content are known here: `table` came from the key of one.
      const key = keyOf(table as 3 | 6, first, second);
      this.#tell('missing-message', key, `it names message ${number}, which is not there`);
    }
  }

  #look(fact: Fact, key: Uint8Array): void {
    switch (fact.table) {
      case 'session':
        this.#sessions.add(fact.session);
        return this.#once(this.#clients, fact.is.clientId, fact.session, key, 'same-client', (before) => {
          return `its client ${JSON.stringify(fact.is.clientId)} is that of session ${before}, too`;
        });
      case 'subscription':
        if (this.#hasSession(fact.session, key)) this.#filter(fact.session, fact.is.filter, key);
        return;
      case 'delivery':
        if (!this.#sessions.has(fact.session) && !this.#unreadableSessions.has(fact.session))
          this.#leftOver += 1;
        this.#packetId(fact.session, fact.is.packetId, key);
        return this.#content(fact.is.content, key);
      case 'release':
        if (this.#hasSession(fact.session, key)) this.#packetId(fact.session, fact.packetId, key);
        return;
      case 'arrival':
        this.#hasSession(fact.session, key);
        return;
      case 'retained':
        return this.#retained(fact.number, fact.is, key);
      case 'message':
        return this.#message(fact, key);
    }
  }

  #hasSession(session: number, key: Uint8Array): boolean {
    if (this.#sessions.has(session)) return true;
    // Told already: it is the row of the session that is damaged.
    if (!this.#unreadableSessions.has(session))
      this.#tell('missing-session', key, 'there is no such session');
    return false;
  }

  #filter(session: number, filter: string, key: Uint8Array): void {
    if (this.#filters.session !== session) this.#filters = { session, seen: new Set() };
    const { seen } = this.#filters;
    if (seen.has(filter)) this.#tell('same-filter', key, `the session has ${JSON.stringify(filter)} already`);
    seen.add(filter);
  }

  #packetId(session: number, packetId: number, key: Uint8Array): void {
    if (packetId === 0) return;
    const known = this.#packetIds.get(session) ?? new Set();
    this.#packetIds.set(session, known);
    if (known.has(packetId))
      this.#tell('same-packet-id', key, `packet identifier ${packetId} is in use already`);
    known.add(packetId);
  }

  #content(content: Content, key: Uint8Array): void {
    if ('messageNumber' in content) this.#name(content.messageNumber, key);
  }

  #name(messageNumber: number, key: Uint8Array): void {
    const parts = keyParts(key);
    if (parts !== undefined && !this.#named.has(messageNumber)) this.#named.set(messageNumber, parts);
  }

  #retained(number: number, content: Content, key: Uint8Array): void {
    if ('message' in content) return this.#topic(content.message.topic, number, key);
    const { messageNumber } = content;
    this.#name(messageNumber, key);
    const known = this.#retainedAs.get(messageNumber);
    if (known === undefined) this.#retainedAs.set(messageNumber, [number]);
    else known.push(number);
  }

  #topic(topic: string, number: number, key: Uint8Array): void {
    this.#once(this.#topics, topic, number, key, 'same-topic', (before) => {
      return `retained message ${before} is on ${JSON.stringify(topic)}, too`;
    });
  }

  #message({ number, is }: Fact & { table: 'message' }, key: Uint8Array): void {
    this.#messages.add(number);
    for (const retained of this.#retainedAs.get(number) ?? [])
      this.#topic(is.topic, retained, keyOf(TABLE.retained, 0, retained));
    this.#mustBeNamed(number, key);
  }

  #mustBeNamed(number: number, key: Uint8Array): void {
    if (this.#named.has(number)) return;
    const perhaps = this.#mute > 0 ? ', unless it is one of the rows that cannot be read' : '';
    this.#tell('leaked-message', key, `no row names it${perhaps}`);
  }

  #once(
    known: Map<string, number>,
    name: string,
    number: number,
    key: Uint8Array,
    kind: FindingKind,
    text: (before: number) => string,
  ): void {
    const before = known.get(name);
    if (before === undefined) known.set(name, number);
    else this.#tell(kind, key, text(before));
  }

  #unreadable({ key, value }: RowBytes, text: string): void {
    const parts = keyParts(key);
    const { table = -1, first = 0, second = 0 } = parts ?? {};
    const isKnown = (Object.values(TABLE) as readonly number[]).includes(table);
    this.#tell(parts !== undefined && !isKnown ? 'unknown-table' : 'unreadable-row', key, text);
    if (table === TABLE.session) this.#unreadableSessions.add(first);
    // It is there, and what names it names something.
    if (table === TABLE.message) {
      this.#messages.add(second);
      this.#mustBeNamed(second, key);
    }
    if (table === TABLE.retained) this.#mute += 1;
    if (table === TABLE.delivery) this.#namedByHead(key, value);
  }

  /** The message of a delivery may be known even where not all of the row is. */
  #namedByHead(key: Uint8Array, value: Uint8Array): void {
    try {
      const { messageNumber } = readDeliveryHead(value);
      if (messageNumber !== undefined) this.#name(messageNumber, key);
    } catch (error) {
      if (!(error instanceof DamagedRow)) throw error;
      this.#mute += 1;
    }
  }

  #tell(kind: FindingKind, key: Uint8Array, text: string): void {
    this.#count += 1;
    this.#found({ kind, key, text: `${nameOfKey(key)}: ${text}` });
  }
}
