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
import { refused, type Violation, violation } from './errors.ts';
import type { Negotiated } from './negotiated.ts';
import { type Outgoing, propertiesNow } from './outgoing.ts';
import type { Requests } from './requests.ts';
import type { Session } from './session.ts';
import type { Sink } from './sink.ts';
import { TopicAliases } from './topic-aliases.ts';
import { droppedWaiting, expiredWaiting } from './waiting.ts';
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
  readonly #sink: Sink;
  /** Undefined where the server, or this end, wants none. */
  readonly #aliases: TopicAliases | undefined;
  /** In the outbox from an earlier connection, and not yet sent again on this one. */
  readonly #unsent = new Set<Outgoing>();
  /** What stands before everything that is published has gone out. */
  #ready = false;

  constructor(
    session: Session,
    wire: Wire,
    negotiated: Negotiated,
    requests: Requests,
    sink: Sink,
    topicAliasesMax: number,
  ) {
    this.#session = session;
    this.#wire = wire;
    this.#negotiated = negotiated;
    this.#requests = requests;
    this.#sink = sink;
    const aliases = Math.min(topicAliasesMax, negotiated.topicAliasMaximum);
    this.#aliases = aliases > 0 ? new TopicAliases(wire, aliases) : undefined;
  }

  /**
   * Sends a message now, where nothing is before it, or when it is its turn; at QoS 0 once and never again.
   * [5:MQTT-3.3.1-2] [5:MQTT-4.3.1-1]
   * [3.1.1:MQTT-3.3.1-2] [3.1.1:MQTT-4.3.1-1]
   * @throws MqttError where the server or the outbox cannot take it.
   */
  publish(owed: Outgoing, now: number): void {
    requirePublishable(owed, this.#wire.dialect, this.#negotiated);
    const { waiting } = this.#session;
    if (waiting.isClear(owed.qos) && this.#ready && !this.#sink.congested && this.#sendFirst(owed, now))
      return;
    this.#requireFits(owed);
    for (const dropped of this.#session.wait(owed)) this.#fail(dropped, droppedWaiting());
  }

  /**
   * The server kept the session: what is under way is sent again, in order, PUBLISH with DUP, PUBREL as it was.
   * [5:MQTT-4.3.3-6] [5:MQTT-4.4.0-1] [5:MQTT-4.6.0-1] [5:MQTT-4.6.0-4]
   * [3.1.1:MQTT-4.4.0-1] [3.1.1:MQTT-4.6.0-1] [3.1.1:MQTT-4.6.0-4]
   */
  resume(now: number): void {
    for (const owed of this.#session.outbox.values()) if (owed.phase === 'publish') this.#unsent.add(owed);
    for (const owed of this.#session.outbox.values()) {
      if (owed.phase === 'release') this.#wire.promise(publishAck('pubrel', owed.packetId), now);
      else if (this.#windowOpen()) this.#sendAgain(owed, now);
    }
    this.#ready = true;
    this.flush(now);
  }

  /**
   * Sends what waits, as far as the server's Receive Maximum and the stream allow.
   * [5:MQTT-3.3.4-7] [5:MQTT-4.9.0-2]
   */
  flush(now: number): void {
    if (!this.#ready) return;
    for (const owed of this.#unsent) {
      if (!this.#windowOpen() || this.#sink.congested) return;
      this.#sendAgain(owed, now);
    }
    const { waiting } = this.#session;
    while (waiting.size > 0 && this.#wire.isOpen && !this.#sink.congested) {
      const owed = waiting.next(this.#mayBegin());
      if (owed === undefined) return;
      waiting.remove(owed);
      if (!this.#sendWaiting(owed, now)) {
        waiting.putBack([owed]);
        return;
      }
    }
  }

  /** False where it has to go on waiting; what this connection cannot carry fails. */
  #sendWaiting(owed: Outgoing, now: number): boolean {
    try {
      if (owed.due <= now) throw expiredWaiting();
      requirePublishable(owed, this.#wire.dialect, this.#negotiated);
      return this.#sendFirst(owed, now);
    } catch (error) {
      this.#session.settles(owed);
      this.#fail(owed, asMqttError(error));
      return true;
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
    if (packet.reasonCode < 0x80) {
      this.#session.releases(owed);
      this.#wire.promise(publishAck('pubrel', packetId), now);
    } else {
      this.#settle(owed, packet);
    }
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
    this.#session.answered(owed);
    const { reasonCode, properties } = packet;
    if (packet.type !== 'pubcomp' && reasonCode >= 0x80) {
      this.#fail(owed, refused('publish-refused', reasonCode, properties));
    } else if (reasonCode === Reason.success && properties === NO_PROPERTIES) {
      this.#sink.settled(owed.ticket, SUCCESS);
    } else {
      this.#sink.settled(owed.ticket, { type: 'published', result: { reasonCode, properties } });
    }
  }

  #windowOpen(): boolean {
    return this.#session.outbox.size - this.#unsent.size < this.#negotiated.receiveMaximum;
  }

  /** Whether one more above QoS 0 may be under way. [5:MQTT-4.9.0-2] */
  #mayBegin(): boolean {
    const { outbox, isLaden } = this.#session;
    return outbox.open && !isLaden && this.#unsent.size === 0;
  }

  /**
   * Under a new identifier, without DUP, and held until it is answered. False where it has to wait for its turn.
   * [5:MQTT-4.3.2-1] [5:MQTT-4.3.2-2] [5:MQTT-4.3.2-3] [5:MQTT-4.3.3-1] [5:MQTT-4.3.3-2] [5:MQTT-4.3.3-3]
   * [3.1.1:MQTT-2.3.1-1] [3.1.1:MQTT-2.3.1-2] [3.1.1:MQTT-4.3.2-1]
   * @throws MqttError
   */
  #sendFirst(owed: Outgoing, now: number): boolean {
    if (owed.qos === 0) {
      if (!this.#sendNow(owed, false, now)) throw tooLarge(this.#negotiated.maximumPacketSize);
      this.#sink.settled(owed.ticket, SUCCESS);
      return true;
    }
    if (!this.#mayBegin()) return false;
    owed.packetId = this.#session.outbox.takeId(this.#requests.held);
    if (owed.packetId === 0) return false;
    this.#session.hold(owed);
    let isSent = false;
    try {
      isSent = this.#sendNow(owed, false, now);
    } finally {
      if (!isSent) this.#session.forget(owed);
    }
    if (!isSent) throw tooLarge(this.#negotiated.maximumPacketSize);
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
    this.#session.forget(owed);
    this.#fail(owed, problem);
  }

  #sendNow(owed: Outgoing, dup: boolean, now: number): boolean {
    const { topic, payload, qos, retain, packetId } = owed;
    const properties = propertiesNow(owed, now);
    const packet = publishPacket(topic, payload, qos, retain, dup, packetId, properties);
    if (this.#aliases === undefined) return this.#wire.publish(packet, now);
    // Characters are counted, of which one has 3 bytes at most.
    const bytesMax = payload.length + 3 * (owed.bytes - payload.length);
    return this.#aliases.send(packet, bytesMax, now);
  }

  #fail({ ticket }: Outgoing, error: MqttError): void {
    this.#sink.settled(ticket, { type: 'failed', error });
  }

  /** Why a message of an earlier connection does not suit this one, whose limits may be others. */
  #problem(owed: Outgoing): MqttError | undefined {
    try {
      requirePublishable(owed, this.#wire.dialect, this.#negotiated);
      this.#requireFits(owed);
      return undefined;
    } catch (error) {
      return asMqttError(error);
    }
  }

  #requireFits({ topic, payload, qos, retain, properties }: Outgoing): void {
    if (this.#wire.fits(publishPacket(topic, payload, qos, retain, false, 1, properties))) return;
    throw tooLarge(this.#negotiated.maximumPacketSize);
  }
}

function asMqttError(error: unknown): MqttError {
  return error instanceof MqttError
    ? error
    : new MqttError('unsendable', String(error), {}, { cause: error });
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
