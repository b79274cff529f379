// What stands in the stores of applications, as far as they know: what they were told is stored, and what has left, which
// has to be stored first. Whatever becomes of the process, the next one finds it, until it is settled.

import { NEVER, type Publication } from './facts.ts';
import { shown, type Witness } from './witness.ts';

export class Keeping {
  readonly #witness: Witness;
  readonly #kept = new Set<Publication>();

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  /** Its application is told so. */
  stored(publication: Publication): void {
    if (publication.qos === 0) this.#fails(`${shown(publication)} is said to be stored`);
    publication.stored = this.#witness.moment();
    // Who has given up what was sent is not told when it goes.
    if (publication.settled === NEVER) this.#kept.add(publication);
  }

  /** Its PUBLISH has left. */
  sent(publication: Publication): void {
    // One that is settled may be sent once more: its row was still there.
    if (publication.qos > 0 && publication.settled === NEVER) this.#kept.add(publication);
  }

  /** It has arrived, or was given up: nobody waits for it any more. */
  settled(publication: Publication): void {
    this.#kept.delete(publication);
  }

  has(publication: Publication): boolean {
    return this.#kept.has(publication);
  }

  /** The next process has found it. */
  finds(publication: Publication): void {
    this.#kept.add(publication);
    if (publication.stored === NEVER) publication.stored = this.#witness.moment();
  }

  /** All that it has found. */
  found(found: readonly (Publication | undefined)[]): void {
    const numbers = new Set<Publication>();
    for (const publication of found) {
      if (publication === undefined) return this.#fails('what is found was published by nobody');
      if (numbers.has(publication)) return this.#fails(`${shown(publication)} is found twice`);
      numbers.add(publication);
    }
    for (const publication of this.#kept)
      if (!numbers.has(publication)) return this.#fails(`${shown(publication)} was stored, and is not found`);
  }

  /** All is settled. */
  requireNone(): void {
    for (const publication of this.#kept)
      this.#fails(`${shown(publication)} was stored, and has not arrived`);
  }

  #fails(message: string): void {
    this.#witness.fails('stored', message);
  }
}
