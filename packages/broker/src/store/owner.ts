// Who writes a store: one process at a time. It is in the table of readers of an environment that holds nothing else; the
// system takes away the locks of a process that ends in any way, so nothing goes stale.
//
// Why not the environment with the rows: in `lmdb` 3.5 whoever opens one, even only to read, sets back the number of its last
// transaction to what he found a moment ago. If the owner commits in that moment, that commit is lost and pages are used
// twice. So nobody may open it beside its owner.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Environment, openEnvironmentFile } from './environment.ts';
import { PageFault, PageFile } from './pages.ts';
import { StoreError } from './port.ts';

export const OWNER_FILE = 'owner.mdb';

/** Two that start together see each other and both step back: by chance one of them comes back first. */
const TRIES = 12;
const PAUSE_MS_MAX = 60;

/** Makes this process the owner, or rejects with who is. Resolves with what gives it up again. */
export async function takeOwnership(directory: string): Promise<() => Promise<void>> {
  mustBeUsable(directory);
  for (let attempt = 1; ; attempt += 1) {
    const table = openEnvironmentFile(join(directory, OWNER_FILE));
    const other = enter(table);
    if (other === undefined) return () => table.close();
    await table.close();
    if (attempt === TRIES) throw inUse(directory, other);
    await wait(Math.random() * PAUSE_MS_MAX);
  }
}

export function inUse(directory: string, pid: number): StoreError {
  return new StoreError('in-use', `the store in ${directory} is in use by process ${pid}`);
}

/**
 * Enters this process into the table and gives the pid of another that is there. Everybody enters before he looks, so of two
 * at least the one that looks last sees the other.
 */
function enter(table: Environment): number | undefined {
  // Any read enters; from then on the row stays until the environment is closed.
  table.getStats();
  table.readerCheck();
  const rows = Array.from(table.readerList().matchAll(/^\s*(\d+)\s/gm), ([, pid]) => Number(pid));
  const ours = rows.indexOf(process.pid);
  // One row is ours. A second with the same pid is a process in another container, which counts its own pids.
  return rows.find((_, index) => index !== ours);
}

/** LMDB ends the process over a file that does not begin as its own. An empty one it takes for a new one, which is right. */
function mustBeUsable(directory: string): void {
  const path = join(directory, OWNER_FILE);
  if (!existsSync(path) || statSync(path).size === 0) return;
  try {
    new PageFile(path).close();
  } catch (error) {
    if (!(error instanceof PageFault)) throw error;
    throw new StoreError(
      'damaged',
      `${path} is damaged (${error.message}); it holds nothing, and may be removed while no broker runs`,
      error,
    );
  }
}
