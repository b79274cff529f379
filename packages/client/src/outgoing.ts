// A message on its way out, from the call of `publish` until it is settled: made in one place, with all its fields.

import {
  messageBytes,
  NO_PROPERTIES,
  type Owed,
  type PropertiesOf,
  type QoS,
  type TopicName,
} from '@anax/protocol';
import { requireTopicName } from './checks.ts';
import { bytesOf } from './options.ts';
import type { PublishRequest } from './phase.ts';

export interface Outgoing extends Owed {
  readonly ticket: number;
  readonly topic: TopicName;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** A Topic Alias goes with the connection it was meant for. */
  properties: PropertiesOf<'publish'>;
  /** What it counts for in limits. */
  readonly bytes: number;
  /** When it was published, in ms. */
  readonly since: number;
  /** When it is too old to be sent for the first time, in ms; Infinity for never. */
  readonly due: number;
  /** Its place among those that wait; undefined while it does not. */
  place: Place | undefined;
}

/** A link in a list, of which nobody but `Waiting` knows anything. */
export interface Place {
  readonly owed: Outgoing;
  readonly number: number;
  before: Place | undefined;
  behind: Place | undefined;
}

/** @throws MqttError `invalid-topic-name` */
export function outgoing(request: PublishRequest, ticket: number, now: number, ageMaxMs: number): Outgoing {
  const topic = requireTopicName(request.topic);
  const { qos = 0, retain = false, properties = NO_PROPERTIES } = request;
  const payload = bytesOf(request.payload);
  const { messageExpiryInterval } = properties;
  const ageMs =
    messageExpiryInterval === undefined ? ageMaxMs : Math.min(ageMaxMs, messageExpiryInterval * 1000);
  return {
    ticket,
    topic,
    payload,
    qos,
    retain,
    properties,
    packetId: 0,
    phase: 'publish',
    bytes: messageBytes({ topic, payload, properties }),
    since: now,
    due: now + ageMs,
    place: undefined,
  };
}

/** With what is left of the Message Expiry Interval. [5:3.3.2.3.3] */
export function propertiesNow({ properties, since }: Outgoing, now: number): PropertiesOf<'publish'> {
  const { messageExpiryInterval } = properties;
  if (messageExpiryInterval === undefined) return properties;
  const waited = Math.floor((now - since) / 1000);
  if (waited <= 0) return properties;
  // 0 would be none at all. What is sent again may be older than it was to become.
  return { ...properties, messageExpiryInterval: Math.max(1, messageExpiryInterval - waited) };
}
