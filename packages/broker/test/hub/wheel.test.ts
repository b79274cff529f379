/** Owns the timing wheel: when timers fire, and that none is lost. */

import { describe, expect, test } from 'vitest';
import { Timer, Wheel } from '../../src/hub/wheel.ts';

/** Minimal standard generator: the same numbers in every run. */
function numbers(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at * 48_271) % 2_147_483_647;
    return at / 2_147_483_647;
  };
}

describe('a timer', () => {
  test('fires at the first advance at or after its time, once, and never before', () => {
    const wheel = new Wheel(0);
    const fired: number[] = [];
    wheel.set(new Timer((now) => fired.push(now)), 250);
    for (let now = 0; now <= 1000; now += 50) wheel.advance(now);
    expect(fired).toEqual([300]);
    expect(wheel.size).toBe(0);
  });

  test('of the past or of now fires with the next tick', () => {
    const wheel = new Wheel(1000);
    let fired = 0;
    wheel.set(new Timer(() => fired++), 0);
    wheel.set(new Timer(() => fired++), 1000);
    wheel.advance(1000);
    expect(fired).toBe(0);
    wheel.advance(1100);
    expect(fired).toBe(2);
  });

  test('far beyond a turn of the wheel waits for its turn', () => {
    const wheel = new Wheel(0);
    let firedAt = 0;
    const day = 86_400_000;
    wheel.set(
      new Timer((now) => {
        firedAt = now;
      }),
      30 * day,
    );
    for (let now = 0; now < 30 * day; now += 60_000) wheel.advance(now);
    expect(firedAt).toBe(0);
    wheel.advance(30 * day);
    expect(firedAt).toBe(30 * day);
  });

  test('set again moves, cancelled never fires, and cancelling twice is nothing', () => {
    const wheel = new Wheel(0);
    const fired: string[] = [];
    const moved = new Timer((now) => fired.push(`moved ${now}`));
    const gone = new Timer(() => fired.push('gone'));
    wheel.set(moved, 500);
    wheel.set(moved, 900);
    wheel.set(gone, 500);
    wheel.cancel(gone);
    wheel.cancel(gone);
    expect(wheel.size).toBe(1);
    for (let now = 0; now <= 2000; now += 100) wheel.advance(now);
    expect(fired).toEqual(['moved 900']);
  });
});

describe('firing', () => {
  test('may cancel another that is due in the same tick', () => {
    const wheel = new Wheel(0);
    const fired: string[] = [];
    const second = new Timer(() => fired.push('second'));
    const first = new Timer(() => {
      fired.push('first');
      wheel.cancel(second);
    });
    wheel.set(first, 100);
    wheel.set(second, 100);
    wheel.advance(100);
    expect(fired).toEqual(['first']);
    expect(wheel.size).toBe(0);
  });

  test('may put off another that is due in the same tick', () => {
    const wheel = new Wheel(0);
    const fired: number[] = [];
    const second = new Timer((now) => fired.push(now));
    wheel.set(new Timer(() => wheel.set(second, 5000)), 100);
    wheel.set(second, 100);
    for (let now = 100; now <= 6000; now += 100) wheel.advance(now);
    expect(fired).toEqual([5000]);
  });

  test('may set itself again, even for now, without going round for ever', () => {
    const wheel = new Wheel(0);
    let fired = 0;
    const timer: Timer = new Timer((now) => {
      fired += 1;
      wheel.set(timer, now);
    });
    wheel.set(timer, 100);
    for (let now = 100; now <= 1000; now += 100) wheel.advance(now);
    expect(fired).toBe(10);
  });
});

describe('the clock', () => {
  test.each([150, 102_400, 102_500, 1e7, 1e12])('may jump by %d ms and everything due fires once', (jump) => {
    const wheel = new Wheel(0);
    let fired = 0;
    for (let at = 100; at <= 204_800; at += 100) wheel.set(new Timer(() => fired++), at);
    wheel.advance(jump);
    expect(fired).toBe(Math.min(2048, Math.floor(jump / 100)));
    expect(wheel.size).toBe(2048 - fired);
  });

  test('may stand still or go back without anything firing twice', () => {
    const wheel = new Wheel(1000);
    let fired = 0;
    wheel.set(new Timer(() => fired++), 1500);
    for (const now of [1500, 1500, 900, 1500, 1600]) wheel.advance(now);
    expect(fired).toBe(1);
  });
});

test('50,000 timers, set, moved and cancelled at random, fire when they should', () => {
  const random = numbers(7);
  const wheel = new Wheel(0);
  const wanted = new Map<number, number>();
  const fired = new Map<number, number>();
  const timers = Array.from({ length: 50_000 }, (_, i) => new Timer((now) => fired.set(i, now)));
  for (const [i, timer] of timers.entries()) {
    for (let again = 0; again < 2; again++) {
      const at = random() * 400_000;
      wheel.set(timer, at);
      wanted.set(i, at);
    }
    if (random() < 0.2) {
      wheel.cancel(timer);
      wanted.delete(i);
    }
  }
  expect(wheel.size).toBe(wanted.size);
  for (let now = 0; now <= 401_000; now += 100) wheel.advance(now);
  expect(fired.size).toBe(wanted.size);
  for (const [i, at] of wanted) expect(fired.get(i)).toBe(Math.max(100, Math.ceil(at / 100) * 100));
  expect(wheel.size).toBe(0);
});
