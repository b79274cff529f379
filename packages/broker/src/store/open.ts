// Opening a store on disk: the directory, who owns it, which format it has. What is done with it then is lmdb.ts.

import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { mustBegin, mustBeWhole } from './check.ts';
import { closeToOthers, makeData, makeDirectory } from './directory.ts';
import { type EnvironmentOptions, openEnvironment } from './environment.ts';
import { storeError } from './failure.ts';
import { checkFormat, FORMAT, type Format, readFormat, upgrade, writeFormat } from './format.ts';
import { type FaultStep, LmdbStore } from './lmdb.ts';
import { inUse, takeOwnership } from './owner.ts';
import type { StoreError } from './port.ts';
import { ReadStore } from './reading.ts';

export interface LmdbStoreOptions {
  /** Made with mode 0700 where it is missing. */
  readonly directory: string;
  /**
   * `strict`: a commit is done when it is on the disk. `relaxed`: it is done when the system has it, and goes to the disk
   * every `syncIntervalMs` and at the end.
   */
  readonly durability: 'strict' | 'relaxed';
  readonly syncIntervalMs?: number;
  /** How many bytes of rows there may be; no limit if left out. A group that only removes is always taken. */
  readonly bytesMax?: number;
  /** Which program makes the store, if there is none yet: `anax 0.1.0`. */
  readonly madeBy?: string;
  /** A sync of a relaxed store failed; it is tried again at the next interval. */
  readonly onSyncFailed?: (error: StoreError) => void;
  /** For a harness that ends the process at a step. */
  readonly fault?: (step: FaultStep) => void;
}

const SYNC_INTERVAL_MS = 1000;

/**
 * The directories that this process has open to write. Two in one process are not possible: to close one takes away the locks
 * of the other, for the system counts locks by process.
 */
const HELD = new Set<string>();

/** Opens a store to read and write it, and makes it where there is none. Rejects with a `StoreError`. */
export async function openLmdbStore(given: LmdbStoreOptions, format: Format = FORMAT): Promise<LmdbStore> {
  const directory = resolve(given.directory);
  const undo: (() => Promise<void> | void)[] = [];
  const release = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    makeDirectory(directory);
    undo.push(await own(directory));
    await makeData(directory, (made) => {
      writeFormat(made, { version: format.version, madeBy: given.madeBy ?? 'anax' });
    });
    mustBeWhole(directory);
    const options: EnvironmentOptions = { directory, synced: given.durability === 'strict' };
    const environment = openEnvironment(options);
    undo.push(() => environment.close());
    closeToOthers(directory);
    const row = readFormat((key) => environment.get(key), directory);
    checkFormat(row, format, directory, false);
    upgrade(environment, row, format);
    // From here on the environment is the store's, which may open another one in its place.
    undo.pop();
    return new LmdbStore({
      environment,
      options,
      syncIntervalMs: given.syncIntervalMs ?? SYNC_INTERVAL_MS,
      bytesMax: given.bytesMax ?? Number.POSITIVE_INFINITY,
      onSyncFailed: given.onSyncFailed ?? (() => {}),
      fault: given.fault ?? (() => {}),
      release,
    });
  } catch (cause) {
    await release();
    throw storeError(directory, 'opening', cause);
  }
}

/**
 * Opens a store only to read it, beside a broker that writes it or without one; it takes no lock and changes nothing. Throws
 * a `StoreError`.
 */
export function openStoreToRead(path: string, format: Format = FORMAT): ReadStore {
  const directory = resolve(path);
  let store: ReadStore | undefined;
  try {
    mustBegin(directory);
    const opened = new ReadStore(directory);
    store = opened;
    checkFormat(
      readFormat((key) => opened.ownRow(key), directory),
      format,
      directory,
      true,
    );
    return opened;
  } catch (cause) {
    void store?.close();
    throw storeError(directory, 'opening', cause);
  }
}

/** Makes the directory this process's and nobody else's, in it or beside it. Gives what gives it up again. */
export async function own(directory: string): Promise<() => Promise<void>> {
  const release = hold(directory);
  try {
    const giveUp = await takeOwnership(directory);
    return async () => {
      await giveUp();
      release();
    };
  } catch (error) {
    release();
    throw error;
  }
}

function hold(directory: string): () => void {
  const path = realpathSync(directory);
  if (HELD.has(path)) throw inUse(directory, process.pid);
  HELD.add(path);
  return () => void HELD.delete(path);
}
