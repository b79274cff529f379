// Chance that can be repeated: numbers from a seed, and seeds from a seed and a name. Pure.

const WORD = 2 ** 32;

export class Random {
  readonly #seed: string;
  readonly #state: Uint32Array;

  /** The same seed gives the same numbers. */
  constructor(seed: string | number) {
    this.#seed = String(seed);
    this.#state = Uint32Array.of(hash(this.#seed, 1), hash(this.#seed, 2), hash(this.#seed, 3), 1);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Another one, which depends on this one's seed and the name only, not on what was drawn before. */
  fork(name: string | number): Random {
    return new Random(`${this.#seed}/${name}`);
  }

  /** From 0 up to, not including, 1. Small Fast Counter (sfc32), which passes PractRand. */
  next(): number {
    const s = this.#state;
    const [a = 0, b = 0, c = 0, d = 0] = s;
    const sum = (a + b + d) >>> 0;
    s[0] = b ^ (b >>> 9);
    s[1] = c + (c << 3);
    s[2] = ((c << 21) | (c >>> 11)) + sum;
    s[3] = d + 1;
    return sum / WORD;
  }

  /** From `least` up to, not including, `most`. */
  between(least: number, most: number): number {
    return least + (most - least) * this.next();
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** True with this probability, from 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @throws RangeError for an empty list. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('pick: the list is empty');
    return list[Math.floor(this.next() * list.length)] as T;
  }

  /** Of a normal distribution. */
  normal(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.next());
  }
}

/** FNV-1a with a finish that spreads the last characters. */
function hash(text: string, salt: number): number {
  let value = 0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1);
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
