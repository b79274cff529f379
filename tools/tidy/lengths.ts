// Short files, short functions.

import { eachSource, isSource, type Repository } from './repository.ts';
import { walk } from './source.ts';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const FUNCTIONS: readonly string[] = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];

export const shortFiles = eachSource(
  `a file has at most ${FILE_LINES_MAX} lines`,
  () => true,
  ({ path, lineCount }) =>
    lineCount > FILE_LINES_MAX
      ? [`${path}:${lineCount} has ${lineCount} lines, at most ${FILE_LINES_MAX}`]
      : [],
);

export const shortFunctions = eachSource(
  `a function has at most ${FUNCTION_LINES_MAX} lines`,
  isSource,
  (source) => {
    const problems: string[] = [];
    walk(source.root, (node) => {
      if (!FUNCTIONS.includes(node.type)) return;
      const line = source.lineAt(node.start);
      const count = source.lineAt(node.end) - line + 1;
      if (count > FUNCTION_LINES_MAX) {
        problems.push(`${source.path}:${line} a function of ${count} lines, at most ${FUNCTION_LINES_MAX}`);
      }
    });
    return problems;
  },
);

/** The median length of a source file, in lines; 0 where there is none. */
export function medianLines({ sources }: Repository): number {
  const counts = sources.filter(({ path }) => isSource(path)).map(({ lineCount }) => lineCount);
  counts.sort((a, b) => a - b);
  return counts[counts.length >> 1] ?? 0;
}
