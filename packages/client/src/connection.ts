// What lives exactly as long as one connection that the server has accepted: limits, aliases, requests, keep alive; and
// which of them each of the server's packets is for.

import { type AuthPacket, type Packet, type PropertiesOf, Reason } from '@anax/protocol';
import type { Turns } from './auth/turns.ts';
import { type Violation, violation } from './errors.ts';
import { AUTHENTICATION } from './features.ts';
import { KeepAlive } from './keep-alive.ts';
import type { Negotiated } from './negotiated.ts';
import type { LocalLimits } from './options.ts';
import { Publisher } from './publisher.ts';
import { Receiver } from './receiver.ts';
import { Requests } from './requests.ts';
import type { Session } from './session.ts';
import type { Sink } from './sink.ts';
import type { Wire } from './wire.ts';

/** What a connection is made of. */
export interface ConnectionParts {
  readonly session: Session;
  readonly wire: Wire;
  readonly negotiated: Negotiated;
  readonly limits: LocalLimits;
  readonly turns: Turns;
  readonly sink: Sink;
}

export class Connection {
  readonly negotiated: Negotiated;
  readonly keepAlive: KeepAlive;
  readonly requests: Requests;
  readonly publisher: Publisher;
  readonly receiver: Receiver;

  /** Of AUTH. */
  readonly turns: Turns;
  readonly #sink: Sink;

  constructor({ session, wire, negotiated, limits, turns, sink }: ConnectionParts) {
    this.turns = turns;
    this.#sink = sink;
    session.outbox.setWindow(negotiated.receiveMaximum); // [5:MQTT-4.9.0-1]
    this.negotiated = negotiated;
    const pingAfterSeconds = negotiated.keepAlive * Math.min(1, limits.pingAfterPart);
    this.keepAlive = new KeepAlive(pingAfterSeconds, limits.pingTimeoutMs, wire.lastSentAt);
    this.requests = new Requests(session, wire, negotiated, sink);
    this.publisher = new Publisher(session, wire, negotiated, this.requests, sink, limits.topicAliasesMax);
    this.receiver = new Receiver(session, wire, sink, negotiated.client);
  }

  /** A packet of the server, whatever waits for the quota; the rule it breaks, if it breaks one. [5:MQTT-4.9.0-3] */
  handle(packet: Packet, now: number): Violation | undefined {
    const unwanted = this.negotiated.client.requestProblemInformation
      ? undefined
      : unwantedInformation(packet);
    if (unwanted !== undefined) return unwanted;
    if (AUTHENTICATION && packet.type === 'auth') return this.#auth(packet);
    switch (packet.type) {
      case 'publish':
        return this.receiver.publish(packet, now);
      case 'puback':
        return this.publisher.puback(packet, now);
      case 'pubrec':
        return this.publisher.pubrec(packet, now);
      case 'pubcomp':
        return this.publisher.pubcomp(packet, now);
      case 'pubrel':
        this.receiver.pubrel(packet, now);
        return undefined;
      case 'suback':
        return this.requests.suback(packet);
      case 'unsuback':
        return this.requests.unsuback(packet);
      case 'pingresp':
        this.keepAlive.answered();
        return undefined;
      case 'connack':
        return violation(Reason.protocolError, 'a second CONNACK', '[5:MQTT-3.2.0-2]');
      default:
        // The decoder refuses what a server never sends; this is the same answer, should it forget.
        return violation(
          Reason.protocolError,
          `${packet.type.toUpperCase()} from a server`,
          '[5:2.1.2] [3.1.1:2.2.1]',
        );
    }
  }

  /** Of a re-authentication, which only this end begins. [5:4.12.1] */
  #auth(packet: AuthPacket): Violation | undefined {
    const step = this.turns.heard(packet);
    if (step.type === 'problem') return step;
    this.#sink.authenticate(step);
    return undefined;
  }
}

/** Reason String and User Property only in PUBLISH, CONNACK and DISCONNECT. [5:MQTT-3.1.2-29] */
function unwantedInformation(packet: Packet): Violation | undefined {
  if (!('properties' in packet) || packet.type === 'publish') return undefined;
  const properties = packet.properties as PropertiesOf<'puback'>;
  if (properties.reasonString === undefined && properties.userProperties === undefined) return undefined;
  return violation(Reason.protocolError, 'problem information that CONNECT declined', '[5:MQTT-3.1.2-29]');
}
