// Opening a store on disk: the directory, who owns it, which format it has. What is done with it then is lmdb.ts.

import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { mustBegin, mustBeWhole } from './check.ts';
import { prepareDirectory, removeUnfinished } from './directory.ts';
import { type Environment, type EnvironmentOptions, openEnvironment } from './environment.ts';
import { storeError } from './failure.ts';
import { checkFormat, FORMAT, type Format, readFormat, upgrade, writeFormat } from './format.ts';
import { type FaultStep, LmdbStore } from './lmdb.ts';
import { inUse, takeOwnership } from './owner.ts';
import type { StoreError } from './port.ts';

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
 * The directories that this process has open. Two environments on one file in one process are not possible: closing one
 * takes away the locks of the other, for the system counts locks by process.
 */
const HELD = new Set<string>();

/** Opens a store to read and write it, and makes it where there is none. Rejects with a `StoreError`. */
export function openLmdbStore(options: LmdbStoreOptions, format: Format = FORMAT): Promise<LmdbStore> {
  const directory = resolve(options.directory);
  return explained(directory, async () => {
    await prepareDirectory(directory, (environment) => {
      writeFormat(environment, { version: format.version, madeBy: options.madeBy ?? 'anax' });
    });
    mustBegin(directory);
    const released = hold(directory);
    return openHeld(directory, released, options, format);
  });
}

/** Opens a store only to read it, beside a broker that writes it or without one. Rejects with a `StoreError`. */
export function openLmdbStoreToRead(directory: string, format: Format = FORMAT): Promise<LmdbStore> {
  const path = resolve(directory);
  return explained(path, async () => {
    mustBegin(path);
    const released = hold(path);
    const options: EnvironmentOptions = { directory: path, readOnly: true, synced: true };
    let environment: Environment | undefined;
    try {
      environment = openEnvironment(options);
      // As long as this is held, a broker that runs does not use the pages again that are looked at.
      const held = environment.useReadTransaction();
      try {
        mustBeWhole(path);
      } finally {
        held.done();
      }
      const row = readFormat(environment, path);
      checkFormat(row, format, path, true);
      return new LmdbStore({ ...PASSIVE, environment, options, format: row, nonce: undefined, released });
    } catch (error) {
      await environment?.close();
      released();
      throw error;
    }
  });
}

const PASSIVE = {
  syncIntervalMs: SYNC_INTERVAL_MS,
  bytesMax: Number.POSITIVE_INFINITY,
  onSyncFailed: () => {},
  fault: () => {},
};

async function openHeld(
  directory: string,
  released: () => void,
  given: LmdbStoreOptions,
  format: Format,
): Promise<LmdbStore> {
  const options: EnvironmentOptions = {
    directory,
    readOnly: false,
    synced: given.durability === 'strict',
  };
  let environment: Environment | undefined;
  try {
    environment = openEnvironment(options);
    const nonce = takeOwnership(environment, directory);
    const row = readFormat(environment, directory);
    checkFormat(row, format, directory, false);
    upgrade(environment, row, format);
    removeUnfinished(directory);
    return new LmdbStore({
      environment,
      options,
      format: { version: format.version, madeBy: row.madeBy },
      nonce,
      syncIntervalMs: given.syncIntervalMs ?? SYNC_INTERVAL_MS,
      bytesMax: given.bytesMax ?? Number.POSITIVE_INFINITY,
      onSyncFailed: given.onSyncFailed ?? (() => {}),
      fault: given.fault ?? (() => {}),
      released,
    });
  } catch (error) {
    await environment?.close();
    released();
    throw error;
  }
}

function hold(directory: string): () => void {
  const path = realpathSync(directory);
  if (HELD.has(path)) throw inUse(directory, process.pid);
  HELD.add(path);
  return () => void HELD.delete(path);
}

async function explained(directory: string, act: () => Promise<LmdbStore>): Promise<LmdbStore> {
  try {
    return await act();
  } catch (cause) {
    throw storeError(directory, 'opening', cause);
  }
}
