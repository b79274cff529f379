/**
 * Owns one node of the trie and how it holds its children: none, one, a few in an array, many in a Map. Most
 * nodes have one or two, for which a Map with its keys takes several times the memory of an array.
 * Never knows where in the tree a node is: callers say where the levels of the children start.
 *
 * Arrays are never changed, only replaced, and a Map that is given up keeps the children it had last: whoever
 * walks one (retained.ts) still meets all that stayed.
 */

import { keptSlice, levelEnd, PLUS, SLASH } from './levels.ts';

export type Children<Value> =
  | TrieNode<Value>
  | readonly TrieNode<Value>[]
  | Map<string, TrieNode<Value>>
  | undefined;

/** Children up to which an array is searched. A Map goes back to an array at half of it, not to flap. */
const arrayChildrenMax = 4;

export class TrieNode<Value> {
  /** From the root: all levels, with their slashes. */
  readonly path: string;
  /** The value of this path itself. */
  here: Value | undefined;
  /** The value of this path and all that is below it: a filter that goes on with '/#'. */
  below: Value | undefined;
  /** The child whose next level is '+': apart, so that matching need not look it up. */
  plus: TrieNode<Value> | undefined;
  /** The other children; no two have the same next level. */
  children: Children<Value>;

  constructor(path: string) {
    this.path = path;
    this.here = undefined;
    this.below = undefined;
    this.plus = undefined;
    this.children = undefined;
  }

  get hasValue(): boolean {
    return this.here !== undefined || this.below !== undefined;
  }

  /** The child, '+' aside, whose level at `start` is the level of `text` at `position`. */
  child(start: number, text: string, position: number): TrieNode<Value> | undefined {
    const children = this.children;
    if (children === undefined) return undefined;
    if (children instanceof TrieNode)
      return sameLevel(children.path, start, text, position) ? children : undefined;
    if (children instanceof Map) return children.get(text.slice(position, levelEnd(text, position)));
    for (const child of children) if (sameLevel(child.path, start, text, position)) return child;
    return undefined;
  }

  /** Adds a child for a level that there is no child for yet. */
  attach(child: TrieNode<Value>, start: number): void {
    const children = this.children;
    if (child.path.charCodeAt(start) === PLUS) this.plus = child;
    else if (children === undefined) this.children = child;
    else if (children instanceof TrieNode) this.children = [children, child];
    else if (children instanceof Map) children.set(levelKey(child, start), child);
    else if (children.length < arrayChildrenMax) this.children = children.concat(child);
    else this.children = mapOf(children, start).set(levelKey(child, start), child);
  }

  /** Puts another node with the same level at `start` in the place of `child`. */
  replace(child: TrieNode<Value>, other: TrieNode<Value>, start: number): void {
    const children = this.children;
    if (this.plus === child) this.plus = other;
    else if (children === child) this.children = other;
    else if (children instanceof Map) children.set(levelKey(child, start), other);
    else if (Array.isArray(children)) this.children = children.with(children.indexOf(child), other);
  }

  detach(child: TrieNode<Value>, start: number): void {
    const children = this.children;
    if (this.plus === child) {
      this.plus = undefined;
    } else if (children === child) {
      this.children = undefined;
    } else if (children instanceof Map) {
      children.delete(levelKey(child, start));
      if (children.size > arrayChildrenMax / 2) return;
      this.children = [...children.values()].slice(); // the copy has no room to grow, which spreading leaves
    } else if (Array.isArray(children)) {
      const rest: readonly TrieNode<Value>[] = children.toSpliced(children.indexOf(child), 1);
      this.children = rest.length === 1 ? rest[0] : rest;
    }
  }
}

function mapOf<Value>(children: readonly TrieNode<Value>[], start: number): Map<string, TrieNode<Value>> {
  const map = new Map<string, TrieNode<Value>>();
  for (const child of children) map.set(levelKey(child, start), child);
  return map;
}

function levelKey<Value>(node: TrieNode<Value>, start: number): string {
  return keptSlice(node.path, start, levelEnd(node.path, start));
}

function sameLevel(path: string, start: number, text: string, position: number): boolean {
  for (let i = start, j = position; ; i++, j++) {
    const ended = i === path.length || path.charCodeAt(i) === SLASH;
    const otherEnded = j === text.length || text.charCodeAt(j) === SLASH;
    if (ended || otherEnded) return ended && otherEnded;
    if (path.charCodeAt(i) !== text.charCodeAt(j)) return false;
  }
}
