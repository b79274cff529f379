/** Owns what is measured with: the histogram against sorted values, the pace, the sequence check, stamps and patterns. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram, VALUE_MAX } from '../../src/bench/histogram.ts';
import { Pacer } from '../../src/bench/pacer.ts';
import { differs, expanded, unknownSign } from '../../src/bench/pattern.ts';
import { GAPS_MAX, Sequence } from '../../src/bench/sequence.ts';
import { STAMP_BYTES, stamped, stampOf, templateOf } from '../../src/bench/stamp.ts';
import { type Bounds, type Look, narrowed, UNKNOWN, wallOrigin } from '../../src/bench/wall.ts';

/** Values of all orders of magnitude. */
const values = fc.array(
  fc.integer({ min: 0, max: 31 }).chain((bits) => fc.integer({ min: 0, max: 2 ** bits })),
  { minLength: 1, maxLength: 400 },
);

describe('histogram', () => {
  it('a quantile is never below the true one, and less than 1/128 above it', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, part) => {
        const histogram = new Histogram();
        for (const value of list) histogram.add(value);
        const sorted = list.toSorted((a, b) => a - b);
        const truth = sorted[Math.max(1, Math.ceil(part * list.length)) - 1] ?? Number.NaN;
        const told = histogram.quantile(part);
        expect(told).toBeGreaterThanOrEqual(truth);
        expect(told - truth).toBeLessThanOrEqual(truth / 128);
      }),
    );
  });

  it('minimum, maximum, mean and count are exact', () => {
    fc.assert(
      fc.property(values, (list) => {
        const histogram = new Histogram();
        for (const value of list) histogram.add(value);
        const told = histogram.quantiles();
        const mean = list.reduce((a, b) => a + b, 0) / list.length;
        expect(told).toMatchObject({ count: list.length, min: Math.min(...list), max: Math.max(...list) });
        expect(told?.mean).toBeCloseTo(mean, 0);
      }),
    );
  });

  it('is exact up to 255, tells the largest of a bucket above, and never more than the maximum', () => {
    const histogram = new Histogram();
    for (const value of [0, 255, 256, 1000, 100_000]) histogram.add(value);
    expect([0.2, 0.4, 0.6, 0.8, 1].map((part) => histogram.quantile(part))).toEqual([
      0, 255, 257, 1003, 100_000,
    ]);
  });

  it('cuts fractions off, takes less than 0 as 0 and more than it has buckets for as the most', () => {
    const histogram = new Histogram();
    for (const value of [-3, 0.9, 2 ** 40]) histogram.add(value);
    expect(histogram.quantile(0.5)).toBe(0);
    expect(histogram.quantile(1)).toBe(VALUE_MAX);
    expect(histogram.quantiles()?.max).toBe(2 ** 40);
  });

  it('has no quantiles where nothing was added, or after clear', () => {
    const histogram = new Histogram();
    expect(histogram.quantiles()).toBeUndefined();
    histogram.add(5);
    histogram.clear();
    expect([histogram.quantiles(), histogram.quantile(0.5)]).toEqual([undefined, 0]);
  });
});

const ALL = Number.POSITIVE_INFINITY;

describe('pacer', () => {
  it.each([0.2, 1, 3, 7, 1000, 33_333, 100_000])(
    'at %d in a second so many are due in an hour, however often one looks',
    (rate) => {
      fc.assert(
        fc.property(fc.array(fc.double({ min: 0.01, max: 60_000, noNaN: true })), (steps) => {
          const pacer = new Pacer(rate, 5000);
          let now = 5000;
          for (const step of steps) {
            now += step;
            pacer.take(now, ALL);
            expect(Math.abs(pacer.taken - ((now - 5000) * rate) / 1000)).toBeLessThanOrEqual(1.000001);
          }
        }),
      );
    },
  );

  it('is neither too early nor too late: who waits as told finds exactly the next one', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 200_000, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (rate, begunAt) => {
          const pacer = new Pacer(rate, begunAt);
          expect(pacer.take(begunAt, ALL)).toBe(1);
          for (let number = 1; number < 50; number++) {
            const at = pacer.dueAt(number);
            expect(pacer.take(pacer.dueAt(number - 1) + 0.4 * (at - pacer.dueAt(number - 1)), ALL)).toBe(0);
            expect(pacer.take(at, ALL)).toBe(1);
          }
        },
      ),
    );
  });

  it('the first is due at the begin, not before', () => {
    const pacer = new Pacer(10, 1000);
    expect([pacer.take(999, ALL), pacer.waitMs(999), pacer.take(1000, ALL), pacer.waitMs(1000)]).toEqual([
      0, 1, 1, 100,
    ]);
  });

  it('gives what was held back later: the schedule does not move', () => {
    const pacer = new Pacer(1000, 0);
    expect([pacer.take(9.5, 4), pacer.take(9.5, 4), pacer.take(9.5, 4), pacer.take(9.5, 4)]).toEqual([
      4, 4, 2, 0,
    ]);
  });

  it('without a pace all are due at once', () => {
    const pacer = new Pacer(ALL, 7);
    expect([pacer.take(7, 64), pacer.waitMs(7), pacer.dueAt(1e6)]).toEqual([64, 0, 7]);
  });
});

describe('sequence', () => {
  it('knows what was lost, duplicated and out of order, as counting by hand does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 200 }), (numbers) => {
        const sequence = new Sequence(0);
        const seen = new Set<number>();
        let [most, duplicated, reordered] = [-1, 0, 0];
        for (const number of numbers) {
          const how = sequence.add(number);
          const expected = seen.has(number) ? 'duplicated' : number < most ? 'reordered' : 'in-order';
          expect(how).toBe(expected);
          if (expected === 'duplicated') duplicated += 1;
          if (expected === 'reordered') reordered += 1;
          seen.add(number);
          most = Math.max(most, number);
          expect(sequence.facts).toEqual({
            received: seen.size,
            lost: most + 1 - seen.size,
            duplicated,
            reordered,
          });
        }
        sequence.endsBefore(70);
        expect(sequence.facts.lost).toBe(70 - seen.size);
      }),
    );
  });

  it('counts from the number it is told to begin with', () => {
    const sequence = new Sequence(1000);
    for (const number of [1000, 1001, 1003]) sequence.add(number);
    expect(sequence.facts).toEqual({ received: 3, lost: 1, duplicated: 0, reordered: 0 });
  });

  it('begins earlier where one of before comes after all', () => {
    const sequence = new Sequence(10);
    expect([10, 7, 8, 7, 11].map((number) => sequence.add(number))).toEqual([
      'in-order',
      'reordered',
      'reordered',
      'duplicated',
      'in-order',
    ]);
    expect([sequence.first, sequence.facts]).toEqual([
      7,
      { received: 4, lost: 1, duplicated: 1, reordered: 2 },
    ]);
  });

  it('keeps so many gaps apart; of those before, what comes is no longer known, and memory is', () => {
    const sequence = new Sequence(0);
    for (let number = 1; number <= 2 * GAPS_MAX + 10; number += 2) sequence.add(number);
    const { lost } = sequence.facts;
    expect(lost).toBe(GAPS_MAX + 5);
    expect([sequence.add(0), sequence.add(2 * GAPS_MAX)]).toEqual(['duplicated', 'reordered']);
    expect(sequence.facts).toMatchObject({ lost: lost - 1, duplicated: 1, reordered: 1 });
  });
});

describe('stamp', () => {
  it('is read as it was written, whatever stands behind it', () => {
    fc.assert(
      fc.property(
        fc.record({
          run: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
          publisher: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
          sequence: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
          sentAtUs: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
          last: fc.boolean(),
        }),
        fc.integer({ min: STAMP_BYTES, max: 200 }),
        (stamp, bytes) => {
          const payload = stamped(templateOf(bytes), stamp);
          expect(payload).toHaveLength(bytes);
          // In the middle of a packet, as it comes.
          const packet = new Uint8Array(bytes + 5);
          packet.set(payload, 5);
          expect(stampOf(packet.subarray(5))).toEqual(stamp);
        },
      ),
    );
  });

  it('has the layout of the documentation', () => {
    const payload = stamped(templateOf(31), {
      run: 1,
      publisher: 2,
      sequence: 3,
      sentAtUs: 2 ** 32,
      last: true,
    });
    expect(Buffer.from(payload).toString('hex')).toBe(
      '414e583100000001000000020100000000000003000000010000000061' + '6263',
    );
  });

  it('is not found in what is too short or something else', () => {
    expect(stampOf(new Uint8Array(STAMP_BYTES))).toBeUndefined();
    expect(stampOf(Buffer.from('ANX1'))).toBeUndefined();
  });
});

const boundsOf = (looks: readonly Look[]): Bounds => looks.reduce(narrowed, UNKNOWN);

describe('the time of day', () => {
  it('is found from whole milliseconds, however long single looks are held up', () => {
    const looks = fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 50, noNaN: true }),
        heldUp: fc.tuple(
          fc.double({ min: 0, max: 30, noNaN: true }),
          fc.double({ min: 0, max: 30, noNaN: true }),
        ),
      }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(looks, fc.double({ min: 1e6, max: 1e7, noNaN: true }), (list, truth) => {
        const { low, high } = boundsOf(
          list.map(({ at, heldUp: [before, after] }) => ({
            before: at - before,
            wall: Math.floor(truth + at),
            after: at + after,
          })),
        );
        expect([low <= truth + 1e-6, high >= truth - 1e-6]).toEqual([true, true]);
      }),
    );
  });

  it('is known to microseconds after some looks that were not held up', () => {
    const looks = Array.from({ length: 1000 }, (_, i) => i * 0.0137);
    const found = boundsOf(looks.map((at) => ({ before: at, wall: Math.floor(1234.5678 + at), after: at })));
    expect(found.high - found.low).toBeLessThan(0.03);
    expect([found.low <= 1234.5678, found.high >= 1234.5678]).toEqual([true, true]);
  });

  it('is looked for anew where somebody has set the clock', () => {
    const looks = [100, 101, 4000, 4001].map((wall, at) => ({ before: at, wall, after: at }));
    expect(boundsOf(looks)).toEqual({ low: 3998, high: 3999 });
  });

  it('of this process is that of everybody', () => {
    const now = wallOrigin() + performance.now();
    expect(Math.abs(now - Date.now())).toBeLessThan(1000);
    expect(wallOrigin()).toBe(wallOrigin());
  });
});

describe('pattern', () => {
  const place = { index: 12, topics: 5, clientId: 'x-12' };

  it('puts number, topic and client identifier into a name', () => {
    expect(expanded('a/%i/%t/%c/100%%i', place)).toBe('a/12/2/x-12/100%i');
  });

  it('knows a sign that stands for nothing, also at the end', () => {
    expect(['a/%i', 'a/%x', '%', '%%', '%%%'].map(unknownSign)).toEqual([
      undefined,
      '%x',
      '%',
      undefined,
      '%',
    ]);
  });

  it('knows whether clients have different ones', () => {
    expect(['%i', '%c', '%t', 'a', '%%i'].map(differs)).toEqual([true, true, false, false, false]);
  });
});
