// Which format a store has, who made it, and the steps from an older one to this one. It refuses what it does not know.

import type { Environment } from './environment.ts';
import { StoreError } from './port.ts';

const FORMAT_KEY = Buffer.from([0, 1]);

/** What a step may do: it runs within one transaction, with all other steps. */
export interface UpgradeRows {
  get(key: Uint8Array): Uint8Array | undefined;
  range(from: Uint8Array, to: Uint8Array): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>;
  put(key: Uint8Array, value: Uint8Array): void;
  remove(key: Uint8Array): void;
}

export interface Format {
  readonly version: number;
  /** `upgrades[n]` leads from version n to n + 1. */
  readonly upgrades: ReadonlyMap<number, (rows: UpgradeRows) => void>;
}

/** The format of this version of the program. There was none before it, so there is no step yet. */
export const FORMAT: Format = { version: 1, upgrades: new Map() };

export interface FormatRow {
  readonly version: number;
  /** The program that made the store, such as `anax 0.1.0`. */
  readonly madeBy: string;
}

export function writeFormat(environment: Environment, row: FormatRow): void {
  environment.putSync(FORMAT_KEY, Buffer.from(JSON.stringify({ version: row.version, madeBy: row.madeBy })));
}

/** What the store says it is; throws where it says nothing that one could understand. */
export function readFormat(get: (key: Uint8Array) => Buffer | undefined, directory: string): FormatRow {
  const row = get(FORMAT_KEY);
  if (row === undefined)
    throw new StoreError(
      'unknown-format',
      `the data.mdb in ${directory} has no row that tells its format: it is not a store of Anax`,
    );
  try {
    const { version, madeBy } = JSON.parse(row.toString()) as Partial<FormatRow>;
    if (Number.isSafeInteger(version) && version !== undefined && typeof madeBy === 'string')
      return { version, madeBy };
  } catch {
    // Told below: a row that is no JSON tells as little as one that lacks the fields.
  }
  throw new StoreError('damaged', `the store in ${directory}: the row that tells its format is not readable`);
}

/** Refuses a format that this program does not know; where it is only read, an older one too. */
export function checkFormat(row: FormatRow, format: Format, directory: string, readOnly: boolean): void {
  const found = `the store in ${directory} has format ${row.version}, made by ${row.madeBy}`;
  if (row.version > format.version)
    throw new StoreError(
      'unknown-format',
      `${found}; this program knows formats up to ${format.version}: use a newer one`,
    );
  for (let version = row.version; version < format.version; version += 1) {
    if (!format.upgrades.has(version))
      throw new StoreError(
        'unknown-format',
        `${found}; this program has no way from it to ${format.version}`,
      );
  }
  if (readOnly && row.version < format.version)
    throw new StoreError(
      'unknown-format',
      `${found}, and is brought to ${format.version} when a broker opens it`,
    );
}

/** Brings an older store to this format: all steps in one transaction, or none. */
export function upgrade(environment: Environment, row: FormatRow, format: Format): void {
  if (row.version === format.version) return;
  const rows: UpgradeRows = {
    get: (key) => environment.get(key),
    range: (start, end) => environment.getRange({ start, end }),
    put: (key, value) => void environment.putSync(key, Buffer.from(value)),
    remove: (key) => void environment.removeSync(key),
  };
  environment.transactionSync(() => {
    for (let version = row.version; version < format.version; version += 1)
      format.upgrades.get(version)?.(rows);
    writeFormat(environment, { version: format.version, madeBy: row.madeBy });
  });
}
