// An outbox on the disk, as `connect` takes it. Owns nothing: rows and files have their own places.

import type { OutboxStore } from '../journal.ts';
import { storedOutbox } from '../outbox/stored.ts';
import { LmdbRows } from './rows.ts';

/**
 * An outbox in a directory of its own, which is made where it is missing; one process has it at a time. A message is in it
 * when the disk says so.
 */
export function lmdbOutbox(directory: string): OutboxStore {
  return storedOutbox(new LmdbRows(directory));
}
