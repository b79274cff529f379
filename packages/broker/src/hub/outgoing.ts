// How a message leaves: its properties as this receiver, at this moment, is to see them.

import { type Message, NO_PROPERTIES, type PropertiesOf, type QoS } from '@anax/protocol';

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

/** The message with a payload of its own, for whoever keeps it: the payload it came with is a view into what was read. */
export function kept(message: Message): Message {
  return { ...message, payload: message.payload.slice() };
}

/** What is delivered of a message: no more than it was published with, no more than was granted. [5:MQTT-3.8.4-8] */
export function lowerQos(one: QoS, other: QoS): QoS {
  return one < other ? one : other;
}
