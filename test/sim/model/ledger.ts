// What the broker has done since its store was last written: if it dies, each of these may have happened or not, and
// who knows of it is told so.

interface Entry {
  readonly batch: number;
  readonly lost: () => void;
}

export class Ledger {
  /** Of what is to be written the batch that is being filled; undefined where nothing is stored. */
  batch: (() => number) | undefined;
  #entries: Entry[] = [];

  /** From now on until it is stored: what to believe if the broker dies. */
  note(lost: () => void): void {
    if (this.batch !== undefined) this.#entries.push({ batch: this.batch(), lost });
  }

  /** Everything up to this batch is stored. */
  stored(batch: number): void {
    const left = this.#entries.findIndex((entry) => entry.batch > batch);
    if (left !== 0) this.#entries = left === -1 ? [] : this.#entries.slice(left);
  }

  /** The broker has died, and begins again. */
  lost(): void {
    const entries = this.#entries;
    this.#entries = [];
    for (const { lost } of entries) lost();
  }
}
