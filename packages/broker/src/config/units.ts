// Durations and sizes as people write them. Pure text to numbers.

const DURATIONS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};
const NUMBER_AND_UNIT = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i;

function parse(text: string, units: Readonly<Record<string, number>>, without: number): number | undefined {
  const found = NUMBER_AND_UNIT.exec(text.trim());
  if (found === null) return undefined;
  const [, digits, unit] = found;
  const name = (unit as string).toLowerCase();
  const factor = Object.hasOwn(units, name) ? units[name] : undefined;
  if (name === '') return Number(digits) * without;
  return factor === undefined ? undefined : Number(digits) * factor;
}

/** `10s`, `500 ms`, `1h`; a bare number counts seconds. In ms; undefined where it is none. */
export function durationMs(value: string | number): number | undefined {
  return parse(String(value), DURATIONS_MS, 1000);
}

/** `64 KiB`, `1 MB`; a bare number counts bytes. In bytes; undefined where it is none. */
export function sizeBytes(value: string | number): number | undefined {
  const bytes = parse(String(value), SIZES, 1);
  return bytes === undefined ? undefined : Math.round(bytes);
}
