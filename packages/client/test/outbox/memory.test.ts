// The contract of stores, with rows in memory.

import { MemoryRows } from '../../src/outbox/memory.ts';
import { outboxContract } from './contract.ts';

/** In memory there is no second handle: the same table, opened by another. */
outboxContract('in memory', async () => {
  const rows = new MemoryRows();
  return { store: () => rows, clear: async () => {} };
});
