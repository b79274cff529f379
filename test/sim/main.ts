// `npm run sim -- --steps N --seed S [--crashes]`: any number of steps, with progress and a summary; with `--link
// --reconnects N` the whole client on bad links. Exit code 1 where a run fails, 2 where the command line is wrong.

import { parseArgs } from 'node:util';
import { shownLinkFailure, shownLinkStats, simulateLinks } from './link/simulate.ts';
import { shownResult, shownStats } from './report.ts';
import { simulate } from './simulate.ts';
import type { Sabotage } from './world/world.ts';

const STEPS_DEFAULT = 100_000;
const RECONNECTS_DEFAULT = 10_000;
const USAGE = 'usage: npm run sim -- [--steps N] [--seed S] [--crashes] | --link [--reconnects N] [--seed S]';
const PROGRESS_MS = 5000;

export interface Surroundings {
  readonly args: readonly string[];
  readonly print: (line: string) => void;
  /** Milliseconds. */
  readonly now: () => number;
  readonly sabotage?: Sabotage;
}

export async function main(surroundings: Surroundings): Promise<number> {
  const { args, print, now, sabotage } = surroundings;
  const parsed = parse(args, now());
  if (typeof parsed === 'string') {
    print(`${parsed}\n${USAGE}`);
    return 2;
  }
  const { seed, steps, crashes, reconnects } = parsed;
  if (reconnects !== undefined) return links(surroundings, seed, reconnects);
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

async function links({ print, now }: Surroundings, seed: number, reconnects: number): Promise<number> {
  const start = now();
  let toldAt = start;
  print(`seed ${seed}, ${reconnects} reconnects`);
  const { stats, failure } = await simulateLinks({
    seed,
    reconnects,
    progress: (soFar) => {
      if (now() - toldAt < PROGRESS_MS) return;
      toldAt = now();
      print(shownLinkStats(soFar));
    },
  });
  if (failure !== undefined) print(`${shownLinkFailure(failure)}\n`);
  print(`from seed ${seed}: ${shownLinkStats(stats)}`);
  print(`${((now() - start) / 1000).toFixed(1)} s`);
  return failure === undefined ? 0 : 1;
}

interface Parsed {
  readonly seed: number;
  readonly steps: number;
  readonly crashes: boolean;
  /** Undefined: no links. */
  readonly reconnects: number | undefined;
}

function parse(args: readonly string[], now: number): Parsed | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        steps: { type: 'string' },
        crashes: { type: 'boolean' },
        link: { type: 'boolean' },
        reconnects: { type: 'string' },
      },
    });
    const seed = values.seed === undefined ? Math.floor(now) % 1_000_000_000 : Number(values.seed);
    const steps = values.steps === undefined ? STEPS_DEFAULT : Number(values.steps);
    if (!Number.isInteger(seed) || Math.abs(seed) > 0x7fff_ffff)
      return `--seed ${values.seed} is no whole number of 32 bits`;
    if (!Number.isInteger(steps) || steps < 1) return `--steps ${values.steps} is no whole number above 0`;
    const reconnects = values.reconnects === undefined ? RECONNECTS_DEFAULT : Number(values.reconnects);
    if (!Number.isInteger(reconnects) || reconnects < 1)
      return `--reconnects ${values.reconnects} is no whole number above 0`;
    if (values.link !== true && values.reconnects !== undefined) return '--reconnects is for --link';
    return {
      seed,
      steps,
      crashes: values.crashes === true,
      reconnects: values.link === true ? reconnects : undefined,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
