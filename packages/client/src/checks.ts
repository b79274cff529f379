// What this client refuses to send because the server said that it cannot take it, or because it is no MQTT at all.
// Code words: `invalid-topic-name`, `invalid-topic-filter`, `invalid-qos`, `qos-not-supported`, `retain-not-supported`,
// `topic-alias-invalid`, `packet-too-large`, `properties-not-supported`, `subscription-options-not-supported`,
// `wildcard-subscriptions-not-supported`, `shared-subscriptions-not-supported`, `no-local-on-shared`,
// `subscription-identifiers-not-supported`, `subscription-identifier-in-publish`, `reason-codes-not-supported`,
// `invalid-reason-code`, `session-expiry-raised`. Decides, never sends.

import {
  type ConnectPacket,
  type Dialect,
  type DisconnectPacket,
  MqttError,
  type PropertiesOf,
  parseSharedFilter,
  parseTopicFilter,
  parseTopicName,
  type QoS,
  Reason,
  type ReasonCode,
  type RetainHandling,
  reasonCodeAllowed,
  type SubscriptionRequest,
  sharedFilterProblem,
  type TopicName,
  topicFilterProblem,
  topicNameProblem,
} from '@anax/protocol';
import type { Negotiated } from './negotiated.ts';
import { requirePropertiesSayable, requireQos } from './options.ts';
import type { Outgoing } from './outgoing.ts';

/** One filter of a SUBSCRIBE; what is left out is 0 or false. */
export interface FilterRequest {
  readonly topicFilter: string;
  readonly qos?: QoS;
  readonly noLocal?: boolean;
  readonly retainAsPublished?: boolean;
  readonly retainHandling?: RetainHandling;
}

function refusal(
  code: string,
  message: string,
  reasonCode: ReasonCode | undefined,
  clause: string,
): MqttError {
  return new MqttError(code, message, reasonCode === undefined ? { clause } : { reasonCode, clause });
}

/**
 * @throws MqttError where the text is no topic name.
 * [5:MQTT-3.3.2-2] [5:MQTT-4.7.0-1] [5:MQTT-4.7.3-1] [5:MQTT-4.7.3-2] [5:MQTT-4.7.3-3]
 * [3.1.1:MQTT-3.3.2-2] [3.1.1:MQTT-4.7.1-1] [3.1.1:MQTT-4.7.3-1] [3.1.1:MQTT-4.7.3-2] [3.1.1:MQTT-4.7.3-3]
 */
export function requireTopicName(text: string): TopicName {
  const topic = parseTopicName(text);
  if (topic !== undefined) return topic;
  const problem = topicNameProblem(text);
  const message = `the topic name ${JSON.stringify(text)} ${problem?.message ?? 'is invalid'}`;
  throw refusal('invalid-topic-name', message, Reason.topicNameInvalid, problem?.clause ?? '');
}

/** @throws MqttError where the server of this connection would not take this message. */
export function requirePublishable(owed: Outgoing, dialect: Dialect, negotiated: Negotiated): void {
  const { qos, retain, properties } = owed;
  requireQos(qos, '[5:MQTT-3.3.1-4] [3.1.1:MQTT-3.3.1-4]');
  if (qos > negotiated.maximumQos) {
    const message = `the server takes QoS ${negotiated.maximumQos} at most, this message has QoS ${qos}`;
    throw refusal('qos-not-supported', message, Reason.qosNotSupported, '[5:MQTT-3.2.2-11]');
  }
  if (retain && !negotiated.retainAvailable) {
    const message = 'the server takes no retained messages';
    throw refusal('retain-not-supported', message, Reason.retainNotSupported, '[5:MQTT-3.2.2-14]');
  }
  requirePropertiesSayable(properties, dialect, 'PUBLISH');
  if (properties.subscriptionIdentifiers !== undefined) {
    const message = 'only a server puts a Subscription Identifier into PUBLISH';
    throw refusal('subscription-identifier-in-publish', message, undefined, '[5:MQTT-3.3.4-6]');
  }
  // 0 is refused with the other values that a property cannot have. [5:MQTT-3.2.2-18] [5:MQTT-3.3.2-8]
  const { topicAlias, responseTopic } = properties;
  if (topicAlias !== undefined && topicAlias > negotiated.topicAliasMaximum) {
    const message = `Topic Alias ${topicAlias}, the server takes ${negotiated.topicAliasMaximum} at most`;
    throw refusal(
      'topic-alias-invalid',
      message,
      Reason.topicAliasInvalid,
      '[5:MQTT-3.2.2-17] [5:MQTT-3.3.2-9]',
    );
  }
  // [5:MQTT-3.3.2-14]
  if (responseTopic !== undefined) requireTopicName(responseTopic);
}

/** @throws MqttError for the first filter that the server of this connection would not take, or that is none. */
export function requireSubscription(
  request: FilterRequest,
  dialect: Dialect,
  negotiated: Negotiated,
): SubscriptionRequest {
  const { topicFilter, qos = 0, noLocal = false, retainAsPublished = false, retainHandling = 0 } = request;
  const parsed = dialect.sharedSubscriptions ? parseSharedFilter(topicFilter) : parseTopicFilter(topicFilter);
  if (parsed === undefined) throw filterProblem(topicFilter, dialect);
  requireQos(qos, '[5:3.8.3.1] [3.1.1:MQTT-3.8.3-4]');
  if (!dialect.subscriptionOptions && (noLocal || retainAsPublished || retainHandling !== 0)) {
    const message = `MQTT ${dialect.name} has no subscription options but QoS`;
    throw refusal('subscription-options-not-supported', message, undefined, '[3.1.1:3.8.3]');
  }
  if (parsed.wildcard && !negotiated.wildcardSubscriptionAvailable) {
    const code = Reason.wildcardSubscriptionsNotSupported;
    throw refusal(
      'wildcard-subscriptions-not-supported',
      'the server takes no wildcards',
      code,
      '[5:3.2.2.3.11]',
    );
  }
  if (parsed.shareName !== undefined) {
    if (!negotiated.sharedSubscriptionAvailable) {
      const code = Reason.sharedSubscriptionsNotSupported;
      throw refusal(
        'shared-subscriptions-not-supported',
        'the server shares no subscriptions',
        code,
        '[5:3.2.2.3.13]',
      );
    }
    if (noLocal) {
      throw refusal('no-local-on-shared', 'No Local on a shared subscription', undefined, '[5:MQTT-3.8.3-4]');
    }
  }
  return { topicFilter: parsed.filter, qos, noLocal, retainAsPublished, retainHandling };
}

/** @throws MqttError for a Subscription Identifier that the server would not take. */
export function requireSubscribeProperties(
  properties: PropertiesOf<'subscribe'>,
  dialect: Dialect,
  negotiated: Negotiated,
): void {
  requirePropertiesSayable(properties, dialect, 'SUBSCRIBE');
  const ids = properties.subscriptionIdentifiers;
  if (ids === undefined) return;
  if (!negotiated.subscriptionIdentifiersAvailable) {
    const code = Reason.subscriptionIdentifiersNotSupported;
    const message = 'the server takes no Subscription Identifiers';
    throw refusal('subscription-identifiers-not-supported', message, code, '[5:3.2.2.3.12]');
  }
  if (ids.length !== 1) {
    throw refusal(
      'invalid-property',
      'SUBSCRIBE has one Subscription Identifier',
      undefined,
      '[5:3.8.2.1.2]',
    );
  }
}

/** @throws MqttError */
export function requireFilter(text: string, dialect: Dialect): SubscriptionRequest['topicFilter'] {
  const parsed = dialect.sharedSubscriptions ? parseSharedFilter(text) : parseTopicFilter(text);
  if (parsed === undefined) throw filterProblem(text, dialect);
  return parsed.filter;
}

/**
 * [5:MQTT-3.8.3-1] [5:MQTT-3.10.3-1] [5:MQTT-4.7.1-1] [5:MQTT-4.7.1-2] [5:MQTT-4.8.2-1] [5:MQTT-4.8.2-2]
 * [3.1.1:MQTT-3.8.3-1] [3.1.1:MQTT-3.10.3-1] [3.1.1:MQTT-4.7.1-2] [3.1.1:MQTT-4.7.1-3]
 */
function filterProblem(text: string, dialect: Dialect): MqttError {
  const problem = dialect.sharedSubscriptions ? sharedFilterProblem(text) : topicFilterProblem(text);
  const message = `the topic filter ${JSON.stringify(text)} ${problem?.message ?? 'is invalid'}`;
  return refusal('invalid-topic-filter', message, Reason.topicFilterInvalid, problem?.clause ?? '');
}

/** @throws MqttError for a PUBACK or PUBREC that says no and that this connection cannot send. */
export function requireRejection(reasonCode: ReasonCode, dialect: Dialect): void {
  if (!dialect.reasonCodes) {
    const message = `MQTT ${dialect.name} can only say that a message was taken`;
    throw refusal('reason-codes-not-supported', message, undefined, '[3.1.1:3.4]');
  }
  if (reasonCode < 0x80 || !reasonCodeAllowed(reasonCode, 'puback', 'client')) {
    const message = `0x${Number(reasonCode).toString(16)} is not a reason code that refuses a message`;
    throw refusal('invalid-reason-code', message, undefined, '[5:MQTT-3.4.2-1] [5:MQTT-3.5.2-1]');
  }
}

/** What is larger than the server's Maximum Packet Size is not sent. [5:MQTT-3.2.2-15] */
export function tooLarge(maximumPacketSize: number): MqttError {
  const message = `the packet is larger than the ${maximumPacketSize} bytes that the server takes`;
  return refusal('packet-too-large', message, Reason.packetTooLarge, '[5:MQTT-3.2.2-15]');
}

/** @throws MqttError for a DISCONNECT that this connection cannot send. */
export function requireDisconnect(
  { reasonCode, properties }: DisconnectPacket,
  connect: ConnectPacket,
): void {
  const { dialect } = connect;
  requirePropertiesSayable(properties, dialect, 'DISCONNECT');
  if (reasonCode !== Reason.success && !dialect.reasonCodes) {
    const message = `DISCONNECT of MQTT ${dialect.name} has no reason code`;
    throw refusal('reason-codes-not-supported', message, undefined, '[3.1.1:3.14]');
  }
  if (!reasonCodeAllowed(reasonCode, 'disconnect', 'client')) {
    const message = `0x${Number(reasonCode).toString(16)} is not a DISCONNECT reason code of a client`;
    throw refusal('invalid-reason-code', message, undefined, '[5:MQTT-3.14.2-1]');
  }
  if ((properties.sessionExpiryInterval ?? 0) > 0 && (connect.properties.sessionExpiryInterval ?? 0) === 0) {
    const message = 'a session that CONNECT let end with the connection cannot be kept by DISCONNECT';
    throw refusal('session-expiry-raised', message, undefined, '[5:3.14.2.2.2]');
  }
}
