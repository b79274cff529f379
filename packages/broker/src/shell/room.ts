// Whether the store may become larger: where it may not, messages are refused before they are taken in. What is there
// already still comes and goes, so that clients who fetch what they are owed make room.

import type { Journal } from '../hub/journal.ts';
import type { Note } from '../hub/notes.ts';

/** How much of what the store may hold must be free again before messages are taken in. */
const FREE_SHARE = 1 / 16;

export class Room {
  readonly #bytesMax: number;
  readonly #journal: Journal;
  readonly #note: (note: Note) => void;

  constructor(bytesMax: number, journal: Journal, note: (note: Note) => void) {
    this.#bytesMax = bytesMax;
    this.#journal = journal;
    this.#note = note;
  }

  /** After each batch. */
  look(store: { readonly usedBytes: number }): void {
    if (this.#bytesMax === Number.POSITIVE_INFINITY) return;
    const { usedBytes } = store;
    const wasFull = this.#journal.hasNoRoom;
    const most = wasFull ? this.#bytesMax * (1 - FREE_SHARE) : this.#bytesMax;
    this.#journal.hasNoRoom = usedBytes >= most;
    if (this.#journal.hasNoRoom === wasFull) return;
    const facts = `it holds ${usedBytes} bytes and may hold ${this.#bytesMax}`;
    if (wasFull) this.#note({ event: 'store-recovered', text: `there is room in the store again: ${facts}` });
    else this.#note({ event: 'store-full', text: `the store is full, new messages are refused: ${facts}` });
  }
}
