// Who writes a store: one process at a time. A row names the owner, and LMDB's table of readers tells whether that process
// is still there: the system itself takes away the locks of a process that ends, so nothing goes stale.

import { randomBytes } from 'node:crypto';
import { mustBeWhole } from './check.ts';
import type { Environment } from './environment.ts';
import { StoreError } from './port.ts';

const OWNER_KEY = Buffer.from([0, 2]);

interface Owner {
  readonly pid: number;
  /** Tells apart two processes with one pid, such as the first in two containers, one after the other. */
  readonly nonce: string;
}

/**
 * Makes this process the owner, or throws who is, or what is damaged: no page is read by LMDB before all are seen to be
 * whole. It must be called before anything was read from this environment: rows of the table of readers with our own pid
 * then are another's.
 */
export function takeOwnership(environment: Environment, directory: string): string {
  const sharesOurPid = readersOf(environment).has(process.pid);
  // From here on who looks sees this process among the readers. Only then may our name be written: of two that start
  // together, the second finds the first one's name and, because of this order, the first one itself.
  environment.getStats();
  const nonce = randomBytes(12).toString('hex');
  environment.transactionSync(() => {
    // Within a transaction nobody else writes, and the file stays as it is. Whom it belongs to is asked first, so that a
    // broker that runs is not held up by the rest.
    mustBeWhole(directory, (file) => {
      const owner = ownerIn(file.get(OWNER_KEY));
      if (owner !== undefined && isThere(environment, owner, sharesOurPid)) throw inUse(directory, owner.pid);
    });
    environment.putSync(OWNER_KEY, Buffer.from(JSON.stringify({ pid: process.pid, nonce } satisfies Owner)));
  });
  return nonce;
}

/** Whether the store is still that of who got this nonce. Makes this process seen again, where it was not. */
export function stillOwner(environment: Environment, nonce: string): boolean {
  return ownerIn(environment.get(OWNER_KEY))?.nonce === nonce;
}

export function giveUpOwnership(environment: Environment, nonce: string): void {
  if (stillOwner(environment, nonce)) environment.transactionSync(() => environment.removeSync(OWNER_KEY));
}

export function inUse(directory: string, pid: number): StoreError {
  return new StoreError('in-use', `the store in ${directory} is in use by process ${pid}`);
}

function isThere(environment: Environment, owner: Owner, sharesOurPid: boolean): boolean {
  return owner.pid === process.pid ? sharesOurPid : readersOf(environment).has(owner.pid);
}

function readersOf(environment: Environment): ReadonlySet<number> {
  environment.readerCheck();
  const pids = environment.readerList().matchAll(/^\s*(\d+)\s/gm);
  return new Set(Array.from(pids, ([, pid]) => Number(pid)));
}

function ownerIn(row: Buffer | undefined): Owner | undefined {
  if (row === undefined) return undefined;
  try {
    return JSON.parse(row.toString()) as Owner;
  } catch {
    // Of a process that could not even write its name nothing is left.
    return undefined;
  }
}
