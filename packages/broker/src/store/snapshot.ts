// A store to look at: its rows as they are at one moment, beside a broker or without one; where pages are damaged, those
// that can be read. It writes nothing.

import { mustBegin } from './check.ts';
import type { FormatRow } from './format.ts';
import { openLmdbStoreToRead } from './open.ts';
import { PageFault, PageFile } from './pages.ts';
import { type Row, StoreError } from './port.ts';
import { checkPages, salvage } from './walk.ts';

export interface Snapshot {
  /** Undefined where not even that can be read. */
  readonly format: FormatRow | undefined;
  /** Of data.mdb, so far as it was ever in use. */
  readonly bytes: number;
  /** How many rows there should be, about: a broker may be writing. */
  readonly expected: number;
  /** What is wrong with the pages, in words; the rows that can still be read are given all the same. */
  readonly faults: readonly string[];
  /** All rows in order, the store's own left out. May be iterated again, and is then of a later moment. */
  readonly rows: () => Iterable<Row>;
  readonly close: () => Promise<void>;
}

/** Rejects with a `StoreError` where nothing at all can be read. */
export async function openSnapshot(directory: string): Promise<Snapshot> {
  try {
    const store = await openLmdbStoreToRead(directory);
    const { rows: expected, bytes } = store.figures();
    const { format } = store;
    return { format, bytes, expected, faults: [], rows: () => store.atOnce(), close: () => store.close() };
  } catch (error) {
    if (!(error instanceof StoreError) || error.problem !== 'damaged') throw error;
    return damagedSnapshot(directory, error);
  }
}

function damagedSnapshot(directory: string, error: StoreError): Snapshot {
  mustBegin(directory);
  const file = new PageFile(directory);
  const { faults } = checkPages(file);
  const { main, lastPage, pageSize } = file.header;
  const own = OWN_KEYS.filter((key) => attempt(() => file.get(key)) !== undefined).length;
  return {
    format: formatIn(file),
    bytes: (lastPage + 1) * pageSize,
    expected: main.entries - own,
    faults: faults.length > 0 ? faults : [error.message],
    rows: () => salvage(file, { faults: [] }),
    close: async () => file.close(),
  };
}

/** Format and owner. */
const OWN_KEYS = [Buffer.of(0, 1), Buffer.of(0, 2)];

function formatIn(file: PageFile): FormatRow | undefined {
  try {
    const row = attempt(() => file.get(Buffer.of(0, 1)));
    return row && (JSON.parse(row.toString()) as FormatRow);
  } catch {
    // No JSON: told as a fault already.
    return undefined;
  }
}

function attempt<Result>(act: () => Result): Result | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof PageFault) return undefined;
    throw error;
  }
}
