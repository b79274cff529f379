// SUBSCRIBE and UNSUBSCRIBE: read, check, write. [5:3.8] [5:3.10] [3.1.1:3.8] [3.1.1:3.10]

import type { Dialect } from '../spec/dialects.ts';
import { MqttError } from '../spec/fault.ts';
import { NO_PROPERTIES } from '../spec/properties.ts';
import { Reason } from '../spec/reason-codes.ts';
import {
  sharedFilterProblem,
  type TopicFilter,
  type TopicProblem,
  topicFilterProblem,
} from '../topic/index.ts';
import { begin, checkPacketId, readPacketId } from './header.ts';
import { type Output, stringSize, variableSize } from './output.ts';
import type {
  QoS,
  RetainHandling,
  SubscribePacket,
  SubscriptionRequest,
  UnsubscribePacket,
} from './packets.ts';
import { propertiesSize, readProperties, writeProperties } from './properties.ts';
import type { Reader } from './reader.ts';
import { malformed, protocolError, refuse } from './refuse.ts';

const FLAG_NO_LOCAL = 0x04;
const FLAG_RETAIN_AS_PUBLISHED = 0x08;
const RETAIN_HANDLING_SHIFT = 4;

export function readSubscribe(reader: Reader, dialect: Dialect): SubscribePacket {
  const packetId = readPacketId(reader);
  const properties = dialect.properties ? readProperties(reader, 'subscribe', 'client') : NO_PROPERTIES;
  if (reader.left === 0)
    protocolError('SUBSCRIBE has no topic filter', '[5:MQTT-3.8.3-2] [3.1.1:MQTT-3.8.3-3]');
  const subscriptions: SubscriptionRequest[] = [];
  while (reader.left > 0) {
    const topicFilter = readTopicFilter(reader, dialect, subscriptions.length);
    subscriptions.push(readOptions(reader, topicFilter, dialect));
  }
  return { type: 'subscribe', packetId, subscriptions, properties };
}

/** [5:MQTT-3.8.3-1] [5:MQTT-3.10.3-1] [3.1.1:MQTT-3.8.3-1] [3.1.1:MQTT-3.10.3-1] */
function readTopicFilter(reader: Reader, dialect: Dialect, before: number): TopicFilter {
  const most = reader.limits.topicFiltersMax;
  if (before >= most)
    refuse(Reason.quotaExceeded, `more than ${most} topic filters in a packet`, '[5:5.4.8] [3.1.1:5.4.8]');
  const text = reader.freshText('a topic filter');
  const problem = filterProblem(text, dialect);
  if (problem !== undefined)
    protocolError(`topic filter ${JSON.stringify(text)}: ${problem.message}`, problem.clause);
  return text as TopicFilter;
}

function filterProblem(text: string, dialect: Dialect): TopicProblem | undefined {
  return dialect.sharedSubscriptions ? sharedFilterProblem(text) : topicFilterProblem(text);
}

function readOptions(reader: Reader, topicFilter: TopicFilter, dialect: Dialect): SubscriptionRequest {
  const bits = reader.uint8('the subscription options');
  const qos = (bits & 3) as QoS;
  if ((qos as number) === 3) protocolError('the requested QoS is 3', '[5:3.8.3.1] [3.1.1:MQTT-3.8.3-4]');
  if (!dialect.subscriptionOptions) {
    if (bits > 2) malformed('a reserved bit of the requested QoS is set', '[3.1.1:MQTT-3.8.3-4]');
    return { topicFilter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0 };
  }
  const retainHandling = ((bits >> RETAIN_HANDLING_SHIFT) & 3) as RetainHandling;
  if ((retainHandling as number) === 3) protocolError('Retain Handling is 3', '[5:3.8.3.1]');
  if ((bits & 0xc0) !== 0) malformed('a reserved bit of the subscription options is set', '[5:MQTT-3.8.3-5]');
  const noLocal = (bits & FLAG_NO_LOCAL) !== 0;
  if (noLocal && topicFilter.startsWith('$share/')) {
    protocolError('No Local is set on a shared subscription', '[5:MQTT-3.8.3-4]');
  }
  return {
    topicFilter,
    qos,
    noLocal,
    retainAsPublished: (bits & FLAG_RETAIN_AS_PUBLISHED) !== 0,
    retainHandling,
  };
}

export function writeSubscribe(
  packet: SubscribePacket,
  dialect: Dialect,
  out: Output,
  maximumPacketSize: number,
): number {
  checkPacketId(packet.packetId);
  if (packet.subscriptions.length === 0) noFilter('[5:MQTT-3.8.3-2] [3.1.1:MQTT-3.8.3-3]');
  const properties = dialect.properties ? propertiesSize(packet.properties, 'subscribe') : 0;
  let remaining = 2 + (dialect.properties ? variableSize(properties) + properties : 0);
  for (const { topicFilter } of packet.subscriptions) remaining += filterSize(topicFilter, dialect) + 1;
  const size = begin(0x82, remaining, out, maximumPacketSize);
  if (size === 0) return 0;
  out.uint16(packet.packetId);
  if (dialect.properties) writeProperties(packet.properties, properties, out);
  for (const one of packet.subscriptions) {
    out.text(one.topicFilter);
    out.uint8(dialect.subscriptionOptions ? optionBits(one) : one.qos);
  }
  return size;
}

function optionBits(one: SubscriptionRequest): number {
  return (
    one.qos |
    (one.noLocal ? FLAG_NO_LOCAL : 0) |
    (one.retainAsPublished ? FLAG_RETAIN_AS_PUBLISHED : 0) |
    (one.retainHandling << RETAIN_HANDLING_SHIFT)
  );
}

export function readUnsubscribe(reader: Reader, dialect: Dialect): UnsubscribePacket {
  const packetId = readPacketId(reader);
  const properties = dialect.properties ? readProperties(reader, 'unsubscribe', 'client') : NO_PROPERTIES;
  if (reader.left === 0)
    protocolError('UNSUBSCRIBE has no topic filter', '[5:MQTT-3.10.3-2] [3.1.1:MQTT-3.10.3-2]');
  const topicFilters: TopicFilter[] = [];
  while (reader.left > 0) topicFilters.push(readTopicFilter(reader, dialect, topicFilters.length));
  return { type: 'unsubscribe', packetId, topicFilters, properties };
}

export function writeUnsubscribe(
  packet: UnsubscribePacket,
  dialect: Dialect,
  out: Output,
  maximumPacketSize: number,
): number {
  checkPacketId(packet.packetId);
  if (packet.topicFilters.length === 0) noFilter('[5:MQTT-3.10.3-2] [3.1.1:MQTT-3.10.3-2]');
  const properties = dialect.properties ? propertiesSize(packet.properties, 'unsubscribe') : 0;
  let remaining = 2 + (dialect.properties ? variableSize(properties) + properties : 0);
  for (const topicFilter of packet.topicFilters) remaining += filterSize(topicFilter, dialect);
  const size = begin(0xa2, remaining, out, maximumPacketSize);
  if (size === 0) return 0;
  out.uint16(packet.packetId);
  if (dialect.properties) writeProperties(packet.properties, properties, out);
  for (const topicFilter of packet.topicFilters) out.text(topicFilter);
  return size;
}

function filterSize(topicFilter: TopicFilter, dialect: Dialect): number {
  const problem = filterProblem(topicFilter, dialect);
  if (problem === undefined) return stringSize(topicFilter);
  throw new MqttError(
    'invalid-topic-filter',
    `topic filter ${JSON.stringify(topicFilter)}: ${problem.message}`,
    {
      clause: problem.clause,
    },
  );
}

function noFilter(clause: string): never {
  throw new MqttError('no-topic-filter', 'there is no topic filter in the request', { clause });
}
