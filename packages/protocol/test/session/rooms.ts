/** Owns small messages and packets for the tests of the session rooms. Never asserts. */

import { type PublishPacket, publishPacket, type QoS } from '../../src/codec/index.ts';
import { type Delivery, delivery, type MessageProperties, message } from '../../src/session/index.ts';
import { NO_PROPERTIES, type PropertiesOf } from '../../src/spec/index.ts';
import { nameOf } from '../topic/generators.ts';

export function messageWith(properties: MessageProperties, payload = new Uint8Array(3)) {
  return message(nameOf('a/b'), payload, 1, false, properties, 'c1', Number.POSITIVE_INFINITY);
}

export function deliveryOf(qos: QoS, packetId: number): Delivery {
  const owed = delivery(messageWith(NO_PROPERTIES), qos, false, undefined);
  owed.packetId = packetId;
  return owed;
}

export function publishWith(topic: string, properties: PropertiesOf<'publish'>): PublishPacket {
  return publishPacket(topic === '' ? '' : nameOf(topic), new Uint8Array(), 0, false, false, 0, properties);
}
