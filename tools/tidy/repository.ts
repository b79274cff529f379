// The files that the rules look at: what git tracks or would track, or a few in memory for a rule's own test.
// Owns what counts as source, test or text; knows no rule.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSource, type Source } from './source.ts';

export interface Repository {
  /** Text by path. */
  readonly files: ReadonlyMap<string, string>;
  /** All that is TypeScript, parsed. */
  readonly sources: readonly Source[];
}

/** One rule: its name says what holds; `check` gives a line, `path:line what is wrong`, for each place where it does not. */
export interface Rule {
  readonly name: string;
  readonly check: (repository: Repository) => readonly string[];
}

export function repositoryOf(files: Readonly<Record<string, string>>): Repository {
  const all = new Map(Object.entries(files));
  const sources = [...all]
    .filter(([path]) => path.endsWith('.ts'))
    .map(([path, text]) => parseSource(path, text));
  return { files: all, sources };
}

export function readRepository(root: string): Repository {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const files: Record<string, string> = {};
  for (const path of listed.split('\0')) {
    if (path === '' || !existsSync(join(root, path))) continue;
    const text = readFileSync(join(root, path), 'utf8');
    if (!text.includes('\0')) files[path] = text;
  }
  return repositoryOf(files);
}

/** What is built and shipped. */
export function isShipped(path: string): boolean {
  return /^packages\/[^/]+\/src\/.*\.ts$/.test(path);
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}

/** Source of any kind: shipped, tools, benchmarks and the crash harness, without tests and what only tests use. */
export function isSource(path: string): boolean {
  return isShipped(path) || (/^(?:tools|bench|test\/crash)\/.*\.ts$/.test(path) && !isTest(path));
}

/** A rule that looks at one source at a time. */
export function eachSource(
  name: string,
  applies: (path: string) => boolean,
  check: (source: Source) => readonly string[],
): Rule {
  return {
    name,
    check: ({ sources }) => sources.filter(({ path }) => applies(path)).flatMap((source) => check(source)),
  };
}
