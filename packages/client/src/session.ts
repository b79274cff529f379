// What a client keeps between connections: messages owed to the server, messages received and not yet released,
// subscriptions. Knows nothing of a connection: the same session is given to the next machine. [5:4.1]

import {
  type ConnackPacket,
  type ConnectPacket,
  Inbox,
  Outbox,
  RECEIVE_MAXIMUM_DEFAULT,
  type SubscriptionRequest,
  type TopicFilter,
} from '@anax/protocol';
import { type ConnectOptions, dialectOf } from './options.ts';
import { type Outgoing, outgoing } from './outgoing.ts';
import type { PublishRequest } from './phase.ts';
import { Waiting, type WaitingLimits } from './waiting.ts';

/**
 * Lives at least as long as any connection that it is given to, and longer where both ends keep it.
 * [5:MQTT-3.1.2-23] [5:MQTT-4.1.0-1] [3.1.1:MQTT-3.1.2-4] [3.1.1:MQTT-4.1.0-1] [3.1.1:MQTT-4.1.0-2]
 */
export class Session {
  /** Under which the server finds it again; empty until it is known. [5:MQTT-3.1.3-2] [3.1.1:MQTT-3.1.3-2] */
  clientId = '';
  /**
   * Whether it outlives the connection that had it last: else a session that is present is another one, begun by a CONNECT
   * whose answer was lost. [5:3.1.2.11.2] [3.1.1:MQTT-3.1.2-6]
   */
  lasts = false;
  /**
   * A CONNECT that asks for a new session has gone out, and no CONNACK has come. Which session the server has by now
   * nobody knows: the old one, or a new one under the same client identifier.
   */
  newAskedFor = false;
  /** Whether the server of the last connection had it, as far as a client can know. */
  kept = false;
  /** Sent and not yet acknowledged. */
  readonly outbox = new Outbox<Outgoing>(RECEIVE_MAXIMUM_DEFAULT);
  /** Not yet sent. */
  readonly waiting: Waiting;
  readonly inbox = new Inbox(RECEIVE_MAXIMUM_DEFAULT);
  /** What the server granted. */
  readonly subscriptions = new Map<TopicFilter, SubscriptionRequest>();
  #underWayBytes = 0;

  /** @throws MqttError `invalid-option` */
  constructor(limits: Partial<WaitingLimits> = {}) {
    this.waiting = new Waiting(limits);
  }

  /** Whether as many bytes are under way as may be; the server's Receive Maximum knows only messages. */
  get isLaden(): boolean {
    return this.#underWayBytes >= this.waiting.limits.bytesMax;
  }

  /** @throws MqttError `invalid-topic-name` */
  message(request: PublishRequest, ticket: number, now: number): Outgoing {
    return outgoing(request, ticket, now, this.waiting.limits.ageMaxMs);
  }

  /** A message above QoS 0 is under way, under its packet identifier. */
  hold(owed: Outgoing): void {
    this.outbox.hold(owed);
    this.#underWayBytes += owed.bytes;
  }

  /** The outbox holds it no more. */
  released({ bytes }: Outgoing): void {
    this.#underWayBytes -= bytes;
  }

  /**
   * A connection with this session has been accepted; returns what is lost, as `#restart` does. In 3.1 the server cannot
   * say what it has: nothing of a session that was to end with its connection.
   */
  begin({ dialect, cleanStart, properties }: ConnectPacket, connack: ConnackPacket): readonly Outgoing[] {
    const present = !dialect.sessionPresent || connack.sessionPresent;
    const known = present && this.lasts && !cleanStart;
    const expirySeconds = connack.properties.sessionExpiryInterval ?? properties.sessionExpiryInterval ?? 0;
    this.lasts = dialect.properties ? expirySeconds > 0 : !cleanStart;
    this.newAskedFor = false;
    this.kept = known;
    return known ? [] : this.#restart();
  }

  /**
   * The server holds no session: what belonged to it is discarded, messages that it never took begin anew, before
   * those that still wait. Returns the messages whose fate is unknown: the server took them and may have lost them.
   * [5:MQTT-3.2.2-5] [3.1.1:MQTT-3.1.2-6]
   */
  #restart(): readonly Outgoing[] {
    const lost: Outgoing[] = [];
    const again: Outgoing[] = [];
    for (const owed of this.outbox.values()) {
      this.outbox.forget(owed.packetId);
      this.released(owed);
      if (owed.phase === 'publish') again.push(owed);
      else lost.push(owed);
      owed.packetId = 0;
    }
    this.waiting.putBack(again);
    for (const packetId of this.inbox.packetIds()) this.inbox.forget(packetId);
    this.subscriptions.clear();
    return lost;
  }
}

/**
 * Who asked for a new session and got no answer asks again. Otherwise the session that is present may be the new one, in
 * which the server uses identifiers that this end still holds: messages would be lost as repetitions. In 3.1.1 a new
 * session ends with its connection, so that one that is present is the old one. [5:MQTT-3.1.2-4] [3.1.1:MQTT-3.1.2-6]
 */
export function certain(options: ConnectOptions, { newAskedFor }: Session): ConnectOptions {
  const { sessionPresent, properties } = dialectOf(options);
  return newAskedFor && (properties || !sessionPresent) ? { ...options, cleanStart: true } : options;
}
