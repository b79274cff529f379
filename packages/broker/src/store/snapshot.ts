// A store to look at: its rows, beside a broker or without one; where pages are damaged, those that can be read. It writes
// nothing.

import { join } from 'node:path';
import { checkStore } from './check.ts';
import { DATA_FILE } from './environment.ts';
import { type FormatRow, readFormat } from './format.ts';
import { openStoreToRead } from './open.ts';
import { PageFault, PageFile } from './pages.ts';
import { KEY_BYTES_MAX, type Row, StoreError } from './port.ts';
import { salvage } from './walk.ts';

export interface Snapshot {
  /** Undefined where not even that can be read. */
  readonly format: FormatRow | undefined;
  /** Of data.mdb, so far as it was ever in use. */
  readonly bytes: number;
  /** How many rows there should be, about: a broker may be writing. */
  readonly expected: number;
  /** What is wrong with the pages, in words; the rows that can still be read are given all the same. */
  readonly faults: readonly string[];
  /** False where a broker wrote so much meanwhile that the pages could not be looked at. */
  readonly pagesSteady: boolean;
  /** All rows in order, the store's own left out. May be iterated again, and is then of a later moment. */
  readonly rows: () => Iterable<Row>;
  /** Grows with each commit of a broker: rows read while it stayed the same are of one moment. */
  readonly moment: () => number;
  readonly close: () => Promise<void>;
}

const FIRST_KEY = Buffer.of(1);
const BEHIND_ALL = Buffer.alloc(KEY_BYTES_MAX + 1, 0xff);

/** Throws a `StoreError` where nothing at all can be read. */
export function openSnapshot(directory: string): Snapshot {
  const pages = checkStore(directory);
  const faults = pages ?? [];
  if (faults.length > 0) return damagedSnapshot(directory, faults);
  try {
    const store = openStoreToRead(directory);
    const { rows: expected, bytes } = store.figures();
    return {
      format: readFormat((key) => store.ownRow(key), directory),
      bytes,
      expected,
      faults: [],
      pagesSteady: pages !== undefined,
      rows: () => store.range(FIRST_KEY, BEHIND_ALL),
      moment: () => store.transaction,
      close: () => store.close(),
    };
  } catch (error) {
    if (!(error instanceof StoreError) || error.problem !== 'damaged') throw error;
    return damagedSnapshot(directory, [error.message]);
  }
}

function damagedSnapshot(directory: string, faults: readonly string[]): Snapshot {
  const file = new PageFile(join(directory, DATA_FILE));
  const { main, lastPage, pageSize } = file.header;
  const own = OWN_KEYS.filter((key) => attempt(() => file.find(key)) !== undefined).length;
  return {
    format: formatIn(file),
    bytes: (lastPage + 1) * pageSize,
    expected: main.entries - own,
    faults,
    pagesSteady: true,
    rows: () => salvage(file, { faults: [] }),
    moment: () => 0,
    close: async () => file.close(),
  };
}

/** The store's own row: its format. */
const OWN_KEYS = [Buffer.of(0, 1)];

function formatIn(file: PageFile): FormatRow | undefined {
  try {
    const node = attempt(() => file.find(Buffer.of(0, 1)));
    const row = node && attempt(() => file.value(node));
    return row && (JSON.parse(Buffer.from(row).toString()) as FormatRow);
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
