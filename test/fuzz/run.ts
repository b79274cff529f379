// Runs epochs of fuzzing: each a world of its own made of a seed of its own, so that a failure is had again by that seed
// alone. Owns the count of inputs, the seed, and the measure of memory.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Plant as BrokerPlant, BrokerWorld, SETTINGS } from './broker/world.ts';
import { type Plant as ClientPlant, ClientWorld } from './client/world.ts';
import { FuzzFailure } from './failure.ts';
import { Random } from './random.ts';

/** Inputs of one epoch: what it takes at most to see a failure again. */
export const EPOCH_INPUTS = 50_000;
/** How much more the heap may have after an epoch than when a tenth of it was done, all garbage collected. */
export const HEAP_GROWTH_BYTES_MAX = 3 * 1024 * 1024;

export interface Plants {
  readonly broker?: BrokerPlant;
  readonly client?: ClientPlant;
}

export interface Options {
  readonly inputs: number;
  readonly seed: number;
  /** For tests of the fuzzer: what it must find. */
  readonly plants?: Plants;
  readonly progress?: (line: string) => void;
}

export interface Report {
  /** Chunks of bytes that hostile peers gave to a machine. */
  readonly inputs: number;
  readonly epochs: number;
  /** How often each state was the beginning of a round. */
  readonly reached: ReadonlyMap<string, number>;
  /** The largest growth of an epoch. */
  readonly heapGrowthBytes: number;
}

interface World {
  readonly name: string;
  readonly reached: ReadonlyMap<string, number>;
  round(inputsMax: number): Promise<number>;
  transcript(): readonly string[];
  finish(): Promise<void>;
}

/** Which world an epoch is, is told by its seed: three brokers that differ, then a client. */
function worldOf(seed: number, { broker, client }: Plants): World {
  const random = new Random(seed);
  const settings = SETTINGS[seed % (SETTINGS.length + 1)];
  return settings === undefined ? new ClientWorld(random, client) : new BrokerWorld(random, settings, broker);
}

/** @throws FuzzFailure with the seed and the inputs that lead there again */
export async function fuzz({ inputs, seed, plants = {}, progress }: Options): Promise<Report> {
  const reached = new Map<string, number>();
  let heapGrowthBytes = 0;
  let done = 0;
  let epochs = 0;
  while (done < inputs) {
    const epochSeed = (seed + epochs) >>> 0;
    const world = worldOf(epochSeed, plants);
    const most = Math.min(EPOCH_INPUTS, inputs - done);
    const growth = await epoch(world, most, epochSeed);
    heapGrowthBytes = Math.max(heapGrowthBytes, growth);
    for (const [state, count] of world.reached) {
      const key = `${world.name}: ${state}`;
      reached.set(key, (reached.get(key) ?? 0) + count);
    }
    done += most;
    epochs += 1;
    progress?.(
      `${done} inputs, seed ${epochSeed} was ${world.name}, heap grew by ${Math.round(growth / 1024)} KiB`,
    );
  }
  return { inputs: done, epochs, reached, heapGrowthBytes };
}

/** @returns by how many bytes the heap has grown */
async function epoch(world: World, inputs: number, seed: number): Promise<number> {
  let done = 0;
  let heapBytes: number | undefined;
  try {
    while (done < inputs) {
      done += await world.round(inputs - done);
      if (heapBytes === undefined && done >= inputs / 10) {
        await world.finish();
        heapBytes = heapInUse();
      }
    }
    await world.finish();
  } catch (error) {
    const what = error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error);
    const again = `npm run fuzz -- --seed ${seed} --inputs ${inputs}`;
    const given = world.transcript().join('\n');
    throw new FuzzFailure(
      `after ${done} inputs of the ${world.name}: ${what}\nAgain: ${again}\nThis round:\n${given}`,
    );
  }
  const growth = heapInUse() - (heapBytes ?? 0);
  if (growth > HEAP_GROWTH_BYTES_MAX)
    throw new FuzzFailure(
      `memory is not flat: ${growth} bytes more after ${inputs} inputs of the ${world.name}, seed ${seed}`,
    );
  return growth;
}

let collect: (() => void) | undefined;

/** After a full collection, twice: what the first one frees may free more. */
function heapInUse(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
