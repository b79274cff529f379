// Answers that are asked for again: kept for a while, under a digest of the question that only this process can compute, so
// that no password is in memory. Bounded: the oldest goes.

import { createHmac, randomBytes } from 'node:crypto';

interface Entry<T> {
  readonly value: T;
  readonly until: number;
}

export class Remembered<T> {
  readonly #key = randomBytes(32);
  readonly #entries = new Map<string, Entry<T>>();
  readonly #entriesMax: number;
  readonly #now: () => number;

  constructor(entriesMax: number, now: () => number = () => performance.now()) {
    this.#entriesMax = entriesMax;
    this.#now = now;
  }

  /** The question as a key: no two questions have the same. */
  keyOf(parts: readonly (string | Uint8Array)[]): string {
    const digest = createHmac('sha256', this.#key);
    for (const part of parts) {
      const bytes = typeof part === 'string' ? Buffer.from(part) : part;
      digest.update(`${bytes.length}:`).update(bytes);
    }
    return digest.digest('base64');
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until > this.#now()) return entry?.value;
    this.#entries.delete(key);
    return undefined;
  }

  put(key: string, value: T, ms: number): void {
    if (ms <= 0) return;
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: this.#now() + ms });
    if (this.#entries.size <= this.#entriesMax) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  get size(): number {
    return this.#entries.size;
  }
}
