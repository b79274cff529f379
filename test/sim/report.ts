// What is printed of a simulation: for people, on one screen.

import { inspect } from 'node:util';
import type { Failure, Result } from './simulate.ts';
import type { Stats } from './world/world.ts';

/** Lines of the trace that are shown. */
const TRACE_LINES_MAX = 60;

export function shownStats({ steps, packets, deliveries, connects, cuts, crashes }: Readonly<Stats>): string {
  return `${steps} steps, ${packets} packets, ${deliveries} deliveries, ${connects} connections, ${cuts} cuts, ${crashes} deaths of the broker`;
}

export function shownFailure({ seed, crashes, error, settings, steps, trace }: Failure): string {
  const cut = Math.max(0, trace.length - TRACE_LINES_MAX);
  return [
    `seed ${seed} fails: ${error.message}`,
    `to see it again: npm run sim -- --seed ${seed} --steps 1${crashes ? ' --crashes' : ''}`,
    '',
    `settings: ${inspect(settings, { depth: 3, breakLength: 110 })}`,
    `the shortest run that was found, ${steps.length} steps:`,
    ...steps.map((step) => `  ${step}`),
    '',
    cut > 0 ? `its end (${cut} lines before it):` : 'all of it:',
    ...trace.slice(cut).map((line) => `  ${line}`),
    ...(error.name === 'Violation' ? [] : ['', error.stack ?? '']),
  ].join('\n');
}

export function shownResult({ runs, stats, failure }: Result, seed: number): string {
  const summary = `${runs} runs from seed ${seed}: ${shownStats(stats)}`;
  return failure === undefined ? summary : `${shownFailure(failure)}\n\n${summary}`;
}
