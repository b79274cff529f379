// One short script of a process with a stored outbox that dies behind each thing that outlives it, one after the other:
// a packet that has left or has been read, a group of rows that is begun or written. The next process goes on over the same
// table. What was stored arrives, at QoS 2 once, in order.

import { DIALECTS, type Dialect, type DialectName, type QoS } from '@anax/protocol';
import { Chance } from '../world/chance.ts';
import { type Disk, type Facts, Process } from './client.ts';
import { Copies } from './copies.ts';
import { FirstOnly } from './every-byte.ts';
import { Keeping } from './keeping.ts';
import { Net } from './net.ts';
import { isRequest, pass } from './run.ts';
import { Table } from './table.ts';
import { Witness } from './witness.ts';

const SCRIPT_MS = 20_000;
/** Each place is tried with so many seeds: what was being written is there or not, and so is what was on its way. */
const SEEDS = 4;
const TOPIC = 'a/x';

const TAKING = {
  filters: ['a/#'],
  qos: 2,
  bufferMessagesMax: 2,
  slowMs: 0,
  abortAfterMs: undefined,
} as const;

export interface EveryDeath {
  /** Where it happened, and what. */
  readonly violation: string | undefined;
  readonly places: number;
  /** Messages that a later process has found. */
  readonly found: number;
}

export async function everyDeath(dialectName: DialectName): Promise<EveryDeath> {
  const dialect = DIALECTS.find(({ name }) => name === dialectName) as Dialect;
  const whole = await play(dialect, Number.POSITIVE_INFINITY, 1);
  let places = 0;
  let found = 0;
  for (let effect = 1; effect <= whole.effects; effect++) {
    for (let seed = 1; seed <= SEEDS; seed++) {
      places += 1;
      const played = await play(dialect, effect, seed);
      found += played.found;
      if (played.violation === undefined) continue;
      return { violation: `behind ${effect}, seed ${seed}: ${played.violation.message}`, places, found };
    }
  }
  return { violation: whole.violation?.message, places, found };
}

async function play(dialect: Dialect, diesBehind: number, seed: number) {
  const chance = new Chance(seed);
  const witness = new Witness();
  const settings = { limits: {}, store: undefined, sendBufferBytesMax: 64_000 };
  const net = new Net(settings, new FirstOnly(undefined), chance, ['p', 'q'], witness);
  const disk: Disk = {
    table: new Table(net.clock, chance, witness, { writeMsMax: 3, failsPercent: 0 }),
    keeping: new Keeping(witness),
    copies: new Copies('p', witness),
  };
  const facts: Omit<Facts, 'clientId' | 'disk'> = {
    dialect,
    options: {
      dialect: dialect.name,
      cleanStart: false,
      ...(dialect.properties ? { properties: { sessionExpiryInterval: 3600 } } : {}),
    },
    reconnect: { delayBaseMs: 10, delayMaxMs: 100, stableMs: 1000 },
  };
  const isBroken = (): boolean => witness.violation !== undefined;
  // Lives all the time, and sees what comes.
  const other = new Process(net, witness, { ...facts, clientId: 'q' });
  await pass(net.clock, SCRIPT_MS, () => isBroken() || other.client !== undefined);
  other.subscribe({ ...TAKING, isManual: false });
  await pass(net.clock, SCRIPT_MS, () => isBroken() || !other.promises.waiting.some(isRequest));
  const first = new Process(net, witness, { ...facts, clientId: 'p', disk });
  first.diesBehind(diesBehind);
  await live(net, first, isBroken);
  // What has died says no more; what has not is closed, with whatever is under way.
  first.close();
  await pass(net.clock, SCRIPT_MS, () => isBroken() || first.isOver);
  const second = new Process(net, witness, { ...facts, clientId: 'p', disk });
  second.known = first.knownOnDisk;
  await live(net, second, isBroken);
  witness.settled();
  second.close();
  other.close();
  await pass(net.clock, SCRIPT_MS, () => isBroken() || (second.isOver && other.isOver));
  disk.keeping.requireNone();
  const left = await disk.table.left();
  if (left.length > 0) witness.fails('leak', `rows are left: ${left}`);
  return { violation: witness.violation, effects: first.effects, found: second.found };
}

/** Subscribes, publishes at every QoS, and waits until nobody owes anything; acknowledges a part itself. */
async function live(net: Net, process: Process, isBroken: () => boolean): Promise<void> {
  const isDone = (): boolean => isBroken() || process.isOver;
  await pass(net.clock, SCRIPT_MS, () => isDone() || process.client !== undefined);
  const taking = {
    filters: ['a/#'],
    qos: 2,
    bufferMessagesMax: 2,
    slowMs: 0,
    abortAfterMs: undefined,
  } as const;
  for (const isManual of [false, true]) process.subscribe({ ...taking, isManual });
  for (const qos of [0, 1, 2, 2, 1] as readonly QoS[]) process.publish(TOPIC, qos, 4, undefined);
  await pass(net.clock, SCRIPT_MS, () => isDone() || !process.promises.waiting.some(isRequest));
  // Acknowledgements take their time, too.
  await pass(net.clock, 5000, isDone);
}
