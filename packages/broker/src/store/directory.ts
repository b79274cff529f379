// The directory of a store: made for its owner only, and with the first data.mdb put there as a whole. Reads no rows.

import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DATA_FILE, type Environment, openEnvironment } from './environment.ts';

/** How what is being made is called. */
export const UNFINISHED = 'unfinished-';

/** Makes the directory where it is missing. One that is there stays as it is: it may be a mount point, or somebody's choice. */
export function makeDirectory(directory: string): void {
  const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (made !== undefined) syncDirectory(dirname(made));
}

/** Makes a store by `fill` in a directory without one. Only the owner may call it. */
export async function makeData(directory: string, fill: (environment: Environment) => void): Promise<void> {
  removeUnfinished(directory);
  const data = join(directory, DATA_FILE);
  if (!existsSync(data)) {
    // Beside its place and then put there: a data.mdb is complete from the moment that it can be seen.
    const beside = join(directory, `${UNFINISHED}${randomBytes(6).toString('hex')}`);
    mkdirSync(beside, { mode: 0o700 });
    try {
      const environment = openEnvironment({ directory: beside, synced: true });
      try {
        environment.transactionSync(() => fill(environment));
      } finally {
        await environment.close();
      }
      renameSync(join(beside, DATA_FILE), data);
    } finally {
      rmSync(beside, { recursive: true, force: true });
    }
  }
  // Each time: who made it may have been killed before he came to this.
  syncDirectory(directory);
}

/** The files hold payloads and names: nobody else reads them, whatever their modes were. */
export function closeToOthers(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (!name.includes('.mdb')) continue;
    const path = join(directory, name);
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  }
}

/** What a process left behind that was killed while it made a store. */
function removeUnfinished(directory: string): void {
  for (const name of readdirSync(directory))
    if (name.startsWith(UNFINISHED)) rmSync(join(directory, name), { recursive: true, force: true });
}

/** A new file survives a loss of power only if its directory is on the disk, too. LMDB does not see to that. */
export function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
