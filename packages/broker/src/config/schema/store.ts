// What outlives the process: the key `store`.

import { z } from 'zod';
import type { StoreSettings } from '../settings.ts';
import { anyBytes, milliseconds, path } from './values.ts';

/** Address space more than anything: the file is as large as what is in it. */
const STORE_BYTES_MAX = 1024 ** 4;

export const storeKeys = {
  store: z
    .strictObject({
      directory: path.optional(),
      durability: z.enum(['strict', 'relaxed', 'memory'], 'one of strict, relaxed, memory').default('strict'),
      syncInterval: milliseconds.default(1000),
      bytesMax: anyBytes(1024 * 1024).default(STORE_BYTES_MAX),
    })
    .prefault({}),
};

const keys = z.strictObject(storeKeys);

export function storeOf({ store }: z.output<typeof keys>): StoreSettings | undefined {
  const { directory, durability, syncInterval, bytesMax } = store;
  if (directory === undefined || durability === 'memory') return undefined;
  return { directory, durability, syncIntervalMs: syncInterval, bytesMax };
}
