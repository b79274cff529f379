// A time as scenarios write it. Pure.

const MS_OF: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds as they are; `'500ms'`, `'5s'`, `'2m'`, `'1h'`. @throws TypeError */
export function msOf(interval: number | string): number {
  const [, amount = '', unit = ''] = /^(\d*\.?\d+)(ms|s|m|h)$/.exec(String(interval)) ?? [];
  const ms = typeof interval === 'number' ? interval : Number(amount) * (MS_OF[unit] ?? Number.NaN);
  if (ms > 0 && ms < Number.POSITIVE_INFINITY) return ms;
  throw new TypeError(
    `${JSON.stringify(interval)} is no time: it is a number of ms above 0, or text like '5s'`,
  );
}
