// Deliveries that wait for their turn, first in, first out: bounded in count and bytes, with a named policy for when it
// is full. Nothing a peer feeds may grow without limit.

/** What its owner does when one more does not fit. */
export type BacklogPolicy = 'drop-oldest' | 'drop-newest' | 'disconnect';

export interface BacklogLimits {
  readonly queueMessagesMax: number;
  readonly queueBytesMax: number;
}

export class Backlog<T> {
  #items: (T | undefined)[] = [];
  #sizes: number[] = [];
  #head = 0;
  #bytes = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether one more of `bytes` fits. */
  fits(bytes: number, limits: BacklogLimits): boolean {
    return this.size < limits.queueMessagesMax && this.#bytes + bytes <= limits.queueBytesMax;
  }

  /** Neither number is near its limit: the next time that one is reached is another crossing. */
  isBelowHalf({ queueMessagesMax, queueBytesMax }: BacklogLimits): boolean {
    return this.size * 2 < queueMessagesMax && this.#bytes * 2 < queueBytesMax;
  }

  push(item: T, bytes: number): void {
    this.#items.push(item);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  /** The first that waits, without taking it. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#bytes -= this.#sizes[this.#head] as number;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.clear();
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#sizes = this.#sizes.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** All that wait, in order. */
  *values(): IterableIterator<T> {
    for (let at = this.#head; at < this.#items.length; at++) yield this.#items[at] as T;
  }

  /** Takes out all that `isTaken` says, in order; what is left keeps its order. */
  take(isTaken: (item: T) => boolean): T[] {
    if (!this.#items.some((item) => item !== undefined && isTaken(item))) return [];
    const taken: T[] = [];
    const items: T[] = [];
    const sizes: number[] = [];
    for (let at = this.#head; at < this.#items.length; at++) {
      const item = this.#items[at] as T;
      const size = this.#sizes[at] as number;
      if (isTaken(item)) {
        taken.push(item);
        this.#bytes -= size;
      } else {
        items.push(item);
        sizes.push(size);
      }
    }
    this.#items = items;
    this.#sizes = sizes;
    this.#head = 0;
    return taken;
  }

  clear(): void {
    if (this.#items.length === 0) return;
    this.#items = [];
    this.#sizes = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
