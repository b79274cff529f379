// What a report must not tell: passwords and authentication data in the bytes that were sent. Pure.

import type { BrokerFacts } from '../checks/check.ts';
import { joined } from '../wire/bytes.ts';
import { Frames } from '../wire/frames.ts';
import type { Passed, TranscriptRecord } from '../wire/transcript.ts';

const ASTERISK = 0x2a;

/** What is secret of the options, as bytes. */
export function secretsIn({ password, refusedPassword, authentication }: BrokerFacts): readonly Uint8Array[] {
  const texts = [password, refusedPassword].flatMap((text) =>
    text === undefined ? [] : [new TextEncoder().encode(text)],
  );
  const { data, answers = [] } = authentication ?? {};
  return [...texts, ...(data === undefined ? [] : [data]), ...answers].filter(({ length }) => length > 0);
}

/** The record with asterisks for the secrets, in the CONNECTs and AUTHs that were sent, in one piece or in many. */
export function withoutSecrets(record: TranscriptRecord, secrets: readonly Uint8Array[]): TranscriptRecord {
  if (secrets.length === 0) return record;
  const sent = joined(...record.passed.map(({ what }) => ('sent' in what ? what.sent : NO_BYTES)));
  const stream = new Frames();
  const packets = [...stream.push(sent), stream.rest].map((packet) => masked(packet, secrets));
  const shown = joined(...packets);
  let at = 0;
  const passed = record.passed.map((one): Passed => {
    if (!('sent' in one.what)) return one;
    const { length } = one.what.sent;
    at += length;
    return { atMs: one.atMs, what: { sent: shown.subarray(at - length, at) } };
  });
  return { ...record, passed };
}

const NO_BYTES = new Uint8Array(0);
const CONNECT = 1;
const AUTH = 15;

/** Each secret stands behind its length of two bytes. */
function masked(packet: Uint8Array, secrets: readonly Uint8Array[]): Uint8Array {
  const type = (packet[0] ?? 0) >> 4;
  if (type !== CONNECT && type !== AUTH) return packet;
  const out = packet.slice();
  for (const secret of secrets) {
    for (let at = 2; at + secret.length <= packet.length; at++) {
      const length = ((packet[at - 2] ?? 0) << 8) | (packet[at - 1] ?? 0);
      if (length === secret.length && secret.every((byte, index) => packet[at + index] === byte))
        out.fill(ASTERISK, at, at + secret.length);
    }
  }
  return out;
}
