// How much memory all peers together may cost, and who has to give some back when it is too much: the heaviest first, and
// nobody who holds less than a fair share. Pure: what is used, and by whom, is told.

/** Once it was too much, this share of it must be free again before it is enough. */
const FREE_SHARE = 1 / 8;

export class Budget {
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** How many bytes must be given back, where `used` of `max` are used; 0 where it is enough. */
  excess(used: number, max: number): number {
    const enough = max * (1 - FREE_SHARE);
    this.#isOver = used > (this.#isOver ? enough : max);
    return this.#isOver ? used - enough : 0;
  }
}

/** Who holds bytes that can be given back. */
export interface Holder {
  readonly bytes: number;
}

/**
 * Who has to give back so that `excess` bytes are free, the heaviest first; of those who hold the same, in their order.
 * Nobody who holds less than the average: where all is too much, somebody holds as much as that.
 */
export function heaviest<H extends Holder>(holders: readonly H[], excess: number): readonly H[] {
  let sum = 0;
  for (const { bytes } of holders) sum += bytes;
  const fair = sum / Math.max(1, holders.length);
  const heavy = holders.filter(({ bytes }) => bytes > 0 && bytes >= fair);
  heavy.sort((one, other) => other.bytes - one.bytes);
  let freed = 0;
  const chosen: H[] = [];
  for (const holder of heavy) {
    if (freed >= excess) break;
    chosen.push(holder);
    freed += holder.bytes;
  }
  return chosen;
}
