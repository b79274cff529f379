// PUBACK, PUBREC, PUBREL and PUBCOMP, which share one form: read, check, write. [5:3.4] [5:3.5] [5:3.6] [5:3.7]

import type { Dialect } from '../spec/dialects.ts';
import type { Side } from '../spec/packet-types.ts';
import { NO_PROPERTIES, type PropertiesOf } from '../spec/properties.ts';
import { Reason, type ReasonCode, reasonCodeAllowed } from '../spec/reason-codes.ts';
import { explanatory } from './explanatory.ts';
import { begin, checkPacketId, readPacketId } from './header.ts';
import { type Output, variableSize } from './output.ts';
import type { PublishAckPacket, PublishAckType } from './packets.ts';
import { propertiesSize, readProperties, writeProperties } from './properties.ts';
import type { Reader } from './reader.ts';
import { protocolError } from './refuse.ts';

const CLAUSES: Readonly<Record<PublishAckType, string>> = {
  puback: '[5:MQTT-3.4.2-1]',
  pubrec: '[5:MQTT-3.5.2-1]',
  pubrel: '[5:MQTT-3.6.2-1]',
  pubcomp: '[5:MQTT-3.7.2-1]',
};

const FIRST_BYTES: Readonly<Record<PublishAckType, number>> = {
  puback: 0x40,
  pubrec: 0x50,
  pubrel: 0x62,
  pubcomp: 0x70,
};

/** Makes an acknowledgement with all its fields. */
export function publishAck<T extends PublishAckType>(
  type: T,
  packetId: number,
  reasonCode: ReasonCode = Reason.success,
  properties: PropertiesOf<T> = NO_PROPERTIES as PropertiesOf<T>,
): Extract<PublishAckPacket, { readonly type: T }> {
  return { type, packetId, reasonCode, properties } as Extract<PublishAckPacket, { readonly type: T }>;
}

export function readPublishAck(
  reader: Reader,
  type: PublishAckType,
  dialect: Dialect,
  sender: Side,
): PublishAckPacket {
  const packetId = readPacketId(reader);
  let reasonCode: ReasonCode = Reason.success;
  let properties: PropertiesOf<PublishAckType> = NO_PROPERTIES;
  if (dialect.reasonCodes && reader.left > 0) {
    const code = reader.uint8('the reason code');
    if (!reasonCodeAllowed(code, type, sender)) {
      return protocolError(
        `0x${code.toString(16)} is not a ${type.toUpperCase()} reason code`,
        CLAUSES[type],
      );
    }
    reasonCode = code;
    if (reader.left > 0) properties = readProperties(reader, type, sender);
  }
  reader.finish(type.toUpperCase(), '[5:3.4] [3.1.1:3.4]');
  return publishAck(type, packetId, reasonCode, properties);
}

/** Writes the shortest form that says it: reason code 0 and empty properties are left out. [5:3.4.2.1] */
export function writePublishAck(
  packet: PublishAckPacket,
  dialect: Dialect,
  out: Output,
  maximumPacketSize: number,
): number {
  const { type, packetId, reasonCode } = packet;
  checkPacketId(packetId);
  const properties = dialect.properties ? propertiesSize(packet.properties, type) : 0;
  const withReason = dialect.reasonCodes && (reasonCode !== Reason.success || properties > 0);
  let remaining = 2;
  if (withReason) remaining += 1;
  if (properties > 0) remaining += variableSize(properties) + properties;
  const size = begin(FIRST_BYTES[type], remaining, out, maximumPacketSize);
  if (size === 0) {
    const shorter = explanatory.without(packet);
    return shorter === undefined ? 0 : writePublishAck(shorter, dialect, out, maximumPacketSize);
  }
  out.uint16(packetId);
  if (withReason) out.uint8(reasonCode);
  if (properties > 0) writeProperties(packet.properties, properties, out);
  return size;
}
