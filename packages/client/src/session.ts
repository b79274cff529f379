// What a client keeps between connections: messages owed to the server, messages received and not yet released,
// subscriptions. Knows nothing of a connection: the same session is given to the next machine. [5:4.1]

import {
  Backlog,
  type ConnackPacket,
  type ConnectPacket,
  Inbox,
  Outbox,
  type Owed,
  type PropertiesOf,
  type QoS,
  RECEIVE_MAXIMUM_DEFAULT,
  type SubscriptionRequest,
  type TopicFilter,
  type TopicName,
} from '@anax/protocol';
import { type ConnectOptions, dialectOf } from './options.ts';

/** A message on its way out. */
export interface Outgoing extends Owed {
  readonly ticket: number;
  readonly topic: TopicName;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** A Topic Alias goes with the connection it was meant for. */
  properties: PropertiesOf<'publish'>;
}

/** Lives at least as long as any connection that it is given to. [5:MQTT-4.1.0-1] [3.1.1:MQTT-4.1.0-2] */
export class Session {
  /** Empty until it is known. */
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
  /** Waiting for the server's Receive Maximum. */
  readonly backlog = new Backlog<Outgoing>();
  readonly inbox = new Inbox(RECEIVE_MAXIMUM_DEFAULT);
  /** What the server granted. */
  readonly subscriptions = new Map<TopicFilter, SubscriptionRequest>();

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
    const waiting: Outgoing[] = [];
    for (const owed of this.outbox.values()) {
      this.outbox.forget(owed.packetId);
      if (owed.phase === 'publish') waiting.push(owed);
      else lost.push(owed);
    }
    for (let next = this.backlog.shift(); next !== undefined; next = this.backlog.shift()) waiting.push(next);
    for (const owed of waiting) {
      owed.packetId = 0;
      this.backlog.push(owed, outgoingBytes(owed));
    }
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

/** A rough count of the bytes that a message holds on to, for limits. */
export function outgoingBytes(owed: Outgoing): number {
  return owed.topic.length + owed.payload.length + OVERHEAD_BYTES;
}

const OVERHEAD_BYTES = 100;
