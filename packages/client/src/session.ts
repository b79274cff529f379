// What a client keeps between connections: messages owed to the server, messages received and not yet released,
// subscriptions. Knows nothing of a connection: the same session is given to the next machine. [5:4.1]

import {
  type ConnackPacket,
  type ConnectPacket,
  Inbox,
  messageProperties,
  Outbox,
  RECEIVE_MAXIMUM_DEFAULT,
  type ReasonCode,
  type SubscriptionRequest,
  type TopicFilter,
} from '@anax/protocol';
import { STORE } from './features.ts';
import type { Found, Journal } from './journal.ts';
import type { Message } from './message.ts';
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
  /** Messages of QoS 2 that were passed on and not yet taken: their PUBREC is due when they are. By packet identifier. */
  readonly untaken = new Map<number, Message>();
  /** What the server granted. */
  readonly subscriptions = new Map<TopicFilter, SubscriptionRequest>();
  /** Hears every change that is to outlive the process; undefined where none is. */
  journal: Journal | undefined;
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

  /** What an earlier life of the process has left, before the first connection of this one. */
  restore({ facts, underWay, waiting, received }: Found): void {
    this.lasts = facts?.lasts ?? false;
    this.newAskedFor = facts?.newAskedFor ?? false;
    for (const owed of underWay) this.#holds(owed);
    this.waiting.putBack(waiting);
    for (const packetId of received) this.inbox.restore(packetId);
  }

  /**
   * It has to wait for its turn. Returns those that had to make room.
   * @throws MqttError `outbox-full`, or for what cannot be stored
   */
  wait(owed: Outgoing): readonly Outgoing[] {
    this.#owes(owed);
    try {
      const dropped = this.waiting.add(owed);
      for (const one of dropped) this.settles(one);
      return dropped;
    } catch (error) {
      this.settles(owed);
      throw error;
    }
  }

  /** Takes out what has waited too long. */
  expire(now: number): readonly Outgoing[] {
    const expired = this.waiting.expire(now);
    for (const owed of expired) this.settles(owed);
    return expired;
  }

  /** Nobody waits for it any more; one that has been sent stays sent. */
  giveUp(owed: Outgoing): void {
    if (this.waiting.remove(owed)) this.settles(owed);
  }

  /** A message above QoS 0 is under way, under its packet identifier. @throws MqttError for what cannot be stored */
  hold(owed: Outgoing): void {
    this.#owes(owed);
    this.#holds(owed);
  }

  /** PUBREC has come for it. */
  releases(owed: Outgoing): void {
    this.#owes(owed);
  }

  /** The outbox holds it no more. */
  answered(owed: Outgoing): void {
    this.#underWayBytes -= owed.bytes;
    this.settles(owed);
  }

  /** It is under way no more, and was not answered. */
  forget(owed: Outgoing): void {
    this.outbox.forget(owed.packetId);
    this.answered(owed);
  }

  /** A message that waited, and is neither sent nor waits any more. */
  settles(owed: Outgoing): void {
    if (STORE && owed.qos > 0) this.journal?.settles(owed);
  }

  /** The application has taken a message of QoS 2. */
  received(packetId: number): void {
    if (STORE) this.journal?.received(packetId);
  }

  /** PUBREL has come; false where nobody waits for it. */
  release(packetId: number): boolean {
    if (STORE) this.journal?.released(packetId);
    return this.inbox.release(packetId);
  }

  /** CONNECT asks for a new session. */
  asksForNew(): void {
    this.newAskedFor = true;
    if (STORE) this.journal?.changed();
  }

  #owes(owed: Outgoing): void {
    if (STORE && owed.qos > 0) this.journal?.owes(owed);
  }

  #holds(owed: Outgoing): void {
    this.outbox.hold(owed);
    this.#underWayBytes += owed.bytes;
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
    if (STORE) this.journal?.changed();
    const lost = known ? [] : this.#restart();
    // An alias was meant for a connection that is gone. [5:MQTT-3.3.2-7]
    for (const owed of this.waiting.values())
      if (owed.properties.topicAlias !== undefined) owed.properties = messageProperties(owed.properties);
    return lost;
  }

  /** One that is refused is none that was received: should the server send it again, it is passed on again. */
  taken(message: Message, reasonCode: ReasonCode): void {
    const { packetId } = message;
    if (this.untaken.get(packetId) !== message) return;
    this.untaken.delete(packetId);
    if (reasonCode >= 0x80) this.inbox.forget(packetId);
    // Its PUBREC may leave on another connection, or in another process.
    else if (this.inbox.has(packetId)) this.received(packetId);
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
      this.#underWayBytes -= owed.bytes;
      owed.packetId = 0;
      if (owed.phase === 'publish') again.push(owed);
      else lost.push(owed);
    }
    this.waiting.putBack(again);
    for (const owed of again) this.#owes(owed);
    for (const owed of lost) this.settles(owed);
    for (const packetId of this.inbox.packetIds()) this.release(packetId);
    this.untaken.clear();
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
