/** Owns how the tables of packets, valid and malformed, become bytes and decoders. Never asserts. */

import { readFileSync } from 'node:fs';
import { Decoder } from '../../src/codec/index.ts';
import type { Packet } from '../../src/codec/packets.ts';
import { DIALECTS, type Dialect, type Fault, PACKET_BYTES_MAX, type Side } from '../../src/spec/index.ts';

export interface Row {
  readonly name: string;
  readonly dialect: Dialect;
  readonly sender: Side;
  /** The packets of the stream, in order. */
  readonly packets: readonly Uint8Array[];
  /** What the last column says: the meaning of a vector, the outcomes expected of a malformed stream. */
  readonly last: string;
}

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(' ').filter(Boolean), (byte) => Number.parseInt(byte, 16));
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function rowsOf(file: string): readonly Row[] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  const lines = text.split('\n').slice(1);
  return lines.filter((line) => line !== '').map(rowOf);
}

function rowOf(line: string): Row {
  const fields = line.split('\t');
  const [name = '', protocol = '', sender = '', hex = ''] = fields;
  const dialect = DIALECTS.find((one) => one.name === protocol);
  if (dialect === undefined || (sender !== 'client' && sender !== 'server'))
    throw new Error(`bad row ${name}`);
  const packets = hex.split(' | ').map(bytesOf);
  return { name, dialect, sender, packets, last: fields.at(-1) ?? '' };
}

export const vectors = rowsOf('../data/vectors.tsv');
export const malformed = rowsOf('../../../conformance/data/malformed.tsv');

/** A decoder as the receiver has it: a server learns the dialect from CONNECT, unless that has been read. */
export function decoderFor(
  sender: Side,
  dialect: Dialect | undefined,
  maximumPacketSize = PACKET_BYTES_MAX,
): Decoder {
  return new Decoder({ sender, dialect, maximumPacketSize });
}

/** A decoder for one packet of a row, taken alone. */
export function decoderOf({ dialect, sender, packets }: Row): Decoder {
  const isConnect = (packets.at(-1)?.[0] ?? 0) >> 4 === 1;
  return decoderFor(sender, isConnect ? undefined : dialect);
}

/** Reads until nothing more comes. */
export function drain(decoder: Decoder): (Packet | Fault)[] {
  const read: (Packet | Fault)[] = [];
  for (let one = decoder.next(); one !== undefined; one = decoder.next()) read.push(one);
  return read;
}

/** The one packet in `bytes`; throws where there is not exactly one. */
export function decodeOne(decoder: Decoder, bytes: Uint8Array): Packet {
  decoder.push(bytes);
  const [packet, ...more] = drain(decoder);
  if (packet === undefined || more.length > 0) throw new Error(`${more.length + (packet ? 1 : 0)} packets`);
  if (packet.type === 'fault') throw new Error(`${packet.message} ${packet.clause}`);
  return packet;
}
