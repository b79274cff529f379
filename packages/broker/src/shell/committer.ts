// Writes what the journal has, one batch at a time: while one is under way the next is filled, so that the more there is
// to do the more is done at once. A batch that cannot be written is tried again until it can; nothing overtakes it.

import type { Journal } from '../hub/journal.ts';
import type { Note } from '../hub/notes.ts';
import type { Write } from '../hub/writes.ts';

/** Between two tries. */
const RETRY_MS = 1000;

/** A promise, or what behaves like one where time is virtual. */
export interface Commit {
  then(done: () => void, failed: (error: unknown) => void): unknown;
}

/** The store, so far as it is written to. */
export interface Writable {
  commit(writes: readonly Write[]): Commit;
}

/** As `setTimeout`, which takes its place where time is virtual. */
export type Later = (run: () => void, ms: number) => NodeJS.Timeout | undefined;

export class Committer {
  readonly #journal: Journal;
  readonly #store: Writable;
  readonly #committed: (batch: number) => void;
  readonly #note: (note: Note) => void;
  readonly #later: Later;
  #busy = false;
  #retry: NodeJS.Timeout | undefined;
  #idle: (() => void) | undefined;

  /** @param committed a batch is written: outputs that waited for it may leave */
  constructor(
    journal: Journal,
    store: Writable,
    committed: (batch: number) => void,
    note: (note: Note) => void,
    later: Later = setTimeout,
  ) {
    this.#journal = journal;
    this.#store = store;
    this.#committed = committed;
    this.#note = note;
    this.#later = later;
  }

  /** Nothing is being written. */
  get idle(): boolean {
    return !this.#busy;
  }

  /** At the end of a turn: begins to write what there is, unless something is being written. */
  run(): void {
    if (this.#busy) return;
    if (!this.#journal.pending) {
      this.#idle?.();
      return;
    }
    const { batch } = this.#journal;
    const writes = this.#journal.seal();
    if (writes.length === 0) return this.#done(batch);
    this.#busy = true;
    this.#commit(batch, writes);
  }

  #commit(batch: number, writes: readonly Write[]): void {
    this.#retry = undefined;
    this.#store.commit(writes).then(
      () => {
        this.#busy = false;
        this.#recovered();
        this.#done(batch);
        // What came meanwhile does not wait for the end of a turn.
        this.run();
      },
      (error: unknown) => {
        this.#failed(error);
        this.#retry = this.#later(() => this.#commit(batch, writes), RETRY_MS);
      },
    );
  }

  #done(batch: number): void {
    this.#journal.committed(batch);
    this.#committed(batch);
  }

  #failed(error: unknown): void {
    if (this.#journal.failing) return;
    this.#journal.failing = true;
    const why = error instanceof Error ? error.message : String(error);
    const text = `nothing can be stored, and what would have to be is not acknowledged: ${why}`;
    this.#note({ event: 'store-failed', text });
  }

  #recovered(): void {
    if (!this.#journal.failing) return;
    this.#journal.failing = false;
    this.#note({ event: 'store-recovered', text: 'what waited to be stored has been stored' });
  }

  /** Resolves once everything is written, or when `timeoutMs` are over: then false. */
  drain(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isDrained: boolean): void => {
        clearTimeout(timeout);
        this.#idle = undefined;
        if (!isDrained) clearTimeout(this.#retry);
        resolve(isDrained);
      };
      const timeout = setTimeout(() => end(false), timeoutMs);
      this.#idle = () => end(true);
      this.run();
    });
  }
}
