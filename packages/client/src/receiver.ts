// Messages in: aliases resolved, our Receive Maximum enforced, QoS 2 passed on once, acknowledged in the order they
// came. Lives as long as the connection; identifiers not yet released stand in the session. [5:4.3] [5:4.6] [5:4.9]

import {
  InboundAliases,
  type PublishPacket,
  type PubrelPacket,
  publishAck,
  Reason,
  type TopicName,
} from '@anax/protocol';
import { type Violation, violation } from './errors.ts';
import { Message } from './message.ts';
import type { ClientLimits } from './negotiated.ts';
import type { Session } from './session.ts';
import type { Sink } from './sink.ts';
import type { Wire } from './wire.ts';

interface Unacknowledged {
  readonly qos: 1 | 2;
  readonly packetId: number;
  taken: boolean;
}

export class Receiver {
  readonly #session: Session;
  readonly #wire: Wire;
  readonly #sink: Sink;
  readonly #aliases: InboundAliases;
  readonly #receiveMaximum: number;
  /** In order of arrival; none overtakes another. [5:MQTT-4.6.0-2] [5:MQTT-4.6.0-3] */
  readonly #unacknowledged = new Map<object, Unacknowledged>();
  #unacknowledgedQos1 = 0;

  constructor(session: Session, wire: Wire, sink: Sink, limits: ClientLimits) {
    this.#session = session;
    this.#wire = wire;
    this.#sink = sink;
    this.#aliases = new InboundAliases(limits.topicAliasMaximum);
    // What an earlier connection left unreleased does not count against this one. [5:4.9]
    this.#receiveMaximum = limits.receiveMaximum + session.inbox.size;
    session.inbox.setReceiveMaximum(this.#receiveMaximum);
  }

  /** [5:MQTT-3.1.2-26] [5:MQTT-3.1.2-27] [5:MQTT-3.3.2-10] [5:MQTT-3.3.2-11] [5:MQTT-3.3.4-1] [3.1.1:MQTT-3.3.4-1] */
  publish(packet: PublishPacket, now: number): Violation | undefined {
    const topic = this.#aliases.resolve(packet);
    if (typeof topic !== 'string') return topic;
    if (packet.qos === 0) {
      this.#sink.message(new Message(packet, topic));
      return undefined;
    }
    if (packet.qos === 1) return this.#publishQos1(new Message(packet, topic), now);
    return this.#publishQos2(packet, topic, now);
  }

  /**
   * PUBREL: the identifier is free again, whatever became of the message.
   * [5:MQTT-2.2.1-5] [5:MQTT-3.7.2-1] [5:MQTT-4.3.3-11] [5:MQTT-4.3.3-12] [5:MQTT-4.3.3-13] [3.1.1:MQTT-4.3.3-2]
   */
  pubrel(packet: PubrelPacket, now: number): void {
    const known = this.#session.release(packet.packetId);
    const reasonCode = known ? Reason.success : Reason.packetIdentifierNotFound;
    this.#wire.promise(publishAck('pubcomp', packet.packetId, reasonCode), now);
  }

  /** The application has taken a message that it had not taken at once. */
  acknowledge(message: Message, now: number): void {
    const waiting = this.#unacknowledged.get(message);
    if (waiting === undefined) return;
    waiting.taken = true;
    this.#acknowledgeTaken(now);
  }

  /** Nothing is remembered of it but that its PUBACK is due. [5:MQTT-4.3.2-5] [3.1.1:MQTT-4.3.2-2] */
  #publishQos1(message: Message, now: number): Violation | undefined {
    // [5:MQTT-3.3.4-9]
    if (this.#session.inbox.size + this.#unacknowledgedQos1 >= this.#receiveMaximum) return this.#tooMany();
    this.#unacknowledgedQos1 += 1;
    this.#handOn(message, 1, now);
    return undefined;
  }

  #publishQos2(packet: PublishPacket, topic: TopicName, now: number): Violation | undefined {
    const { inbox } = this.#session;
    const { packetId } = packet;
    const full = inbox.size + this.#unacknowledgedQos1 >= this.#receiveMaximum;
    const arrival = inbox.arrive(packetId);
    if (arrival === 'again') {
      // Its PUBREC may wait behind the application; one is enough. [5:MQTT-4.3.3-10] [3.1.1:MQTT-4.3.3-2]
      for (const one of this.#unacknowledged.values()) {
        if (one.qos === 2 && one.packetId === packetId) return undefined;
      }
      this.#unacknowledged.set({}, { qos: 2, packetId, taken: true });
      this.#acknowledgeTaken(now);
      return undefined;
    }
    if (full || arrival === 'too-many') return this.#tooMany();
    this.#handOn(new Message(packet, topic), 2, now);
    return undefined;
  }

  #handOn(message: Message, qos: 1 | 2, now: number): void {
    const waiting: Unacknowledged = { qos, packetId: message.packetId, taken: false };
    this.#unacknowledged.set(message, waiting);
    if (this.#sink.message(message)) waiting.taken = true;
    this.#acknowledgeTaken(now);
  }

  /**
   * PUBACK [5:MQTT-4.3.2-4] or PUBREC [5:MQTT-4.3.3-8] for all that are taken up to the first that is not.
   * [5:MQTT-2.2.1-5] [5:MQTT-3.4.2-1] [5:MQTT-3.5.2-1] [3.1.1:MQTT-2.3.1-6] [3.1.1:MQTT-4.6.0-2] [3.1.1:MQTT-4.6.0-3]
   */
  #acknowledgeTaken(now: number): void {
    for (const [key, { taken, qos, packetId }] of this.#unacknowledged) {
      if (!taken) return;
      this.#unacknowledged.delete(key);
      if (qos === 1) {
        this.#unacknowledgedQos1 -= 1;
        this.#wire.send(publishAck('puback', packetId), now);
      } else {
        this.#session.received(packetId);
        this.#wire.promise(publishAck('pubrec', packetId), now);
      }
    }
  }

  #tooMany(): Violation {
    const message = `more than ${this.#receiveMaximum} messages under way towards this client`;
    return violation(Reason.receiveMaximumExceeded, message, '[5:MQTT-3.3.4-9]');
  }
}
