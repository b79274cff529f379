// Retained messages: kept, replaced, cleared, and walked for a new subscription in slices that stall nobody. [5:3.3.1.3]

import {
  type Message,
  messageBytes,
  type RetainedCursor,
  RetainedIndex,
  type TopicFilter,
  type TopicName,
} from '@anax/protocol';
import type { Deliveries } from './deliveries.ts';
import type { Journal } from './journal.ts';
import type { Limits } from './limits.ts';
import type { Link } from './link.ts';
import { type Kept, kept } from './owed.ts';
import type { Owners } from './owners.ts';
import { mayReceive } from './rights.ts';
import type { Session, Subscription } from './session.ts';
import { Timer, type Wheel } from './wheel.ts';

/** Places of the index looked at in one go, and what walks may cost for one client in a turn of the event loop. */
const SLICE = 512;
/** A walk that finds nothing costs as much as finding so many. */
const COST_LEAST = 16;
/** Deliveries waiting for a client beyond which a walk pauses: it shall not push out what is live. */
const WAITING_MAX = 256;

interface Walk {
  readonly filter: TopicFilter;
  readonly cursor: RetainedCursor<Kept>;
  /** Found and not handed over yet, the last first. */
  found: Kept[];
}

/** The walks of one connection: a client that is behind is asked about once, however many filters it has. */
interface Walks {
  readonly link: Link;
  readonly byFilter: Map<TopicFilter, Walk>;
}

export class Retained {
  readonly #index = new RetainedIndex<Kept>();
  readonly #limits: Limits;
  readonly #deliveries: Deliveries;
  readonly #walks = new Map<Session, Walks>();
  /** What walks have cost since `work` was called last: who subscribes again and again keeps nobody else waiting. */
  readonly #spent = new Map<Session, number>();
  readonly #journal: Journal;
  readonly #wheel: Wheel;
  readonly #owners: Owners;
  /** One for each message that expires: it leaves when its time has come, not when somebody comes by. */
  readonly #expiries = new Map<TopicName, Timer>();
  #bytes = 0;

  constructor(limits: Limits, deliveries: Deliveries, journal: Journal, wheel: Wheel, owners: Owners) {
    this.#owners = owners;
    this.#journal = journal;
    this.#limits = limits;
    this.#deliveries = deliveries;
    this.#wheel = wheel;
  }

  get size(): number {
    return this.#index.size;
  }

  /** As `messageBytes` counts them. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Keeps a message whose RETAIN flag is set; an empty payload removes what was kept. Returns the message as it is kept;
   * undefined where nothing is, or where it does not fit.
   * [5:MQTT-3.3.1-5] [5:MQTT-3.3.1-6] [5:MQTT-3.3.1-7] [3.1.1:MQTT-3.3.1-5] [3.1.1:MQTT-3.3.1-10] [3.1.1:MQTT-3.3.1-11]
   */
  keep(message: Message, userName: string | undefined): Kept | undefined {
    const { topic } = message;
    if (message.payload.length === 0) {
      this.#letGo(this.#index.delete(topic));
      return undefined;
    }
    if (!this.fits(message, userName)) {
      // What was kept before is not what the topic is now. [3.1.1:MQTT-3.3.1-7]
      this.#letGo(this.#index.delete(topic));
      return undefined;
    }
    const copy = kept(message);
    this.#journal.retained(copy, userName);
    this.restore(copy, userName);
    return copy;
  }

  /** Has a message from now on: a new one, or one that was stored. */
  restore(message: Kept, userName: string | undefined): void {
    const { topic, expiresAt } = message;
    this.#letGo(this.#index.set(topic, message));
    this.#owners.has(message, userName);
    this.#bytes += message.body.bytes;
    if (expiresAt === Number.POSITIVE_INFINITY) return;
    const timer = new Timer(() => this.#letGo(this.#index.delete(topic)));
    this.#expiries.set(topic, timer);
    this.#wheel.set(timer, expiresAt);
  }

  /** Whether a message can be kept, in place of the one that its topic has. One that its owner has no room for is counted. */
  fits(message: Message, userName: string | undefined): boolean {
    if (message.payload.length === 0) return true;
    if (this.#journal.hasNoRoom) return false;
    const before = this.#index.get(message.topic);
    const bytesBefore = before?.body.bytes ?? 0;
    if (before === undefined && this.#index.size >= this.#limits.retainedMessagesMax) return false;
    const bytes = messageBytes(message);
    if (this.#bytes - bytesBefore + bytes > this.#limits.retainedBytesMax) return false;
    if (this.#owners.fits(message, userName, bytes, before)) return true;
    this.#owners.refused(message, userName);
    return false;
  }

  #letGo(message: Kept | undefined): void {
    if (message === undefined) return;
    this.#bytes -= message.body.bytes;
    this.#owners.hasNoMore(message);
    this.#journal.unretained(message);
    const timer = this.#expiries.get(message.topic);
    if (timer === undefined) return;
    this.#wheel.cancel(timer);
    this.#expiries.delete(message.topic);
  }

  /** Sends what matches a subscription: the first slice now unless this turn has seen enough, the rest by `work`. [3.1.1:MQTT-3.3.1-6] */
  deliver(session: Session, link: Link, { filter }: Subscription, now: number): void {
    const known = this.#walks.get(session);
    const walks = known?.link === link ? known : { link, byFilter: new Map<TopicFilter, Walk>() };
    const walk: Walk = { filter, cursor: this.#index.match(filter), found: [] };
    const spent = this.#spent.get(session) ?? 0;
    if (spent < SLICE) this.#spent.set(session, spent + this.#slice(session, link, walk, now));
    // One walk for a filter at a time: the newest starts from the beginning.
    walks.byFilter.delete(filter);
    if (!isOver(session, walk)) walks.byFilter.set(filter, walk);
    if (walks.byFilter.size > 0) this.#walks.set(session, walks);
    else this.#walks.delete(session);
  }

  /** Goes on with walks under way, each client for no more than a slice; true where one made progress and there is more to do. */
  work(now: number): boolean {
    this.#spent.clear();
    let moved = false;
    for (const [session, { link, byFilter }] of this.#walks) {
      if (session.link !== link) {
        this.#walks.delete(session);
      } else if (isReady(session, link)) {
        moved = true;
        this.#goOn(session, link, byFilter, now);
        if (byFilter.size === 0) this.#walks.delete(session);
      }
    }
    return moved && this.#walks.size > 0;
  }

  /** The walk that has waited longest first. */
  #goOn(session: Session, link: Link, byFilter: Map<TopicFilter, Walk>, now: number): void {
    let cost = 0;
    for (const [filter, walk] of byFilter) {
      byFilter.delete(filter);
      cost += this.#slice(session, link, walk, now);
      if (!isOver(session, walk)) byFilter.set(filter, walk);
      if (cost >= SLICE || !isReady(session, link)) return;
    }
  }

  /** Returns what it cost. */
  #slice(session: Session, link: Link, walk: Walk, now: number): number {
    const { filter, cursor } = walk;
    const subscription = session.subscriptions.get(filter);
    if (subscription === undefined) return COST_LEAST;
    const { qos, identifier, noLocal } = subscription;
    const identifiers = identifier === undefined ? undefined : [identifier];
    // RETAIN is set on what a new subscription brings. [5:3.3.1.3] [3.1.1:MQTT-3.3.1-8]
    const target = { session, qos, retainAsPublished: true, identifiers, sharedFilter: undefined };
    if (walk.found.length === 0) walk.found = cursor.next(SLICE).toReversed();
    const before = walk.found.length;
    // Stops as soon as the client is behind: at QoS 0 the rest would be lost.
    while (isReady(session, link)) {
      const next = walk.found.pop();
      if (next === undefined) break;
      // As it is now: it may have been replaced or cleared while the client was behind.
      const message = this.#index.get(next.topic);
      if (message === undefined) continue;
      if (message.expiresAt <= now) continue; // between its time and the tick of the wheel
      if (!mayReceive(session, message.topic)) continue;
      if (noLocal && message.publisher === session.clientId) continue; // [5:MQTT-3.8.3-3]
      this.#deliveries.owe(target, message, undefined, message, now);
    }
    return Math.max(before - walk.found.length, COST_LEAST);
  }
}

function isReady({ backlog }: Session, { wire }: Link): boolean {
  return !wire.congested && backlog.size <= WAITING_MAX;
}

/** Through, or for nobody: the subscription is gone. [5:MQTT-3.10.4-2] [3.1.1:MQTT-3.10.4-2] */
function isOver({ subscriptions }: Session, { filter, cursor, found }: Walk): boolean {
  return !subscriptions.has(filter) || (cursor.done && found.length === 0);
}
