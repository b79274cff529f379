import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { medianLines } from './lengths.ts';
import { readRepository } from './repository.ts';
import { RULES } from './rules.ts';

const MEDIAN_LINES_MAX = 130;

const repository = readRepository(fileURLToPath(new URL('../../', import.meta.url)));

test.each(RULES.map((rule) => [rule.name, rule] as const))('%s', (_name, { check }) => {
  expect(check(repository)).toEqual([]);
});

test(`the median source file has at most ${MEDIAN_LINES_MAX} lines`, () => {
  const median = medianLines(repository);
  console.info(`median length of a source file: ${median} lines`);
  expect(median).toBeGreaterThan(0);
  expect(median).toBeLessThanOrEqual(MEDIAN_LINES_MAX);
});
