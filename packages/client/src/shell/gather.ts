// Packets of one turn of the event loop leave in one write. Owns the memory that they are put together in; knows no
// socket, and is told how this platform calls at the end of a turn.

const SLAB_BYTES = 16 * 1024;
/** What is larger than this is written at once and on its own. */
const SLAB_BYTES_MAX = 64 * 1024;
/**
 * One turn takes no more: who awaits one message at QoS 0 after the other on a socket that takes them all would never
 * come to the end of it, and nobody would read, or answer, or look at the time.
 */
const TURN_BYTES_MAX = 256 * 1024;

export class Gather {
  /** True where the bytes have been copied or sent, so that their memory may be used again. */
  readonly #write: (bytes: Uint8Array) => boolean;
  readonly #atEndOfTurn: (call: () => void) => void;
  readonly #nextTurn: () => void;
  #slab = new Uint8Array(SLAB_BYTES);
  #scheduled = false;
  #turnBytes = 0;
  /** Put together and not written. */
  used = 0;

  /** @param nextTurn called where `full` has ended */
  constructor(
    write: (bytes: Uint8Array) => boolean,
    atEndOfTurn: (call: () => void) => void,
    nextTurn: () => void,
  ) {
    this.#write = write;
    this.#atEndOfTurn = atEndOfTurn;
    this.#nextTurn = nextTurn;
  }

  /** What comes now should wait for the next turn; it is not refused. */
  get full(): boolean {
    return this.#turnBytes >= TURN_BYTES_MAX;
  }

  /** Takes a copy. */
  add(bytes: Uint8Array): void {
    this.#turnBytes += bytes.length;
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#atEndOfTurn(this.#endTurn);
    }
    if (this.used + bytes.length > this.#slab.length) this.#makeRoom(bytes.length);
    if (bytes.length > this.#slab.length) {
      this.#write(bytes.slice());
      return;
    }
    this.#slab.set(bytes, this.used);
    this.used += bytes.length;
  }

  flush(): void {
    if (this.used === 0) return;
    const whole = this.#slab.subarray(0, this.used);
    this.used = 0;
    if (!this.#write(whole)) this.#slab = new Uint8Array(SLAB_BYTES);
  }

  /** Nothing more is written. */
  clear(): void {
    this.used = 0;
  }

  #endTurn = (): void => {
    const { full } = this;
    this.#scheduled = false;
    this.#turnBytes = 0;
    this.flush();
    if (full) this.#nextTurn();
  };

  #makeRoom(count: number): void {
    this.flush();
    if (count <= SLAB_BYTES_MAX && count > this.#slab.length) this.#slab = new Uint8Array(SLAB_BYTES_MAX);
  }
}
