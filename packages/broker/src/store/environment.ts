// The npm package `lmdb` as far as the store uses it, with the types that it lacks and the options that are chosen here.
// Knows nothing of what rows mean.

import { existsSync, statfsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { open } from 'lmdb';
import { StoreError } from './port.ts';

export const DATA_FILE = 'data.mdb';
export const LOCK_FILE = 'lock.mdb';

/** Address space, not disk: LMDB maps more when it needs more, but keeps the earlier map until it is closed. */
const MAP_BYTES = 1 << 30;

/** What of `lmdb` 3.5 the store uses; some of it is not in the package's types. */
export interface Environment {
  get(key: Uint8Array): Buffer | undefined;
  getRange(options: {
    readonly start: Uint8Array;
    readonly end: Uint8Array;
    readonly limit?: number;
  }): Iterable<{ readonly key: Buffer; readonly value: Buffer }>;
  /** All writes of the function in one transaction, in a thread of the pool. */
  batch(write: () => void): Promise<boolean>;
  /** Only within `batch`, which tells how it went. */
  put(key: Uint8Array, value: Uint8Array): unknown;
  remove(key: Uint8Array): unknown;
  transactionSync<Result>(act: () => Result): Result;
  /** Only within `transactionSync`. */
  putSync(key: Uint8Array, value: Uint8Array): boolean;
  removeSync(key: Uint8Array): boolean;
  /** Writes to the disk what is committed, in a thread of the pool. */
  sync(done: (error?: Error | null) => void): void;
  readerCheck(): number;
  /** A line for each reader, with its pid first. */
  readerList(): string;
  getStats(): EnvironmentStats;
  close(): Promise<void>;
}

export interface EnvironmentStats {
  readonly entryCount: number;
  readonly pageSize: number;
  /** The highest page that was ever in use. */
  readonly lastPageNumber: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** What a new store needs of space, with something to spare. */
const NEW_BYTES = 1024 * 1024;

export interface EnvironmentOptions {
  readonly directory: string;
  /** Whether a commit is on the disk when it is done. */
  readonly synced: boolean;
}

/** What every environment has in common. */
const OPTIONS = {
  keyEncoding: 'binary' as const,
  encoding: 'binary' as const,
  // A group is one `batch`: nothing else is gathered, so nothing waits for the end of the turn.
  eventTurnBatching: false,
  // Otherwise a commit is told before it is on the disk.
  overlappingSync: false,
  permissionsMode: 0o600,
};

export function openEnvironment({ directory, synced }: EnvironmentOptions): Environment {
  mustHaveSpaceForLocks(directory, LOCK_FILE);
  const options = { ...OPTIONS, path: directory, noSync: !synced, mapSize: MAP_BYTES };
  return open<Uint8Array, Uint8Array>(options) as unknown as Environment;
}

/** An environment in a file of its own, with its locks in another beside it, to hold next to nothing. */
export function openEnvironmentFile(path: string): Environment {
  mustHaveSpaceForLocks(dirname(path), `${basename(path)}-lock`);
  return open<Uint8Array, Uint8Array>({ ...OPTIONS, path, noSubdir: true }) as unknown as Environment;
}

/** LMDB writes its table of locks through a map: without space for a new one the process ends with SIGBUS. */
function mustHaveSpaceForLocks(directory: string, name: string): void {
  if (existsSync(join(directory, name))) return;
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize >= NEW_BYTES) return;
  throw new StoreError(
    'full',
    `to make a store in ${directory} takes ${NEW_BYTES} bytes: there is no space for it`,
  );
}
