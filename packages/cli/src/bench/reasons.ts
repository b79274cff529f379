// Why clients failed or messages were refused: each sentence once, with how often it was the reason. What a peer says is in
// them: there are only so many.

import { grouped } from '../world/progress.ts';

/** Different sentences that are told; of others nothing is kept. */
const SENTENCES_MAX = 10;

export class Reasons {
  readonly #counts = new Map<string, number>();

  add(sentence: string): void {
    const known = this.#counts.get(sentence);
    if (known !== undefined || this.#counts.size < SENTENCES_MAX)
      this.#counts.set(sentence, (known ?? 0) + 1);
  }

  get lines(): string[] {
    return Array.from(this.#counts, ([sentence, count]) => `${grouped(count)} times: ${sentence}`);
  }
}
