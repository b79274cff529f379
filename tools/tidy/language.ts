// What of TypeScript is not used here, and what is not left behind: leftovers, focused and silently skipped tests,
// files that do not say what they own.

import { eachSource, isSource, type Rule } from './repository.ts';
import { isNode, memberOf, nameOf, type Source, type SyntaxNode, stringOf, walk } from './source.ts';

const FORBIDDEN: Readonly<Record<string, string>> = {
  TSAnyKeyword: 'any: say what it is, or unknown',
  TSEnumDeclaration: 'an enum: use an `as const` object',
  TSModuleDeclaration: 'a namespace: use a module',
  TSNonNullExpression: 'a non-null `!`: show why it is there, or handle its absence',
  TSParameterProperty: 'a parameter property: declare the field',
};

export const plainTypeScript = eachSource(
  'no any, enum, namespace, parameter property or non-null `!`',
  () => true,
  (source) => {
    const problems: string[] = [];
    walk(source.root, (node) => {
      const why = Object.hasOwn(FORBIDDEN, node.type) ? FORBIDDEN[node.type] : undefined;
      if (why !== undefined) problems.push(`${source.path}:${source.lineAt(node.start)} ${why}`);
    });
    return problems;
  },
);

/** vitest asks for a default export in its own configuration. */
const DEFAULT_EXPORT_ALLOWED = /^vitest\.\w+\.ts$/;

export const noDefaultExports = eachSource(
  'no default exports',
  (path) => !DEFAULT_EXPORT_ALLOWED.test(path),
  (source) => {
    const problems: string[] = [];
    walk(source.root, (node) => {
      const isDefault =
        node.type === 'ExportDefaultDeclaration' ||
        (node.type === 'ExportSpecifier' && nameOf(node['exported']) === 'default');
      if (isDefault) problems.push(`${source.path}:${source.lineAt(node.start)} a default export`);
    });
    return problems;
  },
);

const LEFTOVER = /\b(?:FIXME|TODO|XXX)\b/;

export const noLeftovers: Rule = {
  name: 'nothing is left for later in a comment',
  check: ({ sources, files }) => {
    const problems: string[] = [];
    for (const source of sources) {
      for (const { value, start } of source.comments) {
        if (LEFTOVER.test(value))
          problems.push(`${source.path}:${source.lineAt(start)} ${value.trim().split('\n')[0]}`);
      }
    }
    for (const [path, text] of files) {
      if (!/\.(?:md|ya?ml)$|^\.ci\//.test(path)) continue;
      for (const [index, line] of text.split('\n').entries()) {
        // A word in backticks is spoken about.
        if (LEFTOVER.test(line.replace(/`[^`]*`/g, ''))) problems.push(`${path}:${index + 1} ${line.trim()}`);
      }
    }
    return problems;
  },
};

const REASON = /\b(?:because|needs|until|without)\b/;

export const everyTestRuns = eachSource(
  'no test is focused, and one that is skipped says in its name why',
  (path) => path.endsWith('.test.ts'),
  (source) => {
    const problems: string[] = [];
    walk(source.root, (node) => {
      const problem = skipped(node);
      if (problem !== undefined) problems.push(`${source.path}:${source.lineAt(node.start)} ${problem}`);
    });
    return problems;
  },
);

function skipped(node: SyntaxNode): string | undefined {
  if (node.type !== 'CallExpression') return undefined;
  // `test.skip('name', ...)`, and `test.skipIf(condition)('name', ...)`, whose callee is a call.
  const callee = node['callee'];
  const maker = isNode(callee) && callee.type === 'CallExpression' ? callee['callee'] : callee;
  const word = memberOf(maker);
  if (word === undefined || !isNode(maker) || !/^(?:test|it|describe)\b/.test(rootName(maker)))
    return undefined;
  if (word === 'only') return 'only this one would run';
  if (word === 'todo') return 'is not written yet';
  const [first] = node['arguments'] as readonly unknown[];
  const names = word === 'skip' || (maker !== callee && (word === 'skipIf' || word === 'runIf'));
  return names && !REASON.test(titleOf(first)) ? 'is skipped, and its name does not say why' : undefined;
}

function rootName(node: SyntaxNode): string {
  let at: unknown = node;
  while (isNode(at) && at.type === 'MemberExpression') at = at['object'];
  return nameOf(at) ?? '';
}

function titleOf(value: unknown): string {
  if (!isNode(value)) return '';
  if (value.type !== 'TemplateLiteral') return stringOf(value) ?? '';
  const quasis = value['quasis'] as readonly { readonly value: { readonly raw: string } }[];
  return quasis.map(({ value: { raw } }) => raw).join('');
}

export const filesSayWhatTheyOwn = eachSource(
  'a source file opens with a comment that says what it owns',
  (path) => isSource(path) && !path.endsWith('/index.ts'),
  (source) => (opensWithComment(source) ? [] : [`${source.path}:1 does not say what it owns`]),
);

function opensWithComment({ text, comments }: Source): boolean {
  const start = /^#!.*\n/.exec(text)?.[0].length ?? 0;
  const first = comments.find((comment) => comment.start >= start);
  return (
    first !== undefined && text.slice(start, first.start).trim() === '' && first.value.trim().length >= 20
  );
}
