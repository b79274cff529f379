// Chance that can be repeated: one seed, and a stream of numbers for each purpose, so that what one client draws does
// not move what another draws. Owns nothing else.

export interface Chance {
  /** From 0 up to 1, without 1. */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  /** True in `share` of all cases. */
  happens(share: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** The stream of this seed and this purpose. */
export function chance(seed: number, purpose: string): Chance {
  let state = seed >>> 0;
  for (let at = 0; at < purpose.length; at += 1) {
    state = Math.imul(state ^ purpose.charCodeAt(at), 0x01000193) >>> 0;
  }
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    happens: (share) => next() < share,
    pick: (from) => {
      const picked = from[between(0, from.length - 1)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
  };
}
