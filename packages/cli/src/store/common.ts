// What the verbs of a store share: its directory, what goes wrong with it, and figures as text.

import { type Snapshot, StoreError } from '@anax/broker';
import { grouped, printable } from '../render/index.ts';
import { type Edges, EXIT, type ExitCode } from '../world/edges.ts';
import { complain, perform, type Verb } from '../world/verb.ts';

/** Where `anax broker` stores. */
export const DATA_DIRECTORY = './anax-data';

/** As `perform`; a store that cannot be read is told, with exit code 2. */
export function performOnStore(verb: Verb, work: (edges: Edges) => Promise<ExitCode>): Promise<void> {
  return perform(verb, async (edges) => {
    try {
      return await work(edges);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      complain(verb.name, error.message, edges);
      return EXIT.usage;
    }
  });
}

export function formatText({ format }: Snapshot): string {
  return format === undefined
    ? 'its format cannot be read'
    : `format ${format.version}, made by ${printable(format.madeBy)}`;
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function bytesText(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? grouped(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
