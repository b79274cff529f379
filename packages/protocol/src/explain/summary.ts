// One line on a packet. Text that the peer chose is quoted, escaped and shortened.

import type {
  ConnackPacket,
  ConnectPacket,
  Packet,
  PublishPacket,
  SubscribePacket,
} from '../codec/packets.ts';
import type { Dialect } from '../spec/dialects.ts';
import { packetType } from '../spec/packet-types.ts';
import type { AnyProperties } from '../spec/properties.ts';
import { reasonCodeFact } from '../spec/reason-code-facts.ts';
import { reasonTitle } from '../spec/reason-titles.ts';
import { returnCodeTitle } from './connack.ts';
import { counted, hexByte, quoted, shownBytes } from './shown.ts';

/** Characters of a topic, an identifier or a payload. */
const TEXT_CHARS_MAX = 40;
/** Filters that are told one by one. */
const FILTERS_MAX = 3;

/** `CONNECT MQTT 5.0, client id 'x', Clean Start, Keep Alive 60 s` */
export function summaryOf(packet: Packet, dialect: Dialect): string {
  const { title } = packetType(packet.type);
  const told = detailsOf(packet, dialect);
  if ('properties' in packet) told.push(...propertyDetails(packet.properties));
  const details = told.filter((one) => one !== '').join(', ');
  return details === '' ? title : `${title} ${details}`;
}

function detailsOf(packet: Packet, dialect: Dialect): string[] {
  switch (packet.type) {
    case 'connect':
      return connectDetails(packet);
    case 'connack':
      return connackDetails(packet, dialect);
    case 'publish':
      return publishDetails(packet);
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return [
        `packet id ${packet.packetId}`,
        packet.reasonCode === 0 ? '' : reason(packet.reasonCode, packet.type),
      ];
    case 'subscribe':
      return subscribeDetails(packet);
    case 'unsubscribe':
      return [`packet id ${packet.packetId}`, ...listed(packet.topicFilters.map((filter) => short(filter)))];
    case 'suback':
    case 'unsuback':
      return [
        `packet id ${packet.packetId}`,
        ...listed(packet.reasonCodes.map((code) => reason(code, packet.type))),
      ];
    case 'disconnect':
      return dialect.reasonCodes ? [reason(packet.reasonCode, 'disconnect')] : [];
    case 'auth':
      return [
        reason(packet.reasonCode, 'auth'),
        `method ${short(packet.properties.authenticationMethod ?? '')}`,
      ];
    case 'pingreq':
    case 'pingresp':
      return [];
  }
}

function connectDetails(packet: ConnectPacket): string[] {
  const { dialect, clientId, cleanStart, keepAlive, will, userName, password } = packet;
  return [
    `MQTT ${dialect.name}`,
    clientId === '' ? 'no client id' : `client id ${short(clientId)}`,
    cleanStart ? (dialect.properties ? 'Clean Start' : 'Clean Session') : '',
    keepAlive === 0 ? 'no Keep Alive' : `Keep Alive ${keepAlive} s`,
    will === undefined ? '' : `will to ${short(will.topic)} QoS ${will.qos}${will.retain ? ' retained' : ''}`,
    userName === undefined ? '' : `user ${short(userName)}`,
    password === undefined ? '' : 'with password',
  ];
}

function connackDetails(packet: ConnackPacket, dialect: Dialect): string[] {
  const code = dialect.reasonCodes ? undefined : reasonCodeFact(packet.reasonCode)?.returnCode;
  return [
    code === undefined ? reason(packet.reasonCode, 'connack') : `${hexByte(code)} ${returnCodeTitle(code)}`,
    packet.sessionPresent ? 'Session Present' : '',
  ];
}

function publishDetails(packet: PublishPacket): string[] {
  const { topic, payload, qos, retain, dup, packetId } = packet;
  return [
    topic === '' ? 'topic by alias' : `to ${short(topic)}`,
    qos === 0 ? 'QoS 0' : `QoS ${qos}`,
    qos === 0 ? '' : `packet id ${packetId}`,
    dup ? 'DUP' : '',
    retain ? 'RETAIN' : '',
    payload.length === 0
      ? 'no payload'
      : `${counted(payload.length, 'byte')}: ${shownBytes(payload, TEXT_CHARS_MAX)}`,
  ];
}

function subscribeDetails(packet: SubscribePacket): string[] {
  const filters = packet.subscriptions.map(({ topicFilter, qos }) => `${short(topicFilter)} QoS ${qos}`);
  return [`packet id ${packet.packetId}`, ...listed(filters)];
}

/** How many properties there are, wherever there are some. */
function propertyDetails(properties: AnyProperties): string[] {
  let count = 0;
  for (const value of Object.values(properties)) count += Array.isArray(value) ? value.length : 1;
  return [count === 0 ? '' : counted(count, 'property', 'properties')];
}

function listed(items: readonly string[]): string[] {
  const more = items.length - FILTERS_MAX;
  return more > 0 ? [...items.slice(0, FILTERS_MAX), `and ${more} more`] : [...items];
}

function short(text: string): string {
  return quoted(text, TEXT_CHARS_MAX);
}

function reason(code: number, packet: Packet['type']): string {
  return `${hexByte(code)} ${reasonTitle(code, packet)}`;
}
