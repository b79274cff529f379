/** Owns the averages: the numbers that mosquitto 2.0.11 gave for the same growth, and how they fade. */

import { expect, test } from 'vitest';
import { Load } from '../../src/sys/load.ts';

const rounded = (load: Load): readonly string[] => load.averages.map((average) => average.toFixed(2));

test('2 in 3 s, then nothing, 59 in 3 s: as mosquitto says', () => {
  const received = new Load(0);
  received.update(2, 3);
  expect(rounded(received)).toEqual(['1.95', '0.40', '0.13']);
  received.update(2, 6 - 3);
  expect(rounded(received)).toEqual(['1.86', '0.39', '0.13']);
  const sent = new Load(0);
  sent.update(59, 3);
  expect(rounded(sent)).toEqual(['57.55', '11.74', '3.93']);
});

test('starts from the counter as it is', () => {
  const load = new Load(1_000_000);
  expect(rounded(load)).toEqual(['0.00', '0.00', '0.00']);
  load.update(1_000_000, 10);
  expect(rounded(load)).toEqual(['0.00', '0.00', '0.00']);
});

test('comes to what a minute brings when it goes on for long, whatever the steps are', () => {
  for (const step of [1, 10, 47]) {
    const load = new Load(0);
    for (let second = step; second < 20_000; second += step) load.update(second * 5, step);
    for (const average of load.averages) expect(average).toBeCloseTo(300, 1);
  }
});

test('fades by a factor of e in each span', () => {
  const load = new Load(0);
  load.update(1000, 1);
  const [one = 0, five = 0, fifteen = 0] = load.averages;
  load.update(1000, 60);
  expect(load.averages[0]).toBeCloseTo(one / Math.E, 6);
  load.update(1000, 240);
  expect(load.averages[1]).toBeCloseTo(five / Math.E, 6);
  load.update(1000, 600);
  expect(load.averages[2]).toBeCloseTo(fifteen / Math.E, 6);
});

test('passes over a clock that stands still', () => {
  const load = new Load(0);
  load.update(7, 0);
  expect(rounded(load)).toEqual(['0.00', '0.00', '0.00']);
  load.update(7, 60);
  expect(load.averages[0]).toBeCloseTo(7 * (1 - 1 / Math.E), 6);
});
