/**
 * Owns the retained messages by topic name, and walks those that match a filter in slices, so that a filter
 * which matches a million of them stalls nobody. Never knows expiry, permissions or what a message is.
 *
 * What a walk sees when messages are set and deleted between its slices: a message whose topic is held from
 * `match` to the end of the walk is returned exactly once, as it is when the walk comes by; one set in
 * between may or may not be returned; one deleted is not returned afterwards. A topic that is deleted and
 * set again may be returned twice. Why that holds: a node keeps its path and identity while it has a
 * message, changes its place among its parent's children only together with them, and a node, array or map
 * that was given up still leads to what took its place (trie.ts, trie-node.ts).
 */

import { DOLLAR, HASH, levelEnd, PLUS, SLASH } from './levels.ts';
import { hasWildcard, type TopicFilter, type TopicName } from './names.ts';
import { Trie } from './trie.ts';
import { TrieNode } from './trie-node.ts';

export interface RetainedCursor<Message> {
  /** Whether all has been returned. */
  readonly done: boolean;
  /**
   * Looks at no more than `limit` places (at least one) and returns the messages found there: at most
   * `limit`, perhaps none while `done` is still false, because what does not match takes time too.
   */
  next(limit: number): readonly Message[];
}

export class RetainedIndex<Message extends NonNullable<unknown>> {
  readonly #trie = new Trie<Message>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Tree nodes in use: fewer than twice as many as messages. */
  get nodeCount(): number {
    return this.#trie.nodeCount;
  }

  get(topic: TopicName): Message | undefined {
    return this.#trie.find(topic)?.here;
  }

  /** Returns the message that was replaced. */
  set(topic: TopicName, message: Message): Message | undefined {
    const node = this.#trie.insert(topic);
    const replaced = node.here;
    node.here = message;
    if (replaced === undefined) this.#size++;
    return replaced;
  }

  /** Returns the message that was there. */
  delete(topic: TopicName): Message | undefined {
    const node = this.#trie.find(topic);
    const removed = node?.here;
    if (node === undefined || removed === undefined) return undefined;
    node.here = undefined;
    this.#size--;
    this.#trie.prune(topic);
    return removed;
  }

  /** The walk over all messages whose topic matches; nothing is looked at before the first slice. */
  match(filter: TopicFilter): RetainedCursor<Message> {
    return hasWildcard(filter)
      ? new WildCursor(this.#trie.root, filter)
      : new ExactCursor(this.#trie, filter);
  }
}

class ExactCursor<Message> implements RetainedCursor<Message> {
  readonly #trie: Trie<Message>;
  readonly #topic: string;
  done = false;

  constructor(trie: Trie<Message>, topic: string) {
    this.#trie = trie;
    this.#topic = topic;
  }

  next(): readonly Message[] {
    if (this.done) return [];
    this.done = true;
    const message = this.#trie.find(this.#topic)?.here;
    return message === undefined ? [] : [message];
  }
}

/** Children of one node still to be looked at: a single one, or the rest of several. */
type Frame<Message> = {
  only: TrieNode<Message> | undefined;
  readonly rest: Iterator<TrieNode<Message>> | undefined;
  /** Where the children's own levels start in their paths. */
  readonly start: number;
  /** The level of the filter that those levels are matched against. */
  readonly wanted: number;
};

class WildCursor<Message> implements RetainedCursor<Message> {
  readonly #filter: string;
  readonly #leadingWildcard: boolean;
  readonly #frames: Frame<Message>[] = [];

  constructor(root: TrieNode<Message>, filter: string) {
    this.#filter = filter;
    this.#leadingWildcard = isWildcardAt(filter, 0);
    this.#descend(root, 0, 0);
  }

  get done(): boolean {
    return this.#frames.length === 0;
  }

  next(limit: number): readonly Message[] {
    const found: Message[] = [];
    let left = Math.max(1, limit);
    while (left > 0) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) break;
      const child = takeChild(frame);
      left--;
      // Dropped before the child is descended into: runs of single children do not grow the stack.
      if (child === undefined || frame.rest === undefined) this.#frames.pop();
      if (child !== undefined) this.#visit(child, frame, found);
    }
    return found;
  }

  #visit(node: TrieNode<Message>, frame: Frame<Message>, found: Message[]): void {
    // [5:MQTT-4.7.2-1] [3.1.1:MQTT-4.7.2-1]
    if (frame.start === 0 && this.#leadingWildcard && node.path.charCodeAt(0) === DOLLAR) return;
    const wanted = follow(node.path, frame.start, this.#filter, frame.wanted);
    if (wanted < 0) return;
    const ended = wanted > this.#filter.length;
    const matches = ended || this.#filter.charCodeAt(wanted) === HASH; // a/# matches a
    if (matches && node.here !== undefined) found.push(node.here);
    if (!ended) this.#descend(node, node.path.length + 1, wanted);
  }

  #descend(node: TrieNode<Message>, start: number, wanted: number): void {
    const children = node.children;
    if (children === undefined) return;
    if (isWildcardAt(this.#filter, wanted) && !(children instanceof TrieNode)) {
      this.#frames.push({ only: undefined, rest: children.values(), start, wanted });
    } else {
      const only = children instanceof TrieNode ? children : node.child(start, this.#filter, wanted);
      if (only !== undefined) this.#frames.push({ only, rest: undefined, start, wanted });
    }
  }
}

function takeChild<Message>(frame: Frame<Message>): TrieNode<Message> | undefined {
  if (frame.rest === undefined) return frame.only;
  const step = frame.rest.next();
  return step.done === true ? undefined : step.value;
}

function isWildcardAt(filter: string, index: number): boolean {
  const unit = filter.charCodeAt(index);
  return unit === PLUS || unit === HASH;
}

/**
 * The level of the filter that comes after those matched by the levels of `path` from `start` on; its # if
 * that is reached, which matches all the rest; -1 if they do not match.
 */
function follow(path: string, start: number, filter: string, wanted: number): number {
  let at = wanted;
  for (let i = start; i <= path.length; i++) {
    if (at > filter.length) return -1;
    const unit = filter.charCodeAt(at);
    if (unit === HASH) return at;
    if (unit === PLUS) {
      i = levelEnd(path, i);
      at++;
    } else {
      for (; i < path.length && path.charCodeAt(i) !== SLASH; i++, at++) {
        if (at === filter.length || path.charCodeAt(i) !== filter.charCodeAt(at)) return -1;
      }
      if (at < filter.length && filter.charCodeAt(at) !== SLASH) return -1;
    }
    at++;
  }
  return at;
}
