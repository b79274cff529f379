// The store on disk: rows in LMDB, one transaction for each group. It does not know what rows mean, and routes nothing.
// How it is opened is in open.ts.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Environment, type EnvironmentOptions, openEnvironment } from './environment.ts';
import { mustHaveSpace, storeError } from './failure.ts';
import { type Row, type Store, StoreError, type StoreFigures, type Write, wrongKey } from './port.ts';

/**
 * Where a harness may end the process. `during-commit`: the group is with the thread that writes it. In a `strict` store
 * the sync is part of the commit; `before-sync` and `after-sync` are those of a `relaxed` one.
 */
export type FaultStep = 'before-commit' | 'during-commit' | 'after-commit' | 'before-sync' | 'after-sync';

/** What open.ts found and decided. */
export interface Opened {
  readonly environment: Environment;
  readonly options: EnvironmentOptions;
  readonly syncIntervalMs: number;
  readonly bytesMax: number;
  readonly onSyncFailed: (error: StoreError) => void;
  readonly fault: (step: FaultStep) => void;
  /** Called once, when the environment is closed. */
  readonly release: () => Promise<void>;
}

/** A range is read in parts, so that no reader holds on to old pages while its caller waits for something. */
const PART_ROWS_MIN = 32;
const PART_ROWS_MAX = 1024;
const PART_BYTES = 1 << 18;

/** The first key that is not the store's own. */
const FIRST_KEY = Buffer.from([1]);

export class LmdbStore implements Store {
  readonly directory: string;
  readonly #opened: Opened;
  /** Undefined while a failed commit is being cleared away, and when that did not work. */
  #environment: Environment | undefined;
  #commit: Promise<void> | undefined;
  #sync: Promise<void> | undefined;
  /** There was no space for the last group: LMDB, which complains on standard error, is not asked in vain again. */
  #wasFull = false;
  /** Whether something is committed that no sync covers. */
  #unsynced = false;
  readonly #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(opened: Opened) {
    this.directory = opened.options.directory;
    this.#opened = opened;
    this.#environment = opened.environment;
    if (!opened.options.synced)
      this.#timer = setInterval(() => void this.#syncNow(), opened.syncIntervalMs).unref();
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const environment = this.#open();
    if (key.length === 0 || key[0] === 0) return undefined;
    try {
      return environment.get(key);
    } catch (cause) {
      throw this.#failure('reading', cause);
    }
  }

  *range(from: Uint8Array, to: Uint8Array, limit = Number.POSITIVE_INFINITY): Generator<Row, void> {
    let start = Buffer.compare(from, FIRST_KEY) < 0 ? FIRST_KEY : Buffer.from(from);
    let left = limit;
    let size = PART_ROWS_MIN;
    while (left > 0 && Buffer.compare(start, to) < 0) {
      const part = this.#part(start, to, Math.min(left, size));
      yield* part.rows;
      const last = part.rows.at(-1);
      if (!part.more || last === undefined) return;
      left -= part.rows.length;
      start = Buffer.concat([last.key, Buffer.of(0)]);
      size = Math.min(size * 2, PART_ROWS_MAX);
    }
  }

  commit(writes: readonly Write[]): Promise<void> {
    const refusal = this.#refusal(writes);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (writes.length === 0) return Promise.resolve();
    const commit = this.#write(writes).finally(() => {
      this.#commit = undefined;
    });
    this.#commit = commit;
    return commit;
  }

  figures(): StoreFigures {
    const environment = this.#open();
    const { entryCount, lastPageNumber, pageSize } = environment.getStats();
    const own = Array.from(environment.getRange({ start: Buffer.of(0), end: FIRST_KEY })).length;
    return { rows: entryCount - own, bytes: (lastPageNumber + 1) * pageSize };
  }

  /** A relaxed store syncs what it has not synced yet. It does not throw: what fails is told to `onSyncFailed`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#commit?.catch(() => {});
    await this.#sync;
    const environment = this.#environment;
    try {
      if (!this.#opened.options.synced) await this.#syncNow(environment);
      this.#environment = undefined;
      await environment?.close();
    } finally {
      await this.#opened.release();
    }
  }

  #refusal(writes: readonly Write[]): StoreError | undefined {
    if (this.#closing !== undefined) return this.#failed('is closed');
    if (this.#commit !== undefined) return this.#failed('was given a commit while another is under way');
    const wrong = wrongKey(writes);
    return wrong === undefined ? undefined : this.#failed(`was given ${wrong}`);
  }

  async #write(writes: readonly Write[]): Promise<void> {
    const { fault } = this.#opened;
    const environment = this.#environment ?? this.#reopened();
    this.#mustHaveRoom(environment, writes);
    if (this.#wasFull) mustHaveSpace(this.directory, addedBytes(writes));
    fault('before-commit');
    try {
      const written = environment.batch(() => {
        for (const { key, value } of writes) {
          if (value === undefined) void environment.remove(key);
          else void environment.put(key, value);
        }
      });
      fault('during-commit');
      await written;
    } catch (error) {
      const cause = await causeOf(error);
      await this.#abandon(environment);
      const failure = this.#failure('writing to', cause);
      this.#wasFull = failure.problem === 'full';
      throw failure;
    }
    this.#wasFull = false;
    this.#unsynced = true;
    fault('after-commit');
  }

  /**
   * After a failed transaction LMDB's notes on free pages, and after some failures the whole environment, are not to be
   * relied upon. What is on disk is; so it is opened anew, and what could not be written leaves no trace.
   */
  async #abandon(environment: Environment): Promise<void> {
    // Until then it is read from: whoever opened another in the same process would get this one back.
    await this.#sync;
    this.#environment = undefined;
    await environment.close().catch(() => {});
    ignoringErrors(() => this.#reopened());
  }

  #reopened(): Environment {
    try {
      this.#environment = openEnvironment(this.#opened.options);
      return this.#environment;
    } catch (cause) {
      throw this.#failure('opening', cause);
    }
  }

  get usedBytes(): number {
    return usedBytes(this.#open());
  }

  #mustHaveRoom(environment: Environment, writes: readonly Write[]): void {
    const { bytesMax } = this.#opened;
    if (bytesMax === Number.POSITIVE_INFINITY) return;
    const used = usedBytes(environment);
    const added = addedBytes(writes);
    if (added > 0 && used + added > bytesMax)
      throw new StoreError(
        'full',
        `the store in ${this.directory} is full: it may hold ${bytesMax} bytes and holds ${used}`,
      );
  }

  #part(start: Uint8Array, end: Uint8Array, limit: number): { readonly rows: Row[]; readonly more: boolean } {
    const rows: Row[] = [];
    let bytes = 0;
    try {
      for (const row of this.#open().getRange({ start, end, limit })) {
        rows.push(row);
        bytes += row.value.length;
        if (bytes >= PART_BYTES) return { rows, more: true };
      }
    } catch (cause) {
      throw this.#failure('reading', cause);
    }
    return { rows, more: rows.length === limit };
  }

  /** One sync at a time; a call while one runs waits for that. */
  #syncNow(environment = this.#environment): Promise<void> {
    if (this.#sync !== undefined) return this.#sync;
    if (environment === undefined || !this.#unsynced) return Promise.resolve();
    this.#opened.fault('before-sync');
    this.#unsynced = false;
    this.#sync = synced(environment)
      .then(
        () => this.#opened.fault('after-sync'),
        (cause: unknown) => {
          this.#unsynced = true;
          this.#opened.onSyncFailed(this.#failure('syncing', cause));
        },
      )
      .finally(() => {
        this.#sync = undefined;
      });
    return this.#sync;
  }

  #open(): Environment {
    if (this.#environment !== undefined && this.#closing === undefined) return this.#environment;
    if (this.#closing !== undefined) throw this.#failed('is closed');
    return this.#reopened();
  }

  #failed(what: string): StoreError {
    return new StoreError('failed', `the store in ${this.directory} ${what}`);
  }

  #failure(doing: string, cause: unknown): StoreError {
    return storeError(this.directory, doing, cause);
  }
}

function addedBytes(writes: readonly Write[]): number {
  let added = 0;
  for (const { key, value } of writes) if (value !== undefined) added += key.length + value.length;
  return added;
}

function usedBytes(environment: Environment): number {
  const { treeBranchPageCount, treeLeafPageCount, overflowPages, pageSize } = environment.getStats();
  return (treeBranchPageCount + treeLeafPageCount + overflowPages) * pageSize;
}

function synced(environment: Environment): Promise<void> {
  return new Promise((resolve, reject) => {
    environment.sync((error) => (error == null ? resolve() : reject(error)));
  });
}

/** The promise of a batch says only that it failed; another one, which it brings along, says why. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    // What LMDB calls back in the thread's last turn comes to its end before the environment is closed.
    await nextTurn();
    return cause;
  }
}

function ignoringErrors(act: () => void): void {
  try {
    act();
  } catch {
    // The caller says why it does not matter.
  }
}
