// What LMDB and the system say went wrong, as a problem that somebody who runs a broker can act on. It mends nothing.

import { statfsSync } from 'node:fs';
import { StoreError, type StoreProblem } from './port.ts';

interface Meaning {
  readonly problem: StoreProblem;
  readonly text: string;
}

const FULL: Meaning = { problem: 'full', text: 'there is no space left for it' };
const READ_ONLY: Meaning = {
  problem: 'read-only',
  text: 'it may not be written by this user, or not at all',
};
const NOT_FOUND: Meaning = { problem: 'not-found', text: 'there is no store' };
const DAMAGED: Meaning = { problem: 'damaged', text: 'its data are damaged' };

/** By the number of the error: LMDB's own are negative, the system's are positive. */
const BY_NUMBER: ReadonlyMap<number, Meaning> = new Map([
  [1, READ_ONLY], // EPERM
  [2, NOT_FOUND], // ENOENT
  [13, READ_ONLY], // EACCES
  [20, { problem: 'failed', text: 'it is not a directory' }], // ENOTDIR
  [27, FULL], // EFBIG: the limit of the process or of the file system on one file
  [28, FULL], // ENOSPC
  [30, READ_ONLY], // EROFS
  [122, FULL], // EDQUOT
  [-30792, FULL], // MDB_MAP_FULL
  [-30793, { problem: 'damaged', text: 'data.mdb is not a file of LMDB, or its beginning is damaged' }],
  [-30794, { problem: 'unknown-format', text: 'it was written by another version of LMDB' }],
  [-30795, { problem: 'failed', text: 'an earlier write failed half way; open it anew' }], // MDB_PANIC
  [-30796, DAMAGED], // MDB_CORRUPTED
  [-30797, DAMAGED], // MDB_PAGE_NOTFOUND
]);

/** The same for errors of Node, which have names. */
const BY_NAME: ReadonlyMap<string, Meaning> = new Map([
  ['EPERM', READ_ONLY],
  ['ENOENT', NOT_FOUND],
  ['EACCES', READ_ONLY],
  ['EROFS', READ_ONLY],
  ['EFBIG', FULL],
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
]);

/** An error as a `StoreError` whose text names the directory. */
export function storeError(directory: string, doing: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const meaning = meaningOf(directory, code);
  const said = cause instanceof Error ? cause.message : String(cause);
  return meaning === undefined
    ? new StoreError('failed', `${doing} the store in ${directory}: ${said}`, cause)
    : new StoreError(meaning.problem, `${doing} the store in ${directory}: ${meaning.text} (${said})`, cause);
}

function meaningOf(directory: string, code: unknown): Meaning | undefined {
  if (code === EIO && isFull(directory)) return FULL;
  if (typeof code === 'number') return BY_NUMBER.get(code);
  return typeof code === 'string' ? BY_NAME.get(code) : undefined;
}

/** LMDB takes a write of which only a part fitted for an error of the device. */
const EIO = 5;
const FREE_BYTES_MIN = 1024 * 1024;

/** What a group takes beside its rows, more or less. */
const GROUP_BYTES = 64 * 1024;

/** @throws StoreError `full` where a group that adds so many bytes cannot fit. */
export function mustHaveSpace(directory: string, addedBytes: number): void {
  if (addedBytes === 0) return;
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize >= addedBytes + GROUP_BYTES) return;
  throw new StoreError('full', `writing to the store in ${directory}: ${FULL.text}`);
}

function isFull(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize < FREE_BYTES_MIN;
  } catch {
    return false;
  }
}
