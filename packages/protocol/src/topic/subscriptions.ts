/**
 * Owns which subscriber wants which topics: it finds the subscriptions whose filters match a topic name.
 * Never merges overlapping subscriptions, knows sessions, or chooses within a shared group: the caller does.
 *
 * Filters without wildcards lie in one flat Map by whole text; the others in a trie. A match costs one
 * lookup, and one step per node whose path matches the beginning of the topic: it grows with levels and
 * hits, not with the number of subscriptions. Nothing recurses, since a topic may have 65,536 levels.
 *
 * The limit on subscriptions is the caller's to keep; V8 allows 16.7 million entries in a Map.
 */

import { DOLLAR, HASH, levelEnd, PLUS, SLASH } from './levels.ts';
import { hasWildcard, type TopicFilter, type TopicName } from './names.ts';
import {
  type Subscribers,
  subscriptionOf,
  visitSubscribers,
  withoutSubscriber,
  withSubscriber,
} from './subscribers.ts';
import { Trie } from './trie.ts';
import type { TrieNode } from './trie-node.ts';

/** `Subscriber` is compared by identity. A shared subscription goes in under its `matching` filter. */
export class SubscriptionTree<Subscriber extends object, Subscription extends NonNullable<unknown>> {
  readonly #exact = new Map<string, Subscribers<Subscriber, Subscription>>();
  readonly #wild = new Trie<Subscribers<Subscriber, Subscription>>();
  #size = 0;
  #generation = 0;

  /** Subscriptions held: one per pair of filter and subscriber. */
  get size(): number {
    return this.#size;
  }

  /** Grows whenever `match` may answer differently than before, for some topic. */
  get generation(): number {
    return this.#generation;
  }

  /** Tree nodes in use for filters with wildcards: fewer than twice as many as those filters. */
  get nodeCount(): number {
    return this.#wild.nodeCount;
  }

  get(filter: TopicFilter, subscriber: Subscriber): Subscription | undefined {
    return subscriptionOf(this.#subscribersOf(filter), subscriber);
  }

  /** Subscribes, and returns the subscription that was replaced [5:MQTT-3.8.4-3] [3.1.1:MQTT-3.8.4-3]. */
  set(filter: TopicFilter, subscriber: Subscriber, subscription: Subscription): Subscription | undefined {
    let replaced: Subscription | undefined;
    if (!hasWildcard(filter)) {
      const all = this.#exact.get(filter);
      replaced = subscriptionOf(all, subscriber);
      const more = withSubscriber(all, subscriber, subscription);
      if (more !== all) this.#exact.set(filter, more);
    } else if (endsInHash(filter)) {
      const node = filter.length === 1 ? this.#wild.root : this.#wild.insert(pathOf(filter));
      replaced = subscriptionOf(node.below, subscriber);
      node.below = withSubscriber(node.below, subscriber, subscription);
    } else {
      const node = this.#wild.insert(filter);
      replaced = subscriptionOf(node.here, subscriber);
      node.here = withSubscriber(node.here, subscriber, subscription);
    }
    if (replaced === undefined) this.#size++;
    if (replaced !== subscription) this.#generation++;
    return replaced;
  }

  /** Unsubscribes, and returns the subscription that was there. */
  delete(filter: TopicFilter, subscriber: Subscriber): Subscription | undefined {
    const removed = hasWildcard(filter)
      ? this.#deleteWild(filter, subscriber)
      : this.#deleteExact(filter, subscriber);
    if (removed === undefined) return undefined;
    this.#size--;
    this.#generation++;
    return removed;
  }

  #deleteExact(filter: TopicFilter, subscriber: Subscriber): Subscription | undefined {
    const all = this.#exact.get(filter);
    const removed = subscriptionOf(all, subscriber);
    if (all === undefined || removed === undefined) return undefined;
    const fewer = withoutSubscriber(all, subscriber);
    if (fewer === undefined) this.#exact.delete(filter);
    else if (fewer !== all) this.#exact.set(filter, fewer);
    return removed;
  }

  #deleteWild(filter: TopicFilter, subscriber: Subscriber): Subscription | undefined {
    const isBelow = endsInHash(filter);
    const path = isBelow ? pathOf(filter) : filter;
    const node = this.#nodeOf(filter, path);
    const all = isBelow ? node?.below : node?.here;
    const removed = subscriptionOf(all, subscriber);
    if (node === undefined || all === undefined || removed === undefined) return undefined;
    const fewer = withoutSubscriber(all, subscriber);
    if (isBelow) node.below = fewer;
    else node.here = fewer;
    if (!node.hasValue && node !== this.#wild.root) this.#wild.prune(path);
    return removed;
  }

  /**
   * Visits each subscription that matches, so a subscriber once per filter of its that matches, in no order
   * that may be relied on. `visit` must not change the tree. Returns how many nodes it stood on, which is what a
   * match costs: a number that no machine and no hour changes.
   */
  match(topic: TopicName, visit: (subscriber: Subscriber, subscription: Subscription) => void): number {
    const exact = this.#exact.get(topic);
    if (exact !== undefined) visitSubscribers(exact, visit);

    const dollar = topic.charCodeAt(0) === DOLLAR;
    // Nodes whose path matches the topic up to the position, still to be looked into. Position 0 is the root.
    const nodes = [this.#wild.root];
    const positions = [0];
    let stoodOn = 0;
    for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
      stoodOn++;
      const position = positions.pop() ?? 0;
      const atRoot = position === 0;
      const noWildcard = atRoot && dollar; // [5:MQTT-4.7.2-1] [3.1.1:MQTT-4.7.2-1]
      if (node.below !== undefined && !noWildcard) visitSubscribers(node.below, visit);
      if (position > topic.length) {
        if (node.here !== undefined) visitSubscribers(node.here, visit);
        continue;
      }
      const start = atRoot ? 0 : node.path.length + 1;
      const plus = noWildcard ? undefined : node.plus;
      const plusPosition = plus === undefined ? -1 : follow(topic, position, plus.path, start);
      if (plus !== undefined && plusPosition >= 0) {
        nodes.push(plus);
        positions.push(plusPosition);
      }
      const child = node.child(start, topic, position);
      const childPosition = child === undefined ? -1 : follow(topic, position, child.path, start);
      if (child !== undefined && childPosition >= 0) {
        nodes.push(child);
        positions.push(childPosition);
      }
    }
    return stoodOn;
  }

  #subscribersOf(filter: TopicFilter): Subscribers<Subscriber, Subscription> | undefined {
    if (!hasWildcard(filter)) return this.#exact.get(filter);
    if (!endsInHash(filter)) return this.#wild.find(filter)?.here;
    return this.#nodeOf(filter, pathOf(filter))?.below;
  }

  /** Of a filter with wildcards, whose path is given: `#` alone has none and lies at the root. */
  #nodeOf(filter: TopicFilter, path: string): TrieNode<Subscribers<Subscriber, Subscription>> | undefined {
    return filter.length === 1 && endsInHash(filter) ? this.#wild.root : this.#wild.find(path);
  }
}

function endsInHash(filter: TopicFilter): boolean {
  return filter.charCodeAt(filter.length - 1) === HASH;
}

/** 'a/b' for 'a/b/#'. */
function pathOf(filter: TopicFilter): string {
  return filter.slice(0, -2);
}

/**
 * The position in the topic after all levels of `path` from `start` on, if they match the topic's levels from
 * `position` on; otherwise -1.
 */
function follow(topic: string, position: number, path: string, start: number): number {
  let at = position;
  for (let i = start; i <= path.length; i++) {
    if (at > topic.length) return -1;
    if (path.charCodeAt(i) === PLUS) {
      at = levelEnd(topic, at);
      i++;
    } else {
      for (; i < path.length && path.charCodeAt(i) !== SLASH; i++, at++) {
        if (at === topic.length || path.charCodeAt(i) !== topic.charCodeAt(at)) return -1;
      }
      if (at < topic.length && topic.charCodeAt(at) !== SLASH) return -1;
    }
    at++;
  }
  return at;
}
