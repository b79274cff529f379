// What is to happen in each round: drawn from the seed and nothing else, so that a seed repeats the plan. Whether the
// broker dies between the same two instructions is up to the machine.

import type { Cast, Presence } from './cast.ts';
import { chance } from './chance.ts';

/** Where the store can kill its own process, on `ANAX_FAULT=STEP:COUNT`. */
export const STEPS = ['before-commit', 'during-commit', 'after-commit', 'before-sync', 'after-sync'] as const;
export type Step = (typeof STEPS)[number];

/** Where a commit is not a sync, a sync of its own follows it: only there are these steps. */
const RELAXED_STEPS: readonly string[] = ['before-sync', 'after-sync'];
const RELAXED_SHARE = 0.2;

/** `random`: SIGKILL at a moment. `stop`: SIGTERM, an orderly end. `mixed`: any of all, `steps`: any step. */
export const METHODS = ['mixed', 'steps', 'random', 'stop', ...STEPS] as const;
export type Method = (typeof METHODS)[number];

export interface RoundPlan {
  readonly round: number;
  readonly how: 'random' | 'stop' | Step;
  /** At which time the step is reached. */
  readonly count: number;
  /** Whether a commit is acknowledged before it is synced; SIGKILL takes nothing from either. */
  readonly durability: 'strict' | 'relaxed';
  /** Whether the load begins once all clients are connected; otherwise the time runs while they connect. */
  readonly waitsForClients: boolean;
  readonly loadMs: number;
  /** Who of those that come and go is there. */
  readonly present: ReadonlySet<string>;
  /** Killed once more while it starts, after this share of the time that a start takes; 0 for not. */
  readonly startShare: number;
  /** Whether the broker stops in order behind a drain; otherwise it is killed there, too. */
  readonly stopsAfterDrain: boolean;
}

const LOAD_MS_MIN = 50;
const LOAD_MS_MAX = 500;
const COUNT_MAX = 60;
/** In how many of the rounds somebody is there. */
const SHARES: Readonly<Record<Presence, number>> = { online: 1, flapping: 0.5, offline: 0.12, late: 0.5 };
const START_KILL_SHARE = 0.1;

export function planRound(seed: number, round: number, method: Method, cast: Cast): RoundPlan {
  const drawn = chance(seed, `round ${round}`);
  const how = drawn.pick(candidates(method));
  const present = new Set<string>();
  for (const { clientId, presence } of cast.subscribers) {
    if (drawn.happens(SHARES[presence])) present.add(clientId);
  }
  return {
    round,
    how,
    // From the first commit of a start to the middle of the load.
    count: Math.ceil(drawn.next() ** 2 * COUNT_MAX),
    durability: RELAXED_STEPS.includes(how) || drawn.happens(RELAXED_SHARE) ? 'relaxed' : 'strict',
    waitsForClients: drawn.happens(0.5),
    loadMs: drawn.between(LOAD_MS_MIN, LOAD_MS_MAX),
    present,
    startShare: drawn.happens(START_KILL_SHARE) ? 0.3 + drawn.next() * 0.8 : 0,
    stopsAfterDrain: drawn.happens(0.5),
  };
}

function candidates(method: Method): readonly RoundPlan['how'][] {
  switch (method) {
    case 'mixed':
      return ['random', 'random', 'random', ...STEPS, ...STEPS, 'stop'];
    case 'steps':
      return STEPS;
    default:
      return [method];
  }
}
