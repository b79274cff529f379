/** Owns what a simulation is made of without a network: chance, times, places of errors, the shape of a scenario. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { msOf } from '../../src/simulate/interval.ts';
import { scenarioOf } from '../../src/simulate/load.ts';
import { Random } from '../../src/simulate/random.ts';
import { told, whereOf } from '../../src/simulate/where.ts';

const draw = (random: Random, count: number): readonly number[] =>
  Array.from({ length: count }, () => random.next());

describe('random', () => {
  it('is the same for the same seed and another for another', () => {
    expect(draw(new Random('a'), 50)).toEqual(draw(new Random('a'), 50));
    expect(draw(new Random(7), 5)).toEqual(draw(new Random('7'), 5));
    expect(draw(new Random('a'), 5)).not.toEqual(draw(new Random('b'), 5));
  });

  it('forks by name, whatever was drawn before', () => {
    const [one, other] = [new Random('a'), new Random('a')];
    draw(other, 10);
    expect(draw(one.fork(3), 5)).toEqual(draw(other.fork(3), 5));
    expect(draw(one.fork(3), 5)).not.toEqual(draw(one.fork(4), 5));
    expect(draw(one.fork(3), 5)).not.toEqual(draw(one, 5));
  });

  it('stays within its bounds, and reaches both ends of whole', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -50, max: 50 }), fc.nat(9), (seed, least, more) => {
        const random = new Random(seed);
        const wholes = Array.from({ length: 300 }, () => random.whole(least, least + more));
        expect([Math.min(...wholes), Math.max(...wholes)]).toEqual([least, least + more]);
        for (let i = 0; i < 50; i++) {
          const value = random.between(least, least + more + 1);
          expect(value >= least && value < least + more + 1).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('spreads evenly, and normally where asked to', () => {
    const random = new Random('spread');
    const counts = new Array<number>(10).fill(0);
    for (const value of draw(random, 10_000))
      counts[Math.floor(value * 10)] = (counts[Math.floor(value * 10)] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    const normal = Array.from({ length: 10_000 }, () => random.normal(5, 2));
    const mean = normal.reduce((a, b) => a + b) / normal.length;
    const deviation = Math.sqrt(normal.reduce((a, b) => a + (b - mean) ** 2, 0) / normal.length);
    expect([Math.abs(mean - 5) < 0.1, Math.abs(deviation - 2) < 0.1]).toEqual([true, true]);
  });

  it('takes chances and picks', () => {
    const random = new Random(1);
    expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
    expect(new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])))).toEqual(
      new Set(['a', 'b', 'c']),
    );
    expect(() => random.pick([])).toThrow('empty');
  });
});

describe('interval', () => {
  it.each([
    [1500, 1500],
    ['500ms', 500],
    ['5s', 5000],
    ['.5m', 30_000],
    ['2h', 7_200_000],
  ])('%j is %i ms', (given, ms) => expect(msOf(given)).toBe(ms));

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '', '5', '5 s', '0s', 's', '5d'])(
    '%j is none',
    (given) => expect(() => msOf(given)).toThrow('is no time'),
  );
});

describe('where an error comes from', () => {
  const withStack = (...frames: readonly string[]): Error =>
    Object.assign(new TypeError('bad'), {
      stack: `TypeError: bad\n${frames.map((frame) => `    at ${frame}`).join('\n')}`,
    });

  it("is the innermost place that is the user's", () => {
    const error = withStack(
      'node:internal/x:1:2',
      `Device.publish (${import.meta.url.replace('test/simulate/pure.test.ts', 'src/simulate/device.ts')}:9:9)`,
      'file:///srv/node_modules/mqtt/x.js:5:6',
      'async Object.run (file:///srv/my%20fleet/fleet.ts:12:7)',
      'file:///srv/other.js:1:1',
    );
    expect(whereOf(error)).toBe('/srv/my fleet/fleet.ts:12:7');
    expect(told(error)).toBe('/srv/my fleet/fleet.ts:12:7: TypeError: bad');
  });

  it('is told from the current folder', () => {
    const url = new URL(`file://${process.cwd()}/a/b.mjs`).href;
    expect(told(withStack(`run (${url}:3:4)`))).toBe('a/b.mjs:3:4: TypeError: bad');
  });

  it('is nowhere where there is none', () => {
    expect(told(withStack('node:internal/x:1:2'))).toBe('TypeError: bad');
    expect(told('text')).toBe('text');
  });
});

describe('a scenario', () => {
  const run = (): void => {};

  it('is what has a run', () => {
    const given = { run, devices: 2, name: 'n', connect: run, connected: run, end: run };
    expect(scenarioOf(given, 'f.ts')).toBe(given);
  });

  it.each([
    [undefined, 'f.ts has no `export default` of a scenario'],
    [{}, 'f.ts: run is no function'],
    [{ run, devies: 2 }, 'f.ts: a scenario has no devies; it has name, devices'],
    [{ run, devices: 1.5 }, 'f.ts: devices is no whole number above 0'],
    [{ run, connect: {} }, 'f.ts: connect is no function'],
    [{ run, name: 3 }, 'f.ts: name is no text'],
  ])('is not %j', (given, said) => expect(() => scenarioOf(given, 'f.ts')).toThrow(said));
});
