// What the rows of each table say, written and read side by side. Plain facts: nothing here knows what they are for.

import type { Message, QoS, TopicFilter } from '@anax/protocol';
import { DamagedRow, RowReader, RowWriter } from './fields.ts';
import { readMessage, writeMessage } from './message.ts';

const writer = new RowWriter();

/** A message in the row itself, or the number of a row of its own. */
export type Content = { readonly message: Message } | { readonly messageNumber: number };

/** Of the flags of a row, where there is one. */
const QOS = 3;
const OWN_ROW = 1;
const INLINE = 0;

function writeContent(content: Content): void {
  if ('messageNumber' in content) writer.byte(OWN_ROW).number(content.messageNumber);
  else writeMessage(writer.byte(INLINE), content.message);
}

function readContent(row: RowReader): Content {
  const kind = row.byte();
  if (kind === OWN_ROW) return { messageNumber: row.number() };
  if (kind !== INLINE) throw new DamagedRow(`content of kind ${kind}`);
  return { message: readMessage(row) };
}

function qosOf(flags: number): QoS {
  const qos = flags & QOS;
  if (qos === 3) throw new DamagedRow('QoS 3');
  return qos as QoS;
}

export interface WillRecord {
  readonly message: Message;
  readonly messageExpiryMs: number;
  readonly delaySeconds: number;
}

export interface SessionRecord {
  readonly clientId: string;
  readonly owner: string | undefined;
  readonly expirySeconds: number;
  /** When the connection ended; undefined while there is one. */
  readonly closedAt: number | undefined;
  readonly owesShared: boolean;
  readonly will: WillRecord | undefined;
}

const OWNER = 1;
const CLOSED = 2;
const OWES_SHARED = 4;
const WILL = 8;

export function sessionRow(session: SessionRecord): Uint8Array {
  const { clientId, owner, expirySeconds, closedAt, owesShared, will } = session;
  const flags =
    (owner === undefined ? 0 : OWNER) |
    (closedAt === undefined ? 0 : CLOSED) |
    (owesShared ? OWES_SHARED : 0) |
    (will === undefined ? 0 : WILL);
  const row = writer.begin().byte(flags).string(clientId).word(expirySeconds);
  if (owner !== undefined) row.string(owner);
  if (closedAt !== undefined) row.ms(closedAt);
  if (will !== undefined) {
    row.word(will.delaySeconds).ms(will.messageExpiryMs);
    writeMessage(row, will.message);
  }
  return row.end();
}

export function readSession(value: Uint8Array): SessionRecord {
  const row = new RowReader(value);
  const flags = row.byte();
  return {
    clientId: row.string(),
    expirySeconds: row.word(),
    owner: flags & OWNER ? row.string() : undefined,
    closedAt: flags & CLOSED ? row.ms() : undefined,
    owesShared: (flags & OWES_SHARED) !== 0,
    will: flags & WILL ? readWill(row) : undefined,
  };
}

function readWill(row: RowReader): WillRecord {
  return { delaySeconds: row.word(), messageExpiryMs: row.ms(), message: readMessage(row) };
}

export interface SubscriptionRecord {
  /** As subscribed, `$share/NAME/` included. */
  readonly filter: string;
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly shared: boolean;
  readonly identifier: number | undefined;
}

const NO_LOCAL = 4;
const RETAIN_AS_PUBLISHED = 8;
const SHARED = 16;
const IDENTIFIER = 32;

export function subscriptionRow(subscription: SubscriptionRecord): Uint8Array {
  const { filter, qos, noLocal, retainAsPublished, shared, identifier } = subscription;
  const flags =
    qos |
    (noLocal ? NO_LOCAL : 0) |
    (retainAsPublished ? RETAIN_AS_PUBLISHED : 0) |
    (shared ? SHARED : 0) |
    (identifier === undefined ? 0 : IDENTIFIER);
  const row = writer.begin().byte(flags).string(filter);
  if (identifier !== undefined) row.word(identifier);
  return row.end();
}

export function readSubscription(value: Uint8Array): SubscriptionRecord {
  const row = new RowReader(value);
  const flags = row.byte();
  return {
    filter: row.string(),
    qos: qosOf(flags),
    noLocal: (flags & NO_LOCAL) !== 0,
    retainAsPublished: (flags & RETAIN_AS_PUBLISHED) !== 0,
    shared: (flags & SHARED) !== 0,
    identifier: flags & IDENTIFIER ? row.word() : undefined,
  };
}

export interface DeliveryRecord {
  readonly qos: QoS;
  readonly retain: boolean;
  /** 0 until it is sent. */
  readonly packetId: number;
  /** As limits count the message. */
  readonly bytes: number;
  readonly subscriptionIdentifiers: readonly number[] | undefined;
  readonly sharedFilter: TopicFilter | undefined;
  readonly content: Content;
}

/** What is known of a delivery without reading its message. */
export interface DeliveryHead {
  readonly packetId: number;
  readonly bytes: number;
  /** Undefined where the message is in the row itself. */
  readonly messageNumber: number | undefined;
}

const RETAIN = 4;
const IDENTIFIERS = 8;
const SHARED_FILTER = 16;

export function deliveryRow(delivery: DeliveryRecord): Uint8Array {
  const { qos, retain, packetId, bytes, subscriptionIdentifiers: ids, sharedFilter, content } = delivery;
  const flags =
    qos |
    (retain ? RETAIN : 0) |
    (ids === undefined ? 0 : IDENTIFIERS) |
    (sharedFilter === undefined ? 0 : SHARED_FILTER);
  const row = writer.begin().byte(flags).half(packetId).word(bytes);
  if (ids !== undefined) {
    row.half(ids.length);
    for (const id of ids) row.word(id);
  }
  if (sharedFilter !== undefined) row.string(sharedFilter);
  writeContent(content);
  return row.end();
}

export function readDelivery(value: Uint8Array): DeliveryRecord {
  const row = new RowReader(value);
  const flags = row.byte();
  return {
    qos: qosOf(flags),
    retain: (flags & RETAIN) !== 0,
    packetId: row.half(),
    bytes: row.word(),
    subscriptionIdentifiers: flags & IDENTIFIERS ? readIdentifiers(row) : undefined,
    sharedFilter: flags & SHARED_FILTER ? (row.string() as TopicFilter) : undefined,
    content: readContent(row),
  };
}

export function readDeliveryHead(value: Uint8Array): DeliveryHead {
  const row = new RowReader(value);
  const flags = row.byte();
  const packetId = row.half();
  const bytes = row.word();
  if (flags & IDENTIFIERS) readIdentifiers(row);
  if (flags & SHARED_FILTER) row.string();
  return { packetId, bytes, messageNumber: row.byte() === OWN_ROW ? row.number() : undefined };
}

function readIdentifiers(row: RowReader): number[] {
  return Array.from({ length: row.half() }, () => row.word());
}

export function releaseRow(packetId: number): Uint8Array {
  return writer.begin().half(packetId).end();
}

export function readRelease(value: Uint8Array): number {
  return new RowReader(value).half();
}

/** The message, and the user name of who published it, where there is one and the message has a row of its own. */
export type RetainedRecord = Content & { readonly userName?: string | undefined };

export function retainedRow(record: RetainedRecord): Uint8Array {
  const { userName } = record;
  writer.begin();
  writeContent(record);
  if ('messageNumber' in record && userName !== undefined) writer.string(userName);
  return writer.end();
}

export function readRetained(value: Uint8Array): RetainedRecord {
  const row = new RowReader(value);
  const content = readContent(row);
  if (!('messageNumber' in content) || row.at === value.length) return content;
  return { ...content, userName: row.string() };
}

export function messageRow(message: Message): Uint8Array {
  writeMessage(writer.begin(), message);
  return writer.end();
}

export function readMessageRow(value: Uint8Array): Message {
  return readMessage(new RowReader(value));
}
