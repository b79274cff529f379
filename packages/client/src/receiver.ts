// Messages in: aliases resolved, our Receive Maximum enforced, QoS 2 passed on once, acknowledged in the order they
// came. Lives as long as the connection; identifiers not yet released stand in the session. [5:4.3] [5:4.6] [5:4.9]

import {
  InboundAliases,
  type PublishPacket,
  type PubrelPacket,
  publishAck,
  Reason,
  type ReasonCode,
  type TopicName,
} from '@anax/protocol';
import { type Violation, violation } from './errors.ts';
import { type Message, received } from './message.ts';
import type { ClientLimits } from './negotiated.ts';
import type { Session } from './session.ts';
import type { Sink } from './sink.ts';
import type { Wire } from './wire.ts';

/** Characters of all topics that stand behind aliases: 256 for each of as many as there can be. */
const ALIASED_CHARS_MAX = 256 * 65_536;

interface Unacknowledged {
  readonly qos: 1 | 2;
  readonly packetId: number;
  taken: boolean;
  reasonCode: ReasonCode;
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
  /** The message that the sink is told of now, and what it is to be remembered as. */
  #arriving: Message | undefined;
  #arrivingAs: Unacknowledged | undefined;

  constructor(session: Session, wire: Wire, sink: Sink, limits: ClientLimits) {
    this.#session = session;
    this.#wire = wire;
    this.#sink = sink;
    this.#aliases = new InboundAliases(limits.topicAliasMaximum, ALIASED_CHARS_MAX);
    // What an earlier connection left unreleased does not count against this one. [5:4.9]
    this.#receiveMaximum = limits.receiveMaximum + session.inbox.size;
    session.inbox.setReceiveMaximum(this.#receiveMaximum);
  }

  /** [5:MQTT-3.1.2-26] [5:MQTT-3.1.2-27] [5:MQTT-3.3.2-10] [5:MQTT-3.3.2-11] [5:MQTT-3.3.4-1] [3.1.1:MQTT-3.3.4-1] */
  publish(packet: PublishPacket, now: number): Violation | undefined {
    const topic = this.#aliases.resolve(packet);
    if (typeof topic !== 'string') return topic;
    if (packet.qos === 0) {
      this.#sink.message(received(packet, topic));
      return undefined;
    }
    if (packet.qos === 1) return this.#publishQos1(received(packet, topic), now);
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

  /**
   * The application has taken a message that it had not taken at once, or refuses it. That it refuses one of QoS 2
   * frees its identifier. [5:MQTT-4.3.3-9]
   */
  acknowledge(message: Message, reasonCode: ReasonCode, now: number): void {
    this.#session.taken(message, reasonCode);
    const arriving = message === this.#arriving;
    const waiting = arriving ? this.#arrivingAs : this.#unacknowledged.get(message);
    if (waiting === undefined || waiting.taken) return;
    waiting.taken = true;
    waiting.reasonCode = reasonCode;
    if (waiting.qos === 2 && reasonCode >= 0x80) this.#session.inbox.forget(waiting.packetId);
    if (!arriving) this.#acknowledgeTaken(now);
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
      // One of an earlier connection that the application still has: its PUBREC waits for the application here, too.
      const held = this.#session.untaken.get(packetId);
      const taken = held === undefined;
      this.#unacknowledged.set(held ?? {}, { qos: 2, packetId, taken, reasonCode: Reason.success });
      this.#acknowledgeTaken(now);
      return undefined;
    }
    if (full || arrival === 'too-many') return this.#tooMany();
    this.#handOn(received(packet, topic), 2, now);
    return undefined;
  }

  #handOn(message: Message, qos: 1 | 2, now: number): void {
    const { packetId } = message;
    const waiting: Unacknowledged = { qos, packetId, taken: false, reasonCode: Reason.success };
    this.#arriving = message;
    this.#arrivingAs = waiting;
    if (this.#sink.message(message)) waiting.taken = true;
    this.#arriving = undefined;
    if (qos === 2 && !waiting.taken) this.#session.untaken.set(packetId, message);
    // Mostly nothing stands before it, and it is taken at once.
    if (waiting.taken && this.#unacknowledged.size === 0) {
      this.#answer(waiting, now);
      return;
    }
    // Should this connection end before its turn.
    if (qos === 2 && waiting.taken && waiting.reasonCode < 0x80) this.#session.received(packetId);
    this.#unacknowledged.set(message, waiting);
    this.#acknowledgeTaken(now);
  }

  /** All that are taken up to the first that is not. */
  #acknowledgeTaken(now: number): void {
    for (const [key, waiting] of this.#unacknowledged) {
      if (!waiting.taken) return;
      this.#unacknowledged.delete(key);
      this.#answer(waiting, now);
    }
  }

  /**
   * PUBACK [5:MQTT-4.3.2-4] or PUBREC [5:MQTT-4.3.3-8].
   * [5:MQTT-2.2.1-5] [5:MQTT-3.4.2-1] [5:MQTT-3.5.2-1] [3.1.1:MQTT-2.3.1-6] [3.1.1:MQTT-4.6.0-2] [3.1.1:MQTT-4.6.0-3]
   */
  #answer({ qos, packetId, reasonCode }: Unacknowledged, now: number): void {
    if (qos === 1) {
      this.#unacknowledgedQos1 -= 1;
      this.#wire.send(publishAck('puback', packetId, reasonCode), now);
    } else {
      if (reasonCode < 0x80) this.#session.received(packetId);
      this.#wire.promise(publishAck('pubrec', packetId, reasonCode), now);
    }
  }

  #tooMany(): Violation {
    const message = `more than ${this.#receiveMaximum} messages under way towards this client`;
    return violation(Reason.receiveMaximumExceeded, message, '[5:MQTT-3.3.4-9]');
  }
}
