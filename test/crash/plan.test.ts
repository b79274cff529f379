// What a seed decides, and that payloads tell when they are damaged.

import { describe, expect, test } from 'vitest';
import { CAST, grantedQos, retainedTopics } from './src/cast.ts';
import { chance } from './src/chance.ts';
import { payloadOf, valueIn } from './src/payload.ts';
import { planRound, STEPS } from './src/plan.ts';

describe('plan', () => {
  test('the same seed plans the same rounds, another one others', () => {
    const plans = (seed: number): unknown[] =>
      Array.from({ length: 20 }, (_, round) => planRound(seed, round, 'mixed', CAST));
    expect(plans(5)).toEqual(plans(5));
    expect(plans(5)).not.toEqual(plans(6));
  });

  test('many rounds reach every way to end, with loads of 50 to 500 ms and everybody present at some time', () => {
    const plans = Array.from({ length: 300 }, (_, round) => planRound(1, round, 'mixed', CAST));
    expect(new Set(plans.map(({ how }) => how))).toEqual(new Set([...STEPS, 'random', 'stop']));
    expect(plans.every(({ loadMs }) => loadMs >= 50 && loadMs <= 500)).toBe(true);
    expect(plans.every(({ count }) => count >= 1)).toBe(true);
    for (const { clientId, presence } of CAST.subscribers) {
      const times = plans.filter(({ present }) => present.has(clientId)).length;
      expect(times).toBeGreaterThan(0);
      expect(times === plans.length).toBe(presence === 'online');
    }
  });

  test('a named step is the only one', () => {
    for (const step of STEPS) expect(planRound(1, 1, step, CAST).how).toBe(step);
    expect(STEPS).toContain(planRound(1, 1, 'steps', CAST).how);
  });
});

test('chance is spread over its whole range', () => {
  const drawn = chance(1, 'spread');
  const counts = [0, 0, 0, 0, 0, 0];
  for (let at = 0; at < 6_000; at += 1) counts[drawn.between(0, 5)] = (counts[drawn.between(0, 5)] ?? 0) + 1;
  expect(Math.min(...counts)).toBeGreaterThan(700);
});

describe('payload', () => {
  test('gives its value back, small or large', () => {
    for (let value = 1; value < 40; value += 1) expect(valueIn(payloadOf(value))).toBe(value);
    expect(valueIn(payloadOf(9_007_199))).toBe(9_007_199);
  });

  test('is none with a byte changed, missing or added', () => {
    const good = payloadOf(12);
    for (const at of [0, 1, 2, 20, good.length - 1]) {
      const damaged = good.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(valueIn(damaged)).not.toBe(12);
    }
    expect(valueIn(good.subarray(0, good.length - 1))).toBeUndefined();
    expect(valueIn(new Uint8Array([...good, 97]))).toBeUndefined();
    expect(valueIn(new Uint8Array())).toBeUndefined();
  });
});

test('the cast has retained topics of one publisher each, and a subscriber of every kind', () => {
  const topics = retainedTopics(CAST);
  expect(new Set(topics).size).toBe(topics.length);
  expect(new Set(CAST.subscribers.map(({ presence }) => presence)).size).toBe(4);
  for (const { topics: plain } of CAST.publishers) {
    for (const topic of plain) {
      const granted = CAST.subscribers.map((subscriber) => grantedQos(subscriber, topic));
      expect(granted).toContain(1);
      expect(granted).toContain(2);
    }
  }
});
