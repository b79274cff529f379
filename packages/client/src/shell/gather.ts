// Packets of one turn of the event loop leave in one write. Owns the memory that they are put together in; knows no
// socket, and is told how this platform calls at the end of a turn.

const SLAB_BYTES = 16 * 1024;
/** What is larger than this is written at once and on its own. */
const SLAB_BYTES_MAX = 64 * 1024;

export class Gather {
  /** True where the bytes have been copied or sent, so that their memory may be used again. */
  readonly #write: (bytes: Uint8Array) => boolean;
  readonly #atEndOfTurn: (call: () => void) => void;
  #slab = new Uint8Array(SLAB_BYTES);
  #scheduled = false;
  /** Put together and not written. */
  used = 0;

  constructor(write: (bytes: Uint8Array) => boolean, atEndOfTurn: (call: () => void) => void) {
    this.#write = write;
    this.#atEndOfTurn = atEndOfTurn;
  }

  /** Takes a copy. */
  add(bytes: Uint8Array): void {
    if (this.used + bytes.length > this.#slab.length) this.#makeRoom(bytes.length);
    if (bytes.length > this.#slab.length) {
      this.#write(bytes.slice());
      return;
    }
    this.#slab.set(bytes, this.used);
    this.used += bytes.length;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#atEndOfTurn(this.flush);
  }

  flush = (): void => {
    this.#scheduled = false;
    if (this.used === 0) return;
    const whole = this.#slab.subarray(0, this.used);
    this.used = 0;
    if (!this.#write(whole)) this.#slab = new Uint8Array(SLAB_BYTES);
  };

  /** Nothing more is written. */
  clear(): void {
    this.used = 0;
  }

  #makeRoom(count: number): void {
    this.flush();
    if (count <= SLAB_BYTES_MAX && count > this.#slab.length) this.#slab = new Uint8Array(SLAB_BYTES_MAX);
  }
}
