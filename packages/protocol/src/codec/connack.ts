// CONNACK: read, check, write. [5:3.2] [3.1.1:3.2]

import type { Dialect } from '../spec/dialects.ts';
import { MqttError } from '../spec/fault.ts';
import { NO_PROPERTIES } from '../spec/properties.ts';
import { reasonCodeFact } from '../spec/reason-code-facts.ts';
import { RETURN_CODES, Reason, type ReasonCode, reasonCodeAllowed } from '../spec/reason-codes.ts';
import { explanatory } from './explanatory.ts';
import { begin } from './header.ts';
import { type Output, variableSize } from './output.ts';
import type { ConnackPacket } from './packets.ts';
import { propertiesSize, readProperties, writeProperties } from './properties.ts';
import type { Reader } from './reader.ts';
import { malformed, protocolError } from './refuse.ts';

export function readConnack(reader: Reader, dialect: Dialect): ConnackPacket {
  const flags = reader.uint8('the connect acknowledge flags');
  const code = reader.uint8(dialect.reasonCodes ? 'the reason code' : 'the return code');
  // In 3.1 the first byte is reserved and not looked at.
  if (dialect.sessionPresent && (flags & 0xfe) !== 0) {
    malformed('a reserved connect acknowledge flag is set', '[5:MQTT-3.2.2-1] [3.1.1:3.2.2.1]');
  }
  const sessionPresent = dialect.sessionPresent && (flags & 1) !== 0;
  const reasonCode = dialect.reasonCodes ? checkedReason(code) : checkedReturnCode(code);
  if (sessionPresent && reasonCode !== Reason.success) {
    protocolError(
      'Session Present is set although the connection is refused',
      '[5:MQTT-3.2.2-6] [3.1.1:MQTT-3.2.2-4]',
    );
  }
  const properties = dialect.properties ? readProperties(reader, 'connack', 'server') : NO_PROPERTIES;
  reader.finish('CONNACK', '[5:3.2] [3.1.1:3.2]');
  return { type: 'connack', sessionPresent, reasonCode, properties };
}

function checkedReason(code: number): ReasonCode {
  if (reasonCodeAllowed(code, 'connack', 'server')) return code;
  return protocolError(`0x${code.toString(16)} is not a CONNACK reason code`, '[5:MQTT-3.2.2-8]');
}

function checkedReturnCode(code: number): ReasonCode {
  return RETURN_CODES[code] ?? protocolError(`return code ${code} is reserved`, '[3.1.1:3.2.2.3]');
}

/** Writes CONNACK. @throws MqttError for a reason code that the dialect cannot say: then only closing is left. */
export function writeConnack(
  packet: ConnackPacket,
  dialect: Dialect,
  out: Output,
  maximumPacketSize: number,
): number {
  const code = dialect.reasonCodes ? packet.reasonCode : reasonCodeFact(packet.reasonCode)?.returnCode;
  if (code === undefined) {
    throw new MqttError(
      'unsayable',
      `MQTT ${dialect.name} has no CONNACK return code for 0x${packet.reasonCode.toString(16)}`,
    );
  }
  // [5:MQTT-3.2.2-6] [3.1.1:MQTT-3.2.2-4]
  const flags = packet.sessionPresent && code === 0 && dialect.sessionPresent ? 1 : 0;
  if (!dialect.properties) {
    const size = begin(0x20, 2, out, maximumPacketSize);
    if (size === 0) return 0;
    out.uint8(flags);
    out.uint8(code);
    return size;
  }
  const properties = propertiesSize(packet.properties, 'connack');
  const size = begin(0x20, 2 + variableSize(properties) + properties, out, maximumPacketSize);
  if (size === 0) {
    // [5:MQTT-3.2.2-19] [5:MQTT-3.2.2-20]
    const shorter = explanatory.without(packet);
    return shorter === undefined ? 0 : writeConnack(shorter, dialect, out, maximumPacketSize);
  }
  out.uint8(flags);
  out.uint8(code);
  writeProperties(packet.properties, properties, out);
  return size;
}
