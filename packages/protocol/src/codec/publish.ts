// PUBLISH: read, check, write. The one packet on the hot path. [5:3.3] [3.1.1:3.3]

import type { Dialect } from '../spec/dialects.ts';
import { MqttError } from '../spec/fault.ts';
import type { Side } from '../spec/packet-types.ts';
import { NO_PROPERTIES, type PropertiesOf } from '../spec/properties.ts';
import type { TopicName } from '../topic/index.ts';
import { begin, checkPacketId, readPacketId } from './header.ts';
import { type Output, stringSize, variableSize } from './output.ts';
import type { PublishPacket, QoS } from './packets.ts';
import { propertiesSize, readProperties, writeProperties } from './properties.ts';
import type { Reader } from './reader.ts';
import { malformed, protocolError } from './refuse.ts';

const FLAG_RETAIN = 0x01;
const FLAG_DUP = 0x08;

/** Makes a PUBLISH with all its fields, in the one order that every PUBLISH has. */
export function publishPacket(
  topic: TopicName | '',
  payload: Uint8Array,
  qos: QoS,
  retain: boolean,
  dup: boolean,
  packetId: number,
  properties: PropertiesOf<'publish'>,
): PublishPacket {
  return { type: 'publish', topic, payload, qos, retain, dup, packetId, properties };
}

export function readPublish(reader: Reader, flags: number, dialect: Dialect, sender: Side): PublishPacket {
  const qos = ((flags >> 1) & 3) as QoS;
  const dup = (flags & FLAG_DUP) !== 0;
  if ((qos as number) === 3) malformed('both QoS bits are set', '[5:MQTT-3.3.1-4] [3.1.1:MQTT-3.3.1-4]');
  if (dup && qos === 0) protocolError('DUP is set at QoS 0', '[5:MQTT-3.3.1-2] [3.1.1:MQTT-3.3.1-2]');
  const topic = readTopic(reader, dialect);
  const packetId = qos === 0 ? 0 : readPacketId(reader); // [5:MQTT-2.2.1-2] [3.1.1:MQTT-2.3.1-5]
  const properties: PropertiesOf<'publish'> = dialect.properties
    ? readProperties(reader, 'publish', sender)
    : NO_PROPERTIES;
  if (topic === '' && properties.topicAlias === undefined) {
    protocolError('the topic name is empty and there is no Topic Alias', '[5:3.3.2.1]');
  }
  return publishPacket(topic, reader.rest(), qos, (flags & FLAG_RETAIN) !== 0, dup, packetId, properties);
}

/** [5:MQTT-3.3.2-1] [5:MQTT-3.3.2-2] [3.1.1:MQTT-3.3.2-1] [3.1.1:MQTT-3.3.2-2] */
function readTopic(reader: Reader, dialect: Dialect): TopicName | '' {
  const { bytes, at } = reader;
  if (dialect.properties && reader.left >= 2 && bytes[at] === 0 && bytes[at + 1] === 0) {
    reader.at = at + 2;
    return '';
  }
  return reader.topicName('the topic name');
}

export function writePublish(
  packet: PublishPacket,
  dialect: Dialect,
  out: Output,
  maximumPacketSize: number,
): number {
  const { topic, payload, qos, packetId } = packet;
  let remaining = stringSize(topic) + payload.length;
  if (qos > 0) {
    checkPacketId(packetId);
    remaining += 2;
  }
  let properties = 0;
  if (dialect.properties) {
    properties = propertiesSize(packet.properties, 'publish');
    remaining += variableSize(properties) + properties;
  }
  if (topic === '' && (packet.properties.topicAlias === undefined || !dialect.properties)) {
    throw new MqttError('invalid-topic', 'the topic name is empty', {
      clause: '[5:MQTT-4.7.3-1] [3.1.1:MQTT-4.7.3-1]',
    });
  }
  const referenced = payload.length >= out.referenceBytesMin ? payload.length : 0;
  const first = publishFirstByte(qos, packet.retain, packet.dup);
  const size = begin(first, remaining, out, maximumPacketSize, referenced);
  if (size === 0) return 0;
  out.text(topic);
  if (qos > 0) out.uint16(packetId);
  if (dialect.properties) writeProperties(packet.properties, properties, out);
  if (referenced === 0) out.raw(payload);
  else out.reference(payload);
  return size;
}

/**
 * The first byte of a PUBLISH; DUP only above QoS 0.
 * [5:MQTT-3.3.1-2] [5:MQTT-4.3.1-1] [3.1.1:MQTT-3.3.1-2] [3.1.1:MQTT-4.3.1-1]
 */
export function publishFirstByte(qos: QoS, retain: boolean, dup: boolean): number {
  return 0x30 | (dup && qos > 0 ? FLAG_DUP : 0) | (qos << 1) | (retain ? FLAG_RETAIN : 0);
}
