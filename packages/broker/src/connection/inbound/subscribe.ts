// SUBSCRIBE and UNSUBSCRIBE: one answer with a code for each filter, in order. [5:3.8.4] [5:3.10.4] [3.1.1:3.8.4]

import {
  hasWildcard,
  Reason,
  type ReasonCode,
  type SubscribePacket,
  type SubscriptionRequest,
  type UnsubscribePacket,
} from '@anax/protocol';
import { maySubscribe } from '../../access/access.ts';
import type { Subscription } from '../../hub/session.ts';
import type { Open } from '../open.ts';

export function onSubscribe(open: Open, packet: SubscribePacket, now: number): void {
  const { hub, session } = open;
  const identifier = packet.properties.subscriptionIdentifiers?.[0];
  const missing = open.link.dialect.properties ? notOffered(open, packet) : undefined;
  if (missing !== undefined) return open.refuse(missing.reasonCode, missing.message, missing.clause);
  const reasonCodes: ReasonCode[] = [];
  const retainedWanted: Subscription[] = [];
  for (const request of packet.subscriptions) {
    const refused = refusal(open, request);
    if (refused !== undefined) {
      // 3.1 has no word for a refused filter: it is granted in words and never served.
      reasonCodes.push(open.link.dialect.subscribeFailure ? refused : request.qos);
      continue;
    }
    const { topicFilter, noLocal, retainAsPublished, retainHandling } = request;
    const qos = hub.grantable(request.qos);
    const subscription: Subscription = { filter: topicFilter, qos, noLocal, retainAsPublished, identifier };
    const isNew = hub.subscribe(session, subscription);
    // [5:MQTT-3.3.1-9] [5:MQTT-3.3.1-10] [5:MQTT-3.3.1-11]
    if (retainHandling === 0 || (retainHandling === 1 && isNew)) retainedWanted.push(subscription);
    reasonCodes.push(qos);
  }
  // [5:MQTT-3.8.4-1] [5:MQTT-3.8.4-2] [5:MQTT-3.8.4-6] [5:MQTT-3.9.3-1] [3.1.1:MQTT-3.8.4-1] [3.1.1:MQTT-3.9.3-1]
  open.send({ type: 'suback', packetId: packet.packetId, reasonCodes, properties: {} });
  for (const subscription of retainedWanted) hub.deliverRetained(session, subscription, now);
}

interface Missing {
  readonly reasonCode: ReasonCode;
  readonly message: string;
  readonly clause: string;
}

/** What CONNACK said that this server does not have: asking for it all the same is a Protocol Error. */
function notOffered({ context: { limits } }: Open, packet: SubscribePacket): Missing | undefined {
  const { properties, subscriptions } = packet;
  if (properties.subscriptionIdentifiers !== undefined && !limits.subscriptionIdentifiersAvailable) {
    const message = 'a Subscription Identifier, which this server does not have';
    return { reasonCode: Reason.subscriptionIdentifiersNotSupported, message, clause: '[5:3.2.2.3.12]' };
  }
  if (subscriptions.some(({ topicFilter }) => topicFilter.startsWith('$share/'))) {
    const message = 'a shared subscription, which this server does not have';
    return { reasonCode: Reason.sharedSubscriptionsNotSupported, message, clause: '[5:3.2.2.3.13]' };
  }
  if (!limits.wildcardSubscriptionAvailable && subscriptions.some((one) => hasWildcard(one.topicFilter))) {
    const message = 'a wildcard in a topic filter, which this server does not have';
    return { reasonCode: Reason.wildcardSubscriptionsNotSupported, message, clause: '[5:3.2.2.3.11]' };
  }
  return undefined;
}

function refusal(open: Open, request: SubscriptionRequest): ReasonCode | undefined {
  const { limits } = open.context;
  const { topicFilter } = request;
  const { session } = open;
  // Only 3.x comes here with one: it was not told.
  if (!limits.wildcardSubscriptionAvailable && hasWildcard(topicFilter)) {
    return Reason.wildcardSubscriptionsNotSupported;
  }
  if (!maySubscribe(open.permissions, topicFilter)) return Reason.notAuthorized;
  if (session.subscriptions.size >= limits.subscriptionsMax && !session.subscriptions.has(topicFilter)) {
    return Reason.quotaExceeded;
  }
  return undefined;
}

export function onUnsubscribe(open: Open, packet: UnsubscribePacket): void {
  const { hub, session } = open;
  const reasonCodes = packet.topicFilters.map(
    (filter): ReasonCode =>
      // [5:MQTT-3.10.4-1] [5:MQTT-3.10.4-2] [3.1.1:MQTT-3.10.4-1] [3.1.1:MQTT-3.10.4-2]
      hub.unsubscribe(session, filter) ? Reason.success : Reason.noSubscriptionExisted,
  );
  // [5:MQTT-3.10.4-4] [5:MQTT-3.10.4-5] [3.1.1:MQTT-3.10.4-4] [3.1.1:MQTT-3.10.4-5]
  open.send({ type: 'unsuback', packetId: packet.packetId, reasonCodes, properties: {} });
}
