// How a message leaves: its properties as this receiver, at this moment, is to see them, and its topic or an alias.

import {
  type Message,
  NO_PROPERTIES,
  type OutboundAliases,
  type PropertiesOf,
  type PublishPacket,
  publishPacket,
  type QoS,
} from '@anax/protocol';
import type { Link } from './link.ts';

/**
 * The message's properties in their order, with what is left of the Message Expiry Interval and the identifiers of the
 * subscriptions that matched. [5:MQTT-3.3.2-6] [5:MQTT-3.3.4-3] [5:MQTT-3.3.4-4]
 */
export function outgoingProperties(
  message: Message,
  subscriptionIdentifiers: readonly number[] | undefined,
  now: number,
): PropertiesOf<'publish'> {
  const { properties, expiresAt } = message;
  if (expiresAt === Number.POSITIVE_INFINITY) {
    if (subscriptionIdentifiers === undefined) return properties;
    if (properties === NO_PROPERTIES) return { subscriptionIdentifiers };
    return { ...properties, subscriptionIdentifiers };
  }
  const messageExpiryInterval = Math.max(0, Math.ceil((expiresAt - now) / 1000));
  if (subscriptionIdentifiers === undefined) return { ...properties, messageExpiryInterval };
  return { ...properties, messageExpiryInterval, subscriptionIdentifiers };
}

/** Sends a message as PUBLISH; false where the client does not take a packet of that size. [5:MQTT-3.1.2-24] */
export function sendPublish(
  link: Link,
  message: Message,
  qos: QoS,
  retain: boolean,
  dup: boolean,
  packetId: number,
  subscriptionIdentifiers: readonly number[] | undefined,
  now: number,
): boolean {
  const properties = outgoingProperties(message, subscriptionIdentifiers, now);
  const packet = publishPacket(message.topic, message.payload, qos, retain, dup, packetId, properties);
  return link.aliases === undefined ? link.send(packet) : sendAliased(link, link.aliases, packet);
}

/** [5:MQTT-3.1.2-26] [5:MQTT-3.3.2-11] */
function sendAliased(link: Link, aliases: OutboundAliases, packet: PublishPacket): boolean {
  const { topic } = packet;
  if (topic === '') return link.send(packet);
  const known = aliases.find(topic);
  const topicAlias = known > 0 ? known : aliases.assign(topic);
  if (topicAlias === 0) return link.send(packet);
  const properties = { ...packet.properties, topicAlias };
  if (known > 0) return link.send({ ...packet, topic: '', properties });
  if (link.send({ ...packet, properties })) return true;
  aliases.withdraw(topic);
  // The alias itself may be what was too much.
  return link.send(packet);
}

/**
 * What is delivered of a message: no more than it was published with, no more than was granted.
 * [5:MQTT-3.8.4-8] [3.1.1:MQTT-3.8.4-6]
 */
export function lowerQos(one: QoS, other: QoS): QoS {
  return one < other ? one : other;
}
