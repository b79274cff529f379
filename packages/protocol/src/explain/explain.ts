// A packet as a tree of annotated byte ranges, and a stream as its packets. Throws nothing, whatever the bytes.
// Owns how far a packet is walked: all of it if the decoder takes it, else up to the fault, else what has arrived.

import type { Dialect } from '../spec/dialects.ts';
import type { Fault } from '../spec/fault.ts';
import { PACKET_TYPES, type PacketTypeName, type Side } from '../spec/packet-types.ts';
import { reasonTitle } from '../spec/reason-titles.ts';
import type { Annotation, ExplainedPacket } from './annotation.ts';
import { walkConnack } from './connack.ts';
import { walkConnect } from './connect.ts';
import { walkAuth, walkDisconnect } from './disconnect.ts';
import { walkHeader } from './header.ts';
import { PACKET_MEANINGS } from './packet-meanings.ts';
import { walkPublish, walkPublishAck } from './publish.ts';
import { counted, hexByte } from './shown.ts';
import { walkSuback, walkSubscribe, walkUnsuback, walkUnsubscribe } from './subscribe.ts';
import { summaryOf } from './summary.ts';
import { type Before, judge, type Verdict } from './verdict.ts';
import { Walker } from './walker.ts';

export interface ExplainOptions {
  /** For packets other than CONNECT, which says it itself; 5.0 if left out, and then `goodIn` tells of others. */
  readonly dialect?: Dialect | undefined;
  /** If left out, whoever may send such a packet is taken to be its sender. */
  readonly sender?: Side | undefined;
}

/**
 * Explains the first packet in `bytes`; what lies behind its end is not looked at.
 * @param about the dialect, or what else is known of it
 */
export function explain(bytes: Uint8Array, about: Dialect | ExplainOptions = {}): ExplainedPacket {
  const { dialect, sender } =
    'enhancedAuthentication' in about ? { dialect: about, sender: undefined } : about;
  return explainAt(bytes, 0, { dialect, sender, connectRead: false });
}

/**
 * Explains packet after packet, CONNECT setting the dialect of those behind it. The bytes may be an excerpt, so CONNECT
 * need not come first, but it may come only once. Ends behind a malformed packet, as its receiver would, or with an
 * incomplete one.
 */
export function* explainStream(
  bytes: Uint8Array,
  options: ExplainOptions = {},
): Generator<ExplainedPacket, void> {
  let before: Before = { dialect: options.dialect, sender: options.sender, connectRead: false };
  let at = 0;
  while (at < bytes.length) {
    const explained = explainAt(bytes, at, before);
    yield explained;
    if (explained.state !== 'good') return;
    at += explained.bytes.length;
    if (explained.type === 'connect') before = { ...before, dialect: explained.dialect, connectRead: true };
  }
}

function explainAt(all: Uint8Array, offset: number, before: Before): ExplainedPacket {
  const arrived = all.subarray(offset);
  const verdict = judge(arrived, before);
  const announcedBytes = announced(arrived);
  const bytes = arrived.subarray(0, Math.min(announcedBytes ?? arrived.length, arrived.length));
  const type = PACKET_TYPES[(bytes[0] ?? 0) >> 4];
  const { result, dialect, sender, goodIn } = verdict;
  const fault = result?.type === 'fault' ? result : undefined;
  const packet = result === undefined || result.type === 'fault' ? undefined : result;
  return {
    state: fault !== undefined ? 'malformed' : packet !== undefined ? 'good' : 'incomplete',
    offset,
    bytes,
    announcedBytes,
    type: type?.name,
    dialect,
    sender,
    summary: summarise(type?.title, verdict, bytes, announcedBytes),
    tree: walkPacket(bytes, announcedBytes, verdict),
    packet,
    fault,
    goodIn,
  };
}

/** The size of the packet by its header; undefined if that has not arrived, or is longer than a header can be. */
function announced(bytes: Uint8Array): number | undefined {
  let remaining = 0;
  for (let i = 1; i <= 4; i++) {
    const byte = bytes[i];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 2 ** (7 * (i - 1));
    if (byte < 0x80) return 1 + i + remaining;
  }
  return undefined;
}

function summarise(
  title: string | undefined,
  { result, dialect }: Verdict,
  bytes: Uint8Array,
  announcedBytes: number | undefined,
): string {
  const name = title ?? (bytes.length === 0 ? 'Nothing' : 'Packet type 0');
  if (result === undefined) return `${name}, incomplete: ${arrivedOf(bytes, announcedBytes)}`;
  if (result.type === 'fault') return `${name}, malformed: ${faultTitle(result)}, ${result.message}`;
  return summaryOf(result, dialect);
}

function arrivedOf(bytes: Uint8Array, announcedBytes: number | undefined): string {
  if (announcedBytes === undefined)
    return `${counted(bytes.length, 'byte')} of the header, which is not whole`;
  return `${bytes.length} of ${counted(announcedBytes, 'byte')} have arrived`;
}

/** `0x81 Malformed Packet` */
function faultTitle(fault: Fault): string {
  return `${hexByte(fault.reasonCode)} ${reasonTitle(fault.reasonCode)}`;
}

function walkPacket(bytes: Uint8Array, announcedBytes: number | undefined, verdict: Verdict): Annotation {
  const { result, dialect } = verdict;
  const fault = result?.type === 'fault' ? result : undefined;
  const type = PACKET_TYPES[(bytes[0] ?? 0) >> 4];
  const walker = new Walker(bytes, announcedBytes ?? bytes.length, dialect);
  walker.walk(() => {
    walkHeader(walker);
    if (fault !== undefined) walker.limit = fault.offset;
    if (type !== undefined) BODIES[type.name](walker, (bytes[0] ?? 0) & 15);
  });
  if (result === undefined) walker.unread('Not whole', arrivedOf(bytes, announcedBytes));
  else walker.unread('Not read', fault === undefined ? 'behind the last field' : 'behind the fault');
  return {
    kind: 'group',
    offset: 0,
    length: bytes.length,
    name: type?.title ?? (bytes.length === 0 ? 'Nothing' : 'Forbidden'),
    value: `MQTT ${dialect.name}`,
    raw: undefined,
    meaning: type === undefined ? '' : PACKET_MEANINGS[type.name],
    clause: '',
    bits: undefined,
    children: walker.children,
  };
}

const nothing = (): void => {};

/** What walks each packet behind its fixed header. */
const BODIES: Readonly<Record<PacketTypeName, (walker: Walker, flags: number) => void>> = {
  connect: walkConnect,
  connack: walkConnack,
  publish: walkPublish,
  puback: (walker) => walkPublishAck(walker, 'puback'),
  pubrec: (walker) => walkPublishAck(walker, 'pubrec'),
  pubrel: (walker) => walkPublishAck(walker, 'pubrel'),
  pubcomp: (walker) => walkPublishAck(walker, 'pubcomp'),
  subscribe: walkSubscribe,
  suback: walkSuback,
  unsubscribe: walkUnsubscribe,
  unsuback: walkUnsuback,
  pingreq: nothing,
  pingresp: nothing,
  disconnect: walkDisconnect,
  auth: walkAuth,
};
