// One run: applications on bad links for a while, then calm, until everything is settled; then everybody goes, and what is
// left is counted. All of it follows from the seed.

import type { DialectName } from '@anax/protocol';
import type { RuleName } from '../model/violation.ts';
import { Chance } from '../world/chance.ts';
import type { Clock } from '../world/clock.ts';
import { NEVER, type Publication } from './facts.ts';
import { Net, type NetSabotage, type NetSettings } from './net.ts';
import { Person } from './person.ts';
import { RandomTrouble } from './trouble.ts';
import { EMPTY, Witness } from './witness.ts';

/** Who there is: one for each way of being a client that matters here. */
export const DIALECT_OF: Readonly<Record<string, DialectName>> = {
  p0: '5.0',
  p1: '5.0',
  p2: '3.1.1',
  p3: '3.1',
};
/** Virtual, in ms. */
const TROUBLE_MS = 60_000;
const PROBE_MS = 200;
/** Everybody has found out by then that nothing comes any more. */
const LEARN_MS = 5000;
const SETTLE_ROUND_MS = 500;
const SETTLE_ROUNDS_MAX = 200;
/** After so many steps the event loop has its turn. */
const STEPS_IN_A_ROW = 2000;

export interface RunStats {
  runs: number;
  /** Connections made after the first of each client. */
  reconnects: number;
  dials: number;
  links: number;
  cuts: number;
  holes: number;
  jams: number;
  published: number;
  deliveries: number;
  sessions: number;
  crashes: number;
  /** Processes of applications that died. */
  deaths: number;
  virtualMs: number;
  /** Things that happened one after the other. */
  steps: number;
}

const NO_STATS: Readonly<RunStats> = {
  runs: 0,
  reconnects: 0,
  dials: 0,
  links: 0,
  cuts: 0,
  holes: 0,
  jams: 0,
  published: 0,
  deliveries: 0,
  sessions: 0,
  crashes: 0,
  deaths: 0,
  virtualMs: 0,
  steps: 0,
};

export function noStats(): RunStats {
  return { ...NO_STATS };
}

export interface RunOptions {
  readonly seed: number;
  /** Virtual milliseconds of trouble. */
  readonly troubleMs?: number;
  readonly sabotage?: NetSabotage;
  readonly trace?: (line: string) => void;
}

export interface RunResult {
  readonly violation: Error | undefined;
  readonly stats: RunStats;
  /** When it was noticed, in virtual ms since the beginning. */
  readonly afterMs: number;
}

/** Lets virtual time pass; between two things that happen everybody who waits for a promise has his turn. */
export async function pass(clock: Clock, ms: number, until: () => boolean): Promise<void> {
  const end = clock.now + ms;
  let steps = 0;
  while (clock.step(end)) {
    steps += 1;
    if (steps % STEPS_IN_A_ROW === 0) await new Promise((resolve) => setImmediate(resolve));
    // Runs when there is no microtask left.
    else await new Promise<void>((resolve) => process.nextTick(resolve));
    if (until()) return;
  }
}

export async function run({ seed, troubleMs = TROUBLE_MS, sabotage, trace }: RunOptions): Promise<RunResult> {
  const chance = new Chance(seed);
  const witness = new Witness();
  const trouble = new RandomTrouble(chance, chance.pick([80, 97, 99]));
  const net = new Net(settingsOf(chance), trouble, chance, Object.keys(DIALECT_OF), witness, sabotage);
  net.trace = trace;
  const start = net.clock.now;
  const isBroken = (): boolean => witness.violation !== undefined;
  const fails = (rule: RuleName, message: string): void => witness.fails(rule, message);
  const persons = Object.entries(DIALECT_OF).map(
    ([clientId, dialect]) => new Person(net, witness, clientId, dialect),
  );
  // Listeners of one second at the most are enough: nothing is waited for in real time.
  const rejected = (error: unknown): void => fails('settled', `an unhandled rejection: ${String(error)}`);
  process.on('unhandledRejection', rejected);
  let thrown: unknown;
  try {
    if (net.store !== undefined) disturb(net, chance);
    await pass(net.clock, troubleMs, isBroken);
    if (!isBroken()) await settle(net, trouble, persons, witness);
    if (!isBroken()) await takeDown(net, persons, witness);
    await new Promise((resolve) => setImmediate(resolve));
  } catch (error) {
    thrown = error;
  } finally {
    process.off('unhandledRejection', rejected);
  }
  return {
    violation: witness.violation ?? (thrown as Error | undefined),
    stats: statsOf(net, persons, witness, start),
    afterMs: net.clock.now - start,
  };
}

/** The broker dies now and then, is stopped in order, or comes back without its store. */
function disturb(net: Net, chance: Chance): void {
  net.clock.after(500 + chance.below(15_000), () => {
    if (net.isCalm) return;
    const downMs = chance.pick([0, 10, 300, 2500]);
    const drawn = chance.below(10);
    if (drawn < 3) net.power.stop({ downMs, linksLive: true });
    else if (drawn < 7) net.power.arm(1 + chance.below(30), { downMs, linksLive: chance.below(3) > 0 });
    else net.power.die({ downMs, linksLive: chance.below(3) > 0, forgets: drawn === 9 });
    disturb(net, chance);
  });
}

function settingsOf(chance: Chance): NetSettings {
  const stores = chance.below(2) === 0;
  return {
    limits: {
      receiveMaximum: chance.pick([1, 3, 1024]),
      inFlightMax: chance.pick([3, 1024]),
      outstandingBytesMax: chance.pick([1000, 1_000_000]),
      topicAliasesSentMax: chance.pick([1, 64]),
      queueMessagesMax: 1_000_000,
      queueBytesMax: 2 ** 40,
      heldBytesMax: 2 ** 40,
      heldMessagesMax: 100_000_000,
    },
    store: stores ? { commitMsMax: chance.pick([0, 5, 20]), failsPercent: 0 } : undefined,
    sendBufferBytesMax: chance.pick([1000, 64_000]),
  };
}

/** Nothing happens to links any more, and everybody waits until nobody owes anything. */
async function settle(
  net: Net,
  trouble: RandomTrouble,
  persons: readonly Person[],
  witness: Witness,
): Promise<void> {
  const isBroken = (): boolean => witness.violation !== undefined;
  trouble.isCalm = true;
  net.isCalm = true;
  net.power.disarm();
  for (const person of persons) person.calm();
  await pass(net.clock, LEARN_MS, isBroken);
  if (!(await quiet(net, persons, witness))) return;
  witness.settled();
  if (isBroken()) return;
  net.trace?.('everything is settled');
  const probes: Publication[] = [];
  for (const topic of ['a/x', 'a/y', 'b/x', 'c/1', EMPTY]) {
    // One after the other, as rooms may be small.
    const probe = persons[0]?.process.publish(topic, 2, 0, undefined);
    if (probe !== undefined) probes.push(probe);
    await pass(net.clock, PROBE_MS, isBroken);
  }
  if (!(await quiet(net, persons, witness))) return;
  for (const probe of probes) if (probe.done !== NEVER) witness.requireEverywhere(probe);
  witness.settled();
}

async function quiet(net: Net, persons: readonly Person[], witness: Witness): Promise<boolean> {
  let calmRounds = 0;
  for (let round = 0; round < SETTLE_ROUNDS_MAX; round++) {
    await pass(net.clock, SETTLE_ROUND_MS, () => witness.violation !== undefined);
    if (witness.violation !== undefined) return false;
    for (const person of persons) person.keepsGoing();
    calmRounds = net.isQuiet && persons.every(isSettled) ? calmRounds + 1 : 0;
    if (calmRounds === 3) return true;
  }
  const waiting = persons.flatMap(({ processes }) =>
    processes.flatMap(({ promises }) => promises.waiting.filter(isRequest)),
  );
  const left = [
    ...waiting,
    ...persons
      .filter(({ process }) => !process.isConnected)
      .map(({ clientId }) => `${clientId} is not connected`),
  ];
  witness.fails(
    'settled',
    `client and broker do not come to rest: ${left.join(', ') || 'the broker has something left'}`,
  );
  return false;
}

/** Iterations, and the end of a client, are waited for as long as it lives. */
export function isRequest(what: string): boolean {
  return !/ (reads|closed)$/.test(what);
}

function isSettled({ process, processes }: Person): boolean {
  return process.isConnected && processes.every(({ promises }) => !promises.waiting.some(isRequest));
}

/** Everybody goes: nothing is waited for any more, and no timer is left. */
async function takeDown(net: Net, persons: readonly Person[], witness: Witness): Promise<void> {
  for (const { process } of persons) process.close();
  await pass(net.clock, 5000, () => witness.violation !== undefined);
  for (const { processes, clientId } of persons) {
    for (const { promises, clock } of processes) {
      if (promises.size > 0) witness.fails('settled', `never settled: ${promises.waiting.join(', ')}`);
      if (clock.waiting > 0) witness.fails('leak', `${clock.waiting} timers of ${clientId} are left`);
    }
  }
  for (const person of persons) await person.requireNothingLeft();
}

function statsOf(net: Net, persons: readonly Person[], witness: Witness, start: number): RunStats {
  const { links, dials, crashes, deaths, faults } = net.stats;
  const processes = persons.flatMap((person) => person.processes);
  return {
    runs: 1,
    reconnects: processes.reduce((sum, { backOff }) => sum + Math.max(0, backOff.connections - 1), 0),
    dials,
    links,
    cuts: faults.cut,
    holes: faults.hole,
    jams: faults.jam,
    published: witness.publications.length,
    deliveries: witness.deliveries,
    sessions: witness.sessions,
    crashes,
    deaths,
    virtualMs: net.clock.now - start,
    steps: net.clock.steps,
  };
}
