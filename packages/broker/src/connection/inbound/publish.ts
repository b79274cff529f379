// PUBLISH from a client, and PUBREL, which ends its QoS 2. [5:3.3.4] [5:4.3] [3.1.1:4.3]

import {
  type Message,
  message,
  messageProperties,
  type PublishPacket,
  type PubrelPacket,
  publishAck,
  Reason,
  type ReasonCode,
  type TopicName,
} from '@anax/protocol';
import { mayPublish } from '../../hub/rights.ts';
import { type ContentProblem, contentProblem } from '../content.ts';
import { expiryOf, type Open } from '../open.ts';

export function onPublish(open: Open, packet: PublishPacket, now: number): void {
  const { hub, session } = open;
  hub.counters.messagesReceived += 1;
  hub.counters.payloadBytesReceived += packet.payload.length;
  const { qos, packetId } = packet;
  if (!isOffered(open, packet)) return;
  const topic = packet.properties.topicAlias === undefined ? packet.topic : open.aliases.resolve(packet);
  if (typeof topic !== 'string') return open.refuse(topic.reasonCode, topic.message, topic.clause);
  if (qos === 2) {
    const arrival = session.inbox.arrive(packetId);
    // A repetition is answered and not passed on. [5:MQTT-4.3.3-10] [3.1.1:MQTT-4.3.3-2]
    if (arrival === 'again') return open.send(publishAck('pubrec', packetId));
    if (arrival === 'too-many') {
      const most = open.limits.receiveMaximum;
      return open.refuse(
        Reason.receiveMaximumExceeded,
        `more than ${most} QoS 2 messages under way`,
        '[5:MQTT-3.3.4-7]',
      );
    }
  }
  accept(open, packet, topic as TopicName, now);
}

/** What the server said it does not have may not be used. */
function isOffered(open: Open, packet: PublishPacket): boolean {
  const { limits } = open;
  if (packet.qos > limits.maximumQos) {
    open.refuse(
      Reason.qosNotSupported,
      `QoS ${packet.qos}, at most ${limits.maximumQos} is taken here`,
      '[5:MQTT-3.2.2-11]',
    );
    return false;
  }
  if (packet.retain && !limits.retainAvailable) {
    open.refuse(Reason.retainNotSupported, 'RETAIN is set, nothing is retained here', '[5:MQTT-3.2.2-14]');
    return false;
  }
  return true;
}

/**
 * Answers as the QoS asks, under the same packet identifier; of QoS 1 nothing is remembered.
 * [5:MQTT-2.2.1-5] [5:MQTT-3.3.4-1] [5:MQTT-4.3.2-4] [5:MQTT-4.3.2-5] [5:MQTT-4.3.3-8]
 * [3.1.1:MQTT-2.3.1-6] [3.1.1:MQTT-3.3.4-1] [3.1.1:MQTT-4.3.2-2]
 */
function accept(open: Open, packet: PublishPacket, topic: TopicName, now: number): void {
  const { hub, session } = open;
  const { qos } = packet;
  if (qos > 0 && (hub.journal.failing || hub.journal.hasNoRoom)) {
    // [5:3.4.2.1]
    if (open.link.dialect.reasonCodes) return answer(open, packet, topic, Reason.quotaExceeded);
    if (hub.journal.hasNoRoom) return giveBack(open, packet);
  }
  const unfit = contentProblem(topic, packet.payload, packet.properties, open.limits);
  if (unfit !== undefined) return refuseContent(open, packet, topic, unfit);
  if (!mayPublish(session.rights, topic, qos, packet.retain)) {
    open.noteRefusal('publish-refused', `may not publish to ${JSON.stringify(topic)}`, now);
    return answer(open, packet, topic, Reason.notAuthorized);
  }
  const properties = messageProperties(packet.properties);
  const arrived: Message = message(
    topic,
    packet.payload,
    qos,
    packet.retain,
    properties,
    session.clientId,
    expiryOf(properties, now),
  );
  if (qos === 0) {
    hub.publish(arrived, session, now);
    return;
  }
  // Where it cannot be said the message goes to those who are there and is not retained.
  const said = open.link.dialect.reasonCodes;
  if (packet.retain && said && !hub.canRetain(arrived, session))
    return answer(open, packet, topic, Reason.quotaExceeded);
  const receivers = hub.take(arrived, session, now);
  const reasonCode = receivers === 0 ? Reason.noMatchingSubscribers : Reason.success;
  // Before its own queue, if that has overflowed, ends the connection: a message that was taken and not answered would
  // come again, to all, and overflow the queue again.
  acknowledge(open, packet, reasonCode);
  hub.endOverflowed(now);
}

/** A message that cannot be refused in words: its client keeps it and sends it again. [3.1.1:MQTT-4.8.0-2] */
function giveBack({ session, refuse }: Open, { packetId }: PublishPacket): void {
  session.inbox.forget(packetId);
  refuse(Reason.quotaExceeded, 'the store is full', '[3.1.1:MQTT-4.8.0-2]');
}

/** Where QoS 0 has no answer in 5.0, the connection ends with the reason. [5:3.3.2.1] [5:3.3.2.3.2] */
function refuseContent(
  open: Open,
  packet: PublishPacket,
  topic: TopicName,
  { reasonCode, text, clause }: ContentProblem,
): void {
  if (packet.qos === 0 && open.link.dialect.reasonCodes) return open.refuse(reasonCode, text, clause);
  answer(open, packet, topic, reasonCode);
}

/** Refuses a message: with a reason code in 5.0; in 3.x it is acknowledged and dropped. [3.1.1:MQTT-3.3.5-2] */
function answer(open: Open, packet: PublishPacket, topic: TopicName, reasonCode: ReasonCode): void {
  open.hub.counters.messagesDropped += 1;
  const { qos, packetId } = packet;
  const why = reasonCode === Reason.notAuthorized ? 'not-authorized' : 'refused';
  const { clientId } = open.session;
  open.hub.events.dropped?.({ why, clientId, topic, qos, reasonCode });
  if (qos === 0) return;
  const said = open.link.dialect.reasonCodes;
  // A PUBREC that refuses ends the exchange. [5:MQTT-4.3.3-9]
  if (qos === 2 && said) open.session.inbox.forget(packetId);
  acknowledge(open, packet, said ? reasonCode : Reason.success);
}

/** A packet identifier of QoS 2 is stored with what its message has changed, and not at all where it was refused. */
function acknowledge(open: Open, { qos, packetId }: PublishPacket, reasonCode: ReasonCode): void {
  const { hub, session } = open;
  if (qos === 2 && session.inbox.has(packetId)) hub.journal.arrival(session, packetId);
  open.send(publishAck(qos === 1 ? 'puback' : 'pubrec', packetId, reasonCode));
}

/**
 * Whatever became of the message.
 * [5:MQTT-2.2.1-5] [5:MQTT-4.3.3-11] [5:MQTT-4.3.3-12] [5:MQTT-4.3.3-13] [3.1.1:MQTT-4.3.3-2]
 */
export function onPubrel(open: Open, { packetId }: PubrelPacket): void {
  const { hub, session } = open;
  const known = session.inbox.release(packetId);
  if (known) hub.journal.arrival(session, packetId);
  open.send(publishAck('pubcomp', packetId, known ? Reason.success : Reason.packetIdentifierNotFound));
}
