import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LmdbStoreOptions, openLmdbStore } from '../../src/store/open.ts';
import { POISON_BYTES, storeContract } from './contract.ts';

for (const durability of ['strict', 'relaxed'] as const) {
  storeContract(`lmdb, ${durability}`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'anax-store-'));
    const open = (more: Partial<LmdbStoreOptions> = {}) => openLmdbStore({ directory, durability, ...more });
    return {
      open: () => open(),
      openFailing: () => open({ bytesMax: POISON_BYTES }),
      clear: () => rmSync(directory, { recursive: true, force: true }),
    };
  });
}
