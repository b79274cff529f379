// Facts as records for a line of JSON: readable names, text where a payload is text, instants as a calendar has them.
// The other way, records as facts, is schema.ts.

import type { Message } from '@anax/protocol';
import type { Fact } from '../inspection/facts.ts';
import type { Content, DeliveryRecord, SessionRecord, WillRecord } from '../records/rows.ts';

/** What the first line says; a file of another version is refused. */
export const EXPORT_FORMAT = 'anax-store';
export const EXPORT_VERSION = 1;

/** A longer payload is written as base64 even where it is text: one line must fit into one string. */
const TEXT_BYTES_MAX = 16 * 1024 * 1024;

export interface HeaderRecord {
  readonly format: typeof EXPORT_FORMAT;
  readonly version: number;
  readonly exportedAt: string;
  /** The program that made the store. */
  readonly madeBy: string;
}

export function headerRecord(madeBy: string, now: Date): HeaderRecord {
  return { format: EXPORT_FORMAT, version: EXPORT_VERSION, exportedAt: now.toISOString(), madeBy };
}

/**
 * The last line: without it a file was cut off. `unreadable` rows of the store are not in it. Where it is not of
 * `oneMoment`, a broker wrote while it was made.
 */
export function endRecord(records: number, unreadable: number, oneMoment: boolean): object {
  return { record: 'end', records, unreadable, oneMoment };
}

/** Keys stand in the order in which they are written. What is undefined is left out by JSON. */
export function recordOf(fact: Fact): object {
  const { table: record } = fact;
  switch (fact.table) {
    case 'session':
      return { record, session: fact.session, ...sessionFields(fact.is) };
    case 'subscription':
      return { record, session: fact.session, number: fact.number, ...fact.is };
    case 'delivery':
      return { record, session: fact.session, place: fact.place, ...deliveryFields(fact.is) };
    case 'release':
      return { record, session: fact.session, place: fact.place, packetId: fact.packetId };
    case 'arrival':
      return { record, session: fact.session, packetId: fact.packetId };
    case 'retained':
      return { record, number: fact.number, userName: fact.is.userName, ...contentFields(fact.is) };
    case 'message':
      return { record, number: fact.number, message: messageFields(fact.is) };
  }
}

function sessionFields(session: SessionRecord): object {
  const { clientId, owner, expirySeconds, closedAt, owesShared, will } = session;
  return {
    clientId,
    owner,
    expirySeconds,
    closedAt: closedAt === undefined ? undefined : instant(closedAt),
    owesShared,
    will: will && willFields(will),
  };
}

function willFields({ delaySeconds, messageExpiryMs, message }: WillRecord): object {
  return {
    delaySeconds,
    messageExpiryMs: messageExpiryMs === Number.POSITIVE_INFINITY ? undefined : messageExpiryMs,
    message: messageFields(message),
  };
}

function deliveryFields(delivery: DeliveryRecord): object {
  const { qos, retain, packetId, bytes, subscriptionIdentifiers, sharedFilter, content } = delivery;
  return {
    qos,
    retain,
    packetId,
    bytes,
    subscriptionIdentifiers,
    sharedFilter,
    ...contentFields(content),
  };
}

function contentFields(content: Content): object {
  return 'message' in content ? { message: messageFields(content.message) } : content;
}

function messageFields({ topic, qos, retain, publisher, expiresAt, properties, payload }: Message): object {
  const pairs = Object.entries(properties).map(([name, value]) =>
    name === 'correlationData' ? [name, Buffer.from(value as Uint8Array).toString('base64')] : [name, value],
  );
  return {
    topic,
    qos,
    retain,
    publisher,
    expiresAt: expiresAt === Number.POSITIVE_INFINITY ? undefined : instant(expiresAt),
    properties: pairs.length === 0 ? undefined : pairs,
    ...payloadFields(payload),
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function payloadFields(payload: Uint8Array): object {
  try {
    if (payload.length <= TEXT_BYTES_MAX) return { payload: decoder.decode(payload) };
  } catch {
    // No text: below.
  }
  return {
    payloadBase64: Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('base64'),
  };
}

/** To the millisecond: what is stored may be finer. */
function instant(ms: number): string {
  return new Date(ms).toISOString();
}
