// Chance that can be had again: one seed, one sequence. Small and fast; no good for secrets.

export class Random {
  #state: number;

  constructor(seed: number) {
    // A seed and the next one begin alike; some steps part them.
    this.#state = (seed ^ 0x9e37_79b9) >>> 0;
    for (let i = 0; i < 8; i++) this.uint32();
  }

  /** Mulberry32. */
  uint32(): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 to 1, like Math.random. */
  float(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** From 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.float() * count);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.uint32() & 0xff;
    return bytes;
  }
}
