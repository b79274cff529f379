// Files that change: looked at in an interval, since no other way sees a file that is replaced, mounted or linked anew, on
// every file system. One that is being written is waited for: what is told stood still for one interval.

import { stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';

const INTERVAL_MS = 1000;

export class FileWatch {
  readonly #changed: () => void;
  readonly #intervalMs: number;
  #names: readonly string[] = [];
  /** As they were told; undefined before the first look. */
  #told: string | undefined;
  #seen: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(changed: () => void, intervalMs = INTERVAL_MS) {
    this.#changed = changed;
    this.#intervalMs = intervalMs;
  }

  /** These from now on; those that are watched already, as they were told. */
  async watch(names: readonly string[]): Promise<void> {
    if (isDeepStrictEqual(names, this.#names)) return;
    this.#names = names;
    const state = await stateOf(names);
    if (names !== this.#names) return;
    this.#told = state;
    this.#seen = state;
    this.#plan();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #plan(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#look(), this.#intervalMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const names = this.#names;
    const state = await stateOf(names);
    // Others may be watched by now.
    if (names !== this.#names || this.#closed) return;
    const isStill = state === this.#seen;
    this.#seen = state;
    if (isStill && state !== this.#told) {
      this.#told = state;
      this.#changed();
    }
    this.#plan();
  }
}

async function stateOf(names: readonly string[]): Promise<string> {
  const all = await Promise.all(
    names.map(async (name) => {
      try {
        const { dev, ino, size, mtimeMs, mode } = await stat(name);
        return [dev, ino, size, mtimeMs, mode].join(':');
      } catch {
        return 'gone';
      }
    }),
  );
  return all.join(' ');
}
