// The time of day in fractions of a millisecond, by which two processes on one machine agree. Owns how it is found.

/** One look at the time of day, in whole milliseconds, and the finer clock before and behind it. */
export interface Look {
  readonly before: number;
  readonly wall: number;
  readonly after: number;
}

/** What is known of the difference between the two clocks. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export const UNKNOWN: Bounds = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/**
 * The bounds with one look more. One that was held up between its parts only says less. `performance.timeOrigin` is a single look,
 * at the start of the process, and wrong by as much as that one was held up.
 */
export function narrowed({ low, high }: Bounds, { before, wall, after }: Look): Bounds {
  // The time of day was from `wall` to `wall + 1`, and the finer clock from `before` to `after`.
  const [least, most] = [wall - after, wall + 1 - before];
  // Somebody has set the clock: what was known before is no longer true.
  if (least > high || most < low) return { low: least, high: most };
  return { low: Math.max(low, least), high: Math.min(high, most) };
}

const WITHIN_MS = 0.005;
const LOOK_MS_MAX = 100;

let known: number | undefined;

/** What to add to `performance.now()` for milliseconds since 1970. Looked for once; takes some milliseconds. */
export function wallOrigin(): number {
  known ??= looked();
  return known;
}

function looked(): number {
  const until = performance.now() + LOOK_MS_MAX;
  let bounds = UNKNOWN;
  for (let after = 0; bounds.high - bounds.low > WITHIN_MS && after < until; ) {
    const before = performance.now();
    const wall = Date.now();
    after = performance.now();
    bounds = narrowed(bounds, { before, wall, after });
  }
  return (bounds.low + bounds.high) / 2;
}
