// `npm run sim -- --steps N --seed S [--crashes]`: any number of steps, with progress and a summary. Exit code 1 where a run fails,
// 2 where the command line is wrong.

import { parseArgs } from 'node:util';
import { shownResult, shownStats } from './report.ts';
import { simulate } from './simulate.ts';
import type { Sabotage } from './world/world.ts';

const STEPS_DEFAULT = 100_000;
const PROGRESS_MS = 5000;

export interface Surroundings {
  readonly args: readonly string[];
  readonly print: (line: string) => void;
  /** Milliseconds. */
  readonly now: () => number;
  readonly sabotage?: Sabotage;
}

export function main({ args, print, now, sabotage }: Surroundings): number {
  const parsed = parse(args, now());
  if (typeof parsed === 'string') {
    print(`${parsed}\nusage: npm run sim -- [--steps N] [--seed S] [--crashes]`);
    return 2;
  }
  const { seed, steps, crashes } = parsed;
  const start = now();
  let toldAt = start;
  print(`seed ${seed}, ${steps} steps`);
  const result = simulate({
    seed,
    steps,
    crashes,
    ...(sabotage === undefined ? {} : { sabotage }),
    progress: (runs, stats) => {
      if (now() - toldAt < PROGRESS_MS) return;
      toldAt = now();
      print(`${runs} runs: ${shownStats(stats)}`);
    },
  });
  print(shownResult(result, seed));
  print(`${((now() - start) / 1000).toFixed(1)} s`);
  return result.failure === undefined ? 0 : 1;
}

function parse(
  args: readonly string[],
  now: number,
): { readonly seed: number; readonly steps: number; readonly crashes: boolean } | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { seed: { type: 'string' }, steps: { type: 'string' }, crashes: { type: 'boolean' } },
    });
    const seed = values.seed === undefined ? Math.floor(now) % 1_000_000_000 : Number(values.seed);
    const steps = values.steps === undefined ? STEPS_DEFAULT : Number(values.steps);
    if (!Number.isInteger(seed) || Math.abs(seed) > 0x7fff_ffff)
      return `--seed ${values.seed} is no whole number of 32 bits`;
    if (!Number.isInteger(steps) || steps < 1) return `--steps ${values.steps} is no whole number above 0`;
    return { seed, steps, crashes: values.crashes === true };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
