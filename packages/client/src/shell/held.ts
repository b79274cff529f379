// Bytes of one connection that wait until what they promise is stored, and all that follow them. Owns their order; stores
// nothing.

/**
 * With so many nothing is read that wants answers, and nothing new is published behind them: who awaits QoS 0 in a loop
 * would never come to the end of a turn.
 */
const HELD_BYTES_MAX = 1024 * 1024;

interface Part {
  readonly batch: number;
  readonly bytes: Uint8Array[];
}

export class Held {
  /** Batches only grow. */
  #parts: Part[] = [];
  #written = 0;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  get isFull(): boolean {
    return this.#bytes >= HELD_BYTES_MAX;
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
    this.#bytes += bytes.length;
    return true;
  }

  /** Bytes that have waited for nothing beyond this batch, in order. */
  release(written: number): readonly Uint8Array[] {
    this.#written = written;
    const waits = this.#parts.findIndex(({ batch }) => batch > written);
    const free = this.#parts.splice(0, waits === -1 ? this.#parts.length : waits);
    const bytes = free.flatMap((part) => part.bytes);
    for (const { length } of bytes) this.#bytes -= length;
    return bytes;
  }

  clear(): void {
    this.#parts = [];
    this.#bytes = 0;
  }
}
