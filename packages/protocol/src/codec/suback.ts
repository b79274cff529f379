// SUBACK and UNSUBACK: read, check, write. [5:3.9] [5:3.11] [3.1.1:3.9] [3.1.1:3.11]

import type { Dialect } from '../spec/dialects.ts';
import { NO_PROPERTIES } from '../spec/properties.ts';
import { Reason, type ReasonCode, reasonCodeAllowed } from '../spec/reason-codes.ts';
import { explanatory } from './explanatory.ts';
import { begin, checkPacketId, readPacketId } from './header.ts';
import { type Output, variableSize } from './output.ts';
import type { SubackPacket, UnsubackPacket } from './packets.ts';
import { propertiesSize, readProperties, writeProperties } from './properties.ts';
import type { Reader } from './reader.ts';
import { protocolError } from './refuse.ts';

/** SUBACK return codes of 3.x: granted QoS, or failure. [3.1.1:MQTT-3.9.3-2] */
const RETURN_CODES_3: readonly number[] = [0, 1, 2, Reason.unspecifiedError];

export function readSuback(reader: Reader, dialect: Dialect): SubackPacket {
  const packetId = readPacketId(reader);
  const properties = dialect.properties ? readProperties(reader, 'suback', 'server') : NO_PROPERTIES;
  const reasonCodes: ReasonCode[] = [];
  if (reader.left === 0) protocolError('SUBACK has no reason code', '[5:MQTT-3.8.4-6] [3.1.1:MQTT-3.8.4-5]');
  while (reader.left > 0) {
    const code = reader.uint8('a reason code');
    const known = dialect.reasonCodes
      ? reasonCodeAllowed(code, 'suback', 'server')
      : RETURN_CODES_3.includes(code);
    if (!known)
      protocolError(`0x${code.toString(16)} is not a SUBACK code`, '[5:MQTT-3.9.3-2] [3.1.1:MQTT-3.9.3-2]');
    reasonCodes.push(code as ReasonCode);
  }
  return { type: 'suback', packetId, reasonCodes, properties };
}

export function readUnsuback(reader: Reader, dialect: Dialect): UnsubackPacket {
  const packetId = readPacketId(reader);
  if (!dialect.properties) {
    reader.finish('UNSUBACK', '[3.1.1:3.11.2]');
    return { type: 'unsuback', packetId, reasonCodes: [], properties: NO_PROPERTIES };
  }
  const properties = readProperties(reader, 'unsuback', 'server');
  const reasonCodes: ReasonCode[] = [];
  if (reader.left === 0) protocolError('UNSUBACK has no reason code', '[5:MQTT-3.11.3-1]');
  while (reader.left > 0) {
    const code = reader.uint8('a reason code');
    if (!reasonCodeAllowed(code, 'unsuback', 'server')) {
      return protocolError(`0x${code.toString(16)} is not an UNSUBACK code`, '[5:MQTT-3.11.3-2]');
    }
    reasonCodes.push(code);
  }
  return { type: 'unsuback', packetId, reasonCodes, properties };
}

/** Writes SUBACK or UNSUBACK; in 3.x every failure is 0x80, and UNSUBACK has no codes. */
export function writeSuback(
  packet: SubackPacket | UnsubackPacket,
  dialect: Dialect,
  out: Output,
  maximumPacketSize: number,
): number {
  checkPacketId(packet.packetId);
  const { type } = packet;
  const codes = type === 'suback' || dialect.reasonCodes ? packet.reasonCodes : [];
  const properties = dialect.properties ? propertiesSize(packet.properties, type) : 0;
  const remaining = 2 + (dialect.properties ? variableSize(properties) + properties : 0) + codes.length;
  const size = begin(type === 'suback' ? 0x90 : 0xb0, remaining, out, maximumPacketSize);
  if (size === 0) {
    const shorter = explanatory.without(packet);
    return shorter === undefined ? 0 : writeSuback(shorter, dialect, out, maximumPacketSize);
  }
  out.uint16(packet.packetId);
  if (dialect.properties) writeProperties(packet.properties, properties, out);
  for (const code of codes) out.uint8(dialect.reasonCodes || code < 0x80 ? code : Reason.unspecifiedError);
  return size;
}
