import { describe, expect, it } from 'vitest';
import { main } from './main.ts';
import { type Figures, HEAP_GROWTH_BYTES_MAX, LATENCY_FLOOR_US, type Outcome, verdict } from './verdict.ts';

const figures = (heap: number, connected = 51): Figures => ({ heap, get: () => connected });
const GOOD: Outcome = {
  seen: [],
  quietP99Us: LATENCY_FLOOR_US,
  hostileP99Us: 3 * LATENCY_FLOOR_US,
  before: figures(50_000_000),
  after: figures(50_000_000 + HEAP_GROWTH_BYTES_MAX),
  exitCode: 0,
};

describe('the verdict of a soak', () => {
  it('finds nothing where nothing is', () => {
    expect(verdict(GOOD)).toEqual([]);
  });

  const findings: readonly (readonly [string, Partial<Outcome>, string])[] = [
    ['what the honest saw', { seen: ['honest/1: 1 of 9 never came'] }, 'never came'],
    ['a p99 of more than three times', { hostileP99Us: 3 * LATENCY_FLOOR_US + 1 }, 'p99'],
    ['a heap that stays', { after: figures(50_000_001 + HEAP_GROWTH_BYTES_MAX) }, 'heap'],
    [
      'clients that stay',
      { after: figures(50_000_000, 52) },
      'clients/connected was 51 before and is 52 after',
    ],
    ['hostile clients that were not there to the end', { exitCode: 1 }, 'ended with 1'],
    ['hostile clients that were killed', { exitCode: null }, 'ended with null'],
  ];
  it.each(findings)('finds %s', (_, change, what) => {
    expect(verdict({ ...GOOD, ...change }).join('\n')).toContain(what);
  });
});

describe('npm run soak', () => {
  it.each([
    ['--minutes', '0'],
    ['--minutes', 'x'],
    ['--seed', '1.5'],
  ])('refuses %s %s', async (...args) => {
    expect(await main(args)).toBe(2);
  });
});
