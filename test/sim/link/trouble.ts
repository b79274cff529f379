// What happens to links, drawn from one chance: how fast a line is, where it is cut or swallows, what a name stands for and
// which of its addresses answer. Once it is calm, nothing of it.

import type { Chance } from '../world/chance.ts';
import type { Line } from './stream.ts';

export type Direction = 'up' | 'down';

/** What becomes of a link behind a byte of one direction, or after a while. */
export interface Fate {
  /**
   * `cut`: each end learns of it in its own time, or never. `hole`: bytes are taken and nothing arrives, and nobody is told;
   * of one direction or of both. `jam`: nothing arrives for a while.
   */
  readonly kind: 'cut' | 'hole' | 'jam';
  readonly direction: Direction;
  /** Either of these. */
  readonly atBytes?: number;
  readonly afterMs?: number;
  /** Both directions are gone. */
  readonly both: boolean;
  /** Undefined: never. */
  readonly clientAfterMs: number | undefined;
  readonly brokerAfterMs: number | undefined;
  readonly forMs: number;
}

export type Address =
  | { readonly kind: 'answers'; readonly afterMs: number }
  | { readonly kind: 'refuses'; readonly afterMs: number }
  | { readonly kind: 'silent' };

/** What a name server says. */
export type Name =
  | { readonly kind: 'found'; readonly afterMs: number; readonly addresses: readonly Address[] }
  | { readonly kind: 'fails'; readonly afterMs: number }
  | { readonly kind: 'silent' };

/** Where a link gets its line, its addresses and its fate from. */
export interface Trouble {
  name(): Name;
  line(): Line;
  fate(): Fate | undefined;
}

export const CALM_LINE: Line = {
  delayMs: 1,
  jitterMs: 0,
  piecesMax: 1,
  bytesPerMs: Number.POSITIVE_INFINITY,
};

export class RandomTrouble implements Trouble {
  isCalm = false;
  readonly #chance: Chance;
  /** Of a hundred links so many are cut or worse. */
  readonly #percent: number;

  constructor(chance: Chance, percent: number) {
    this.#chance = chance;
    this.#percent = percent;
  }

  name(): Name {
    const chance = this.#chance;
    if (this.isCalm) return { kind: 'found', afterMs: 0, addresses: [{ kind: 'answers', afterMs: 1 }] };
    const drawn = chance.below(100);
    if (drawn < 3) return { kind: 'fails', afterMs: chance.below(50) };
    if (drawn < 4) return { kind: 'silent' };
    if (drawn < 5) return { kind: 'found', afterMs: 0, addresses: [] };
    const count = chance.pick([1, 1, 1, 1, 2, 4]);
    return {
      kind: 'found',
      afterMs: chance.pick([0, 0, 1, 30]),
      addresses: Array.from({ length: count }, () => this.#address()),
    };
  }

  #address(): Address {
    const chance = this.#chance;
    const drawn = chance.below(100);
    if (drawn < 12) return { kind: 'refuses', afterMs: chance.below(40) };
    if (drawn < 15) return { kind: 'silent' };
    // Too late for some.
    if (drawn < 18) return { kind: 'answers', afterMs: 500 + chance.below(4000) };
    return { kind: 'answers', afterMs: chance.pick([0, 1, 20, 100]) };
  }

  line(): Line {
    if (this.isCalm) return CALM_LINE;
    const chance = this.#chance;
    return {
      delayMs: chance.pick([0, 1, 5, 20, 100]),
      jitterMs: chance.pick([0, 0, 5, 50]),
      piecesMax: chance.pick([1, 1, 1, 1, 3, 3, 6, 0]),
      bytesPerMs: chance.pick([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 100, 10]),
    };
  }

  fate(): Fate | undefined {
    const chance = this.#chance;
    if (this.isCalm || chance.below(100) >= this.#percent) return undefined;
    const learns = (): number | undefined => {
      const drawn = chance.below(10);
      if (drawn < 7) return chance.below(3);
      return drawn < 9 ? chance.below(600) : undefined;
    };
    const atBytes = chance.pick([16, 60, 100, 200, 400, 3000]);
    const drawn = chance.below(20);
    return {
      kind: drawn < 15 ? 'cut' : drawn < 18 ? 'hole' : 'jam',
      direction: chance.pick(['up', 'down'] as const),
      ...(chance.below(2) > 0 ? { atBytes: chance.below(atBytes) } : { afterMs: chance.below(400) }),
      both: chance.below(2) === 0,
      clientAfterMs: learns(),
      brokerAfterMs: learns(),
      forMs: chance.below(3000),
    };
  }
}
