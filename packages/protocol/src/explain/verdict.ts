// Whether a packet is good: the word of the codec's own decoder, so that what is explained and what is refused never differ.
// Owns the choice of the sender and the dialect to ask it in, where nobody told them.

import { Decoder } from '../codec/decoder.ts';
import type { Packet } from '../codec/packets.ts';
import { DIALECTS, type Dialect, type DialectName, MQTT_5_0 } from '../spec/dialects.ts';
import type { Fault } from '../spec/fault.ts';
import { PACKET_BYTES_MAX } from '../spec/limits.ts';
import { PACKET_TYPES, type Side } from '../spec/packet-types.ts';

const CONNECT = 1;
const EITHER: readonly Side[] = ['client', 'server'];

/** What is known of the connection before the packet. */
export interface Before {
  readonly dialect: Dialect | undefined;
  readonly sender: Side | undefined;
  /** CONNECT has come, so that another is a fault. */
  readonly connectRead: boolean;
}

export interface Verdict {
  /** Undefined while the packet has not arrived whole. */
  readonly result: Packet | Fault | undefined;
  readonly dialect: Dialect;
  readonly sender: Side | undefined;
  readonly goodIn: readonly DialectName[];
}

/** The decoder's word on the packet that `bytes` begin with. */
export function judge(bytes: Uint8Array, before: Before): Verdict {
  const type = (bytes[0] ?? 0) >> 4;
  if (type === CONNECT && before.sender !== 'server' && !before.connectRead) return judgeConnect(bytes);
  const dialect = before.dialect ?? MQTT_5_0;
  const senders = before.sender === undefined ? (PACKET_TYPES[type]?.senders ?? EITHER) : [before.sender];
  const found = bestOf(bytes, dialect, senders);
  const search = found.result?.type === 'fault' && before.dialect === undefined && !before.connectRead;
  return { ...found, dialect, goodIn: search ? goodDialects(bytes, senders) : [] };
}

/** CONNECT says itself which dialect it is in; where that is none, a decoder knows the one to answer in. */
function judgeConnect(bytes: Uint8Array): Verdict {
  const decoder = new Decoder({ sender: 'client', maximumPacketSize: PACKET_BYTES_MAX });
  const result = decode(decoder, bytes);
  const dialect = decoder.dialect ?? announcedDialect(bytes) ?? MQTT_5_0;
  return { result, dialect, sender: 'client', goodIn: [] };
}

/** Of a CONNECT that is not whole, if its name and level have arrived: what a decoder that refuses it for its size answers in. */
function announcedDialect(bytes: Uint8Array): Dialect | undefined {
  const decoder = new Decoder({ sender: 'client', maximumPacketSize: 1 });
  decode(decoder, bytes);
  return decoder.dialect;
}

/** As each sender's: the first that is no fault, else the fault that was seen last. */
function bestOf(
  bytes: Uint8Array,
  dialect: Dialect,
  senders: readonly Side[],
): { readonly result: Packet | Fault | undefined; readonly sender: Side | undefined } {
  let fault: Fault | undefined;
  let accused: Side | undefined;
  const willing: Side[] = [];
  let result: Packet | undefined;
  for (const sender of senders) {
    const one = decode(new Decoder({ sender, dialect, maximumPacketSize: PACKET_BYTES_MAX }), bytes);
    if (one?.type !== 'fault') {
      willing.push(sender);
      result = one;
    } else if (fault === undefined || one.offset > fault.offset) {
      fault = one;
      accused = sender;
    }
  }
  if (willing.length > 0) return { result, sender: willing.length === 1 ? willing[0] : undefined };
  return { result: fault, sender: senders.length === 1 ? accused : undefined };
}

function decode(decoder: Decoder, bytes: Uint8Array): Packet | Fault | undefined {
  decoder.push(bytes);
  return decoder.next();
}

function goodDialects(bytes: Uint8Array, senders: readonly Side[]): readonly DialectName[] {
  return DIALECTS.filter((dialect) => {
    const { result } = bestOf(bytes, dialect, senders);
    return result !== undefined && result.type !== 'fault';
  }).map((dialect) => dialect.name);
}
