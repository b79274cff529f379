/** Owns durations and sizes as people write them. */

import { describe, expect, test } from 'vitest';
import { durationMs, sizeBytes } from '../../src/config/units.ts';

describe('units', () => {
  test.each([
    ['10s', 10_000],
    ['500 ms', 500],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['1D', 86_400_000],
    [3, 3000],
    ['0', 0],
  ])('%s is %i ms', (value, ms) => expect(durationMs(value)).toBe(ms));

  test.each([
    '',
    's',
    '-1s',
    '1 week',
    '1e3',
    '1s 2s',
    'constructor',
    '1 constructor',
    Number.NaN,
    -1,
    Infinity,
  ])('%s is no duration and no size', (value) => {
    expect(durationMs(value)).toBeUndefined();
    expect(sizeBytes(value)).toBeUndefined();
  });

  test.each([
    ['64 KiB', 65_536],
    ['1 MB', 1_000_000],
    ['16mib', 16_777_216],
    [100, 100],
    ['1.5 kB', 1500],
  ])('%s is %i bytes', (value, size) => expect(sizeBytes(value)).toBe(size));
});
