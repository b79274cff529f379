// Where packets begin and end in a stream that comes in chunks of any size. [5:2.1]
// Reads from the chunk itself; keeps only an incomplete tail, in memory that grows with what has arrived and never with
// what a header announces.

const TAIL_BYTES_FIRST = 64;
/** More than a header's five bytes are never needed to know a packet's size. */
const HEADER_BYTES_MAX = 5;

export class Framer {
  /** The bytes being read: the last chunk, or the collected tail. */
  bytes: Uint8Array = NOTHING;
  /** Where the next packet begins in `bytes`. */
  at = 0;
  /** Where the bytes that have arrived end. */
  end = 0;
  /** The chunk behind a tail, not yet looked at. */
  #next: Uint8Array = NOTHING;
  #nextAt = 0;
  #isTail = false;

  /** Takes a chunk, which must stay as it is until `settle` has been called. */
  push(chunk: Uint8Array): void {
    this.#take(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
  }

  /** A plain Uint8Array whatever came (Buffer, say): one shape for all that reads, and `slice` copies. */
  #take(chunk: Uint8Array): void {
    if (this.at === this.end && this.#nextAt === this.#next.length) {
      this.bytes = chunk;
      this.at = 0;
      this.end = chunk.length;
      this.#isTail = false;
    } else if (this.#nextAt === this.#next.length) {
      this.settle();
      this.#next = chunk;
      this.#nextAt = 0;
    } else {
      // Chunks pushed without reading in between: only a paused connection does that.
      const joined = new Uint8Array(this.#next.length - this.#nextAt + chunk.length);
      joined.set(this.#next.subarray(this.#nextAt));
      joined.set(chunk, this.#next.length - this.#nextAt);
      this.#next = joined;
      this.#nextAt = 0;
    }
  }

  /** Moves bytes behind the tail until the packet at `at` has `size` bytes; false while they have not arrived. */
  fill(size: number): boolean {
    const missing = size - (this.end - this.at);
    if (missing <= 0) return true;
    const available = this.#next.length - this.#nextAt;
    if (available === 0) return false;
    const count = Math.min(missing, available);
    this.#makeRoom(count, size);
    this.bytes.set(this.#next.subarray(this.#nextAt, this.#nextAt + count), this.end);
    this.end += count;
    this.#nextAt += count;
    return count === missing;
  }

  /** Bytes that have arrived of what begins here: the whole header, or as much of it as there is. */
  header(): number {
    // No more than the header goes behind a tail: a tail holds one packet, the next is read from its chunk again.
    while (!this.#headerWhole() && this.#nextAt < this.#next.length) this.fill(this.end - this.at + 1);
    return this.end - this.at;
  }

  /** Goes on behind the packet just read, in the chunk behind the tail once the tail is used up. */
  advance(size: number): void {
    this.at += size;
    if (this.at === this.end) this.#switch();
  }

  /**
   * Lets go of the chunk: what is left of it is copied. Called when no whole packet is left.
   * @param size that of the packet that begins here, 0 while it cannot be known: room for it is made at once where that
   * is no more than twice what has arrived
   */
  settle(size = 0): void {
    if (this.at === this.end) {
      if (this.#nextAt === this.#next.length) this.drop();
      return;
    }
    if (this.#isTail) {
      if (this.#nextAt === this.#next.length) this.#forgetNext();
      return;
    }
    const left = this.end - this.at;
    const tail = new Uint8Array(Math.max(TAIL_BYTES_FIRST, left, Math.min(size, 2 * left)));
    tail.set(this.bytes.subarray(this.at, this.end));
    this.bytes = tail;
    this.at = 0;
    this.end = left;
    this.#isTail = true;
  }

  /** Bytes kept for a packet that has not arrived whole. */
  get keptBytes(): number {
    return this.end - this.at + (this.#next.length - this.#nextAt);
  }

  /** Lets go of everything. */
  drop(): void {
    this.bytes = NOTHING;
    this.at = 0;
    this.end = 0;
    this.#isTail = false;
    this.#forgetNext();
  }

  #headerWhole(): boolean {
    const there = this.end - this.at;
    if (there >= HEADER_BYTES_MAX) return true;
    for (let k = 1; k < there; k++) if ((this.bytes[this.at + k] as number) < 0x80) return true;
    return false;
  }

  #makeRoom(count: number, size: number): void {
    if (this.#isTail && this.end + count <= this.bytes.length) return;
    const left = this.end - this.at;
    const room = Math.max(TAIL_BYTES_FIRST, left + count, Math.min(size, 2 * left));
    const larger = new Uint8Array(room);
    larger.set(this.bytes.subarray(this.at, this.end));
    this.bytes = larger;
    this.at = 0;
    this.end = left;
    this.#isTail = true;
  }

  #switch(): void {
    this.bytes = this.#next;
    this.at = this.#nextAt;
    this.end = this.#next.length;
    this.#isTail = false;
    this.#forgetNext();
  }

  #forgetNext(): void {
    this.#next = NOTHING;
    this.#nextAt = 0;
  }
}

const NOTHING = new Uint8Array(0);
