// Where the configuration comes from: defaults, a YAML file, the environment, flags; what comes later wins.
// Whatever is wrong stops the start with file, line, key and what was expected.

import { readFileSync } from 'node:fs';
import { MqttError } from '@anax/protocol';
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Config, configSchema, settingsOf } from './schema.ts';
import type { Settings } from './settings.ts';

/** A value for one key: `['keepAlive', 'max']`, and where it came from, for messages. */
export interface Override {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  readonly source: string;
}

export interface Sources {
  /** What holds where no source says otherwise, in place of the schema's own. */
  readonly defaults?: readonly Override[];
  readonly file?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly overrides?: readonly Override[];
  /** Listeners beside those that the others name; on the host of the first where they name none. */
  readonly moreListeners?: readonly Omit<Override, 'path'>[];
}

/** @throws MqttError `invalid-configuration`, one line for each thing that is wrong. */
export function loadSettings(sources: Sources): Settings {
  const file = sources.file === undefined ? undefined : readFile(sources.file);
  const tree: Record<string, unknown> = file === undefined ? {} : file.tree;
  for (const { path, value } of sources.defaults ?? []) putDefault(tree, path, value);
  const overrides = [...environmentOverrides(sources.environment ?? {}), ...(sources.overrides ?? [])];
  for (const { path, value } of overrides) put(tree, path, value);
  overrides.push(...moreListeners(tree, sources.moreListeners ?? []));
  const result = configSchema.safeParse(tree);
  if (result.success) return settingsOf(result.data);
  const lines = result.error.issues.flatMap((issue) => sentences(issue, file, overrides));
  throw new MqttError('invalid-configuration', lines.join('\n'));
}

interface ConfigFile {
  readonly name: string;
  readonly tree: Record<string, unknown>;
  readonly document: Document;
  readonly lines: LineCounter;
}

function readFile(name: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (cause) {
    const code = (cause as { readonly code?: string }).code;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new MqttError('invalid-configuration', `${name}: ${why}`, {}, { cause });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line } = lines.linePos(broken.pos[0]);
    throw new MqttError('invalid-configuration', `${name}:${line}: not YAML: ${broken.message}`);
  }
  const tree = plain(document, name);
  if (typeof tree !== 'object' || Array.isArray(tree)) {
    throw new MqttError(
      'invalid-configuration',
      `${name}:1: expected keys and values at the top, as in \`log:\``,
    );
  }
  return { name, tree: tree as Record<string, unknown>, document, lines };
}

/** The values alone; an alias that leads nowhere, or to very much, is found only here. */
function plain(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 10 }) ?? {};
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MqttError('invalid-configuration', `${name}: not YAML: ${why}`, {}, { cause });
  }
}

function sentences(
  issue: z.core.$ZodIssue,
  file: ConfigFile | undefined,
  overrides: readonly Override[],
): string[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const full = [...path, key];
      const known = keysAt(path);
      const expected = known.length === 0 ? 'nothing' : `one of ${known.join(', ')}`;
      return `${place(full, file, overrides)}: there is no key \`${dotted(full)}\`, expected ${expected}`;
    });
  }
  const expected = issue.code === 'invalid_type' ? (shapeAt(path) ?? issue.message) : issue.message;
  return [`${place(path, file, overrides)}: \`${dotted(path)}\` must be ${expected}`];
}

/** What stands at a path that is no single value. */
function shapeAt(path: readonly (string | number)[]): string | undefined {
  const schema = schemaAt(path);
  if (schema.shape !== undefined) return `keys with values: ${Object.keys(schema.shape).join(', ')}`;
  return schema.element === undefined ? undefined : 'a list';
}

function dotted(path: readonly (string | number)[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : step))
    .join('.')
    .replaceAll('.[', '[');
}

/** `anax.yaml:12`, or the flag or variable that the value came from. */
function place(
  path: readonly (string | number)[],
  file: ConfigFile | undefined,
  overrides: readonly Override[],
): string {
  const override = overrides.findLast(
    ({ path: own }) => own.every((step, i) => path[i] === step) && own.length > 0,
  );
  if (override !== undefined) return override.source;
  if (file === undefined) return 'configuration';
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOf(file.document, path.slice(0, length));
    if (offset !== undefined) return `${file.name}:${file.lines.linePos(offset).line}`;
  }
  return `${file.name}:1`;
}

function offsetOf(document: Document, path: readonly (string | number)[]): number | undefined {
  const last = path.at(-1);
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isNode(key) && String(key) === String(last));
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0];
  }
  const node = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

/** Keys that the schema has at a path. */
function keysAt(path: readonly (string | number)[]): readonly string[] {
  return Object.keys(schemaAt(path).shape ?? {});
}

function schemaAt(path: readonly (string | number)[]): AnySchema {
  let schema: unknown = configSchema;
  for (const step of path) {
    const at = unwrapped(schema);
    schema = typeof step === 'number' ? at.element : at.shape?.[step];
  }
  return unwrapped(schema);
}

interface AnySchema {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
}

function unwrapped(schema: unknown): AnySchema {
  let at = schema as { readonly unwrap?: () => unknown } & AnySchema;
  while (at.shape === undefined && at.element === undefined && at.unwrap !== undefined)
    at = at.unwrap() as typeof at;
  return at;
}

/** Sets a value in the tree; what stands in the way and is no object is left for the schema to refuse. */
function put(tree: Record<string, unknown>, path: readonly (string | number)[], value: unknown): void {
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
function putDefault(tree: Record<string, unknown>, path: readonly (string | number)[], value: unknown): void {
  let at: unknown = tree;
  for (const step of path) {
    if (at === undefined) break;
    if (typeof at !== 'object' || at === null) return;
    at = (at as Record<string | number, unknown>)[step];
  }
  if (at === undefined) put(tree, path, value);
}

/** Adds listeners to the tree: where it has none, the default stays the first. What is no list is left to the schema. */
function moreListeners(
  tree: Record<string, unknown>,
  more: NonNullable<Sources['moreListeners']>,
): Override[] {
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

/** Every single value of the configuration as a variable: `keepAlive.max` is `ANAX_KEEP_ALIVE_MAX`. */
export function environmentVariables(): ReadonlyMap<string, readonly (string | number)[]> {
  const found = new Map<string, readonly (string | number)[]>([
    ['ANAX_HOST', ['listeners', 0, 'host']],
    ['ANAX_PORT', ['listeners', 0, 'port']],
  ]);
  const visit = (path: readonly string[]): void => {
    for (const key of keysAt(path)) {
      const full = [...path, key];
      const inner = schemaAt(full);
      if (inner.shape !== undefined) visit(full);
      else if (inner.element === undefined) found.set(variableOf(full), full);
    }
  };
  visit([]);
  return found;
}

function variableOf(path: readonly string[]): string {
  return `ANAX_${path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')}`;
}

/** `ANAX_USERS` holds `name:password`, several with commas between them. */
function environmentOverrides(
  environment: Readonly<Record<string, string | undefined>>,
): readonly Override[] {
  const known = environmentVariables();
  const overrides: Override[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('ANAX_') || value === undefined) continue;
    const source = `environment variable ${name}`;
    const path = known.get(name);
    if (path !== undefined) overrides.push({ path, value, source });
    else if (name === 'ANAX_USERS')
      overrides.push({ path: ['users'], value: value.split(',').map(userOf), source });
    else throw new MqttError('invalid-configuration', `${source}: there is no such setting`);
  }
  return overrides;
}

/** `name:password`; the password may hold colons. */
export function userOf(pair: string): { readonly name: string; readonly password: string } {
  const colon = pair.indexOf(':');
  return colon < 0
    ? { name: pair, password: '' }
    : { name: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

export type { Config };
