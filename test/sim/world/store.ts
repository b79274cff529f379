// A store that loses what was not committed: rows in memory that outlive the broker, written a while after they are handed
// over, one batch at a time. Sometimes a write fails, and goes on failing for a while.

import type { RowSource, Write } from '../../../packages/broker/src/hub/writes.ts';
import type { Writable } from '../../../packages/broker/src/shell/committer.ts';
import { keyBytes, keyText, SortedRows } from '../../../packages/broker/src/store/sorted.ts';
import { broken } from '../model/violation.ts';
import type { Chance } from './chance.ts';
import type { Clock } from './clock.ts';

export interface StoreFacts {
  /** How long a commit takes, at most. */
  readonly commitMsMax: number;
  /** Of a hundred commits so many fail at first. */
  readonly failsPercent: number;
}

/** How likely it is that a store that has failed fails again. */
const FAILS_AGAIN = 0.4;

/** The process that writes: what it does is over with it. */
export interface Writer {
  readonly isDead: boolean;
  /** Something that the world sees has been done; false where that was the last. */
  effect(): boolean;
}

export class SimStore implements RowSource {
  /** Nothing fails meanwhile. */
  isCalm = false;
  readonly #rows = new SortedRows();
  readonly #facts: StoreFacts;
  readonly #clock: Clock;
  readonly #chance: Chance;
  #fails = false;

  constructor(facts: StoreFacts, clock: Clock, chance: Chance) {
    this.#facts = facts;
    this.#clock = clock;
    this.#chance = chance;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Another disk, and an empty one. */
  forget(): void {
    for (let entry = this.#rows.atOrBehind(''); entry !== undefined; entry = this.#rows.atOrBehind('')) {
      this.#rows.delete(entry.key);
    }
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#rows.get(keyText(key))?.slice();
  }

  *range(from: Uint8Array, to: Uint8Array, limit = Number.POSITIVE_INFINITY) {
    const end = keyText(to);
    let next = keyText(from);
    for (let given = 0; given < limit; given++) {
      const entry = this.#rows.atOrBehind(next);
      if (entry === undefined || entry.key >= end) return;
      yield { key: keyBytes(entry.key), value: entry.value.slice() };
      next = `${entry.key}\0`;
    }
  }

  /** How one process writes to it; `change` is what a saboteur makes of the rows. */
  writable(writer: Writer, change: (writes: readonly Write[]) => readonly Write[]): Writable {
    return {
      commit: (writes) => ({
        // biome-ignore lint/suspicious/noThenProperty: it is what the committer waits for, in virtual time.
        then: (done, failed) => this.#commit(change(writes), writer, done, failed),
      }),
    };
  }

  #commit(
    writes: readonly Write[],
    writer: Writer,
    done: () => void,
    failed: (error: unknown) => void,
  ): void {
    if (!writer.effect()) return;
    this.#clock.after(this.#chance.below(this.#facts.commitMsMax + 1), () => {
      if (writer.isDead) return;
      const likely = this.#fails ? FAILS_AGAIN : this.#facts.failsPercent / 100;
      this.#fails = !this.isCalm && this.#chance.next() < likely;
      if (this.#fails) return failed(new Error('no space left'));
      this.#write(writes);
      if (writer.effect()) done();
    });
  }

  #write(writes: readonly Write[]): void {
    const keys = new Set<string>();
    for (const { key, value } of writes) {
      const text = keyText(key);
      if (keys.has(text)) broken('protocol', `a batch has two rows for ${Buffer.from(key).toString('hex')}`);
      keys.add(text);
      if (value === undefined) this.#rows.delete(text);
      else this.#rows.set(text, value.slice());
    }
  }
}
