// How long things took, counted in buckets: whole microseconds in, quantiles out. Owns the buckets and their precision;
// never looks at a clock.

/**
 * Buckets are as wide as 1 up to 255 µs, and then double their width with every doubling of the value: 128 to an octave. A
 * quantile is told as the largest value of its bucket, so it is never too small, and less than 1/128 (0.8 %) too large.
 */
const BITS = 7;
const PER_OCTAVE = 2 ** BITS;
/** Longest value, about 73 minutes; more counts as this in the quantiles. Minimum, maximum and mean are exact. */
export const VALUE_MAX = 2 ** 32 - 1;
const BUCKETS = (32 - BITS + 1) * PER_OCTAVE;

export interface Quantiles {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  /** @param value microseconds; a fraction is cut off, less than 0 counts as 0. */
  add(value: number): void {
    const whole = Math.max(0, Math.floor(value));
    const bucket = bucketOf(Math.min(whole, VALUE_MAX));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sum += whole;
    if (whole < this.#min) this.#min = whole;
    if (whole > this.#max) this.#max = whole;
  }

  /** The value that this part of all (0 to 1) does not exceed; 0 where there is none. */
  quantile(part: number): number {
    const rank = Math.max(1, Math.ceil(part * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return Math.min(this.#max, highestOf(bucket));
    }
    return this.#max;
  }

  /** Undefined where there is none. */
  quantiles(): Quantiles | undefined {
    if (this.#count === 0) return undefined;
    return {
      count: this.#count,
      min: this.#min,
      mean: Math.round((this.#sum / this.#count) * 10) / 10,
      p50: this.quantile(0.5),
      p90: this.quantile(0.9),
      p99: this.quantile(0.99),
      p999: this.quantile(0.999),
      max: this.#max,
    };
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = 0;
  }
}

/** The first two octaves' worth of values have a bucket each. */
function bucketOf(value: number): number {
  if (value < 2 * PER_OCTAVE) return value;
  const shift = 31 - Math.clz32(value) - BITS;
  return shift * PER_OCTAVE + (value >>> shift);
}

function highestOf(bucket: number): number {
  if (bucket < 2 * PER_OCTAVE) return bucket;
  const shift = Math.floor(bucket / PER_OCTAVE) - 1;
  return (bucket - shift * PER_OCTAVE + 1) * 2 ** shift - 1;
}
