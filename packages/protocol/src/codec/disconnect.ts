// DISCONNECT and AUTH, which share one form: read, check, write. [5:3.14] [5:3.15] [3.1.1:3.14]

import type { Dialect } from '../spec/dialects.ts';
import type { Side } from '../spec/packet-types.ts';
import { NO_PROPERTIES, type PropertiesOf } from '../spec/properties.ts';
import { Reason, type ReasonCode, reasonCodeAllowed } from '../spec/reason-codes.ts';
import { explanatory } from './explanatory.ts';
import { begin } from './header.ts';
import { type Output, variableSize } from './output.ts';
import type { AuthPacket, DisconnectPacket } from './packets.ts';
import { propertiesSize, readProperties, writeProperties } from './properties.ts';
import type { Reader } from './reader.ts';
import { protocolError } from './refuse.ts';

export function readDisconnect(reader: Reader, dialect: Dialect, sender: Side): DisconnectPacket {
  let reasonCode: ReasonCode = Reason.success;
  let properties: PropertiesOf<'disconnect'> = NO_PROPERTIES;
  if (dialect.reasonCodes && reader.left > 0) {
    const code = reader.uint8('the reason code');
    if (!reasonCodeAllowed(code, 'disconnect', sender)) {
      return protocolError(
        `0x${code.toString(16)} is not a DISCONNECT reason code of a ${sender}`,
        '[5:MQTT-3.14.2-1]',
      );
    }
    reasonCode = code;
    if (reader.left > 0) properties = readProperties(reader, 'disconnect', sender);
  }
  reader.finish('DISCONNECT', '[5:3.14] [3.1.1:3.14]');
  return { type: 'disconnect', reasonCode, properties };
}

/** An AUTH without Authentication Method, so one with everything left out, too, is an error. [5:3.15.2.2.2] */
export function readAuth(reader: Reader, sender: Side): AuthPacket {
  const code = reader.left > 0 ? reader.uint8('the reason code') : Reason.success;
  if (!reasonCodeAllowed(code, 'auth', sender)) {
    return protocolError(
      `0x${code.toString(16)} is not an AUTH reason code of a ${sender}`,
      '[5:MQTT-3.15.2-1]',
    );
  }
  const properties = reader.left > 0 ? readProperties(reader, 'auth', sender) : NO_PROPERTIES;
  if (properties.authenticationMethod === undefined) {
    protocolError('AUTH has no Authentication Method', '[5:3.15.2.2.2]');
  }
  reader.finish('AUTH', '[5:3.15]');
  return { type: 'auth', reasonCode: code, properties };
}

/** Writes the shortest form that says it; in 3.x there is only one. */
export function writeDisconnect(
  packet: DisconnectPacket | AuthPacket,
  dialect: Dialect,
  out: Output,
  maximumPacketSize: number,
): number {
  const { type, reasonCode } = packet;
  const properties = dialect.properties ? propertiesSize(packet.properties, type) : 0;
  const withReason = dialect.reasonCodes && (reasonCode !== Reason.success || properties > 0);
  let remaining = withReason ? 1 : 0;
  if (properties > 0) remaining += variableSize(properties) + properties;
  const size = begin(type === 'disconnect' ? 0xe0 : 0xf0, remaining, out, maximumPacketSize);
  if (size === 0) {
    const shorter = explanatory.without(packet);
    return shorter === undefined ? 0 : writeDisconnect(shorter, dialect, out, maximumPacketSize);
  }
  if (withReason) out.uint8(reasonCode);
  if (properties > 0) writeProperties(packet.properties, properties, out);
  return size;
}
