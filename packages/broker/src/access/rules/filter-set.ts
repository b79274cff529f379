// Many topic filters as one tree: does one of them match this topic, does one of them cover this whole filter.
// Each filter carries the kinds of question that it is for. It knows nothing of allow and deny.

import { hasWildcard, type TopicFilter } from '@anax/protocol';
import { ofDollar } from './kinds.ts';

interface Node {
  children: Map<string, Node> | undefined;
  plus: Node | undefined;
  /** Kinds of the filters that end here. */
  here: number;
  /** Kinds of the filters that end in `#` below here. */
  hash: number;
}

const DOLLAR = 0x24;
const PLUS = 0x2b;
const HASH = 0x23;

export class FilterSet {
  /** Filters without wildcards. */
  readonly #literal = new Map<string, number>();
  /** Filters meant to the letter. */
  readonly #letter = new Map<string, number>();
  #tree: Node | undefined;
  #kinds = 0;

  /** Kinds of any filter in it, whichever topics they are for. */
  get kinds(): number {
    return this.#kinds;
  }

  /** `reachesDollar`: whether a leading wildcard is for topics that begin with `$`, too. */
  add(filter: string, kinds: number, reachesDollar: boolean): void {
    this.#kinds |= kinds;
    if (!hasWildcard(filter as TopicFilter)) {
      this.#literal.set(filter, (this.#literal.get(filter) ?? 0) | kinds | ofDollar(kinds));
      return;
    }
    const bits = isWildcardAt(filter, 0) && !reachesDollar ? kinds : kinds | ofDollar(kinds);
    this.#tree ??= node();
    let at = this.#tree;
    for (const level of filter.split('/')) {
      if (level === '#') {
        at.hash |= bits;
        return;
      }
      at = level === '+' ? plusOf(at) : childOf(at, level);
    }
    at.here |= bits;
  }

  /** A filter that stands for itself alone. */
  addToTheLetter(filter: string, kinds: number): void {
    this.#kinds |= kinds;
    this.#letter.set(filter, (this.#letter.get(filter) ?? 0) | kinds | ofDollar(kinds));
  }

  matches(topic: string, kind: number): boolean {
    if ((this.#kinds & kind) === 0) return false;
    const bit = topic.charCodeAt(0) === DOLLAR ? ofDollar(kind) : kind;
    if (((this.#literal.get(topic) ?? 0) & bit) !== 0) return true;
    return this.#tree !== undefined && matchesFrom(this.#tree, topic, 0, bit);
  }

  /** Whether one filter alone matches every topic that `filter` matches. */
  covers(filter: string, kind: number): boolean {
    if ((this.#kinds & kind) === 0) return false;
    const bit = filter.charCodeAt(0) === DOLLAR ? ofDollar(kind) : kind;
    if (((this.#letter.get(filter) ?? 0) & bit) !== 0) return true;
    if (((this.#literal.get(filter) ?? 0) & bit) !== 0) return true;
    const tree = this.#tree;
    if (tree === undefined) return false;
    // `+/#` is every topic that `#` is: there is none without a level.
    if (filter === '#' && ((tree.plus?.hash ?? 0) & bit) !== 0) return true;
    return coversFrom(tree, filter, 0, bit);
  }
}

function node(): Node {
  return { children: undefined, plus: undefined, here: 0, hash: 0 };
}

function plusOf(at: Node): Node {
  at.plus ??= node();
  return at.plus;
}

function childOf(at: Node, level: string): Node {
  at.children ??= new Map();
  let child = at.children.get(level);
  if (child === undefined) {
    child = node();
    at.children.set(level, child);
  }
  return child;
}

function isWildcardAt(filter: string, index: number): boolean {
  const code = filter.charCodeAt(index);
  return code === PLUS || code === HASH;
}

/** As deep as the deepest filter of the set, and to each of its nodes at most once. */
function matchesFrom(at: Node, topic: string, start: number, bit: number): boolean {
  if ((at.hash & bit) !== 0) return true;
  if (start > topic.length) return (at.here & bit) !== 0;
  const slash = topic.indexOf('/', start);
  const end = slash < 0 ? topic.length : slash;
  const child = at.children?.get(topic.slice(start, end));
  if (child !== undefined && matchesFrom(child, topic, end + 1, bit)) return true;
  return at.plus !== undefined && matchesFrom(at.plus, topic, end + 1, bit);
}

function coversFrom(at: Node, filter: string, start: number, bit: number): boolean {
  if ((at.hash & bit) !== 0) return true;
  if (start > filter.length) return (at.here & bit) !== 0;
  const code = filter.charCodeAt(start);
  if (code === HASH) return false;
  const slash = filter.indexOf('/', start);
  const end = slash < 0 ? filter.length : slash;
  if (code !== PLUS) {
    const child = at.children?.get(filter.slice(start, end));
    if (child !== undefined && coversFrom(child, filter, end + 1, bit)) return true;
  }
  return at.plus !== undefined && coversFrom(at.plus, filter, end + 1, bit);
}
