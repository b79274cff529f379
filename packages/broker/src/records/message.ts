// A message as a row has it: when it expires, who published it, how, then a PUBLISH of MQTT 5 with topic, properties
// and payload. So a row says what the wire says, and what reads packets reads it.

import {
  Decoder,
  encode,
  type Message,
  MQTT_5_0,
  messageProperties,
  PACKET_BYTES_MAX,
  publishPacket,
  type QoS,
  type TopicName,
} from '@anax/protocol';
import { DamagedRow, type RowReader, type RowWriter } from './fields.ts';

const QOS = 3;
const RETAIN = 4;

export function writeMessage(row: RowWriter, message: Message): void {
  const { topic, payload, qos, retain, properties, publisher, expiresAt } = message;
  row
    .ms(expiresAt)
    .byte(qos | (retain ? RETAIN : 0))
    .string(publisher);
  // At QoS 0 there is no packet identifier, which belongs to a delivery.
  encode(publishPacket(topic, payload, 0, false, false, 0, properties), MQTT_5_0, row);
}

/** The last thing in its row: everything that is left belongs to it. Its bytes are the row's. */
export function readMessage(row: RowReader): Message {
  const expiresAt = row.ms();
  const flags = row.byte();
  const publisher = row.string();
  const decoder = new Decoder({ sender: 'client', dialect: MQTT_5_0, maximumPacketSize: PACKET_BYTES_MAX });
  decoder.push(row.rest());
  const packet = decoder.next();
  if (packet?.type !== 'publish') throw new DamagedRow('a message is no PUBLISH');
  if ((flags & QOS) === 3) throw new DamagedRow('a message of QoS 3');
  return {
    topic: packet.topic as TopicName,
    payload: packet.payload,
    qos: (flags & QOS) as QoS,
    retain: (flags & RETAIN) !== 0,
    properties: messageProperties(packet.properties),
    publisher,
    expiresAt,
  };
}
