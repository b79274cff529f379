// A row as plain facts, and facts as a row, side by side. It takes only what a broker would have written: a row that reads
// but would be written otherwise, or says what cannot be, is damaged.

import {
  type Message,
  PACKET_ID_MAX,
  parseSharedFilter,
  parseTopicFilter,
  type TopicFilter,
  VARIABLE_BYTE_INTEGER_MAX,
} from '@anax/protocol';
import { DamagedRow } from '../records/fields.ts';
import { keyOf, keyParts, TABLE, type Table } from '../records/keys.ts';
import {
  type Content,
  type DeliveryRecord,
  deliveryRow,
  messageRow,
  type RetainedRecord,
  readDelivery,
  readMessageRow,
  readRelease,
  readRetained,
  readSession,
  readSubscription,
  releaseRow,
  retainedRow,
  type SessionRecord,
  type SubscriptionRecord,
  sessionRow,
  subscriptionRow,
} from '../records/rows.ts';

export type Fact =
  | { readonly table: 'session'; readonly session: number; readonly is: SessionRecord }
  | {
      readonly table: 'subscription';
      readonly session: number;
      readonly number: number;
      readonly is: SubscriptionRecord;
    }
  | {
      readonly table: 'delivery';
      readonly session: number;
      readonly place: number;
      readonly is: DeliveryRecord;
    }
  | {
      readonly table: 'release';
      readonly session: number;
      readonly place: number;
      readonly packetId: number;
    }
  | { readonly table: 'arrival'; readonly session: number; readonly packetId: number }
  | { readonly table: 'retained'; readonly number: number; readonly is: RetainedRecord }
  | { readonly table: 'message'; readonly number: number; readonly is: Message };

export interface RowBytes {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export const TABLE_NAMES = Object.keys(TABLE) as readonly (keyof typeof TABLE)[];

const NAME_OF: ReadonlyMap<number, keyof typeof TABLE> = new Map(
  TABLE_NAMES.map((name) => [TABLE[name], name]),
);
const NOTHING = new Uint8Array(0);

/** Instants that a calendar knows, in ms before and after 1970. */
const INSTANT_MS_MAX = 8.64e15;

/** What a row says. @throws DamagedRow */
export function factOf({ key, value }: RowBytes): Fact {
  const parts = keyParts(key);
  if (parts === undefined) throw new DamagedRow(`its key has ${key.length} bytes`);
  const name = NAME_OF.get(parts.table);
  if (name === undefined) throw new DamagedRow(`there is no table ${parts.table}`);
  const fact = read(name, parts.first, parts.second, value);
  mustBePossible(fact);
  const again = rowOf(fact);
  if (!same(again.key, key) || !same(again.value, value))
    throw new DamagedRow('it says more than is known of such rows');
  return fact;
}

function read(table: keyof typeof TABLE, first: number, second: number, value: Uint8Array): Fact {
  switch (table) {
    case 'session':
      return { table, session: first, is: readSession(value) };
    case 'subscription':
      return { table, session: first, number: second, is: readSubscription(value) };
    case 'delivery':
      return { table, session: first, place: second, is: readDelivery(value) };
    case 'release':
      return { table, session: first, place: second, packetId: readRelease(value) };
    case 'arrival':
      return { table, session: first, packetId: second };
    case 'retained':
      return { table, number: second, is: readRetained(value) };
    case 'message':
      return { table, number: second, is: readMessageRow(value) };
  }
}

export function rowOf(fact: Fact): RowBytes {
  const row = (first: number, second: number, value: Uint8Array): RowBytes => ({
    key: keyOf(TABLE[fact.table] satisfies Table, first, second),
    value,
  });
  switch (fact.table) {
    case 'session':
      return row(fact.session, 0, sessionRow(fact.is));
    case 'subscription':
      return row(fact.session, fact.number, subscriptionRow(fact.is));
    case 'delivery':
      return row(fact.session, fact.place, deliveryRow(fact.is));
    case 'release':
      return row(fact.session, fact.place, releaseRow(fact.packetId));
    case 'arrival':
      return row(fact.session, fact.packetId, NOTHING);
    case 'retained':
      return row(0, fact.number, retainedRow(fact.is));
    case 'message':
      return row(0, fact.number, messageRow(fact.is));
  }
}

function mustBePossible(fact: Fact): void {
  switch (fact.table) {
    case 'session':
      if (fact.is.closedAt !== undefined) mustBeInstant(fact.is.closedAt, false);
      if (fact.is.will === undefined) return;
      mustBeSpan(fact.is.will.messageExpiryMs);
      return mustBeMessage(fact.is.will.message);
    case 'subscription':
      return mustBeSubscription(fact.is);
    case 'delivery':
      mustBeQoS(fact.is.qos);
      for (const identifier of fact.is.subscriptionIdentifiers ?? []) mustBeIdentifier(identifier);
      return mustBeContent(fact.is.content);
    case 'release':
    case 'arrival':
      if (fact.packetId === 0 || fact.packetId > PACKET_ID_MAX)
        throw new DamagedRow(`${fact.packetId} is no packet identifier`);
      return;
    case 'retained':
      return mustBeContent(fact.is);
    case 'message':
      return mustBeMessage(fact.is);
  }
}

function mustBeSubscription({ filter, shared, qos, identifier }: SubscriptionRecord): void {
  mustBeQoS(qos);
  if (identifier !== undefined) mustBeIdentifier(identifier);
  const parsed = shared ? parseSharedFilter(filter as TopicFilter) : parseTopicFilter(filter);
  if (parsed === undefined) throw new DamagedRow(`${JSON.stringify(filter)} is no topic filter`);
}

function mustBeContent(content: Content): void {
  if ('message' in content) mustBeMessage(content.message);
}

function mustBeMessage({ qos, expiresAt }: Message): void {
  mustBeQoS(qos);
  mustBeInstant(expiresAt, true);
}

function mustBeQoS(qos: number): void {
  if (qos > 2) throw new DamagedRow(`QoS ${qos}`);
}

function mustBeIdentifier(identifier: number): void {
  if (identifier === 0 || identifier > VARIABLE_BYTE_INTEGER_MAX)
    throw new DamagedRow(`${identifier} is no subscription identifier`);
}

function mustBeInstant(ms: number, orNever: boolean): void {
  if (orNever && ms === Number.POSITIVE_INFINITY) return;
  if (!(Math.abs(ms) <= INSTANT_MS_MAX)) throw new DamagedRow('an instant that no calendar knows');
}

function mustBeSpan(ms: number): void {
  if (!(ms >= 0)) throw new DamagedRow('a span of time that is none');
}

/** A row by its key, in words: `delivery 17 of session 3`. */
export function nameOfKey(key: Uint8Array): string {
  const parts = keyParts(key);
  const hex = Array.from(key, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const table = parts && NAME_OF.get(parts.table);
  if (parts === undefined || table === undefined) return `row ${hex}`;
  if (table === 'session') return `session ${parts.first}`;
  if (table === 'message') return `message ${parts.second}`;
  if (table === 'retained') return `retained message ${parts.second}`;
  return `${table} ${parts.second} of session ${parts.first}`;
}

export function same(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** What a row says; undefined where it cannot be read. */
export function factOrNothing(row: RowBytes): Fact | undefined {
  try {
    return factOf(row);
  } catch (error) {
    if (error instanceof DamagedRow) return undefined;
    throw error;
  }
}
