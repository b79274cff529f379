// One source file, parsed: its syntax tree, comments and imports. Owns the only use of a parser; knows no rule.

import { parseSync } from 'vite';

/** A node of the tree (ESTree with TypeScript's nodes). */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Comment {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** What another module is asked for, by `import`, `export ... from`, `import(...)` or `new URL('./x', ...)`. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

export interface Source {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lineCount: number;
  readonly root: SyntaxNode;
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
  /** The line, from 1, of an offset. */
  readonly lineAt: (offset: number) => number;
}

export type Visit = (node: SyntaxNode, parent: SyntaxNode | undefined, field: string) => void;

/** @throws Error where the text is not TypeScript. */
export function parseSource(path: string, text: string): Source {
  const parsed = parseSync(path, text, { lang: 'ts', sourceType: 'module' });
  const [error] = parsed.errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const root = parsed.program as unknown as SyntaxNode;
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  return {
    path,
    text,
    lineCount: text.replace(/\n$/, '').split('\n').length,
    root,
    comments: parsed.comments,
    imports: importsOf(root, lineAt),
    lineAt,
  };
}

/** Every node, parents first. */
export function walk(node: SyntaxNode, visit: Visit, parent?: SyntaxNode, field = ''): void {
  visit(node, parent, field);
  for (const [name, value] of Object.entries(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) walk(item, visit, node, name);
    } else if (isNode(value)) {
      walk(value, visit, node, name);
    }
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string';
}

/** The name that an identifier, `this.#private` or string key spells; undefined for anything else. */
export function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === 'Identifier' || value.type === 'PrivateIdentifier') return String(value['name']);
  return stringOf(value);
}

export function stringOf(value: unknown): string | undefined {
  if (!isNode(value) || value.type !== 'Literal') return undefined;
  return typeof value['value'] === 'string' ? value['value'] : undefined;
}

/** The name after the dot of `object.name`; undefined for anything else. */
export function memberOf(value: unknown): string | undefined {
  return isNode(value) && value.type === 'MemberExpression' ? nameOf(value['property']) : undefined;
}

const IMPORTING: readonly string[] = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
];

function importsOf(root: SyntaxNode, lineAt: (offset: number) => number): Import[] {
  const imports: Import[] = [];
  walk(root, (node) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push({ specifier, line: lineAt(node.start) });
  });
  return imports;
}

function specifierOf(node: SyntaxNode): string | undefined {
  if (IMPORTING.includes(node.type)) return stringOf(node['source']) ?? stringOf(node['argument']);
  if (node.type !== 'NewExpression' || nameOf(node['callee']) !== 'URL') return undefined;
  const [first] = node['arguments'] as readonly unknown[];
  const url = stringOf(first);
  return url !== undefined && /^\.\.?\/.*\.[jt]s$/.test(url) ? url : undefined;
}
