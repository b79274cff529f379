// Whether a data.mdb may be given to LMDB, which ends the process where a page is not what it should be; and what can be
// saved of one that may not.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DATA_FILE } from './environment.ts';
import { PageFault, PageFile } from './pages.ts';
import { type Row, StoreError } from './port.ts';
import { checkPages, type Findings, salvage } from './walk.ts';

const EMPTY = 'data.mdb is empty, what it held is gone';

/** There is a data.mdb with something in it. LMDB would take an empty one as new, and nobody would see what is lost. */
export function mustBegin(directory: string): void {
  const path = join(directory, DATA_FILE);
  if (!existsSync(path)) throw new StoreError('not-found', `there is no store in ${directory}`);
  if (statSync(path).size === 0) throw damaged(directory, [EMPTY]);
}

/** All pages of rows and of the list of free pages are whole. Nobody may write meanwhile. */
export function mustBeWhole(directory: string): void {
  mustBegin(directory);
  const faults = faultsOf(directory);
  if (faults.length > 0) throw damaged(directory, faults);
}

/**
 * What is wrong with the pages of a store, in words, so many at the most. Beside a broker that writes it the answer is
 * undefined where the store did not stand still for long enough.
 */
export function checkStore(directory: string): readonly string[] | undefined {
  const path = join(directory, DATA_FILE);
  if (existsSync(path) && statSync(path).size === 0) return [EMPTY];
  mustBegin(directory);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const faults = faultsOf(directory, true);
    if (faults !== undefined) return faults;
  }
  return undefined;
}

/**
 * The rows of a damaged store that can still be read, and in `findings`, when they are through, what cannot. The store must
 * not be in use. Throws a `StoreError` where not even the beginning is there.
 */
export function* readDamagedStore(directory: string, findings: Findings): Generator<Row, void> {
  mustBegin(directory);
  let file: PageFile;
  try {
    file = new PageFile(join(directory, DATA_FILE));
  } catch (error) {
    throw error instanceof PageFault ? damaged(directory, [error.message], error) : error;
  }
  try {
    yield* salvage(file, findings);
  } finally {
    file.close();
  }
}

export function damaged(directory: string, faults: readonly string[], cause?: unknown): StoreError {
  const more = faults.length > 3 ? ` and ${faults.length - 3} faults more` : '';
  return new StoreError(
    'damaged',
    `the store in ${directory} is damaged: ${faults.slice(0, 3).join('; ')}${more}`,
    cause,
  );
}

function faultsOf(directory: string): readonly string[];
function faultsOf(directory: string, steadily: true): readonly string[] | undefined;
function faultsOf(directory: string, steadily = false): readonly string[] | undefined {
  let file: PageFile | undefined;
  try {
    file = new PageFile(join(directory, DATA_FILE));
    const { faults } = checkPages(file);
    return steadily && !file.isSteadySince(file.header.transaction) ? undefined : faults;
  } catch (error) {
    if (error instanceof PageFault) return [error.message];
    throw error;
  } finally {
    file?.close();
  }
}
