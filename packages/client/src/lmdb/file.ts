// Whether a file may be given to LMDB, which ends the process over one that is not its own. It looks at the beginning only:
// a page that was damaged later is not found.

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { storeError } from '../outbox/row-store.ts';

/** Of the format of `lmdb` 3.5. */
const MAGIC = 0xbe_ef_c0_de;
const MAGIC_AT = 24;
/** The headers and nothing else: nothing was ever committed. */
const EMPTY_BYTES_MAX = 2 * 4096;

/** Made for its owner only. */
export function makeDirectory(directory: string): void {
  const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (made !== undefined) syncDirectory(dirname(made));
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

/**
 * A power failure may leave a new file half made: there was nothing in it, so that it may go. Only the owner may call it.
 * @throws MqttError `store-damaged` for one that had something in it
 */
export function discardEmpty(path: string): void {
  if (!existsSync(path) || beginsRight(path)) return;
  if (statSync(path).size > EMPTY_BYTES_MAX)
    throw storeError('store-damaged', `${path} is not a file of LMDB, or its beginning is damaged`);
  rmSync(path);
}

function beginsRight(path: string): boolean {
  const handle = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(MAGIC_AT + 4);
    return (
      readSync(handle, bytes, 0, bytes.length, 0) === bytes.length && bytes.readUInt32LE(MAGIC_AT) === MAGIC
    );
  } finally {
    closeSync(handle);
  }
}
