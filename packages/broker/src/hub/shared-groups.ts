// Shared subscriptions: groups of sessions of which one gets each message. [5:4.8.2]

import {
  type BacklogLimits,
  type Message,
  messageBytes,
  SharedChooser,
  type SharedStrategy,
  SubscriptionTree,
  type TopicFilter,
  type TopicName,
} from '@anax/protocol';
import type { Target } from './deliveries.ts';
import type { Limits } from './limits.ts';
import { lowerQos } from './outgoing.ts';
import { mayReceive } from './rights.ts';
import { Roster } from './roster.ts';
import type { Session, Subscription } from './session.ts';

/** Members looked at for one that can take a message when the chosen one cannot. */
const ALTERNATIVES_MAX = 64;
/** Larger than any queue: a client whose socket is behind is the last choice. */
const CONGESTED_LOAD = 1_000_000_000;

/** The sessions that share one filter under one name. */
export class SharedGroup {
  readonly filter: TopicFilter;
  readonly matching: TopicFilter;
  readonly members = new Map<Session, Target>();
  readonly #connected = new Roster<Session>();
  readonly #away = new Roster<Session>();
  /** Members that may not have everything, so that each is asked. */
  readonly #choosy = new Set<Session>();
  readonly #chooser: SharedChooser<Session>;
  readonly #queueLimits: BacklogLimits;

  constructor(
    subscription: Subscription,
    strategy: SharedStrategy,
    queueLimits: BacklogLimits,
    random: () => number,
  ) {
    this.#queueLimits = queueLimits;
    this.filter = subscription.filter;
    this.matching = subscription.matching;
    this.#chooser = new SharedChooser({ strategy, random, inFlight: load });
  }

  /** Whether a connected member can take it now. */
  hasTaker(message: Message): boolean {
    return this.#takerAmong(this.#allowed(this.#connected, message.topic), message) !== undefined;
  }

  /** Whether a member may have it, connected or not. */
  admits(topic: TopicName): boolean {
    if (this.#choosy.size < this.members.size) return true;
    return this.#allowed(this.#connected, topic).length > 0 || this.#allowed(this.#away, topic).length > 0;
  }

  /** Members that may have what is published on a topic. */
  #allowed({ members }: Roster<Session>, topic: TopicName): readonly Session[] {
    return this.#choosy.size === 0 ? members : members.filter((session) => mayReceive(session, topic));
  }

  /** True where it replaced one. A copy that comes by a group carries its own identifier. [5:MQTT-3.3.4-5] */
  set(session: Session, { qos, retainAsPublished, identifier, filter }: Subscription): boolean {
    const identifiers = identifier === undefined ? undefined : [identifier];
    const replaced = this.members.has(session);
    this.members.set(session, { session, qos, retainAsPublished, identifiers, sharedFilter: filter });
    this.#enrol(session);
    return replaced;
  }

  /** False where there was none. */
  delete(session: Session): boolean {
    this.#connected.delete(session);
    this.#away.delete(session);
    this.#choosy.delete(session);
    this.#chooser.forget(session);
    return this.members.delete(session);
  }

  /** A member's connection has come or gone, or it has other rights. */
  moved(session: Session): void {
    if (!this.members.has(session)) return;
    this.#connected.delete(session);
    this.#away.delete(session);
    this.#choosy.delete(session);
    this.#enrol(session);
  }

  #enrol(session: Session): void {
    const roster = session.link === undefined ? this.#away : this.#connected;
    roster.add(session);
    if (session.receives !== undefined) this.#choosy.add(session);
  }

  /**
   * Who gets a message, of those who may have it: a connected member if there is one that can take it, else one whose
   * session waits. Where nobody can take it, the one who does not get it.
   */
  choose(message: Message): Target | undefined {
    const { publisher, topic } = message;
    const present = this.#allowed(this.#connected, topic);
    const connected = this.#chooser.choose(present, publisher);
    const taker = this.#firstThatCan(connected, present, message);
    if (taker !== undefined) return taker;
    const absent = this.#allowed(this.#away, topic);
    const away = this.#chooser.choose(absent, publisher);
    const waiting = this.#firstThatCan(away, absent, message);
    if (waiting !== undefined) return waiting;
    const nobody = connected ?? away;
    return nobody === undefined ? undefined : this.members.get(nobody);
  }

  /** The chosen one, or another in its place. */
  #firstThatCan(
    chosen: Session | undefined,
    sessions: readonly Session[],
    message: Message,
  ): Target | undefined {
    const target = chosen === undefined ? undefined : this.members.get(chosen);
    if (target !== undefined && canTake(target, message, this.#queueLimits)) return target;
    return this.#takerAmong(sessions, message);
  }

  #takerAmong(sessions: readonly Session[], message: Message): Target | undefined {
    for (let i = 0; i < sessions.length && i < ALTERNATIVES_MAX; i++) {
      const other = this.members.get(sessions[i] as Session);
      if (other !== undefined && canTake(other, message, this.#queueLimits)) return other;
    }
    return undefined;
  }
}

/** Messages that a member has not acknowledged or not even got. */
function load({ outbox, backlog, link }: Session): number {
  return outbox.size + backlog.size + (link?.wire.congested === true ? CONGESTED_LOAD : 0);
}

/** What is too large for one member, or finds its queue full, goes to another. [5:MQTT-3.1.2-25] */
function canTake(
  { session: { link, backlog }, qos }: Target,
  message: Message,
  queueLimits: BacklogLimits,
): boolean {
  const isQos0 = lowerQos(message.qos, qos) === 0;
  if (link === undefined && isQos0) return false;
  if (!isQos0 && backlog.size > 0 && !backlog.fits(messageBytes(message), queueLimits)) return false;
  if (link === undefined) return true;
  if (message.topic.length + message.payload.length >= link.maximumPacketSize) return false;
  return !isQos0 || !link.wire.congested;
}

export class SharedGroups {
  /** By the whole filter: name and filter together make a group. */
  readonly #groups = new Map<TopicFilter, SharedGroup>();
  readonly #tree = new SubscriptionTree<SharedGroup, true>();
  readonly #limits: Limits;
  readonly #random: () => number;
  #size = 0;

  constructor(limits: Limits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Subscriptions, one for each member. */
  get size(): number {
    return this.#size;
  }

  get(filter: TopicFilter): SharedGroup | undefined {
    return this.#groups.get(filter);
  }

  subscribe(session: Session, subscription: Subscription): void {
    const { filter, matching } = subscription;
    let group = this.#groups.get(filter);
    if (group === undefined) {
      group = new SharedGroup(subscription, this.#limits.sharedStrategy, this.#limits, this.#random);
      this.#groups.set(filter, group);
      this.#tree.set(matching, group, true);
    }
    if (!group.set(session, subscription)) this.#size += 1;
  }

  unsubscribe(session: Session, filter: TopicFilter): void {
    const group = this.#groups.get(filter);
    if (group === undefined || !group.delete(session)) return;
    this.#size -= 1;
    if (group.members.size === 0) {
      this.#groups.delete(filter);
      this.#tree.delete(group.matching, group);
    }
  }

  /** The session's connection has come or gone, or it has other rights. */
  moved(session: Session): void {
    if (this.#groups.size === 0) return;
    for (const { shared, filter } of session.subscriptions.values()) {
      if (shared) this.#groups.get(filter)?.moved(session);
    }
  }

  match(topic: TopicName): readonly SharedGroup[] {
    if (this.#groups.size === 0) return NO_GROUPS;
    const found: SharedGroup[] = [];
    this.#tree.match(topic, (group) => found.push(group));
    return found.length === 0 ? NO_GROUPS : found;
  }
}

const NO_GROUPS: readonly SharedGroup[] = [];
