// The hub: what connections call; it answers through their links. Who publishes, who subscribes, what is retained; the
// life of sessions and their wills is in `sessions.ts`. One for a broker; it never waits and knows no socket, clock or disk.

import {
  type Message,
  message,
  NO_PROPERTIES,
  Reason,
  type ReasonCode,
  type TopicFilter,
  type TopicName,
} from '@anax/protocol';
import { Deliveries } from './deliveries.ts';
import { publishedEvent, silentSink, subscribedEvent } from './events.ts';
import { FanOut } from './fan-out.ts';
import { Journal } from './journal.ts';
import { type Limits, WITHOUT_LIMIT } from './limits.ts';
import type { Link } from './link.ts';
import { Counters, type Note } from './notes.ts';
import type { Ending, Opened, Opening } from './opening.ts';
import type { Owed } from './owed.ts';
import { Owners } from './owners.ts';
import { type Restored, restore } from './restore.ts';
import { Retained } from './retained.ts';
import type { Judge, Revised, Rights, RightsOf } from './rights.ts';
import type { Session, Subscription } from './session.ts';
import { Sessions } from './sessions.ts';
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
  readonly #sessions: Sessions;
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
    this.#sessions = new Sessions(this, this.#fanOut, this.#deliveries);
    this.#retained = new Retained(
      limits,
      this.#deliveries,
      this.journal,
      this.wheel,
      new Owners(limits, this.counters, note),
    );
    // Figures are made anew.
    const unstored = new Journal(undefined, () => undefined);
    const owners = new Owners(WITHOUT_LIMIT, this.counters, note);
    this.#sysRetained = new Retained(WITHOUT_LIMIT, this.#deliveries, unstored, this.wheel, owners);
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

  /** Finds or makes the session of a client that has been let in; whoever holds it is put out first. */
  open(opening: Opening, now: number): Opened {
    return this.#sessions.open(opening, now);
  }

  /** Puts a connection to its session and sends what is owed. Called once CONNACK is on its way. */
  attach(session: Session, link: Link, receiveMaximum: number, now: number): void {
    this.#sessions.attach(session, link, receiveMaximum, now);
  }

  /** A connection is over: its will falls due, its session waits or ends. */
  close(session: Session, link: Link, ending: Ending, now: number): void {
    this.#sessions.close(session, link, ending, now);
  }

  /** Has every session judged anew, connected or not, and takes away what is no longer allowed. */
  revise(judge: Judge, now: number): Revised {
    return this.#sessions.revise(judge, now);
  }

  /** One session has other rights from now on: those of a new login. */
  grant(session: Session, rights: Rights, login: object, now: number): void {
    this.#sessions.grant(session, rights, login, now);
  }

  /**
   * Takes up what an earlier life of the broker has left, as if the network had failed: sessions with what they are
   * owed, retained messages, wills, and what falls due meanwhile. [5:4.1] [5:MQTT-3.1.2-23]
   * @param rightsOf what they may do until their clients come
   */
  restore(now: number, rightsOf: RightsOf): Restored {
    const restored = restore(this.#stored, {
      journal: this.journal,
      fanOut: this.#fanOut,
      retained: this.#retained,
      holdings: this.#deliveries.holdings,
      sessions: this.#sessions,
      rightsOf,
    });
    this.#sessions.resume(now);
    return restored;
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
    const retained = message.retain ? this.#retained.keep(message, publisher?.owner) : undefined;
    const count = this.#fanOut.publish(message, publisher, retained, now) + (this.local?.(message) ?? 0);
    this.events.published?.(publishedEvent(message, count));
    return count;
  }

  /** Publishes a figure of `$SYS`, from the server itself and at QoS 0: no queue fills up with it. */
  publishSys(topic: TopicName, payload: Uint8Array, now: number): void {
    const { retainAvailable } = this.limits;
    const figure = message(topic, payload, 0, retainAvailable, NO_PROPERTIES, '', Number.POSITIVE_INFINITY);
    if (retainAvailable) this.#sysRetained.keep(figure, undefined);
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
  canRetain(message: Message, publisher?: Session): boolean {
    return this.#retained.fits(message, publisher?.owner);
  }

  /** Subscribes; true where the subscription is new and not a replacement. */
  subscribe(session: Session, subscription: Subscription): boolean {
    const isNew = !session.subscriptions.has(subscription.filter);
    this.#fanOut.subscribe(session, subscription);
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

  eachSession(): Iterable<Session> {
    return this.#sessions.all();
  }

  /** Memory is short: what waits for a session, and is not stored, goes. */
  dropWaiting(session: Session): void {
    this.#deliveries.dropWaiting(session);
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
}
