// Who gets a message: routes from topics to sessions, kept while no subscription changes, and the walk over them.

import {
  type Message,
  type QoS,
  SubscriptionTree,
  type TopicFilter,
  type TopicName,
  utf8Length,
} from '@anax/protocol';
import type { Deliveries, Target } from './deliveries.ts';
import { Frames, SHARED_FRAME_PAYLOAD_BYTES_MAX } from './frames.ts';
import type { Journal } from './journal.ts';
import type { Limits } from './limits.ts';
import type { Kept } from './owed.ts';
import { stillWanted } from './revision.ts';
import { mayReceive } from './rights.ts';
import type { Session, Subscription } from './session.ts';
import { type SharedGroup, SharedGroups } from './shared-groups.ts';

/** Topics whose routes are remembered, and receivers in all of them; beyond, all are forgotten and found again. */
const ROUTES_MAX = 65_536;
const ROUTED_TARGETS_MAX = 262_144;
/** Longer topics are found anew each time: what is remembered is what a peer chose, and holds on to its memory. */
const ROUTED_TOPIC_CHARS_MAX = 256;

/**
 * One session that wants a topic, its overlapping subscriptions merged: one copy, the highest QoS.
 * [5:MQTT-3.3.4-2] [3.1.1:MQTT-3.3.5-1]
 */
interface Merged extends Target {
  readonly subscriptions: readonly Subscription[];
  readonly noLocal: boolean;
}

interface Route {
  readonly targets: readonly Merged[];
  readonly groups: readonly SharedGroup[];
}

export class FanOut {
  readonly #tree = new SubscriptionTree<Session, Subscription>();
  readonly #shared: SharedGroups;
  /** Good until a subscription changes; emptied then, so that nothing holds on to a session that has ended. */
  readonly #routes = new Map<TopicName, Route>();
  #routedTargets = 0;
  readonly #frames = new Frames();
  /** Frames hold one message: who publishes from within a fan-out, a hook for example, does without. */
  #framesTaken = false;
  readonly #deliveries: Deliveries;
  readonly #journal: Journal;

  constructor(deliveries: Deliveries, limits: Limits, journal: Journal, random: () => number) {
    this.#deliveries = deliveries;
    this.#journal = journal;
    this.#shared = new SharedGroups(limits, random);
  }

  get subscriptionCount(): number {
    return this.#tree.size + this.#shared.size;
  }

  get sharedSubscriptionCount(): number {
    return this.#shared.size;
  }

  /** Replaces what the session has with the same filter. [5:MQTT-3.8.4-3] */
  subscribe(session: Session, subscription: Subscription): void {
    this.#forgetRoutes();
    const { filter, shared } = subscription;
    // In 3.x the same text may have been an ordinary filter.
    const before = session.subscriptions.get(filter);
    if (before !== undefined && before.shared !== shared) this.#remove(session, before);
    if (before === undefined) session.filterBytes += utf8Length(filter);
    session.subscriptions.set(filter, subscription);
    this.#journal.subscription(session, filter);
    if (shared) this.#shared.subscribe(session, subscription);
    else this.#tree.set(filter, session, subscription);
  }

  /** False where there was none. */
  unsubscribe(session: Session, filter: TopicFilter): boolean {
    const subscription = session.subscriptions.get(filter);
    if (subscription === undefined) return false;
    this.#forgetRoutes();
    session.subscriptions.delete(filter);
    session.filterBytes -= utf8Length(filter);
    this.#journal.subscription(session, filter);
    this.#remove(session, subscription);
    return true;
  }

  #remove(session: Session, { filter, shared }: Subscription): void {
    if (shared) this.#shared.unsubscribe(session, filter);
    else this.#tree.delete(filter, session);
  }

  /**
   * The session's connection has come. Where its dialect has no subscription options, those of an earlier connection
   * hold no longer: RETAIN is 0 on what an established subscription brings. [3.1.1:MQTT-3.3.1-9]
   */
  come(session: Session, options: boolean): void {
    this.#shared.moved(session);
    if (options) return;
    for (const subscription of [...session.subscriptions.values()]) {
      if (!subscription.noLocal && !subscription.retainAsPublished) continue;
      this.subscribe(session, { ...subscription, noLocal: false, retainAsPublished: false });
      for (const owed of session.backlog.values()) {
        owed.retain = false;
        this.#journal.sent(session, owed);
      }
    }
  }

  /**
   * Owes the message to every session that wants it, and to no other; returns how many there are. `retained` is the message
   * as it is kept already, so that it is not kept twice.
   * [5:MQTT-3.3.2-3] [5:MQTT-4.5.0-1] [3.1.1:MQTT-3.3.2-3] [3.1.1:MQTT-4.5.0-1]
   */
  publish(message: Message, publisher: Session | undefined, retained: Kept | undefined, now: number): number {
    const { targets, groups } = this.#route(message.topic);
    const many =
      targets.length > 1 && message.payload.length < SHARED_FRAME_PAYLOAD_BYTES_MAX && !this.#framesTaken;
    if (many) this.#frames.begin(message, now);
    if (many) this.#framesTaken = true;
    const frames = many ? this.#frames : undefined;
    let kept = retained;
    let count = 0;
    for (const target of targets) {
      const wanted = target.noLocal && target.session === publisher ? withoutNoLocal(target) : target;
      if (wanted === undefined || !mayReceive(wanted.session, message.topic)) continue;
      count += 1;
      kept = this.#deliveries.owe(wanted, message, frames, kept, now);
    }
    if (many) this.#framesTaken = false;
    // One member of each group. [5:4.8.2]
    for (const group of groups) {
      const target = group.choose(message);
      if (target === undefined) continue;
      count += 1;
      kept = this.#deliveries.owe(target, message, undefined, kept, now);
    }
    return count;
  }

  /** A connection has gone: what its session shares and has not acknowledged goes to members that are connected. */
  leave(session: Session, now: number): void {
    this.#shared.moved(session);
    this.#giveBack(
      session,
      (filter, message) => this.#shared.get(filter)?.hasTaker(message) === true,
      true,
      now,
    );
  }

  /** A session has ended, its subscriptions removed: the same, to any member there is. [5:4.8.2] */
  end(session: Session, now: number): void {
    this.#giveBack(session, (filter, message) => this.#othersMayHave(filter, message), true, now);
    this.#deliveries.forgetAll(session);
  }

  /**
   * Subscriptions were removed: what waits and was shared goes to another, what was sent goes its way.
   * [5:MQTT-3.10.4-3] [3.1.1:MQTT-3.10.4-3]
   */
  unshare(session: Session, left: ReadonlySet<TopicFilter>, now: number): void {
    this.#giveBack(
      session,
      (filter, message) => left.has(filter) && this.#othersMayHave(filter, message),
      false,
      now,
    );
  }

  #othersMayHave(filter: TopicFilter, message: Message): boolean {
    return this.#shared.get(filter)?.admits(message.topic) === true;
  }

  /** A session has other rights. */
  revised(session: Session): void {
    this.#shared.moved(session);
  }

  /**
   * Rights have changed, and the subscriptions that they do not allow were removed: what was shared and is no longer for
   * this session goes to another member, and what came by nothing that is left goes nowhere.
   */
  withdraw(session: Session, left: ReadonlySet<TopicFilter>, now: number): void {
    const alsoSent = session.link === undefined;
    if (left.size > 0 || session.receives !== undefined) {
      const isNotIts = (filter: TopicFilter, { topic }: Message): boolean =>
        left.has(filter) || !mayReceive(session, topic);
      this.#giveBack(
        session,
        (filter, message) => isNotIts(filter, message) && this.#othersMayHave(filter, message),
        alsoSent,
        now,
      );
    }
    if (left.size > 0) this.#deliveries.withdraw(session, stillWanted(session));
  }

  #giveBack(
    session: Session,
    othersWant: (filter: TopicFilter, message: Message) => boolean,
    alsoSent: boolean,
    now: number,
  ): void {
    if (!session.owesShared) return;
    for (const { sharedFilter, message } of this.#deliveries.takeBack(session, othersWant, alsoSent)) {
      const group = sharedFilter === undefined ? undefined : this.#shared.get(sharedFilter);
      const expired = message.expiresAt <= now;
      const target = expired ? undefined : group?.choose(message);
      if (target === undefined) this.#deliveries.dropped(expired ? 'expired' : 'absent', session, message);
      else this.#deliveries.owe(target, message, undefined, message, now);
    }
  }

  #route(topic: TopicName): Route {
    const known = this.#routes.get(topic);
    if (known !== undefined) return known;
    const found = new Map<Session, Subscription[]>();
    this.#tree.match(topic, (session, subscription) => {
      const others = found.get(session);
      if (others === undefined) found.set(session, [subscription]);
      else others.push(subscription);
    });
    const targets: Merged[] = [];
    for (const [session, subscriptions] of found) targets.push(merged(session, subscriptions));
    const route: Route = { targets, groups: this.#shared.match(topic) };
    if (topic.length > ROUTED_TOPIC_CHARS_MAX) return route;
    const full = this.#routes.size >= ROUTES_MAX || this.#routedTargets > ROUTED_TARGETS_MAX;
    if (full) this.#forgetRoutes();
    this.#routes.set(topic, route);
    this.#routedTargets += targets.length + route.groups.length;
    return route;
  }

  #forgetRoutes(): void {
    if (this.#routes.size === 0) return;
    this.#routes.clear();
    this.#routedTargets = 0;
  }
}

function merged(session: Session, subscriptions: readonly Subscription[]): Merged {
  let qos: QoS = 0;
  let retainAsPublished = false;
  let noLocal = false;
  let identifiers: number[] | undefined;
  for (const one of subscriptions) {
    if (one.qos > qos) qos = one.qos;
    if (one.retainAsPublished) retainAsPublished = true;
    if (one.noLocal) noLocal = true;
    if (one.identifier !== undefined) {
      identifiers ??= [];
      identifiers.push(one.identifier);
    }
  }
  return { session, subscriptions, qos, retainAsPublished, noLocal, identifiers, sharedFilter: undefined };
}

/** What is left for the publisher itself once No Local is heard. [5:MQTT-3.8.3-3] */
function withoutNoLocal(target: Merged): Merged | undefined {
  const others = target.subscriptions.filter((one) => !one.noLocal);
  return others.length === 0 ? undefined : merged(target.session, others);
}
