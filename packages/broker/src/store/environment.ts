// The npm package `lmdb` as far as the store uses it, with the types that it lacks and the options that are chosen here.
// Knows nothing of what rows mean.

import { closeSync, fstatSync, ftruncateSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';

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

export interface EnvironmentOptions {
  readonly directory: string;
  readonly readOnly: boolean;
  /** Whether a commit is on the disk when it is done. */
  readonly synced: boolean;
}

export function openEnvironment({ directory, readOnly, synced }: EnvironmentOptions): Environment {
  const options = {
    path: directory,
    keyEncoding: 'binary' as const,
    encoding: 'binary' as const,
    // A group is one `batch`: nothing else is gathered, so nothing waits for the end of the turn.
    eventTurnBatching: false,
    // Otherwise a commit is told before it is on the disk.
    overlappingSync: false,
    noSync: !synced,
    readOnly,
    mapSize: MAP_BYTES,
    permissionsMode: 0o600,
  };
  return open<Uint8Array, Uint8Array>(options) as unknown as Environment;
}

/**
 * The bytes that the file lacks of the pages that it says it has. LMDB leaves out pages at the end that are free, so a few
 * are no proof of damage; but to read one that is not there ends the process with SIGBUS.
 */
export function missingBytes(environment: Environment, directory: string): number {
  const { lastPageNumber, pageSize } = environment.getStats();
  return (lastPageNumber + 1) * pageSize - statSync(join(directory, DATA_FILE)).size;
}

/** Makes the file as long as it says it is: a missing page is then one of zeros, which LMDB refuses. */
export function mendLength(environment: Environment, directory: string): void {
  const missing = missingBytes(environment, directory);
  if (missing <= 0) return;
  const file = openSync(join(directory, DATA_FILE), 'r+');
  try {
    ftruncateSync(file, fstatSync(file).size + missing);
  } finally {
    closeSync(file);
  }
}
