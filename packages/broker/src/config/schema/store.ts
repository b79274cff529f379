// What outlives the process: the key `store`.

import { z } from 'zod';
import type { StoreSettings } from '../settings.ts';
import { anyBytes, folder, milliseconds } from './values.ts';

/** Address space more than anything: the file is as large as what is in it. */
const STORE_BYTES_MAX = 1024 ** 4;

export const storeKeys = {
  store: z
    .strictObject({
      directory: folder
        .optional()
        .describe(
          'where sessions, messages that are owed and retained messages are stored. `createBroker` stores nothing unless this is given',
        )
        .meta({ examples: ['./anax-data'] }),
      durability: z
        .enum(['strict', 'relaxed', 'memory'], 'one of strict, relaxed, memory')
        .default('strict')
        .describe(
          '`strict`: what is acknowledged is on disk. `relaxed`: it survives the process, and is on disk within `store.syncInterval`. `memory`: nothing is stored',
        ),
      syncInterval: milliseconds
        .default(1000)
        .describe('with `relaxed`: the longest time until what is acknowledged is on disk'),
      bytesMax: anyBytes(1024 * 1024)
        .default(STORE_BYTES_MAX)
        .describe(
          'how much the store may hold; then new messages are refused until clients have fetched some',
        ),
    })
    .prefault({}),
};

const keys = z.strictObject(storeKeys);

export function storeOf({ store }: z.output<typeof keys>): StoreSettings | undefined {
  const { directory, durability, syncInterval, bytesMax } = store;
  if (directory === undefined || durability === 'memory') return undefined;
  return { directory, durability, syncIntervalMs: syncInterval, bytesMax };
}
