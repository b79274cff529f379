// CONNECT: read, check, write. [5:3.1] [3.1.1:3.1]

import { type Dialect, findDialect, MQTT_3_1, MQTT_3_1_1, MQTT_5_0 } from '../spec/dialects.ts';
import { MqttError } from '../spec/fault.ts';
import { NO_PROPERTIES } from '../spec/properties.ts';
import { Reason } from '../spec/reason-codes.ts';
import { begin } from './header.ts';
import { binarySize, type Output, stringSize, variableSize } from './output.ts';
import type { ConnectPacket, QoS, Will } from './packets.ts';
import { propertiesSize, readProperties, writeProperties } from './properties.ts';
import type { Reader } from './reader.ts';
import { malformed, protocolError, refuse } from './refuse.ts';

const FLAG_RESERVED = 0x01;
const FLAG_CLEAN_START = 0x02;
const FLAG_WILL = 0x04;
const WILL_QOS_SHIFT = 3;
const FLAG_WILL_RETAIN = 0x20;
const FLAG_PASSWORD = 0x40;
const FLAG_USER_NAME = 0x80;

/**
 * Reads protocol name and level and finds the dialect that the client speaks.
 * `answerIn` is told the dialect to answer in as soon as it can be known, before anything is refused.
 */
export function readDialect(reader: Reader, answerIn: (dialect: Dialect) => void): Dialect {
  const name = reader.text('the protocol name');
  const level = reader.uint8('the protocol level');
  const dialect = findDialect(name, level);
  answerIn(dialect ?? nearestDialect(name, level));
  if (dialect !== undefined) return dialect;
  if (name !== 'MQTT' && name !== 'MQIsdp') {
    // 3.1.1 has no return code for this, so the connection is only closed.
    const reasonCode = level >= 5 ? Reason.unsupportedProtocolVersion : Reason.malformedPacket;
    return refuse(
      reasonCode,
      `the protocol name is ${JSON.stringify(name)}`,
      '[5:MQTT-3.1.2-1] [3.1.1:MQTT-3.1.2-1]',
    );
  }
  return refuse(
    Reason.unsupportedProtocolVersion,
    `protocol level ${level} of ${name} is not known here`,
    '[5:MQTT-3.1.2-2] [3.1.1:MQTT-3.1.2-2]',
  );
}

/** What a client of an unknown level most likely understands; MQIsdp was never more than 3.1. */
function nearestDialect(name: string, level: number): Dialect {
  if (name === MQTT_3_1.protocolName) return MQTT_3_1;
  return level >= MQTT_5_0.protocolLevel ? MQTT_5_0 : MQTT_3_1_1;
}

/** Reads CONNECT after its protocol level: the payload has one order. [5:MQTT-3.1.3-1] [3.1.1:MQTT-3.1.3-1] */
export function readConnect(reader: Reader, dialect: Dialect): ConnectPacket {
  const flags = reader.uint8('the connect flags');
  checkFlags(flags, dialect);
  const cleanStart = (flags & FLAG_CLEAN_START) !== 0;
  const keepAlive = reader.uint16('Keep Alive');
  const properties = dialect.properties ? readProperties(reader, 'connect', 'client') : NO_PROPERTIES;
  // [5:MQTT-3.1.3-3] [5:MQTT-3.1.3-4] [3.1.1:MQTT-3.1.3-3] [3.1.1:MQTT-3.1.3-4]
  const clientId = reader.freshText('the client identifier');
  if (clientId === '') checkEmptyClientId(cleanStart, dialect);
  const will = (flags & FLAG_WILL) === 0 ? undefined : readWill(reader, flags, dialect);
  // [5:MQTT-3.1.2-17] [5:MQTT-3.1.3-12] [3.1.1:MQTT-3.1.2-19] [3.1.1:MQTT-3.1.3-11]
  const hasUserName = (flags & FLAG_USER_NAME) !== 0 && !isMissing(reader, dialect);
  const userName = hasUserName ? reader.freshText('the user name') : undefined;
  // [5:MQTT-3.1.2-19] [3.1.1:MQTT-3.1.2-21]
  const hasPassword = (flags & FLAG_PASSWORD) !== 0 && !isMissing(reader, dialect);
  const password = hasPassword ? reader.binary('the password') : undefined;
  reader.finish('CONNECT', '[5:MQTT-3.1.2-16] [5:MQTT-3.1.2-18] [3.1.1:MQTT-3.1.2-18] [3.1.1:MQTT-3.1.2-20]');
  return { type: 'connect', dialect, cleanStart, keepAlive, clientId, userName, password, will, properties };
}

/** In 3.1 Remaining Length goes before the flags of user name and password. */
function isMissing(reader: Reader, dialect: Dialect): boolean {
  return dialect.flaggedCredentialsMayBeMissing && reader.left === 0;
}

function checkFlags(flags: number, dialect: Dialect): void {
  if ((flags & FLAG_RESERVED) !== 0) {
    malformed('the reserved connect flag is set', '[5:MQTT-3.1.2-3] [3.1.1:MQTT-3.1.2-3]');
  }
  const willQos = (flags >> WILL_QOS_SHIFT) & 3;
  if (willQos === 3) malformed('Will QoS is 3', '[5:MQTT-3.1.2-12] [3.1.1:MQTT-3.1.2-14]');
  // Neither may stand without a will; will fields are then bytes too many. [3.1.1:MQTT-3.1.2-11]
  if ((flags & FLAG_WILL) === 0) {
    if (willQos !== 0)
      malformed(`Will QoS is ${willQos} without a will`, '[5:MQTT-3.1.2-11] [3.1.1:MQTT-3.1.2-13]');
    if ((flags & FLAG_WILL_RETAIN) !== 0) {
      malformed('Will Retain is set without a will', '[5:MQTT-3.1.2-13] [3.1.1:MQTT-3.1.2-15]');
    }
  }
  if ((flags & FLAG_PASSWORD) !== 0 && (flags & FLAG_USER_NAME) === 0 && !dialect.passwordWithoutUserName) {
    protocolError(
      `a password without a user name, which MQTT ${dialect.name} does not allow`,
      '[3.1.1:MQTT-3.1.2-22]',
    );
  }
}

function checkEmptyClientId(cleanStart: boolean, dialect: Dialect): void {
  if (dialect.emptyClientId === 'always') return;
  if (dialect.emptyClientId === 'with-clean-session' && cleanStart) return;
  refuse(
    Reason.clientIdentifierNotValid,
    dialect.emptyClientId === 'never'
      ? `the client identifier is empty, MQTT ${dialect.name} asks for 1 to ${dialect.clientIdCharsMax} characters`
      : 'the client identifier is empty with CleanSession 0',
    '[3.1.1:MQTT-3.1.3-7] [3.1.1:MQTT-3.1.3-8]',
  );
}

/** [5:MQTT-3.1.2-9] [5:MQTT-3.1.3-11] [3.1.1:MQTT-3.1.2-9] [3.1.1:MQTT-3.1.3-10] */
function readWill(reader: Reader, flags: number, dialect: Dialect): Will {
  const properties = dialect.properties ? readProperties(reader, 'will', 'client') : NO_PROPERTIES;
  const topic = reader.topicName('the will topic');
  const payload = reader.binary('the will payload');
  const qos = ((flags >> WILL_QOS_SHIFT) & 3) as QoS;
  return { topic, payload, qos, retain: (flags & FLAG_WILL_RETAIN) !== 0, properties };
}

/** Writes CONNECT. @throws MqttError for what its dialect cannot say. */
export function writeConnect(packet: ConnectPacket, out: Output, maximumPacketSize: number): number {
  const { dialect, clientId, will, userName, password } = packet;
  if (password !== undefined && userName === undefined && !dialect.passwordWithoutUserName) {
    throw new MqttError(
      'password-without-user-name',
      `MQTT ${dialect.name} takes no password without a user name`,
      {
        clause: '[3.1.1:MQTT-3.1.2-22]',
      },
    );
  }
  if (!(Number.isInteger(packet.keepAlive) && packet.keepAlive >= 0 && packet.keepAlive <= 0xffff)) {
    throw new MqttError('invalid-keep-alive', `Keep Alive is ${packet.keepAlive}, not 0 to 65535 seconds`);
  }
  const properties = dialect.properties ? propertiesSize(packet.properties, 'connect') : 0;
  const willProperties =
    dialect.properties && will !== undefined ? propertiesSize(will.properties, 'will') : 0;
  let remaining = stringSize(dialect.protocolName) + 4 + stringSize(clientId);
  if (dialect.properties) remaining += variableSize(properties) + properties;
  if (will !== undefined) {
    remaining += stringSize(will.topic) + binarySize(will.payload);
    if (dialect.properties) remaining += variableSize(willProperties) + willProperties;
  }
  if (userName !== undefined) remaining += stringSize(userName);
  if (password !== undefined) remaining += binarySize(password);
  const size = begin(0x10, remaining, out, maximumPacketSize);
  if (size === 0) return 0;
  out.text(dialect.protocolName);
  out.uint8(dialect.protocolLevel);
  out.uint8(connectFlags(packet));
  out.uint16(packet.keepAlive);
  if (dialect.properties) writeProperties(packet.properties, properties, out);
  out.text(clientId);
  if (will !== undefined) {
    if (dialect.properties) writeProperties(will.properties, willProperties, out);
    out.text(will.topic);
    out.binary(will.payload);
  }
  if (userName !== undefined) out.text(userName);
  if (password !== undefined) out.binary(password);
  return size;
}

function connectFlags({ cleanStart, will, userName, password }: ConnectPacket): number {
  let flags = cleanStart ? FLAG_CLEAN_START : 0;
  if (will !== undefined)
    flags |= FLAG_WILL | (will.qos << WILL_QOS_SHIFT) | (will.retain ? FLAG_WILL_RETAIN : 0);
  if (userName !== undefined) flags |= FLAG_USER_NAME;
  if (password !== undefined) flags |= FLAG_PASSWORD;
  return flags;
}
