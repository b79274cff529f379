// Whether a data.mdb may be given to LMDB, which ends the process where a page is not what it should be.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PageFault, PageFile } from './pages.ts';
import { type Row, StoreError } from './port.ts';
import { checkPages, type Findings, salvage } from './walk.ts';

/** There is a data.mdb, and it begins as one. LMDB would take an empty one as new, and nobody would see what is lost. */
export function mustBegin(directory: string): void {
  const path = join(directory, 'data.mdb');
  if (!existsSync(path)) throw new StoreError('not-found', `there is no store in ${directory}`);
  if (statSync(path).size === 0) throw damaged(directory, ['data.mdb is empty, what it held is gone']);
  new PageFile(directory).close();
}

/** All pages of rows and of the list of free pages are whole. What is asked before is asked of the same commit. */
export function mustBeWhole(directory: string, askBefore: (file: PageFile) => void = () => {}): void {
  const file = new PageFile(directory);
  try {
    askBefore(file);
    const { faults } = checkPages(file);
    if (faults.length > 0) throw damaged(directory, faults);
  } catch (error) {
    throw error instanceof PageFault ? damaged(directory, [error.message], error) : error;
  } finally {
    file.close();
  }
}

/**
 * The rows of a damaged store that can still be read, and in `findings`, when they are through, what cannot. The store must
 * not be in use. Throws a `StoreError` where not even the beginning is there.
 */
export function* readDamagedStore(directory: string, findings: Findings): Generator<Row, void> {
  mustBegin(directory);
  const file = new PageFile(directory);
  try {
    yield* salvage(file, findings);
  } finally {
    file.close();
  }
}

function damaged(directory: string, faults: readonly string[], cause?: unknown): StoreError {
  const more = faults.length > 3 ? ` and ${faults.length - 3} faults more` : '';
  return new StoreError(
    'damaged',
    `the store in ${directory} is damaged: ${faults.slice(0, 3).join('; ')}${more}`,
    cause,
  );
}
