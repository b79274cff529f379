// Where one connection's packets are put together: memory borrowed from a pool while there is something to send, handed
// to the socket once per turn of the event loop, and given back. An idle connection holds none.

import { Output } from '@anax/protocol';

const SMALL_BYTES = 4 * 1024;
const LARGE_BYTES = 64 * 1024;
/** For one packet with a large payload that has to be copied. */
const HUGE_BYTES = 256 * 1024;
/** Slabs kept for use again, per size; more than that is left to the garbage collector. */
const SMALL_KEPT = 2048;
const LARGE_KEPT = 64;
const HUGE_KEPT = 8;
/** Payloads from here on are handed to the socket as they are instead of being copied. */
const REFERENCE_BYTES_MIN = 8 * 1024;

export class SlabPool {
  readonly #small: Uint8Array[] = [];
  readonly #large: Uint8Array[] = [];
  readonly #huge: Uint8Array[] = [];
  /** Memory that is read into again: what lies in it is copied, never handed on. */
  readonly borrowed: ArrayBufferLike;

  constructor(borrowed: ArrayBufferLike) {
    this.borrowed = borrowed;
  }

  take(bytes: number): Uint8Array {
    if (bytes <= SMALL_BYTES) return this.#small.pop() ?? new Uint8Array(SMALL_BYTES);
    if (bytes <= LARGE_BYTES) return this.#large.pop() ?? new Uint8Array(LARGE_BYTES);
    if (bytes <= HUGE_BYTES) return this.#huge.pop() ?? new Uint8Array(HUGE_BYTES);
    return new Uint8Array(bytes);
  }

  give(slab: Uint8Array): void {
    if (slab.length === SMALL_BYTES && this.#small.length < SMALL_KEPT) this.#small.push(slab);
    else if (slab.length === LARGE_BYTES && this.#large.length < LARGE_KEPT) this.#large.push(slab);
    else if (slab.length === HUGE_BYTES && this.#huge.length < HUGE_KEPT) this.#huge.push(slab);
  }
}

const NOTHING = new Uint8Array(0);

/** The socket, as far as a slab knows it. */
export interface Sink {
  /**
   * True where the bytes were taken at once, so that their memory may be used again. Where they must wait, the slab
   * that they lie in goes along, and back to the pool when they have left.
   */
  write(bytes: Uint8Array, slab?: Uint8Array): boolean;
  /** What is written from now on may wait for the end of the turn and leave in one system call. */
  gather(): void;
  /** The first bytes of a turn have been asked for: `flush` is to follow. */
  dirty(): void;
}

export class SlabOutput extends Output {
  override readonly referenceBytesMin: number = REFERENCE_BYTES_MIN;
  readonly #pool: SlabPool;
  readonly #sink: Sink;

  constructor(pool: SlabPool, sink: Sink) {
    super(NOTHING);
    this.#pool = pool;
    this.#sink = sink;
  }

  override reserve(count: number): void {
    const { bytes, length } = this;
    if (length + count <= bytes.length) return;
    if (bytes.length === 0) {
      this.#sink.dirty();
      this.bytes = this.#pool.take(count);
    } else if (length + count <= (length <= SMALL_BYTES ? HUGE_BYTES : LARGE_BYTES)) {
      this.bytes = this.#pool.take(length + count);
      this.bytes.set(bytes.subarray(0, length));
      this.#pool.give(bytes);
    } else {
      this.flush();
      this.#sink.dirty();
      this.bytes = this.#pool.take(Math.max(count, LARGE_BYTES));
    }
  }

  /** The payload goes out as it is, whoever owns it does not change it; one that lies in borrowed memory is copied. */
  override reference(data: Uint8Array): void {
    if (data.buffer === this.#pool.borrowed) {
      this.reserve(data.length);
      this.raw(data);
      return;
    }
    this.#sink.gather();
    this.flush();
    this.#sink.write(data);
  }

  /** Hands what was put together to the socket. */
  flush(): void {
    const { bytes, length } = this;
    if (bytes.length === 0) return;
    this.bytes = NOTHING;
    this.length = 0;
    if (length === 0 || this.#sink.write(bytes.subarray(0, length), bytes)) this.#pool.give(bytes);
  }
}
