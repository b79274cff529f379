// Lines to a slow output: in order, whole, many at a time, and never more of them in memory than is allowed.

/** Characters that may wait for a write before whoever puts more has to wait. */
const WAITING_CHARS_MAX = 1024 * 1024;

export class LineWriter {
  readonly #write: (text: string) => void | Promise<void>;
  #waiting: string[] = [];
  #waitingChars = 0;
  /** Undefined while nothing is being written. One that fails stays: nothing is written behind a gap. */
  #writing: Promise<void> | undefined;
  #failed = false;

  constructor(write: (text: string) => void | Promise<void>) {
    this.#write = write;
  }

  /** Resolves when there is room for more. Rejects where an earlier line could not be written. */
  async put(line: string): Promise<void> {
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    if (this.#writing === undefined) {
      this.#writing = this.#writeWaiting();
      // Thrown by `put` or `flush` later on.
      this.#writing.catch(() => {
        this.#failed = true;
      });
    }
    if (this.#failed || this.#waitingChars > WAITING_CHARS_MAX) await this.#writing;
  }

  /** Resolves when all has been written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #writeWaiting(): Promise<void> {
    // What is put in the same turn goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const text = this.#waiting.join('');
      this.#waiting = [];
      this.#waitingChars = 0;
      await this.#write(text);
    }
    // In the same step as the look at what waits: no line is put in between.
    this.#writing = undefined;
  }
}
