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

/** As `durationMs` reads it, in the largest unit that fits: `10s`. */
export function durationText(ms: number): string {
  return ms === 0 ? '0' : text(ms, DURATION_UNITS);
}

/** As `sizeBytes` reads it, in the largest unit that fits: `16 MiB`. */
export function sizeText(size: number): string {
  return size === 0 ? '0' : text(size, SIZE_UNITS);
}

type Units = readonly (readonly [unit: string, factor: number])[];
const DURATION_UNITS: Units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
const SIZE_UNITS: Units = [
  [' GiB', 1024 ** 3],
  [' MiB', 1024 ** 2],
  [' KiB', 1024],
  ['', 1],
];

function text(value: number, units: Units): string {
  const [unit = '', factor = 1] = units.find(([, one]) => value % one === 0) ?? [];
  return `${value / factor}${unit}`;
}
