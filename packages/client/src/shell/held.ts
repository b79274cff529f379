// Bytes of one connection that wait until what they promise is stored, and all that follow them. Owns their order; stores
// nothing.

interface Part {
  readonly batch: number;
  readonly bytes: Uint8Array[];
}

export class Held {
  /** Batches only grow. */
  #parts: Part[] = [];
  #written = 0;

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  /** What comes from here on waits for this batch. */
  hold(batch: number): void {
    if (batch <= this.#written || this.#parts.at(-1)?.batch === batch) return;
    this.#parts.push({ batch, bytes: [] });
  }

  /** Takes a copy; false where nothing has to be waited for. */
  add(bytes: Uint8Array): boolean {
    const last = this.#parts.at(-1);
    if (last === undefined) return false;
    last.bytes.push(bytes.slice());
    return true;
  }

  /** Bytes that have waited for nothing beyond this batch, in order. */
  release(written: number): readonly Uint8Array[] {
    this.#written = written;
    const waits = this.#parts.findIndex(({ batch }) => batch > written);
    const free = this.#parts.splice(0, waits === -1 ? this.#parts.length : waits);
    return free.flatMap(({ bytes }) => bytes);
  }

  clear(): void {
    this.#parts = [];
  }
}
