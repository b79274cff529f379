// Who gets a message: routes from topics to sessions, kept while no subscription changes, and the walk over them.

import { type Message, type QoS, SubscriptionTree, type TopicFilter, type TopicName } from '@anax/protocol';
import type { Deliveries } from './deliveries.ts';
import { Frames, SHARED_FRAME_PAYLOAD_BYTES_MAX } from './frames.ts';
import { lowerQos } from './outgoing.ts';
import type { Session, Subscription } from './session.ts';

/** Topics whose routes are remembered, and receivers in all of them; beyond, all are forgotten and found again. */
const ROUTES_MAX = 65_536;
const ROUTED_TARGETS_MAX = 262_144;
/** Longer topics are found anew each time: what is remembered is what a peer chose, and holds on to its memory. */
const ROUTED_TOPIC_CHARS_MAX = 256;

/** One session that wants a topic, its overlapping subscriptions merged: one copy, the highest QoS. [5:MQTT-3.3.4-2] */
interface Target {
  readonly session: Session;
  readonly subscriptions: readonly Subscription[];
  readonly qos: QoS;
  readonly retainAsPublished: boolean;
  readonly noLocal: boolean;
  readonly identifiers: readonly number[] | undefined;
}

export class FanOut {
  readonly #tree = new SubscriptionTree<Session, Subscription>();
  /** Good until a subscription changes; emptied then, so that nothing holds on to a session that has ended. */
  readonly #routes = new Map<TopicName, readonly Target[]>();
  #routedTargets = 0;
  readonly #frames = new Frames();
  readonly #deliveries: Deliveries;

  constructor(deliveries: Deliveries) {
    this.#deliveries = deliveries;
  }

  get subscriptionCount(): number {
    return this.#tree.size;
  }

  /** True where it replaced one with the same filter. [5:MQTT-3.8.4-3] */
  subscribe(session: Session, subscription: Subscription): boolean {
    this.#forgetRoutes();
    session.subscriptions.set(subscription.filter, subscription);
    return this.#tree.set(subscription.filter, session, subscription) !== undefined;
  }

  /** False where there was none. */
  unsubscribe(session: Session, filter: TopicFilter): boolean {
    this.#forgetRoutes();
    session.subscriptions.delete(filter);
    return this.#tree.delete(filter, session) !== undefined;
  }

  /** Owes the message to every session that wants it; returns how many there are. [5:MQTT-4.5.0-1] */
  publish(message: Message, publisher: Session | undefined, now: number): number {
    const targets = this.#route(message.topic);
    const many = targets.length > 1 && message.payload.length < SHARED_FRAME_PAYLOAD_BYTES_MAX;
    if (many) this.#frames.begin(message, now);
    const frames = many ? this.#frames : undefined;
    let kept: Message | undefined;
    let count = 0;
    for (const target of targets) {
      const wanted = target.noLocal && target.session === publisher ? withoutNoLocal(target) : target;
      if (wanted === undefined) continue;
      count += 1;
      const qos = lowerQos(message.qos, wanted.qos);
      const retain = wanted.retainAsPublished && message.retain;
      kept = this.#deliveries.owe(
        target.session,
        message,
        qos,
        retain,
        wanted.identifiers,
        frames,
        kept,
        now,
      );
    }
    return count;
  }

  #route(topic: TopicName): readonly Target[] {
    const known = this.#routes.get(topic);
    if (known !== undefined) return known;
    const found = new Map<Session, Subscription[]>();
    this.#tree.match(topic, (session, subscription) => {
      const others = found.get(session);
      if (others === undefined) found.set(session, [subscription]);
      else others.push(subscription);
    });
    const targets: Target[] = [];
    for (const [session, subscriptions] of found) targets.push(merged(session, subscriptions));
    if (topic.length > ROUTED_TOPIC_CHARS_MAX) return targets;
    const full = this.#routes.size >= ROUTES_MAX || this.#routedTargets > ROUTED_TARGETS_MAX;
    if (full) this.#forgetRoutes();
    this.#routes.set(topic, targets);
    this.#routedTargets += targets.length;
    return targets;
  }

  #forgetRoutes(): void {
    if (this.#routes.size === 0) return;
    this.#routes.clear();
    this.#routedTargets = 0;
  }
}

function merged(session: Session, subscriptions: readonly Subscription[]): Target {
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
  return { session, subscriptions, qos, retainAsPublished, noLocal, identifiers };
}

/** What is left for the publisher itself once No Local is heard. [5:MQTT-3.8.3-3] */
function withoutNoLocal(target: Target): Target | undefined {
  const others = target.subscriptions.filter((one) => !one.noLocal);
  return others.length === 0 ? undefined : merged(target.session, others);
}
