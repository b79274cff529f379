// What every benchmark says about itself and its figures: machine, commit, median, spread.

import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly node: string;
  readonly commit: string;
  readonly date: string;
}

export function machine(): Machine {
  return {
    cpu: `${cpus()[0]?.model ?? 'unknown cpu'}, ${cpus().length} cores`,
    node: process.version,
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** With a + where the tree differs from the commit. */
function commit(): string {
  const git = (...words: string[]): string =>
    execFileSync('git', words, { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '-uno') === '' ? '' : '+');
  } catch {
    return 'none';
  }
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** `lowest to highest`. */
export function spread(values: readonly number[], digits = 2): string {
  return `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`;
}
