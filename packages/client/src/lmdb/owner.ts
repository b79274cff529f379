// Who has an outbox: one process at a time. It is in the table of readers of an environment that holds nothing else; the
// system takes away the locks of a process that ends in any way, so nothing goes stale. The broker's store does the same,
// and decisions/0015 says why it is not the environment with the rows.

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { MqttError } from '@anax/protocol';
import { storeError } from '../outbox/row-store.ts';
import { type Environment, openEnvironment } from './environment.ts';
import { discardEmpty } from './file.ts';

/** Two that start together see each other and both step back: by chance one of them comes back first. */
const TRIES = 12;
const PAUSE_MS_MAX = 60;

/**
 * The directories that this process has open. Two in one process are not possible: to close one takes away the locks of the
 * other, for the system counts locks by process.
 */
const HELD = new Set<string>();

/** Makes this client the owner, or rejects with who is. Resolves with what gives it up again. */
export async function takeOwnership(directory: string): Promise<() => Promise<void>> {
  const path = realpathSync(directory);
  if (HELD.has(path)) throw inUse(directory, 'another client of this process');
  HELD.add(path);
  try {
    const table = await enteredAlone(directory);
    return async () => {
      await table.close();
      HELD.delete(path);
    };
  } catch (error) {
    HELD.delete(path);
    throw error;
  }
}

async function enteredAlone(directory: string): Promise<Environment> {
  const path = join(directory, 'owner.mdb');
  discardEmpty(path);
  for (let attempt = 1; ; attempt += 1) {
    const table = openEnvironment(path);
    const other = enter(table);
    if (other === undefined) return table;
    await table.close();
    if (attempt === TRIES) throw inUse(directory, `process ${other}`);
    await wait(Math.random() * PAUSE_MS_MAX);
  }
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

function inUse(directory: string, whose: string): MqttError {
  return storeError('store-in-use', `the outbox in ${directory} is in use by ${whose}`);
}
