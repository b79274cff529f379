/** Owns when memory is short, until when, and who has to give back: the heaviest, and never the rest. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Budget, heaviest } from '../../src/abuse/budget.ts';

test('what is too much is too much until an eighth is free again', () => {
  const budget = new Budget();
  const excess = [700, 800, 801, 750, 701, 700, 701, 800].map((used) => budget.excess(used, 800));
  expect(excess).toEqual([0, 0, 101, 50, 1, 0, 0, 0]);
});

const holders = (...sizes: readonly number[]) => sizes.map((bytes, at) => ({ at, bytes }));
const who = (chosen: readonly { readonly at: number }[]) => chosen.map(({ at }) => at);

test('the heaviest give back first, and no more of them than are needed', () => {
  const all = holders(5, 900, 10, 1000, 800, 10);
  expect(who(heaviest(all, 1))).toEqual([3]);
  expect(who(heaviest(all, 1001))).toEqual([3, 1]);
});

test('who holds less than the average gives nothing back, however much is needed', () => {
  expect(who(heaviest(holders(5, 900, 10, 1000, 800, 10), 1e9))).toEqual([3, 1, 4]);
  expect(heaviest(holders(0, 0), 1e9)).toEqual([]);
  expect(heaviest([], 1e9)).toEqual([]);
});

test('many that are equal are many that can give back', () => {
  const all = holders(...new Array<number>(100).fill(60), ...new Array<number>(10).fill(1));
  expect(who(heaviest(all, 1200))).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('for any holders: none that is spared is heavier than one that is chosen, and none is below the average', () => {
  const sizes = fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(sizes, fc.nat(20_000), (list, excess) => {
      const all = holders(...list);
      const chosen = heaviest(all, excess);
      const spared = all.filter((one) => !chosen.includes(one));
      const least = Math.min(...chosen.map(({ bytes }) => bytes));
      const average = list.reduce((sum, bytes) => sum + bytes, 0) / list.length;
      expect(Math.max(0, ...spared.map(({ bytes }) => bytes))).toBeLessThanOrEqual(
        chosen.length === 0 ? 1000 : spared.some(({ bytes }) => bytes >= average) ? least : average,
      );
      for (const { bytes } of chosen) expect(bytes).toBeGreaterThanOrEqual(average);
      const freed = chosen.slice(0, -1).reduce((sum, { bytes }) => sum + bytes, 0);
      if (chosen.length > 0) expect(freed).toBeLessThan(excess);
    }),
  );
});
