// An export becomes a store: every line is read and judged before anything is where a broker would find it.

import { rowOf } from '../inspection/facts.ts';
import { type Finding, Judge } from '../inspection/judge.ts';
import type { Row, Write } from '../store/port.ts';
import { StagedStore } from '../store/staged.ts';
import { LineFault, readHeader, readRecord } from './line.ts';

export interface Imported {
  readonly records: number;
  /** Records that did not fit in with the others, as behind a damaged store: they were left out. */
  readonly leftOut: readonly Finding[];
}

/** What was wrong with the lines, and where. Nothing was imported. */
export class ImportFault extends Error {
  /** From 1. */
  readonly line: number;

  constructor(line: number, text: string) {
    super(text);
    this.line = line;
  }
}

const BATCH_ROWS = 1000;
const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Puts what the lines say into a store that is new or has no rows. Rejects with an `ImportFault` or a `StoreError`; then
 * everything is as it was.
 */
export async function importStore(
  directory: string,
  lines: AsyncIterable<Uint8Array>,
  progress: (records: number) => void = () => undefined,
): Promise<Imported> {
  const reading = new Reading(directory, progress);
  try {
    for await (const line of lines) await reading.take(line);
    return await reading.finish();
  } catch (error) {
    await reading.abandon();
    throw error;
  }
}

class Reading {
  readonly #directory: string;
  readonly #progress: (records: number) => void;
  #staged: StagedStore | undefined;
  readonly #pending = new Map<string, Write>();
  #pendingBytes = 0;
  #line = 0;
  #records = 0;
  #ended = false;

  constructor(directory: string, progress: (records: number) => void) {
    this.#directory = directory;
    this.#progress = progress;
  }

  async take(line: Uint8Array): Promise<void> {
    this.#line += 1;
    if (this.#staged === undefined) {
      this.#staged = await StagedStore.open(
        this.#directory,
        this.#read(() => readHeader(line)),
      );
      return;
    }
    if (this.#ended) throw this.#fault('there is something behind the line that ends the export');
    const record = this.#read(() => readRecord(line));
    if ('table' in record) {
      this.#records += 1;
      this.#progress(this.#records);
      return this.#add(this.#staged, rowOf(record));
    }
    this.#ended = true;
    if (record.records !== this.#records)
      throw this.#fault(
        `\`records\` says ${record.records}, and there were ${this.#records}: lines are missing`,
      );
  }

  async finish(): Promise<Imported> {
    this.#line += 1;
    if (this.#staged === undefined)
      throw this.#fault('there is nothing: expected the first line of an export');
    if (!this.#ended) throw this.#fault('the line that ends an export is missing: it was cut off');
    await this.#flush(this.#staged);
    const leftOut = await withoutStrays(this.#staged);
    await this.#staged.putInPlace();
    return { records: this.#records, leftOut };
  }

  async abandon(): Promise<void> {
    await this.#staged?.abandon();
  }

  async #add(staged: StagedStore, row: Row): Promise<void> {
    const name = Buffer.from(row.key).toString('latin1');
    if (this.#pending.has(name) || staged.get(row.key) !== undefined)
      throw this.#fault('the same record was there before: numbers must differ');
    this.#pending.set(name, row);
    this.#pendingBytes += row.value.length;
    if (this.#pending.size >= BATCH_ROWS || this.#pendingBytes >= BATCH_BYTES) await this.#flush(staged);
  }

  async #flush(staged: StagedStore): Promise<void> {
    await staged.commit([...this.#pending.values()]);
    this.#pending.clear();
    this.#pendingBytes = 0;
  }

  #read<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw error instanceof LineFault ? this.#fault(error.message) : error;
    }
  }

  #fault(text: string): ImportFault {
    return new ImportFault(this.#line, text);
  }
}

/** Removes what does not fit in, and then what does not because of that, until nothing is found. */
async function withoutStrays(staged: StagedStore): Promise<readonly Finding[]> {
  const leftOut: Finding[] = [];
  for (;;) {
    const found: Finding[] = [];
    const judge = new Judge((finding) => found.push(finding));
    for (const row of staged.rows()) judge.take(row);
    judge.end();
    if (found.length === 0) return leftOut;
    for (const finding of found) leftOut.push(finding);
    const keys = new Map(found.map(({ key }) => [Buffer.from(key).toString('latin1'), key]));
    await staged.commit(Array.from(keys.values(), (key) => ({ key, value: undefined })));
  }
}
