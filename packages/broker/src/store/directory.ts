// The directory of a store: made for its owner only, and with the first data.mdb put there as a whole. Reads no rows.

import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DATA_FILE, type Environment, LOCK_FILE, openEnvironment } from './environment.ts';

const UNFINISHED = 'unfinished-';

/** Makes the directory where it is missing, and in it a store by `fill`, unless there is one. */
export async function prepareDirectory(
  directory: string,
  fill: (environment: Environment) => void,
): Promise<void> {
  const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (made !== undefined) syncDirectory(dirname(made));
  if (!existsSync(join(directory, DATA_FILE))) await makeData(directory, fill);
  // Each time: who made it may have been killed before it came to this.
  syncDirectory(directory);
  // They hold payloads and names: nobody else reads them, whatever the modes were. The directory stays as it was found:
  // it may be a mount point, or somebody's choice.
  for (const name of [DATA_FILE, LOCK_FILE]) {
    const path = join(directory, name);
    if (existsSync(path) && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  }
}

/** Removes what a process left behind that was killed while it made a store. Only the owner of the store may do that. */
export function removeUnfinished(directory: string): void {
  for (const name of readdirSync(directory))
    if (name.startsWith(UNFINISHED)) rmSync(join(directory, name), { recursive: true, force: true });
}

/** Beside its place and then linked there: a data.mdb is complete from the moment that it can be seen. */
async function makeData(directory: string, fill: (environment: Environment) => void): Promise<void> {
  const beside = join(directory, `${UNFINISHED}${randomBytes(6).toString('hex')}`);
  mkdirSync(beside, { mode: 0o700 });
  try {
    const environment = openEnvironment({ directory: beside, readOnly: false, synced: true });
    try {
      environment.transactionSync(() => fill(environment));
    } finally {
      await environment.close();
    }
    putInPlace(join(beside, DATA_FILE), join(directory, DATA_FILE));
  } catch (error) {
    // Another process that starts at the same moment was faster. Which of the two may stay is not settled here.
    if (!existsSync(join(directory, DATA_FILE))) throw error;
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** Never over a file that is there. */
function putInPlace(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // Some file systems know no second name for a file.
    if (existsSync(to) || !(error instanceof Error && 'code' in error && error.code !== 'ENOSPC'))
      throw error;
    renameSync(from, to);
  }
}

/** A new file survives a loss of power only if its directory is on the disk, too. LMDB does not see to that. */
function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
