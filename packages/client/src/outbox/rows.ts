// What is stored of a session, as rows: written and read side by side. Times are milliseconds since 1970, as those of a
// process mean nothing to the next. Stores nothing.
//
// | key | row |
// |---|---|
// | 0 | JSON: the version of the format, the client identifier, the dialect, what the session says of itself |
// | 1 to 65535 | empty: a packet identifier of a QoS 2 message that was taken and is not released |
// | 65536 + 2n | message n: its state as when it was stored first, when it was published, when it is due, then a PUBLISH of MQTT 5.0 |
// | 65537 + 2n | the state of message n, where it has changed since |
//
// A state has 11 bytes: the packet identifier (16 bits), the phase (0 waits, 1 publish, 2 release), and its number in the
// order of such changes (64-bit float). Numbers are written high byte first.

import {
  Decoder,
  encodePacket,
  MQTT_5_0,
  messageProperties,
  PACKET_BYTES_MAX,
  type PublishPacket,
  publishPacket,
} from '@anax/protocol';
import type { SessionFacts } from '../journal.ts';
import type { Outgoing } from '../outgoing.ts';
import { type OutboxRow, storeError } from './row-store.ts';

const FORMAT = 1;
export const FACTS_KEY = 0;
const FIRST_MESSAGE_KEY = 0x10000;
const STATE_BYTES = 11;
const SINCE_AT = STATE_BYTES;
const DUE_AT = SINCE_AT + 8;
const PACKET_AT = DUE_AT + 8;
const PHASES = ['waits', 'publish', 'release'] as const;

export interface StoredFacts extends SessionFacts {
  readonly clientId: string;
}

export interface StoredState {
  readonly packetId: number;
  readonly phase: (typeof PHASES)[number];
  readonly order: number;
}

export interface StoredMessage {
  readonly number: number;
  readonly packet: PublishPacket;
  readonly since: number;
  readonly due: number;
  readonly state: StoredState;
  /** Whether there is a row of its state beside it. */
  readonly isChanged: boolean;
}

export interface StoredRows {
  /** Undefined where nothing was ever stored. */
  readonly facts: StoredFacts | undefined;
  /** In the order in which they were published. */
  readonly messages: readonly StoredMessage[];
  readonly received: readonly number[];
}

export function messageKey(number: number): number {
  return FIRST_MESSAGE_KEY + 2 * number;
}

export function stateKey(number: number): number {
  return messageKey(number) + 1;
}

export function factsRow({ clientId, dialect, lasts, newAskedFor }: StoredFacts): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ format: FORMAT, clientId, dialect, lasts, newAskedFor }));
}

export function stateRow(state: StoredState): Uint8Array {
  const row = new Uint8Array(STATE_BYTES);
  writeState(row, state);
  return row;
}

/**
 * A Topic Alias stays behind, as it belongs to a connection; the packet identifier stands in the state.
 * @param wallAhead what has to be added to a time of this process
 * @throws MqttError for what MQTT 5.0 cannot say
 */
export function messageRow(owed: Outgoing, wallAhead: number): Uint8Array {
  const { topic, payload, qos, retain, properties, since, due } = owed;
  const packet = publishPacket(topic, payload, qos, retain, false, 1, messageProperties(properties));
  const bytes = encodePacket(packet, MQTT_5_0);
  if (bytes.length === 0) throw storeError('store-failed', 'the message is too large to be stored');
  const row = new Uint8Array(PACKET_AT + bytes.length);
  const view = viewOf(row);
  view.setFloat64(SINCE_AT, since + wallAhead);
  view.setFloat64(DUE_AT, due + wallAhead);
  row.set(bytes, PACKET_AT);
  return row;
}

/** Of a row of a message, too: its state stands first. */
export function writeState(row: Uint8Array, { packetId, phase, order }: StoredState): void {
  const view = viewOf(row);
  view.setUint16(0, packetId);
  view.setUint8(2, PHASES.indexOf(phase));
  view.setFloat64(3, order);
}

/** @throws MqttError `store-damaged` */
export function readRows(rows: readonly OutboxRow[]): StoredRows {
  let facts: StoredFacts | undefined;
  const received: number[] = [];
  const messages: StoredMessage[] = [];
  for (const { key, value } of rows) {
    if (key === FACTS_KEY) facts = readFacts(value);
    else if (key < FIRST_MESSAGE_KEY) received.push(key);
    else if (key % 2 === 0) messages.push(readMessage((key - FIRST_MESSAGE_KEY) / 2, value));
    else messages.push(changed(messages.pop(), key, value));
  }
  if (facts === undefined && rows.length > 0) throw damaged('it does not say whose it is');
  return { facts, messages, received };
}

function readFacts(value: Uint8Array): StoredFacts {
  let read: Partial<StoredFacts & { format: number }>;
  try {
    read = JSON.parse(new TextDecoder().decode(value));
  } catch (error) {
    throw damaged(`it does not say whose it is (${String(error)})`);
  }
  const { format, clientId, dialect, lasts, newAskedFor } = read;
  if (format !== FORMAT) throw damaged(`it has format ${format}, and this program knows format ${FORMAT}`);
  if (typeof clientId !== 'string' || typeof dialect !== 'string')
    throw damaged('it does not say whose it is');
  return { clientId, dialect, lasts: lasts === true, newAskedFor: newAskedFor === true };
}

function readMessage(number: number, value: Uint8Array): StoredMessage {
  if (value.length < PACKET_AT) throw damaged(`message ${number} has ${value.length} bytes`);
  const decoder = new Decoder({ sender: 'client', dialect: MQTT_5_0, maximumPacketSize: PACKET_BYTES_MAX });
  decoder.push(value.subarray(PACKET_AT));
  const packet = decoder.next();
  if (packet?.type !== 'publish' || packet.qos === 0 || decoder.next() !== undefined)
    throw damaged(`message ${number} is none`);
  const view = viewOf(value);
  const [since, due] = [view.getFloat64(SINCE_AT), view.getFloat64(DUE_AT)];
  return { number, packet, since, due, state: readState(value), isChanged: false };
}

function changed(message: StoredMessage | undefined, key: number, value: Uint8Array): StoredMessage {
  if (message === undefined || stateKey(message.number) !== key || value.length !== STATE_BYTES)
    throw damaged(`row ${key} is the state of no message`);
  return { ...message, state: readState(value), isChanged: true };
}

function readState(value: Uint8Array): StoredState {
  const view = viewOf(value);
  const packetId = view.getUint16(0);
  const phase = PHASES[view.getUint8(2)];
  const order = view.getFloat64(3);
  if (phase === undefined || (phase === 'waits') !== (packetId === 0))
    throw damaged('a message is in no phase');
  return { packetId, phase, order };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function damaged(what: string) {
  return storeError('store-damaged', `the stored outbox cannot be read: ${what}`);
}
