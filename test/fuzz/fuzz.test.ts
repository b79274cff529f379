// A million hostile inputs, from a seed that is the same every time. Other seeds: `npm run fuzz`.

import { expect, test } from 'vitest';
import { fuzz, HEAP_GROWTH_BYTES_MAX } from './run.ts';

const INPUTS = 1_000_000;
const SEED = 20_261;

test('a million hostile inputs break nothing, and memory stays flat', async () => {
  const begun = performance.now();
  const { inputs, reached, heapGrowthBytes } = await fuzz({ inputs: INPUTS, seed: SEED });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(
    `seed ${SEED}: ${inputs} inputs in ${seconds} s, heap grew by ${heapGrowthBytes} bytes at most`,
  );
  expect(inputs).toBe(INPUTS);
  expect(heapGrowthBytes).toBeLessThanOrEqual(HEAP_GROWTH_BYTES_MAX);
  // No state is a name only.
  expect([...reached].filter(([, count]) => count < 100)).toEqual([]);
  expect(reached.size).toBe(21);
});
