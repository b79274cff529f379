// Runs, one after the other, until so many steps are done or one of them fails. Each run has a seed of its own, which is
// all that is needed to see it again.

import fc from 'fast-check';
import { command, type Step } from './commands.ts';
import { crashSettings, settings } from './settings.ts';
import { finish } from './world/ending.ts';
import { noStats, type Sabotage, type Settings, type Stats, World } from './world/world.ts';

/** Commands drawn for one run; what cannot be done when its turn comes is left out. */
const COMMANDS_MAX = 400;
/** How long a run that failed is made shorter, in ms. */
const SHRINK_MS = 20_000;

export interface Failure {
  readonly seed: number;
  readonly crashes: boolean;
  readonly error: Error;
  readonly settings: Settings;
  /** The shortest that was found, and still fails. */
  readonly steps: readonly string[];
  /** Every packet of it, and every step. */
  readonly trace: readonly string[];
}

export interface Result {
  readonly runs: number;
  readonly stats: Readonly<Stats>;
  readonly failure: Failure | undefined;
}

export interface SimulateOptions {
  readonly seed: number;
  readonly steps: number;
  /** Every broker has a store, and dies now and then; otherwise every other one. */
  readonly crashes?: boolean;
  readonly sabotage?: Sabotage;
  readonly shrinks?: boolean;
  readonly progress?: (runs: number, stats: Readonly<Stats>) => void;
}

const COMMANDS = fc.commands([command], { maxCommands: COMMANDS_MAX, size: 'max' });

/** Run `n` has the seed `seed + n`. */
export function simulate(options: SimulateOptions): Result {
  const { seed, steps, progress } = options;
  const stats = noStats();
  let runs = 0;
  while (stats.steps < steps) {
    const failure = run(seed + runs, stats, options);
    runs += 1;
    if (failure !== undefined) return { runs, stats, failure };
    progress?.(runs, stats);
  }
  return { runs, stats, failure: undefined };
}

function run(
  seed: number,
  stats: Stats,
  { sabotage, shrinks = true, crashes = false }: SimulateOptions,
): Failure | undefined {
  let isFirst = true;
  const property = fc.property(crashes ? crashSettings : settings, COMMANDS, (chosen, commands) => {
    const world = new World(chosen, sabotage);
    const counted = isFirst;
    isFirst = false;
    try {
      play(world, commands);
    } finally {
      if (counted) add(stats, world);
    }
  });
  const { failed, counterexample, errorInstance } = fc.check(property, {
    seed,
    numRuns: 1,
    endOnFailure: !shrinks,
    interruptAfterTimeLimit: SHRINK_MS,
  });
  if (!failed || counterexample === null) return undefined;
  const [chosen, commands] = counterexample;
  return {
    seed,
    crashes,
    settings: chosen,
    error: errorInstance instanceof Error ? errorInstance : new Error(String(errorInstance)),
    steps: Array.from(commands, String),
    trace: traceOf(chosen, commands, sabotage),
  };
}

function play(world: World, commands: Iterable<Step>): void {
  fc.modelRun(() => ({ model: world, real: world }), commands);
  finish(world);
}

function traceOf(chosen: Settings, commands: Iterable<Step>, sabotage: Sabotage | undefined): string[] {
  const lines: string[] = [];
  const world = new World(chosen, sabotage);
  world.trace = (line) => lines.push(line);
  try {
    play(world, commands);
  } catch {
    // It is known to fail: what led there is what is asked for.
  }
  return lines;
}

function add(stats: Stats, { stats: more, model }: World): void {
  stats.steps += more.steps;
  stats.packets += more.packets;
  stats.connects += more.connects;
  stats.cuts += more.cuts;
  stats.crashes += more.crashes;
  stats.deliveries += model.deliveries;
}
