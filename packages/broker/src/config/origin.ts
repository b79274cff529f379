// Two readings of a configuration compared: what changed, what waits for the next start, and whether a key that keeps
// people out is not there any more.

import { isDeepStrictEqual } from 'node:util';
import type { Path } from '../document/shape.ts';
import type { Config } from './schema.ts';

/** Where settings come from, kept to be compared with later ones. */
export interface Origin {
  /** With its defaults. */
  readonly config: Config;
  /** The keys at the top that a source gave. */
  readonly given: readonly string[];
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

/**
 * What a reload refuses: a key of protection that was given and is not any more. A file that is cut, emptied or half
 * written reads as one that says less; whoever wants to open a broker says so in the key, or starts it again.
 */
export function protectionGone(before: Origin, after: Origin): readonly string[] {
  return PROTECTION.filter((key) => before.given.includes(key) && !after.given.includes(key));
}
