// A configuration file to begin with: every key with its default, commented out, but for what most people set first.

import { stringify } from 'yaml';
import { shapeOf } from '../document/shape.ts';
import { configSchema } from './schema.ts';
import { writtenDefault } from './written.ts';

const WIDTH = 110;

const HEAD = `## The configuration of \`anax broker\`: every key and its default. A line is set by taking away its first #, and that of
## the key it belongs to. \`anax broker --check\` says what is wrong. Editors complete and check the keys with what
## \`anax config schema > anax.schema.json\` writes, and this line at the top, with one #:
## yaml-language-server: $schema=anax.schema.json`;

/** What stands in the file without a mark; it is what holds anyway. */
const START: Readonly<Record<string, unknown>> = {
  listeners: [{ protocol: 'tcp', host: '127.0.0.1', port: 1883 }],
  log: { level: 'info' },
};

/** Each line begins with `#` if it is a setting with its default, with `##` if it is only words. */
export function configTemplate(): string {
  const parts = Object.entries(configSchema.shape).map(([key, schema]) => {
    if (!Object.hasOwn(START, key)) return entry(key, schema, 0).join('\n');
    return [...about(schema, 0), stringify({ [key]: START[key] }).trimEnd()].join('\n');
  });
  return `${[HEAD, ...parts].join('\n\n')}\n`;
}

/** A key that has a default, with what is in it. */
function entry(key: string, schema: unknown, depth: number): readonly string[] {
  const value = writtenDefault(schema);
  if (value === undefined) return mention(key, schema, depth, partsOf);
  const { keys } = shapeOf(schema);
  const head = about(schema, depth);
  if (keys === undefined) return [...head, ...settings({ [key]: value }, depth)];
  const inner = Object.entries(keys).flatMap(([name, one]) => entry(name, one, depth + 1));
  return [...head, `#${indent(depth)}${key}:`, ...inner];
}

type Keys = Readonly<Record<string, unknown>> | undefined;

const keysOf = (schema: unknown): Keys => shapeOf(schema).keys;

/** Of a list, those of what it is made of. */
function partsOf(schema: unknown): Keys {
  const { keys, element } = shapeOf(schema);
  return keys ?? (element === undefined ? undefined : keysOf(element));
}

/** A key that is not set, in words, with what `inner` says is in it. */
function mention(key: string, schema: unknown, depth: number, inner: typeof keysOf): readonly string[] {
  const description = descriptionOf(schema);
  const [example] = metaOf(schema).examples ?? [];
  const shown = example === undefined ? '' : `, such as ${stringify(example, FLOW).trimEnd()}`;
  // What a list inside a list is made of, is said where such a list stands by itself.
  const next = shapeOf(schema).element === undefined ? inner : keysOf;
  return [
    ...words(`${key}: ${description ?? 'not set'}${shown}`, depth),
    ...Object.entries(inner(schema) ?? {}).flatMap(([name, one]) => mention(name, one, depth + 1, next)),
  ];
}

/** The description of a key, of what its list is made of, and an example. */
function about(schema: unknown, depth: number): readonly string[] {
  const { element } = shapeOf(schema);
  const elementKeys = element === undefined ? {} : (shapeOf(element).keys ?? {});
  return [
    ...words(descriptionOf(schema) ?? '', depth),
    ...Object.entries(elementKeys).flatMap(([name, one]) => mention(name, one, depth + 1, keysOf)),
    ...(metaOf(schema).examples ?? []).flatMap((one) => words(`such as ${stringify(one, FLOW)}`, depth)),
  ];
}

interface Meta {
  readonly examples?: readonly unknown[];
  readonly description?: string;
}

function metaOf(schema: unknown): Meta {
  return (schema as { readonly meta?: () => Meta | undefined }).meta?.() ?? {};
}

function descriptionOf(schema: unknown): string | undefined {
  return metaOf(schema).description;
}

const FLOW = { collectionStyle: 'flow', lineWidth: 0 } as const;

function settings(value: unknown, depth: number): readonly string[] {
  const lines = stringify(value, { lineWidth: 0 }).trimEnd().split('\n');
  return lines.map((line) => `#${indent(depth)}${line}`);
}

function words(text: string, depth: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= WIDTH) lines.push(`## ${indent(depth)}${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return text === '' ? [] : lines;
}

const indent = (depth: number): string => '  '.repeat(depth);
