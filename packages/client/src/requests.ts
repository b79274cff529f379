// SUBSCRIBE and UNSUBSCRIBE under way: which packet identifier waits for which answer. Gone with the connection; what
// the server granted is written into the session. [5:3.8] [5:3.10]

import {
  MqttError,
  NO_PROPERTIES,
  type PropertiesOf,
  Reason,
  type SubackPacket,
  type SubscriptionRequest,
  type TopicFilter,
  type UnsubackPacket,
} from '@anax/protocol';
import {
  type FilterRequest,
  requireFilter,
  requireSubscribeProperties,
  requireSubscription,
  tooLarge,
} from './checks.ts';
import { type Violation, violation } from './errors.ts';
import type { Negotiated } from './negotiated.ts';
import { requirePropertiesSayable } from './options.ts';
import type { Session } from './session.ts';
import type { FilterResult, Sink } from './sink.ts';
import type { Wire } from './wire.ts';

type Request =
  | {
      readonly type: 'suback';
      readonly ticket: number;
      readonly subscriptions: readonly SubscriptionRequest[];
    }
  | { readonly type: 'unsuback'; readonly ticket: number; readonly topicFilters: readonly TopicFilter[] };

export class Requests {
  readonly #session: Session;
  readonly #wire: Wire;
  readonly #negotiated: Negotiated;
  readonly #sink: Sink;
  readonly #held = new Map<number, Request>();

  constructor(session: Session, wire: Wire, negotiated: Negotiated, sink: Sink) {
    this.#session = session;
    this.#wire = wire;
    this.#negotiated = negotiated;
    this.#sink = sink;
  }

  /** Packet identifiers in use here, which PUBLISH must not take. [5:MQTT-2.2.1-3] [3.1.1:MQTT-2.3.1-2] */
  get held(): ReadonlyMap<number, unknown> {
    return this.#held;
  }

  /**
   * Waits for no quota. @throws MqttError where the server cannot take it, or there is no filter.
   * [5:MQTT-3.3.4-8] [5:MQTT-3.8.3-2] [3.1.1:MQTT-3.8.3-3]
   */
  subscribe(
    filters: readonly FilterRequest[],
    properties: PropertiesOf<'subscribe'>,
    ticket: number,
    now: number,
  ): void {
    const { dialect } = this.#wire;
    requireSubscribeProperties(properties, dialect, this.#negotiated);
    const subscriptions = filters.map((filter) => requireSubscription(filter, dialect, this.#negotiated));
    const packetId = this.#takeId();
    this.#require(this.#wire.send({ type: 'subscribe', packetId, subscriptions, properties }, now));
    this.#held.set(packetId, { type: 'suback', ticket, subscriptions });
  }

  /** The same. [5:MQTT-3.10.3-2] [3.1.1:MQTT-3.10.3-2] */
  unsubscribe(
    filters: readonly string[],
    properties: PropertiesOf<'unsubscribe'>,
    ticket: number,
    now: number,
  ): void {
    const { dialect } = this.#wire;
    requirePropertiesSayable(properties, dialect, 'UNSUBSCRIBE');
    const topicFilters = filters.map((filter) => requireFilter(filter, dialect));
    const packetId = this.#takeId();
    this.#require(this.#wire.send({ type: 'unsubscribe', packetId, topicFilters, properties }, now));
    this.#held.set(packetId, { type: 'unsuback', ticket, topicFilters });
  }

  /** One code for each filter, in the order of the request. [5:MQTT-3.8.4-6] [3.1.1:MQTT-3.8.4-5] */
  suback(packet: SubackPacket): Violation | undefined {
    const request = this.#held.get(packet.packetId);
    if (request?.type !== 'suback') return unasked('SUBACK', packet.packetId);
    const { subscriptions } = request;
    if (packet.reasonCodes.length !== subscriptions.length) {
      return miscounted('SUBACK', packet.reasonCodes.length, subscriptions.length, '[5:MQTT-3.8.4-6]');
    }
    this.#held.delete(packet.packetId);
    const filters: FilterResult[] = [];
    for (const [index, reasonCode] of packet.reasonCodes.entries()) {
      const subscription = subscriptions[index] as SubscriptionRequest;
      if (reasonCode < 0x80) this.#session.subscriptions.set(subscription.topicFilter, subscription);
      filters.push({ topicFilter: subscription.topicFilter, reasonCode });
    }
    this.#settle(request.ticket, filters, packet.properties);
    return undefined;
  }

  /** In 3.x UNSUBACK has no codes: it says that the subscriptions are gone. */
  unsuback(packet: UnsubackPacket): Violation | undefined {
    const request = this.#held.get(packet.packetId);
    if (request?.type !== 'unsuback') return unasked('UNSUBACK', packet.packetId);
    const { topicFilters } = request;
    if (this.#wire.dialect.reasonCodes && packet.reasonCodes.length !== topicFilters.length) {
      return miscounted('UNSUBACK', packet.reasonCodes.length, topicFilters.length, '[5:MQTT-3.11.3-1]');
    }
    this.#held.delete(packet.packetId);
    const filters: FilterResult[] = [];
    for (const [index, topicFilter] of topicFilters.entries()) {
      const reasonCode = packet.reasonCodes[index] ?? Reason.success;
      if (reasonCode < 0x80) this.#session.subscriptions.delete(topicFilter);
      filters.push({ topicFilter, reasonCode });
    }
    this.#settle(request.ticket, filters, packet.properties);
    return undefined;
  }

  /** The connection is over: nobody will answer. */
  fail(error: MqttError): void {
    const tickets = Array.from(this.#held.values(), (request) => request.ticket);
    this.#held.clear();
    for (const ticket of tickets) this.#sink.settled(ticket, { type: 'failed', error });
  }

  #settle(ticket: number, filters: readonly FilterResult[], properties: PropertiesOf<'suback'>): void {
    this.#sink.settled(ticket, {
      type: 'filters',
      result: { filters, properties: properties ?? NO_PROPERTIES },
    });
  }

  /** Requests and messages share the identifiers. [5:MQTT-2.2.1-3] [3.1.1:MQTT-2.3.1-1] [3.1.1:MQTT-2.3.1-2] */
  #takeId(): number {
    const packetId = this.#session.outbox.takeId(this.#held);
    if (packetId !== 0) return packetId;
    throw new MqttError('no-packet-identifier', 'all 65,535 packet identifiers are in use');
  }

  #require(sent: boolean): void {
    if (!sent) throw tooLarge(this.#negotiated.maximumPacketSize);
  }
}

function unasked(packet: string, packetId: number): Violation {
  const message = `${packet} for packet identifier ${packetId}, under which nothing was asked`;
  return violation(Reason.protocolError, message, '[5:MQTT-3.8.4-2] [3.1.1:MQTT-3.8.4-2]');
}

function miscounted(packet: string, codes: number, filters: number, clause: string): Violation {
  return violation(
    Reason.protocolError,
    `${packet} has ${codes} reason codes for ${filters} topic filters`,
    clause,
  );
}
