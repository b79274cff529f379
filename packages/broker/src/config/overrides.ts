// Single values put into the tree of a configuration. What a value must be is the schema's.

import type { Path } from '../document/shape.ts';

export type Tree = Record<string, unknown>;

/** A value for one key: `['keepAlive', 'max']`, and where it came from, for messages. */
export interface Override {
  readonly path: Path;
  readonly value: unknown;
  readonly source: string;
}

/** Sets a value in the tree; what stands in the way and is no object is left for the schema to refuse. */
export function put(tree: Tree, path: Path, value: unknown): void {
  let at: Record<string | number, unknown> = tree;
  for (const [i, step] of path.entries()) {
    if (i === path.length - 1) {
      at[step] = value;
      return;
    }
    const next = at[step];
    if (typeof next !== 'object' || next === null) at[step] = typeof path[i + 1] === 'number' ? [] : {};
    at = at[step] as Record<string | number, unknown>;
  }
}

/** The same where the tree has nothing there. */
export function putDefault(tree: Tree, path: Path, value: unknown): void {
  let at: unknown = tree;
  for (const step of path) {
    if (at === undefined) break;
    if (typeof at !== 'object' || at === null) return;
    at = (at as Record<string | number, unknown>)[step];
  }
  if (at === undefined) put(tree, path, value);
}

/** Adds listeners to the tree: where it has none, the default stays the first. What is no list is left to the schema. */
export function addListeners(tree: Tree, more: readonly Omit<Override, 'path'>[]): Override[] {
  if (more.length === 0) return [];
  tree['listeners'] ??= [{}];
  const { listeners } = tree;
  if (!Array.isArray(listeners)) return [];
  const [first] = listeners as readonly { readonly host?: unknown }[];
  const host = first?.host === undefined ? {} : { host: first.host };
  return more.map(({ value, source }) => {
    const one: unknown = typeof value === 'object' ? { ...host, ...value } : value;
    return { path: ['listeners', listeners.push(one) - 1], value: one, source };
  });
}
