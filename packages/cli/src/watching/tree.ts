// The topics that were seen, as a tree with counts, rates and last values; bounded, whatever comes. Knows no time but what it
// is told, and nothing of a terminal.

import type { QoS } from '@anax/protocol';
import { Rate } from './rate.ts';

export interface TreeLimits {
  readonly topicsMax: number;
  /** Topic names, and 100 for each level. */
  readonly bytesMax: number;
}

export const TREE_LIMITS: TreeLimits = { topicsMax: 10_000, bytesMax: 32 * 1024 * 1024 };

/** Of a payload; the rest is not kept. */
const PAYLOAD_BYTES_MAX = 4096;
const LEVEL_BYTES = 100;
/** What is deeper is one level, with its slashes. */
const LEVELS_MAX = 64;

/** What the tree wants to know of a message. */
export interface Seen {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly contentType: string | undefined;
}

export interface Last extends Omit<Seen, 'topic'> {
  /** Of the payload as it came. */
  readonly bytes: number;
  readonly at: number;
}

export class TopicNode {
  /** The same in a copy. */
  readonly id: number;
  readonly level: string;
  readonly topic: string;
  readonly children: Map<string, TopicNode>;
  readonly rate: Rate;
  /** Messages on this topic, and how often they come. */
  own = 0;
  readonly ownRate: Rate;
  /** Messages on this topic and all below; the rate is theirs. */
  messages = 0;
  /** Topics here and below that had messages. */
  topics = 0;
  last: Last | undefined;
  #byName: readonly TopicNode[] | undefined;

  constructor(
    id: number,
    level: string,
    topic: string,
    rate = new Rate(),
    ownRate = new Rate(),
    children = new Map<string, TopicNode>(),
  ) {
    this.id = id;
    this.level = level;
    this.topic = topic;
    this.rate = rate;
    this.ownRate = ownRate;
    this.children = children;
  }

  put(child: TopicNode): void {
    this.children.set(child.level, child);
    this.#byName = undefined;
  }

  get childrenByName(): readonly TopicNode[] {
    this.#byName ??= [...this.children.values()].sort((a, b) => (a.level < b.level ? -1 : 1));
    return this.#byName;
  }

  /** With all below. */
  copy(): TopicNode {
    const children = new Map([...this.children].map(([level, child]) => [level, child.copy()]));
    const copy = new TopicNode(
      this.id,
      this.level,
      this.topic,
      this.rate.copy(),
      this.ownRate.copy(),
      children,
    );
    copy.own = this.own;
    copy.messages = this.messages;
    copy.topics = this.topics;
    copy.last = this.last;
    return copy;
  }
}

export class TopicTree {
  readonly root: TopicNode;
  /** When one began to look; set anew where that is later than the tree is made. */
  since: number;
  readonly limits: TreeLimits;
  #bytes = 0;
  #nextId = 1;
  /** Messages on topics that found no room. */
  beyond = 0;

  constructor(since: number, limits: TreeLimits = TREE_LIMITS, root = new TopicNode(0, '', '')) {
    this.since = since;
    this.limits = limits;
    this.root = root;
  }

  /** Those on topics that are not shown are counted, too. */
  get messages(): number {
    return this.root.messages;
  }

  add(seen: Seen, now: number): void {
    const path = this.#pathOf(seen.topic);
    if (path === undefined) {
      this.beyond += 1;
      this.root.messages += 1;
      this.root.rate.add(now);
      return;
    }
    const leaf = path.at(-1) ?? this.root;
    const isNew = leaf.last === undefined;
    for (const node of path) {
      node.messages += 1;
      node.rate.add(now);
      if (isNew) node.topics += 1;
    }
    leaf.own += 1;
    leaf.ownRate.add(now);
    leaf.last = lastOf(seen, now);
  }

  /** As it is now: what comes later does not touch it. */
  copy(): TopicTree {
    const copy = new TopicTree(this.since, this.limits, this.root.copy());
    copy.beyond = this.beyond;
    return copy;
  }

  /** From the root on; undefined where there is no room for a new one. */
  #pathOf(topic: string): readonly TopicNode[] | undefined {
    const levels = levelsOf(topic);
    const path = [this.root];
    let node = this.root;
    for (const level of levels) {
      const child = node.children.get(level);
      if (child === undefined) break;
      path.push(child);
      node = child;
    }
    const missing = levels.slice(path.length - 1);
    if (missing.length === 0 && node.last !== undefined) return path;
    return this.#grow(path, missing, topic);
  }

  #grow(path: TopicNode[], missing: readonly string[], topic: string): readonly TopicNode[] | undefined {
    const bytes = topic.length + LEVEL_BYTES * missing.length;
    if (this.root.topics >= this.limits.topicsMax || this.#bytes + bytes > this.limits.bytesMax)
      return undefined;
    this.#bytes += bytes;
    let parent = path.at(-1) ?? this.root;
    for (const level of missing) {
      const above = parent === this.root ? '' : `${parent.topic}/`;
      const node = new TopicNode(this.#nextId++, level, above + level);
      parent.put(node);
      path.push(node);
      parent = node;
    }
    return path;
  }
}

function levelsOf(topic: string): readonly string[] {
  const levels = topic.split('/');
  if (levels.length <= LEVELS_MAX) return levels;
  return [...levels.slice(0, LEVELS_MAX - 1), levels.slice(LEVELS_MAX - 1).join('/')];
}

function lastOf({ payload, qos, retain, contentType }: Seen, at: number): Last {
  const bytes = payload.length;
  const kept = bytes > PAYLOAD_BYTES_MAX ? payload.slice(0, PAYLOAD_BYTES_MAX) : payload;
  return { payload: kept, bytes, qos, retain, contentType, at };
}
