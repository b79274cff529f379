/**
 * Owns the shape of the tree under the subscription tree and the retained index: paths of levels, with runs
 * of levels that do not branch held by one node. Never interprets a wildcard when it looks a path up ('+'
 * is a level here) and never knows what a value is.
 *
 * Three properties that the owners build on:
 * - A node without values has at least two children (the root aside), so there are fewer than two nodes per
 *   path with a value, however many levels a peer puts into a path, and one removal prunes without cascading.
 * - A node holds its whole path and never changes it: inserting above a node and removing a branch move it,
 *   and it stays the same node while it holds a value.
 * - A node that was removed keeps pointing at the child that took its place, so a walk that stands there
 *   goes on (see retained.ts).
 */

import { keptSlice, PLUS, SLASH } from './levels.ts';
import { TrieNode } from './trie-node.ts';

export class Trie<Value> {
  /** The path without levels. Not the same as the path '', which is one empty level. */
  readonly root: TrieNode<Value> = new TrieNode<Value>('');
  #nodeCount = 0;

  /** Nodes besides the root, for metrics and the test that churn leaves nothing behind. */
  get nodeCount(): number {
    return this.#nodeCount;
  }

  find(path: string): TrieNode<Value> | undefined {
    let node = this.root;
    for (let start = 0; start <= path.length; start = node.path.length + 1) {
      const child = childAlong(node, path, start);
      if (child === undefined || commonEnd(child.path, path, start) !== child.path.length) return undefined;
      node = child;
    }
    return node;
  }

  /** The node of `path`, made if need be. The caller gives it a value at once. */
  insert(path: string): TrieNode<Value> {
    let node = this.root;
    for (let start = 0; start <= path.length; start = node.path.length + 1) {
      const child = childAlong(node, path, start);
      if (child === undefined) {
        const leaf = new TrieNode<Value>(path);
        this.#nodeCount++;
        node.attach(leaf, start);
        return leaf;
      }
      const end = commonEnd(child.path, path, start);
      node = end === child.path.length ? child : this.#branch(node, child, start, end);
    }
    return node;
  }

  /** Gives back the node of `path` if it holds no value any more. */
  prune(path: string): void {
    let grandparent = this.root;
    let parent = this.root;
    let node = this.root;
    let parentStart = 0;
    let nodeStart = 0;
    for (let start = 0; start <= path.length; start = node.path.length + 1) {
      const child = childAlong(node, path, start);
      if (child === undefined || commonEnd(child.path, path, start) !== child.path.length) return;
      [grandparent, parent, node] = [parent, node, child];
      [parentStart, nodeStart] = [nodeStart, start];
    }
    if (node === this.root || node.hasValue) return;
    if (node.plus === undefined && node.children === undefined) {
      this.#nodeCount--;
      parent.detach(node, nodeStart);
      if (parent !== this.root && !parent.hasValue) this.#dissolve(grandparent, parent, parentStart);
    } else {
      this.#dissolve(parent, node, nodeStart);
    }
  }

  /** Puts a node between `node` and `child`, for the levels up to `end`. */
  #branch(node: TrieNode<Value>, child: TrieNode<Value>, start: number, end: number): TrieNode<Value> {
    const branch = new TrieNode<Value>(keptSlice(child.path, 0, end));
    this.#nodeCount++;
    node.replace(child, branch, start);
    branch.attach(child, end + 1);
    return branch;
  }

  /** Puts the child of `node` in its place if it has but one. `node` itself is left as it is. */
  #dissolve(parent: TrieNode<Value>, node: TrieNode<Value>, start: number): void {
    const children = node.children;
    if (children !== undefined && (node.plus !== undefined || !(children instanceof TrieNode))) return;
    const only = children ?? node.plus;
    if (only === undefined) return;
    this.#nodeCount--;
    parent.replace(node, only, start);
  }
}

/** The child of `node` that has the level of `path` that starts at `start`. */
function childAlong<Value>(node: TrieNode<Value>, path: string, start: number): TrieNode<Value> | undefined {
  return path.charCodeAt(start) === PLUS ? node.plus : node.child(start, path, start);
}

/** Where the last level ends that both have in common from `start` on; `start - 1` if there is none. */
function commonEnd(one: string, other: string, start: number): number {
  let end = start - 1;
  const shorter = Math.min(one.length, other.length);
  for (let i = start; i < shorter; i++) {
    const unit = one.charCodeAt(i);
    if (unit !== other.charCodeAt(i)) return end;
    if (unit === SLASH) end = i;
  }
  const longer = one.length > shorter ? one : other;
  return longer.length === shorter || longer.charCodeAt(shorter) === SLASH ? shorter : end;
}
