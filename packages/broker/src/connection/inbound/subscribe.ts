// SUBSCRIBE and UNSUBSCRIBE: one answer with a code for each filter, in order. [5:3.8.4] [5:3.10.4] [3.1.1:3.8.4]

import {
  levelCount,
  type ParsedFilter,
  parseSharedFilter,
  parseTopicFilter,
  type QoS,
  Reason,
  type ReasonCode,
  type SubscribePacket,
  type TopicFilter,
  type UnsubscribePacket,
  utf8Length,
} from '@anax/protocol';
import { lowerQos } from '../../hub/outgoing.ts';
import { maySubscribe } from '../../hub/rights.ts';
import type { Subscription } from '../../hub/session.ts';
import type { Open } from '../open.ts';

export function onSubscribe(open: Open, packet: SubscribePacket, now: number): void {
  const { hub, session } = open;
  const { dialect } = open.link;
  const identifier = packet.properties.subscriptionIdentifiers?.[0];
  const missing = dialect.properties ? notOffered(open, packet) : undefined;
  if (missing !== undefined) return open.refuse(missing.reasonCode, missing.message, missing.clause);
  const reasonCodes: ReasonCode[] = [];
  const retainedWanted: Subscription[] = [];
  for (const request of packet.subscriptions) {
    const parsed = parse(open, request.topicFilter);
    const qos = lowerQos(request.qos, open.limits.maximumQos); // [5:MQTT-3.2.2-10] [5:MQTT-3.8.4-7]
    const refused = parsed === undefined ? Reason.topicFilterInvalid : refusal(open, parsed, qos);
    // Whoever was asked may have ended the connection, and with it the session: nobody would take a subscription away.
    if (session.link !== open.link) return;
    if (parsed === undefined || refused !== undefined) {
      if (refused === Reason.notAuthorized) {
        open.noteRefusal(
          'subscribe-refused',
          `may not subscribe to ${JSON.stringify(request.topicFilter)}`,
          now,
        );
      }
      // 3.1 has no word for a refused filter: it is granted in words and never served.
      reasonCodes.push(dialect.subscribeFailure ? (refused as ReasonCode) : request.qos);
      continue;
    }
    const { filter, matching, shareName } = parsed;
    const { noLocal, retainAsPublished, retainHandling } = request;
    const shared = shareName !== undefined;
    const subscription = { filter, matching, shared, qos, noLocal, retainAsPublished, identifier };
    const isNew = hub.subscribe(session, subscription);
    // A shared subscription brings no retained messages. [5:MQTT-3.3.1-9] [5:MQTT-3.3.1-10] [5:MQTT-3.3.1-11] [5:4.8.2]
    // [5:MQTT-3.8.4-4] [3.1.1:MQTT-3.3.1-6] [3.1.1:MQTT-3.8.4-3]
    const wantsRetained = retainHandling === 0 || (retainHandling === 1 && isNew);
    if (wantsRetained && !shared) retainedWanted.push(subscription);
    reasonCodes.push(qos);
  }
  // [5:MQTT-2.2.1-6] [5:MQTT-3.8.4-1] [5:MQTT-3.8.4-2] [5:MQTT-3.8.4-5] [5:MQTT-3.8.4-6] [5:MQTT-3.9.3-1]
  //
  // [3.1.1:MQTT-2.3.1-7] [3.1.1:MQTT-3.8.4-1] [3.1.1:MQTT-3.8.4-2] [3.1.1:MQTT-3.8.4-4] [3.1.1:MQTT-3.8.4-5]
  // [3.1.1:MQTT-3.9.3-1]
  open.send({ type: 'suback', packetId: packet.packetId, reasonCodes, properties: {} });
  for (const subscription of retainedWanted) hub.deliverRetained(session, subscription, now);
}

/** The filter as this client means it; undefined where `$share/...` is none, which only an older dialect lets through. */
function parse({ link, limits }: Open, topicFilter: TopicFilter): ParsedFilter | undefined {
  const knowsShared =
    link.dialect.sharedSubscriptions ||
    (limits.sharedSubscriptionAvailable && limits.sharedSubscriptionsBefore5);
  return knowsShared ? parseSharedFilter(topicFilter) : parseTopicFilter(topicFilter);
}

interface Missing {
  readonly reasonCode: ReasonCode;
  readonly message: string;
  readonly clause: string;
}

/** What CONNACK said that this server does not have: asking for it all the same is a Protocol Error. */
function notOffered({ limits }: Open, packet: SubscribePacket): Missing | undefined {
  const { properties, subscriptions } = packet;
  if (properties.subscriptionIdentifiers !== undefined && !limits.subscriptionIdentifiersAvailable) {
    const message = 'a Subscription Identifier, which this server does not have';
    return { reasonCode: Reason.subscriptionIdentifiersNotSupported, message, clause: '[5:3.2.2.3.12]' };
  }
  for (const { topicFilter } of subscriptions) {
    const parsed = parseSharedFilter(topicFilter);
    if (parsed?.shareName !== undefined && !limits.sharedSubscriptionAvailable) {
      const message = 'a shared subscription, which this server does not have';
      return { reasonCode: Reason.sharedSubscriptionsNotSupported, message, clause: '[5:3.2.2.3.13]' };
    }
    if (parsed?.wildcard === true && !limits.wildcardSubscriptionAvailable) {
      const message = 'a wildcard in a topic filter, which this server does not have';
      return { reasonCode: Reason.wildcardSubscriptionsNotSupported, message, clause: '[5:3.2.2.3.11]' };
    }
  }
  return undefined;
}

function refusal(open: Open, { filter, matching, wildcard }: ParsedFilter, qos: QoS): ReasonCode | undefined {
  const { limits } = open;
  const { session } = open;
  // Only 3.x comes here with one: it was not told. [3.1.1:MQTT-3.8.3-2]
  if (!limits.wildcardSubscriptionAvailable && wildcard) return Reason.wildcardSubscriptionsNotSupported;
  const filterBytes = utf8Length(filter);
  if (filterBytes > limits.topicFilterBytesMax || levelCount(matching) > limits.topicLevelsMax) {
    return Reason.topicFilterInvalid;
  }
  if (!maySubscribe(session.rights, matching, qos)) return Reason.notAuthorized;
  if (session.subscriptions.has(filter)) return undefined;
  const full =
    session.subscriptions.size >= limits.subscriptionsMax ||
    open.hub.subscriptionCount >= limits.subscriptionsTotalMax ||
    session.filterBytes + filterBytes > limits.subscriptionBytesMax;
  return full ? Reason.quotaExceeded : undefined;
}

export function onUnsubscribe(open: Open, packet: UnsubscribePacket, now: number): void {
  const { hub, session } = open;
  // [5:MQTT-3.10.4-1] [5:MQTT-3.10.4-2] [3.1.1:MQTT-3.10.4-1] [3.1.1:MQTT-3.10.4-2]
  const reasonCodes = hub
    .unsubscribe(session, packet.topicFilters, now)
    .map((removed): ReasonCode => (removed ? Reason.success : Reason.noSubscriptionExisted));
  // [5:MQTT-2.2.1-6] [5:MQTT-3.10.4-4] [5:MQTT-3.10.4-5] [5:MQTT-3.10.4-6] [5:MQTT-3.11.3-1]
  // [3.1.1:MQTT-2.3.1-7] [3.1.1:MQTT-3.10.4-4] [3.1.1:MQTT-3.10.4-5] [3.1.1:MQTT-3.10.4-6]
  open.send({ type: 'unsuback', packetId: packet.packetId, reasonCodes, properties: {} });
}
