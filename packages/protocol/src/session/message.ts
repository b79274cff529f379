// A message, from the moment it is accepted until nobody needs it: immutable, shared by reference by all it is owed to.
// And a delivery: one message owed to one receiver, until it is acknowledged.

import type { QoS } from '../codec/packets.ts';
import { NO_PROPERTIES, type PropertiesOf } from '../spec/properties.ts';
import type { TopicName } from '../topic/index.ts';

/** What travels with a message unchanged: not the alias and not the subscription identifiers, which belong to a hop. */
export type MessageProperties = Omit<PropertiesOf<'publish'>, 'topicAlias' | 'subscriptionIdentifiers'>;

export interface Message {
  readonly topic: TopicName;
  /** Its own copy: it outlives the bytes it came in. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: MessageProperties;
  /** Client identifier of who published it; empty where the server itself did. */
  readonly publisher: string;
  /** Milliseconds on the clock of the machine that holds it; Infinity where it never expires. [5:3.3.2.3.3] */
  readonly expiresAt: number;
}

export function message(
  topic: TopicName,
  payload: Uint8Array,
  qos: QoS,
  retain: boolean,
  properties: MessageProperties,
  publisher: string,
  expiresAt: number,
): Message {
  return { topic, payload, qos, retain, properties, publisher, expiresAt };
}

/**
 * The properties of a PUBLISH as a message keeps them. The alias and the subscription identifiers are left behind,
 * the rest is as it came, in its order.
 * [5:MQTT-3.3.2-4] [5:MQTT-3.3.2-15] [5:MQTT-3.3.2-16] [5:MQTT-3.3.2-17] [5:MQTT-3.3.2-18] [5:MQTT-3.3.2-20]
 */
export function messageProperties(properties: PropertiesOf<'publish'>): MessageProperties {
  if (properties === NO_PROPERTIES) return NO_PROPERTIES;
  const { topicAlias, subscriptionIdentifiers, ...kept } = properties;
  for (const _ in kept) return withOwnBytes(kept);
  return NO_PROPERTIES;
}

/** Correlation Data, a view into what came in, becomes a copy in the same place: the message outlives the chunk. */
function withOwnBytes(kept: MessageProperties): MessageProperties {
  if (kept.correlationData === undefined) return kept;
  return { ...kept, correlationData: new Uint8Array(kept.correlationData) };
}

/** A rough count of the bytes that a message holds on to, for limits. */
export function messageBytes(held: Pick<Message, 'topic' | 'payload' | 'properties'>): number {
  const { topic, payload, properties } = held;
  const counted = properties === NO_PROPERTIES ? 0 : propertyBytes(properties);
  return topic.length + payload.length + counted + MESSAGE_OVERHEAD_BYTES;
}

function propertyBytes(properties: MessageProperties): number {
  const { contentType = '', responseTopic = '', correlationData, userProperties = [] } = properties;
  let bytes = contentType.length + responseTopic.length + (correlationData?.length ?? 0);
  for (const [name, value] of userProperties)
    bytes += name.length + value.length + USER_PROPERTY_OVERHEAD_BYTES;
  return bytes;
}

const MESSAGE_OVERHEAD_BYTES = 100;
const USER_PROPERTY_OVERHEAD_BYTES = 50;

/** `publish`: PUBLISH sent, PUBACK or PUBREC awaited. `release`: PUBREL sent, PUBCOMP awaited. */
export type DeliveryPhase = 'publish' | 'release';

export interface Delivery {
  readonly message: Message;
  /** The lower of the published and the granted QoS. [5:MQTT-3.8.4-8] */
  readonly qos: QoS;
  /** The RETAIN flag as this receiver is to see it. [5:MQTT-3.3.1-12] [5:MQTT-3.3.1-13] */
  readonly retain: boolean;
  readonly subscriptionIdentifiers: readonly number[] | undefined;
  /** 0 until it is sent for the first time. */
  packetId: number;
  phase: DeliveryPhase;
}

export function delivery(
  owed: Message,
  qos: QoS,
  retain: boolean,
  subscriptionIdentifiers: readonly number[] | undefined,
): Delivery {
  return { message: owed, qos, retain, subscriptionIdentifiers, packetId: 0, phase: 'publish' };
}
