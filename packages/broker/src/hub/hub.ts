// The hub: sessions, take-over, fan-out, wills, retained messages, expiry. One for a broker; it never waits and knows
// no socket, clock or disk. Connections call it, it answers through their links.

import {
  type Message,
  message,
  NO_PROPERTIES,
  PACKET_ID_MAX,
  type QoS,
  Reason,
  type ReasonCode,
  SESSION_EXPIRY_NEVER_SECONDS,
  type TopicFilter,
  type TopicName,
  utf8Length,
} from '@anax/protocol';
import { Deliveries } from './deliveries.ts';
import { publishedEvent, silentSink, subscribedEvent } from './events.ts';
import { FanOut } from './fan-out.ts';
import { Journal } from './journal.ts';
import { type Limits, WITHOUT_LIMIT } from './limits.ts';
import type { Link } from './link.ts';
import { Counters, type Note } from './notes.ts';
import type { Ending, Opened, Opening } from './opening.ts';
import { lowerQos } from './outgoing.ts';
import type { Owed } from './owed.ts';
import { type Restored, restore } from './restore.ts';
import { Retained } from './retained.ts';
import { Session, type Subscription } from './session.ts';
import { Wheel } from './wheel.ts';
import type { RowSource } from './writes.ts';

export class Hub {
  readonly limits: Limits;
  readonly counters = new Counters();
  readonly events = silentSink();
  /** Handlers inside this process: how many a message went to. */
  local: ((message: Message) => number) | undefined;
  readonly wheel: Wheel;
  /** What is to be stored. */
  readonly journal: Journal;
  readonly #retained: Retained;
  /** Of `$SYS`: kept apart, so that they count against no limit and are not counted. */
  readonly #sysRetained: Retained;
  readonly #sessions = new Map<string, Session>();
  readonly #deliveries: Deliveries;
  readonly #fanOut: FanOut;
  readonly #note: (note: Note) => void;
  readonly #stored: RowSource | undefined;
  #ending = false;

  /**
   * @param random from 0 to 1, like Math.random, for chance in shared subscriptions
   * @param stored what an earlier life of the broker has left: see `restore`; undefined where nothing is stored
   */
  constructor(
    limits: Limits,
    note: (note: Note) => void,
    now: number,
    random: () => number,
    stored?: RowSource,
  ) {
    this.limits = limits;
    this.#note = note;
    this.wheel = new Wheel(now);
    this.#stored = stored;
    this.journal = new Journal(stored, (text) => note({ event: 'store-damaged', text }));
    this.#deliveries = new Deliveries(limits, this.counters, this.events, this.journal, note);
    this.#fanOut = new FanOut(this.#deliveries, limits, this.journal, random);
    this.#retained = new Retained(limits, this.#deliveries, this.journal, this.wheel);
    // Figures are made anew.
    const unstored = new Journal(undefined, () => undefined);
    this.#sysRetained = new Retained(WITHOUT_LIMIT, this.#deliveries, unstored, this.wheel);
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  get retainedCount(): number {
    return this.#retained.size;
  }

  get retainedBytes(): number {
    return this.#retained.bytes;
  }

  get subscriptionCount(): number {
    return this.#fanOut.subscriptionCount;
  }

  get sharedSubscriptionCount(): number {
    return this.#fanOut.sharedSubscriptionCount;
  }

  /** What all sessions are owed and the broker keeps. */
  get held(): { readonly messages: number; readonly bytes: number } {
    return this.#deliveries.holdings;
  }

  note(note: Note): void {
    this.#note(note);
  }

  session(clientId: string): Session | undefined {
    return this.#sessions.get(clientId);
  }

  /** Whether a client with this identifier is connected now. */
  isConnected(clientId: string): boolean {
    return this.#sessions.get(clientId)?.link !== undefined;
  }

  /**
   * Finds or makes the session of a client that has been let in; whoever holds it is put out first.
   * [5:MQTT-3.1.2-4] [5:MQTT-3.1.2-5] [5:MQTT-3.1.2-6] [5:MQTT-3.1.3-2] [5:MQTT-3.1.4-3] [5:MQTT-3.1.4-4]
   * [3.1.1:MQTT-3.1.2-4] [3.1.1:MQTT-3.1.2-6] [3.1.1:MQTT-3.1.3-2] [3.1.1:MQTT-3.1.4-2] [3.1.1:MQTT-3.1.4-3]
   */
  open(opening: Opening, now: number): Opened {
    const { clientId, owner, expirySeconds } = opening;
    const before = this.#sessions.get(clientId);
    if (before !== undefined && before.owner !== owner && !this.limits.sessionOwnerMayChange) {
      return 'belongs-to-another';
    }
    if (before === undefined && this.#sessions.size >= this.limits.sessionsMax) return 'too-many-sessions';
    if (before !== undefined) {
      this.#takeOver(before, opening.cleanStart, now);
      if (this.#sessions.get(clientId) === before) {
        this.wheel.cancel(before.expiryTimer);
        // The new connection came before the delay was over. [5:MQTT-3.1.3-9]
        this.wheel.cancel(before.willTimer);
        before.owner = owner;
        before.will = opening.will;
        before.expirySeconds = expirySeconds;
        before.closedAt = undefined;
        this.journal.session(before);
        return { session: before, present: true };
      }
    }
    const session = this.#newSession(clientId, owner, expirySeconds);
    session.will = opening.will;
    this.journal.session(session);
    return { session, present: false };
  }

  #newSession(clientId: string, owner: string | undefined, expirySeconds: number): Session {
    const session = new Session(
      clientId,
      owner,
      expirySeconds,
      this.limits.receiveMaximum,
      this.journal.queue,
      (expired, at) => this.#expire(expired, at),
      (ended, at) => this.#publishWill(ended, at),
    );
    this.#sessions.set(clientId, session);
    return session;
  }

  /**
   * Takes up what an earlier life of the broker has left, as if the network had failed: sessions with what they are
   * owed, retained messages, wills, and what falls due meanwhile. [5:4.1] [5:MQTT-3.1.2-23]
   */
  restore(now: number): Restored {
    const restored = restore(this.#stored, {
      journal: this.journal,
      fanOut: this.#fanOut,
      retained: this.#retained,
      holdings: this.#deliveries.holdings,
      session: (clientId, owner, expirySeconds) => this.#newSession(clientId, owner, expirySeconds),
    });
    for (const session of [...this.#sessions.values()]) {
      if (session.closedAt === undefined) this.journal.session(session);
      session.closedAt ??= now;
      this.#wait(session, session.closedAt, now);
    }
    return restored;
  }

  #takeOver(session: Session, cleanStart: boolean, now: number): void {
    const { link } = session;
    if (link !== undefined) {
      this.counters.takeOvers += 1;
      link.end(Reason.sessionTakenOver, 'another connection uses this client identifier', now);
    }
    if (cleanStart && this.#sessions.get(session.clientId) === session) this.#end(session, now);
  }

  /** Puts a connection to its session and sends what is owed. Called once CONNACK is on its way. */
  attach(session: Session, link: Link, receiveMaximum: number, now: number): void {
    session.link = link;
    session.outbox.setWindow(Math.min(receiveMaximum, this.limits.inFlightMax));
    // Who cannot be told of a Receive Maximum is not held to one: packet identifiers are the limit. What an earlier
    // connection left unreleased does not count against this one. [5:4.9]
    const { inbox } = session;
    inbox.setReceiveMaximum(
      link.dialect.properties ? this.limits.receiveMaximum + inbox.size : PACKET_ID_MAX,
    );
    this.#fanOut.come(session, link.dialect.subscriptionOptions);
    this.#deliveries.resume(session, now);
  }

  /**
   * A connection is over: its will falls due, its session, kept so far whatever its expiry, waits for that or ends.
   * [5:MQTT-3.1.2-23] [5:MQTT-4.1.0-1]
   * [3.1.1:MQTT-3.1.2-6] [3.1.1:MQTT-3.1.2-8] [3.1.1:MQTT-4.1.0-1] [3.1.1:MQTT-4.1.0-2]
   */
  close(session: Session, link: Link, ending: Ending, now: number): void {
    if (session.link !== link) return;
    session.link = undefined;
    session.unsent.clear();
    if (ending === 'normal') session.will = undefined; // [5:MQTT-3.14.4-3] [3.1.1:MQTT-3.14.4-3]
    session.closedAt = now;
    this.journal.session(session);
    if (session.expirySeconds > 0) {
      this.#fanOut.leave(session, now);
      this.endOverflowed(now);
    }
    this.#wait(session, now, now);
  }

  /** Without a connection since `closedAt`: what falls due, and when. */
  #wait(session: Session, closedAt: number, now: number): void {
    const { will, expirySeconds } = session;
    if (expirySeconds === 0) {
      this.#end(session, now);
      return;
    }
    if (will !== undefined) {
      const dueAt = closedAt + will.delaySeconds * 1000;
      if (dueAt <= now) this.#publishWill(session, now);
      else this.wheel.set(session.willTimer, dueAt);
    }
    if (expirySeconds === SESSION_EXPIRY_NEVER_SECONDS) return;
    const dueAt = closedAt + expirySeconds * 1000;
    // Its time was over while the broker was not there. [5:3.1.2.11.2]
    if (dueAt <= now) this.#expire(session, now);
    else this.wheel.set(session.expiryTimer, dueAt);
  }

  #expire(session: Session, now: number): void {
    this.counters.sessionsExpired += 1;
    this.events['session-expired']?.({ clientId: session.clientId });
    this.#note({ event: 'session-expired', clientId: session.clientId, text: 'the session has expired' });
    this.#end(session, now);
  }

  /**
   * The end of a session brings its will at the latest; what is retained stays.
   * [5:MQTT-3.1.2-8] [5:MQTT-4.1.0-2] [3.1.1:MQTT-3.1.2-7]
   */
  #end(session: Session, now: number): void {
    this.wheel.cancel(session.expiryTimer);
    for (const filter of [...session.subscriptions.keys()]) this.#fanOut.unsubscribe(session, filter);
    this.#sessions.delete(session.clientId);
    this.#fanOut.end(session, now);
    this.#publishWill(session, now);
    this.endOverflowed(now);
  }

  /** Once, if there is one. [5:MQTT-3.1.2-10] [3.1.1:MQTT-3.1.2-10] [3.1.1:MQTT-3.1.2-12] */
  #publishWill(session: Session, now: number): void {
    const { will } = session;
    this.wheel.cancel(session.willTimer);
    if (will === undefined) return;
    session.will = undefined;
    this.journal.session(session);
    this.counters.willsPublished += 1;
    this.#note({
      event: 'will-published',
      clientId: session.clientId,
      text: `its will went to ${will.message.topic}`,
    });
    this.publish({ ...will.message, expiresAt: now + will.messageExpiryMs }, session, now);
  }

  /**
   * Keeps what is to be retained, of a will too, and owes the message to all who want it; returns how many those are.
   * [5:MQTT-3.1.2-14] [5:MQTT-3.1.2-15] [5:MQTT-3.3.1-8]
   * [3.1.1:MQTT-3.1.2-16] [3.1.1:MQTT-3.1.2-17] [3.1.1:MQTT-3.3.1-12]
   */
  publish(message: Message, publisher: Session | undefined, now: number): number {
    const count = this.take(message, publisher, now);
    this.endOverflowed(now);
    return count;
  }

  /** The same, for a publisher who gets an answer first: `endOverflowed` follows, and may end its own connection. */
  take(message: Message, publisher: Session | undefined, now: number): number {
    const retained = message.retain ? this.#retained.keep(message) : undefined;
    const count = this.#fanOut.publish(message, publisher, retained, now) + (this.local?.(message) ?? 0);
    this.events.published?.(publishedEvent(message, count));
    return count;
  }

  /** Publishes a figure of `$SYS`, from the server itself and at QoS 0: no queue fills up with it. */
  publishSys(topic: TopicName, payload: Uint8Array, now: number): void {
    const { retainAvailable } = this.limits;
    const figure = message(topic, payload, 0, retainAvailable, NO_PROPERTIES, '', Number.POSITIVE_INFINITY);
    if (retainAvailable) this.#sysRetained.keep(figure);
    this.#fanOut.publish(figure, undefined, undefined, now);
    this.local?.(figure);
  }

  /** Ends a client's connection from the server's side; false where it has none. */
  disconnect(clientId: string, reasonCode: ReasonCode, text: string, now: number): boolean {
    const link = this.#sessions.get(clientId)?.link;
    link?.end(reasonCode, text, now);
    return link !== undefined;
  }

  /** Ending one publishes its will, which may overflow others: the outermost call sees to all of them, in turn. */
  endOverflowed(now: number): void {
    const { overflowed } = this.#deliveries;
    if (overflowed.length === 0 || this.#ending) return;
    this.#ending = true;
    for (let link = overflowed.pop(); link !== undefined; link = overflowed.pop()) {
      link.end(Reason.quotaExceeded, 'the queue of this session is full', now);
    }
    this.#ending = false;
  }

  /** Sends the retained messages that match a subscription. */
  deliverRetained(session: Session, subscription: Subscription, now: number): void {
    if (session.link === undefined) return;
    this.#retained.deliver(session, session.link, subscription, now);
    // A wildcard in the first level matches none of it. [5:MQTT-4.7.2-1] [3.1.1:MQTT-4.7.2-1]
    if (subscription.filter.startsWith('$SYS')) {
      this.#sysRetained.deliver(session, session.link, subscription, now);
    }
    this.endOverflowed(now);
  }

  /** Whether one more retained message, in place of the one there may be, fits. */
  canRetain(message: Message): boolean {
    return this.#retained.fits(message);
  }

  /** Subscribes; true where the subscription is new and not a replacement. */
  subscribe(session: Session, subscription: Subscription): boolean {
    const isNew = !session.subscriptions.has(subscription.filter);
    this.#fanOut.subscribe(session, subscription);
    if (isNew) session.filterBytes += utf8Length(subscription.filter);
    if (subscription.shared && !session.owesShared) {
      session.owesShared = true;
      this.journal.session(session);
    }
    this.events.subscribed?.(subscribedEvent(session, subscription, isNew));
    return isNew;
  }

  /** One packet's filters; for each, false where there was nothing to remove. */
  unsubscribe(session: Session, filters: readonly TopicFilter[], now: number): boolean[] {
    const left = new Set<TopicFilter>();
    const removed = filters.map((filter) => {
      if (!this.#fanOut.unsubscribe(session, filter)) return false;
      session.filterBytes -= utf8Length(filter);
      this.events.unsubscribed?.({ clientId: session.clientId, topicFilter: filter });
      left.add(filter);
      return true;
    });
    this.#fanOut.unshare(session, left, now);
    this.endOverflowed(now);
    return removed;
  }

  /** The client has a message of QoS 2 and waits for its release. */
  received(session: Session, owed: Owed): void {
    this.#deliveries.received(session, owed);
  }

  /** The client has acknowledged or refused what it was owed: its identifier is free, the next may go. */
  settled(session: Session, owed: Owed, now: number): void {
    this.#deliveries.settled(session, owed);
    this.pump(session, now);
  }

  /** Sends what waits for a session: after an acknowledgement, or when its socket takes bytes again. */
  pump(session: Session, now: number): void {
    if (session.backlog.size > 0 || session.unsent.size > 0) this.#deliveries.pump(session, now);
  }

  advance(now: number): void {
    this.wheel.advance(now);
  }

  /** Goes on with long work in small slices; true where there is more to do at once. */
  work(now: number): boolean {
    const moreSys = this.#sysRetained.work(now);
    const more = this.#retained.work(now) || moreSys;
    this.endOverflowed(now);
    const swept = this.journal.sweep((body) => this.#deliveries.holdings.release(body));
    return more || swept;
  }

  /** What clients are told is possible. */
  grantable(qos: QoS): QoS {
    return lowerQos(qos, this.limits.maximumQos);
  }
}
