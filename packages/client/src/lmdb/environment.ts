// The npm package `lmdb` as far as an outbox uses it, with the types that it lacks and the options that are chosen here.
// Knows nothing of what rows mean.

import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { open } from 'lmdb';
import { storeError } from '../outbox/row-store.ts';

/** What of `lmdb` 3.5 is used; some of it is not in the package's types. */
export interface Environment {
  getRange(options: object): Iterable<{ readonly key: Buffer; readonly value: Buffer }>;
  /** All writes of the function in one transaction, in a thread of the pool. */
  batch(write: () => void): Promise<boolean>;
  /** Only within `batch`, which tells how it went. */
  put(key: Uint8Array, value: Uint8Array): unknown;
  remove(key: Uint8Array): unknown;
  readerCheck(): number;
  /** A line for each reader, with its pid first. */
  readerList(): string;
  getStats(): object;
  close(): Promise<void>;
}

/** What a new one needs of space, with something to spare. */
const NEW_BYTES = 1024 * 1024;
/** Address space, not disk; more is mapped when it is needed. */
const MAP_BYTES = 1 << 28;

/**
 * A file, with its locks in another beside it. What is committed in it is on the disk.
 * @throws MqttError `store-full`, and whatever LMDB throws
 */
export function openEnvironment(path: string): Environment {
  mustHaveSpaceForLocks(path);
  const options = {
    path,
    noSubdir: true,
    keyEncoding: 'binary' as const,
    encoding: 'binary' as const,
    // A group is one `batch`: nothing else is gathered, so nothing waits for the end of the turn.
    eventTurnBatching: false,
    // Otherwise a commit is told before it is on the disk.
    overlappingSync: false,
    noSync: false,
    mapSize: MAP_BYTES,
    permissionsMode: 0o600,
  };
  return open<Uint8Array, Uint8Array>(options) as unknown as Environment;
}

/** LMDB writes its table of locks through a map: without space for a new one the process ends with SIGBUS. */
function mustHaveSpaceForLocks(path: string): void {
  if (existsSync(`${path}-lock`)) return;
  const { bavail, bsize } = statfsSync(dirname(path));
  if (bavail * bsize >= NEW_BYTES) return;
  throw storeError('store-full', `to make an outbox in ${dirname(path)} takes ${NEW_BYTES} bytes`);
}
