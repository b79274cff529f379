// Runs, one after the other, until there were so many reconnects or one of them fails. A run that failed is made shorter:
// what happens up to a moment does not depend on how long the trouble goes on behind it.

import type { NetSabotage } from './net.ts';
import { noStats, type RunStats, run } from './run.ts';

/** A run that fails is tried again with less trouble so often. */
const SHORTER_TRIES = 8;
const STEPS = [
  'reconnects',
  'runs',
  'links',
  'cuts',
  'holes',
  'jams',
  'crashes',
  'deaths',
  'sessions',
  'published',
  'deliveries',
] as const;

export interface LinkFailure {
  readonly seed: number;
  readonly error: Error;
  /** Virtual milliseconds of trouble that are enough for it. */
  readonly troubleMs: number | undefined;
  readonly trace: readonly string[];
}

export interface LinkResult {
  readonly stats: Readonly<RunStats>;
  readonly failure: LinkFailure | undefined;
}

export interface LinkOptions {
  readonly seed: number;
  readonly reconnects: number;
  readonly sabotage?: NetSabotage;
  readonly shrinks?: boolean;
  readonly progress?: (stats: Readonly<RunStats>) => void;
}

/** Run `n` has the seed `seed + n`. */
export async function simulateLinks(options: LinkOptions): Promise<LinkResult> {
  const { seed, reconnects, sabotage, shrinks = true, progress } = options;
  const stats = noStats();
  while (stats.reconnects < reconnects) {
    const own = seed + stats.runs;
    const { violation, stats: more } = await run({
      seed: own,
      ...(sabotage === undefined ? {} : { sabotage }),
    });
    for (const key of Object.keys(stats) as (keyof RunStats)[]) stats[key] += more[key];
    if (violation !== undefined)
      return { stats, failure: await failureOf(own, violation, more.virtualMs, shrinks, sabotage) };
    progress?.(stats);
  }
  return { stats, failure: undefined };
}

async function failureOf(
  seed: number,
  error: Error,
  virtualMs: number,
  shrinks: boolean,
  sabotage: NetSabotage | undefined,
): Promise<LinkFailure> {
  const given = sabotage === undefined ? {} : { sabotage };
  let found: { error: Error; troubleMs: number | undefined } = { error, troubleMs: undefined };
  let upTo = virtualMs;
  for (let left = shrinks ? SHORTER_TRIES : 0; left > 0; left--) {
    const troubleMs = Math.floor((upTo * left) / (left + 1));
    const { violation } = await run({ seed, troubleMs, ...given });
    if (violation === undefined) continue;
    found = { error: violation, troubleMs };
    upTo = troubleMs;
  }
  const trace: string[] = [];
  const shortest = found.troubleMs === undefined ? {} : { troubleMs: found.troubleMs };
  if (shrinks) await run({ seed, ...shortest, ...given, trace: (line) => trace.push(line) });
  return { seed, ...found, trace };
}

export function shownLinkStats(stats: Readonly<RunStats>): string {
  return STEPS.map((key) => `${stats[key]} ${key}`).join(', ');
}

/** Lines of the trace that are shown. */
const TRACE_LINES_MAX = 80;
const LINE_CHARS_MAX = 300;

export function shownLinkFailure({ seed, error, troubleMs, trace }: LinkFailure): string {
  const lines = trace.slice(-TRACE_LINES_MAX).map((line) => `  ${line.slice(0, LINE_CHARS_MAX)}`);
  const shorter = troubleMs === undefined ? '' : ` (it needs ${troubleMs} ms of trouble)`;
  return [
    `seed ${seed} fails: ${error.message}${shorter}`,
    `to see it again: npm run sim -- --link --seed ${seed} --reconnects 1`,
    ...(lines.length > 0 ? ['', 'its end:', ...lines] : []),
    ...(error.name === 'Violation' ? [] : ['', error.stack ?? '']),
  ].join('\n');
}
