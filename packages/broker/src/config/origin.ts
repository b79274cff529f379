// Two readings of a configuration compared: what changed, what waits for the next start, and whether a key that keeps
// people out is not there any more.

import { isDeepStrictEqual } from 'node:util';
import { dotted, type Path } from '../document/shape.ts';
import type { Tree } from './overrides.ts';
import type { Config } from './schema.ts';

/** Where settings come from, kept to be compared with later ones. */
export interface Origin {
  /** With its defaults. */
  readonly config: Config;
  /** As the sources gave it. */
  readonly given: Tree;
  /** The files that it names. */
  readonly files: readonly NamedFile[];
}

export interface NamedFile {
  /** The key that names it. */
  readonly key: string;
  /** `anax.yaml:7`, or the flag or variable. */
  readonly place: string;
  readonly name: string;
  /** Of its content; undefined where it cannot be read. */
  readonly digest: string | undefined;
}

/** What is read once, when the broker starts. */
const AT_START: readonly string[] = ['store', 'sysInterval'];

/** Keys without which more people come in, or may do more. */
const PROTECTION: readonly string[] = [
  'anonymous',
  'users',
  'authentication',
  'access',
  'banned',
  'denied',
  'abuse',
];

/** Keys that have another value, lists as a whole, and the files that hold something else. */
export function changedKeys(before: Origin, after: Origin): readonly string[] {
  const digests = new Map(before.files.map(({ name, digest }) => [name, digest]));
  const files = after.files.filter(({ name, digest }) => digests.has(name) && digests.get(name) !== digest);
  return [...changed(before.config, after.config, []), ...files.map(({ name }) => name)];
}

function changed(before: unknown, after: unknown, path: Path): readonly string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isPlain(before) || !isPlain(after)) return [path.join('.')];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changed(before[key], after[key], [...path, key]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function atNextStart(keys: readonly string[]): readonly string[] {
  return keys.filter((key) => AT_START.includes(key.split('.', 1)[0] ?? ''));
}

/** Of these, and of a listener that stays, what is inside counts as well. */
const PROTECTION_INSIDE: readonly string[] = ['access'];
const LISTENER_PROTECTION: readonly string[] = ['authentication', 'tls', 'dialects', 'proxyProtocol'];

/**
 * What a reload refuses: a key of protection that was given and is not any more. A file that is cut, emptied or half
 * written reads as one that says less; whoever wants to open a broker says so in the key, or starts it again.
 */
export function protectionGone({ given: before }: Origin, { given: after }: Origin): readonly string[] {
  const top = PROTECTION.filter((key) => isGiven(before, key) && !isGiven(after, key));
  const inside = PROTECTION_INSIDE.flatMap((key) => lost(before[key], after[key], [key]));
  return [...top, ...inside, ...lostOfListeners(listOf(before), listOf(after))];
}

const isGiven = (tree: Tree, key: string): boolean => tree[key] !== undefined;

/** Keys that are not there any more; a list may become shorter. */
function lost(before: unknown, after: unknown, path: Path): readonly string[] {
  if (!isPlain(before) || !isPlain(after)) return [];
  return Object.keys(before).flatMap((key) =>
    after[key] === undefined ? [dotted([...path, key])] : lost(before[key], after[key], [...path, key]),
  );
}

function lostOfListeners(before: readonly Tree[], after: readonly Tree[]): readonly string[] {
  const places = before.map(placeOf);
  return after.flatMap((listener, i) => {
    const old = before[places.indexOf(placeOf(listener))];
    if (old === undefined) return [];
    const path = ['listeners', i];
    return LISTENER_PROTECTION.flatMap((key) => {
      if (isGiven(old, key) && !isGiven(listener, key)) return [dotted([...path, key])];
      return lost(old[key], listener[key], [...path, key]);
    });
  });
}

function listOf({ listeners }: Tree): readonly Tree[] {
  return Array.isArray(listeners) ? listeners.filter(isPlain) : [];
}

function placeOf({ protocol = 'tcp', host = '', port = '', file = '' }: Tree): string {
  return [protocol, host, port, file].join(' ');
}
