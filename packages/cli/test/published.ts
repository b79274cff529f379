// What a subscriber gets of what `anax pub` publishes.

import { expect } from 'vitest';
import { pubCommand } from '../src/pub.ts';
import { subCommand } from '../src/sub.ts';
import { broker, run, start, type World } from './support.ts';

/** Publishes, and gives what a subscriber to `#` got of it, as JSON. */
export async function published(
  args: readonly string[],
  { count = 1, world = {} }: { readonly count?: number; readonly world?: World } = {},
): Promise<readonly Record<string, unknown>[]> {
  const address = await broker();
  const subscriber = start(subCommand, [
    ...address,
    ...['-t', '#', '-q', '2', '--json', '-C', String(count), '--explain'],
  ]);
  await subscriber.shows('SUBACK packet id');
  const { code, error, out } = await run(pubCommand, [...address, ...args], world);
  expect([code, error, out]).toEqual([0, '', '']);
  const outcome = await subscriber.outcome;
  return outcome.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
