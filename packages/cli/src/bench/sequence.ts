// What became of the messages of one publisher on their way to one receiver, by their numbers: lost, duplicated, out of order.
// Owns the gaps; knows no message.

export interface Sequenced {
  /** Different numbers that came. */
  readonly received: number;
  /** Numbers between the first and the last that have not come; with those behind, where the end is known. */
  readonly lost: number;
  /** Came again, and those that came when their gap was forgotten. */
  readonly duplicated: number;
  /** Came behind a later one. */
  readonly reordered: number;
}

/** Gaps that are kept apart; beyond, the oldest is forgotten: it stays lost. */
export const GAPS_MAX = 1000;

interface Gap {
  first: number;
  last: number;
}

export class Sequence {
  #first: number;
  /** The number that is expected next. */
  #next: number;
  /** In order; what has not come yet. */
  readonly #gaps: Gap[] = [];
  #received = 0;
  #lost = 0;
  #duplicated = 0;
  #reordered = 0;

  /** @param first the number of the first message that is expected; what comes of those before moves it there. */
  constructor(first: number) {
    this.#first = first;
    this.#next = first;
  }

  get first(): number {
    return this.#first;
  }

  /** Returns how it came. */
  add(number: number): 'in-order' | 'reordered' | 'duplicated' {
    if (number >= this.#next) {
      if (number > this.#next) this.#miss(this.#next, number - 1);
      this.#next = number + 1;
      this.#received += 1;
      return 'in-order';
    }
    if (this.#fill(number) || this.#precede(number)) {
      this.#received += 1;
      this.#reordered += 1;
      return 'reordered';
    }
    this.#duplicated += 1;
    return 'duplicated';
  }

  /** So many were sent in all, numbers from 0: what is missing at the end is lost, too. */
  endsBefore(number: number): void {
    if (number <= this.#next) return;
    this.#miss(this.#next, number - 1);
    this.#next = number;
  }

  get facts(): Sequenced {
    const [received, lost] = [this.#received, this.#lost];
    return { received, lost, duplicated: this.#duplicated, reordered: this.#reordered };
  }

  #miss(first: number, last: number): void {
    this.#lost += last - first + 1;
    this.#gaps.push({ first, last });
    if (this.#gaps.length > GAPS_MAX) this.#gaps.shift();
  }

  /** False where it was not missing. */
  #fill(number: number): boolean {
    const index = this.#gapOf(number);
    const gap = this.#gaps[index];
    if (gap === undefined) return false;
    this.#lost -= 1;
    if (gap.first === gap.last) this.#gaps.splice(index, 1);
    else if (number === gap.first) gap.first += 1;
    else if (number === gap.last) gap.last -= 1;
    else {
      this.#gaps.splice(index + 1, 0, { first: number + 1, last: gap.last });
      gap.last = number - 1;
      if (this.#gaps.length > GAPS_MAX) this.#gaps.shift();
    }
    return true;
  }

  /** Of before the first one: what lies between is missing from now on. False where it is not. */
  #precede(number: number): boolean {
    if (number >= this.#first) return false;
    if (number + 1 < this.#first) {
      this.#lost += this.#first - number - 1;
      if (this.#gaps.length < GAPS_MAX) this.#gaps.unshift({ first: number + 1, last: this.#first - 1 });
    }
    this.#first = number;
    return true;
  }

  /** By halving; -1 where it is in none. */
  #gapOf(number: number): number {
    let low = 0;
    let high = this.#gaps.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const gap = this.#gaps[middle];
      if (gap === undefined) return -1;
      if (number < gap.first) high = middle - 1;
      else if (number > gap.last) low = middle + 1;
      else return middle;
    }
    return -1;
  }
}

export const NOTHING_SEQUENCED: Sequenced = { received: 0, lost: 0, duplicated: 0, reordered: 0 };

export function sum(one: Sequenced, other: Sequenced): Sequenced {
  return {
    received: one.received + other.received,
    lost: one.lost + other.lost,
    duplicated: one.duplicated + other.duplicated,
    reordered: one.reordered + other.reordered,
  };
}
