// A store that is made beside its place and put there as a whole, or not at all. Nobody else can have the place meanwhile.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeDirectory, syncDirectory, UNFINISHED } from './directory.ts';
import { DATA_FILE, LOCK_FILE } from './environment.ts';
import { storeError } from './failure.ts';
import type { LmdbStore } from './lmdb.ts';
import { openLmdbStore, openStoreToRead, own } from './open.ts';
import { OWNER_FILE } from './owner.ts';
import { type Row, StoreError, type Write } from './port.ts';

/** Longer than anything: it is synced when it is complete. */
const SYNC_INTERVAL_MS = 0x7fff_ffff;
const FIRST_KEY = Uint8Array.of(1);
/** No key begins with it that a broker writes. */
const BEHIND_ALL = Uint8Array.of(0xff);

interface Staging {
  readonly store: LmdbStore;
  readonly beside: string;
  readonly syncFailures: readonly StoreError[];
}

export class StagedStore {
  readonly #directory: string;
  readonly #staging: Staging;
  /** Gives the place up. */
  readonly #release: () => Promise<void>;
  #done = false;

  private constructor(directory: string, staging: Staging, release: () => Promise<void>) {
    this.#directory = directory;
    this.#staging = staging;
    this.#release = release;
  }

  /** Rejects with a `StoreError` where the store has rows, or is in use; then everything is as it was. */
  static async open(given: string, madeBy: string): Promise<StagedStore> {
    const directory = resolve(given);
    const wasThere = existsSync(directory);
    let release = async (): Promise<void> => removeMade(directory, wasThere);
    try {
      makeDirectory(directory);
      const giveUp = await own(directory);
      release = async () => {
        await giveUp();
        removeMade(directory, wasThere);
      };
      await mustBeWithoutRows(directory);
      return new StagedStore(directory, await stage(directory, madeBy), release);
    } catch (cause) {
      await release();
      throw storeError(directory, 'making', cause);
    }
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#staging.store.get(key);
  }

  rows(): Iterable<Row> {
    return this.#staging.store.range(FIRST_KEY, BEHIND_ALL);
  }

  commit(writes: readonly Write[]): Promise<void> {
    return this.#staging.store.commit(writes);
  }

  async putInPlace(): Promise<void> {
    const { store, beside, syncFailures } = this.#staging;
    await store.close();
    const [failure] = syncFailures;
    if (failure !== undefined) throw failure;
    try {
      // Of the store without rows that may be there: LMDB begins a new one.
      rmSync(join(this.#directory, LOCK_FILE), { force: true });
      renameSync(join(beside, DATA_FILE), join(this.#directory, DATA_FILE));
      syncDirectory(this.#directory);
    } catch (cause) {
      throw storeError(this.#directory, 'making', cause);
    }
    await this.abandon();
  }

  /** What is beside goes. What was not put in place is as it was. */
  async abandon(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    await this.#staging.store.close();
    rmSync(this.#staging.beside, { recursive: true, force: true });
    await this.#release();
  }
}

async function stage(directory: string, madeBy: string): Promise<Staging> {
  const beside = join(directory, `${UNFINISHED}${randomBytes(6).toString('hex')}`);
  const syncFailures: StoreError[] = [];
  mkdirSync(beside, { mode: 0o700 });
  try {
    const store = await openLmdbStore({
      directory: beside,
      durability: 'relaxed',
      syncIntervalMs: SYNC_INTERVAL_MS,
      madeBy,
      onSyncFailed: (error) => syncFailures.push(error),
    });
    return { store, beside, syncFailures };
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    throw error;
  }
}

async function mustBeWithoutRows(directory: string): Promise<void> {
  if (!existsSync(join(directory, DATA_FILE))) return;
  const store = openStoreToRead(directory);
  const { rows } = store.figures();
  await store.close();
  if (rows === 0) return;
  throw new StoreError(
    'failed',
    `the store in ${directory} has ${rows} rows: only an empty one can be filled`,
  );
}

/** The directory, where it was made for this and holds nothing but the file that says whose it is. */
function removeMade(directory: string, wasThere: boolean): void {
  if (wasThere || !existsSync(directory)) return;
  const names = readdirSync(directory);
  if (!names.every((name) => name.startsWith(OWNER_FILE))) return;
  for (const name of names) rmSync(join(directory, name));
  rmdirSync(directory);
}
