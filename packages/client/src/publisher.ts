// Messages out, within the server's Receive Maximum, and what becomes of them. [5:4.3] [5:4.4] [5:4.9]
// Lives as long as the connection; what it owes stands in the session.

import {
  type Answered,
  MqttError,
  messageProperties,
  NO_PROPERTIES,
  type PubackPacket,
  type PubcompPacket,
  type PubrecPacket,
  publishAck,
  publishPacket,
  Reason,
} from '@anax/protocol';
import { requirePublishable, tooLarge } from './checks.ts';
import { refusedBy, type Violation, violation } from './errors.ts';
import type { Negotiated } from './negotiated.ts';
import type { LocalLimits } from './options.ts';
import type { Requests } from './requests.ts';
import { type Outgoing, outgoingBytes, type Session } from './session.ts';
import type { Sink } from './sink.ts';
import type { Wire } from './wire.ts';

const SUCCESS = Object.freeze({
  type: 'published',
  result: Object.freeze({ reasonCode: Reason.success, properties: Object.freeze({}) }),
} as const);

export class Publisher {
  readonly #session: Session;
  readonly #wire: Wire;
  readonly #negotiated: Negotiated;
  readonly #requests: Requests;
  readonly #limits: LocalLimits;
  readonly #sink: Sink;
  /** In the outbox from an earlier connection, and not yet sent again on this one. */
  readonly #unsent = new Set<Outgoing>();
  /** How many at the head of the backlog were queued under the limits of an earlier connection. */
  #unchecked: number;

  constructor(
    session: Session,
    wire: Wire,
    negotiated: Negotiated,
    requests: Requests,
    limits: LocalLimits,
    sink: Sink,
  ) {
    this.#session = session;
    this.#wire = wire;
    this.#negotiated = negotiated;
    this.#requests = requests;
    this.#limits = limits;
    this.#sink = sink;
    this.#unchecked = session.backlog.size;
  }

  /**
   * Sends or queues a message; at QoS 0 at once and never again.
   * [5:MQTT-3.3.1-2] [5:MQTT-4.3.1-1]
   * [3.1.1:MQTT-3.3.1-2] [3.1.1:MQTT-4.3.1-1]
   * @throws MqttError where the server or the queue cannot take it.
   */
  publish(owed: Outgoing, now: number): void {
    requirePublishable(owed, this.#wire.dialect, this.#negotiated);
    if (owed.qos === 0) {
      if (!this.#sendNow(owed, false, now)) throw tooLarge(this.#negotiated.maximumPacketSize);
      this.#sink.settled(owed.ticket, SUCCESS);
      return;
    }
    const { backlog } = this.#session;
    if (backlog.size === 0 && this.#sendFirst(owed, now)) return;
    this.#requireFits(owed);
    const bytes = outgoingBytes(owed);
    if (!backlog.fits(bytes, this.#limits)) {
      throw new MqttError('queue-full', `${backlog.size} messages of ${backlog.bytes} bytes wait already`);
    }
    backlog.push(owed, bytes);
  }

  /**
   * The server kept the session: what is under way is sent again, in order, PUBLISH with DUP, PUBREL as it was.
   * [5:MQTT-4.3.3-6] [5:MQTT-4.4.0-1] [5:MQTT-4.6.0-1] [5:MQTT-4.6.0-4]
   * [3.1.1:MQTT-4.4.0-1] [3.1.1:MQTT-4.6.0-1] [3.1.1:MQTT-4.6.0-4]
   */
  resume(now: number): void {
    for (const owed of this.#session.outbox.values()) if (owed.phase === 'publish') this.#unsent.add(owed);
    for (const owed of this.#session.outbox.values()) {
      if (owed.phase === 'release') this.#wire.send(publishAck('pubrel', owed.packetId), now);
      else if (this.#windowOpen()) this.#sendAgain(owed, now);
    }
    this.flush(now);
  }

  /** Sends what waits, as far as the server's Receive Maximum allows. [5:MQTT-3.3.4-7] [5:MQTT-4.9.0-2] */
  flush(now: number): void {
    for (const owed of this.#unsent) {
      if (!this.#windowOpen()) return;
      this.#sendAgain(owed, now);
    }
    const { backlog } = this.#session;
    for (let owed = backlog.peek(); owed !== undefined; owed = backlog.peek()) {
      const problem = this.#unchecked > 0 ? this.#problem(owed) : undefined;
      if (problem === undefined && !this.#sendFirst(owed, now)) return;
      backlog.shift();
      if (this.#unchecked > 0) this.#unchecked -= 1;
      if (problem !== undefined) this.#sink.settled(owed.ticket, { type: 'failed', error: problem });
    }
  }

  /** The exchange is over, whatever the reason code. [5:MQTT-4.3.2-3] [5:MQTT-4.4.0-2] [3.1.1:MQTT-2.3.1-3] */
  puback(packet: PubackPacket, now: number): Violation | undefined {
    const owed = this.#session.outbox.acknowledge(packet.packetId);
    if (!isOwed(owed)) return unexpected('PUBACK', packet.packetId, owed);
    this.#settle(owed, packet);
    this.flush(now);
    return undefined;
  }

  pubrec(packet: PubrecPacket, now: number): Violation | undefined {
    const { outbox } = this.#session;
    const { packetId } = packet;
    const owed = packet.reasonCode < 0x80 ? outbox.receive(packetId) : outbox.refuse(packetId);
    if (owed === 'unknown') {
      // [5:3.6.2.1]: the server is told that nobody waits for this one.
      if (packet.reasonCode < 0x80) {
        this.#wire.send(publishAck('pubrel', packetId, Reason.packetIdentifierNotFound), now);
      }
      return undefined;
    }
    if (!isOwed(owed)) return unexpected('PUBREC', packetId, owed);
    this.#unsent.delete(owed);
    // At once, so in the order of the PUBRECs.
    // [5:MQTT-2.2.1-5] [5:MQTT-3.6.2-1] [5:MQTT-4.3.3-4] [5:MQTT-4.4.0-2] [5:MQTT-4.6.0-4]
    // [3.1.1:MQTT-2.3.1-6] [3.1.1:MQTT-4.3.3-1] [3.1.1:MQTT-4.6.0-4]
    if (packet.reasonCode < 0x80) this.#wire.send(publishAck('pubrel', packetId), now);
    else this.#settle(owed, packet);
    this.flush(now);
    return undefined;
  }

  /** [5:MQTT-4.3.3-5] */
  pubcomp(packet: PubcompPacket, now: number): Violation | undefined {
    const owed = this.#session.outbox.complete(packet.packetId);
    // The answer to a PUBREL with 0x92 finds nobody, and that is all right.
    if (owed === 'unknown') return undefined;
    if (!isOwed(owed)) return unexpected('PUBCOMP', packet.packetId, owed);
    // Packet Identifier not found [5:3.7.2.1]: the server has forgotten the exchange, which ends it all the same.
    this.#settle(owed, packet);
    this.flush(now);
    return undefined;
  }

  #settle(owed: Outgoing, packet: PubackPacket | PubrecPacket | PubcompPacket): void {
    this.#unsent.delete(owed);
    const { reasonCode, properties } = packet;
    if (packet.type !== 'pubcomp' && reasonCode >= 0x80) {
      const error = refusedBy('publish-refused', reasonCode, properties.reasonString);
      this.#sink.settled(owed.ticket, { type: 'failed', error });
    } else if (reasonCode === Reason.success && properties === NO_PROPERTIES) {
      this.#sink.settled(owed.ticket, SUCCESS);
    } else {
      this.#sink.settled(owed.ticket, { type: 'published', result: { reasonCode, properties } });
    }
  }

  #windowOpen(): boolean {
    return this.#session.outbox.size - this.#unsent.size < this.#negotiated.receiveMaximum;
  }

  /**
   * Under a new identifier, without DUP, and held until it is answered. False where it has to wait for its turn.
   * [5:MQTT-4.3.2-1] [5:MQTT-4.3.2-2] [5:MQTT-4.3.2-3] [5:MQTT-4.3.3-1] [5:MQTT-4.3.3-2] [5:MQTT-4.3.3-3]
   * [3.1.1:MQTT-2.3.1-1] [3.1.1:MQTT-2.3.1-2] [3.1.1:MQTT-4.3.2-1]
   * @throws MqttError
   */
  #sendFirst(owed: Outgoing, now: number): boolean {
    const { outbox } = this.#session;
    if (!outbox.open || this.#unsent.size > 0) return false;
    owed.packetId = outbox.takeId(this.#requests.held);
    if (owed.packetId === 0) return false;
    if (!this.#sendNow(owed, false, now)) throw tooLarge(this.#negotiated.maximumPacketSize);
    outbox.hold(owed);
    return true;
  }

  /** Under its first identifier; nothing expires here. [5:MQTT-4.3.3-7] [3.1.1:MQTT-2.3.1-3] */
  #sendAgain(owed: Outgoing, now: number): void {
    // An alias was set on a connection that is gone. [5:MQTT-3.3.2-7]
    owed.properties = messageProperties(owed.properties);
    this.#unsent.delete(owed);
    const problem = this.#problem(owed);
    // [5:MQTT-3.3.1-1] [3.1.1:MQTT-3.3.1-1]
    if (problem === undefined) {
      this.#sendNow(owed, true, now);
      return;
    }
    this.#session.outbox.forget(owed.packetId);
    this.#sink.settled(owed.ticket, { type: 'failed', error: problem });
  }

  #sendNow(
    { topic, payload, qos, retain, packetId, properties }: Outgoing,
    dup: boolean,
    now: number,
  ): boolean {
    return this.#wire.send(publishPacket(topic, payload, qos, retain, dup, packetId, properties), now);
  }

  /** Why a message of an earlier connection does not suit this one, whose limits may be others. */
  #problem(owed: Outgoing): MqttError | undefined {
    try {
      requirePublishable(owed, this.#wire.dialect, this.#negotiated);
      this.#requireFits(owed);
      return undefined;
    } catch (error) {
      return error instanceof MqttError
        ? error
        : new MqttError('unsendable', String(error), {}, { cause: error });
    }
  }

  #requireFits({ topic, payload, qos, retain, properties }: Outgoing): void {
    if (this.#wire.fits(publishPacket(topic, payload, qos, retain, false, 1, properties))) return;
    throw tooLarge(this.#negotiated.maximumPacketSize);
  }
}

function isOwed(answered: Answered<Outgoing>): answered is Outgoing {
  return typeof answered === 'object';
}

function unexpected(packet: string, packetId: number, how: 'unknown' | 'out-of-phase'): Violation {
  const message =
    how === 'unknown'
      ? `${packet} for packet identifier ${packetId}, under which nothing is under way`
      : `${packet} for packet identifier ${packetId}, whose exchange expects another packet`;
  return violation(Reason.protocolError, message, '[5:4.3] [3.1.1:4.3]');
}
