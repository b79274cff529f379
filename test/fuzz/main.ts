// `npm run fuzz -- --inputs N --seed S`: any number of inputs, from any seed, printed so that it can be had again.

import { fuzz } from './run.ts';

const INPUTS_DEFAULT = 1_000_000;

export interface World {
  readonly args: readonly string[];
  readonly print: (line: string) => void;
  readonly now: () => number;
}

/** @returns the exit code */
export async function main({ args, print, now }: World): Promise<number> {
  const inputs = numberAfter('--inputs', args) ?? INPUTS_DEFAULT;
  const seed = numberAfter('--seed', args) ?? now() % 0x1_0000_0000;
  if (!Number.isInteger(inputs) || !Number.isInteger(seed) || inputs < 1 || seed < 0) {
    print('usage: npm run fuzz -- [--inputs <number>] [--seed <number>]');
    return 2;
  }
  print(`seed ${seed}, ${inputs} inputs`);
  const begun = now();
  try {
    const { reached, heapGrowthBytes } = await fuzz({ inputs, seed, progress: print });
    for (const [state, count] of reached) print(`${String(count).padStart(8)} rounds from ${state}`);
    const seconds = (now() - begun) / 1000;
    print(
      `${inputs} inputs in ${seconds.toFixed(1)} s, nothing found; heap grew by ${heapGrowthBytes} bytes at most`,
    );
    return 0;
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

function numberAfter(name: string, args: readonly string[]): number | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : Number(args[at + 1]);
}
