// A YAML document as values, and the line on which each of them stands: the configuration, files of rules.
// It never reads a file itself.

import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import type { Path } from './shape.ts';

/** What a document says. */
export interface Yaml {
  /** As it is called in sentences: its file. */
  readonly name: string;
  /** Plain values; undefined where the document says nothing, as one that is empty or only a comment. */
  readonly value: unknown;
  /** `anax.yaml:12`: where the value at a path stands, or what is nearest around it. */
  readonly place: (path: Path) => string;
}

/** What is wrong with a text: a sentence with its place. */
export interface NoYaml {
  readonly problem: string;
}

/** How often one anchor may be used: more makes a small file a very large tree. */
const ALIASES_MAX = 10;

export function parseYaml(text: string, name: string): Yaml | NoYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line } = lines.linePos(broken.pos[0]);
    return { problem: `${name}:${line}: not YAML: ${broken.message}` };
  }
  try {
    // An alias that leads nowhere, or to very much, is found only here.
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX }) ?? undefined;
    return { name, value, place: (path) => `${name}:${lineOf(document, lines, path)}` };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { problem: `${name}: not YAML: ${why}` };
  }
}

function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return 1;
}

function offsetOf(document: Document, path: Path): number | undefined {
  const last = path.at(-1);
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isNode(key) && String(key) === String(last));
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0];
  }
  const node = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}
