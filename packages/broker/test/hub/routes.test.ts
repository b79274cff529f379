/** Owns the proof that what is remembered of topics that were published on is bounded, and used. */

import { message, NO_PROPERTIES, SubscriptionTree, type TopicName } from '@anax/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { Bench, NO_PAYLOAD } from '../bench.ts';

const match = vi.spyOn(SubscriptionTree.prototype, 'match');
afterEach(() => match.mockClear());

/** Publishes from inside; returns whether the tree was asked. */
function asks(bench: Bench, topic: string): boolean {
  match.mockClear();
  const one = message(topic as TopicName, NO_PAYLOAD, 0, false, NO_PROPERTIES, '', Number.POSITIVE_INFINITY);
  bench.hub.publish(one, undefined, bench.now);
  return match.mock.calls.length > 0;
}

test('who gets a topic is found once, until a subscription changes', () => {
  const bench = new Bench();
  const peer = bench.peer().connected({ clientId: 'a' }).subscribed('t/+');
  expect([asks(bench, 't/1'), asks(bench, 't/1'), asks(bench, 't/2')]).toEqual([true, false, true]);
  peer.subscribed('other');
  expect(asks(bench, 't/1')).toBe(true);
});

test('no more than 65,536 topics are remembered, however many a publisher thinks of', () => {
  const bench = new Bench();
  for (let i = 0; i < 65_536; i++) asks(bench, `t/${i}`);
  expect([asks(bench, 't/0'), asks(bench, 't/65535')]).toEqual([false, false]);
  asks(bench, 'one/more');
  expect([asks(bench, 't/0'), asks(bench, 'one/more')]).toEqual([true, false]);
});

test('nor more than 262,144 receivers of them', () => {
  const bench = new Bench();
  for (let i = 0; i < 512; i++)
    bench
      .peer()
      .connected({ clientId: `c${i}` })
      .subscribed('t/+');
  for (let i = 0; i < 513; i++) asks(bench, `t/${i}`);
  expect(asks(bench, 't/0')).toBe(false);
  asks(bench, 't/513');
  expect([asks(bench, 't/0'), asks(bench, 't/513')]).toEqual([true, false]);
});

test('nor any that is longer than 256 characters', () => {
  const bench = new Bench();
  const fits = 'x'.repeat(256);
  for (const topic of [fits, `${fits}x`]) asks(bench, topic);
  expect([asks(bench, fits), asks(bench, `${fits}x`)]).toEqual([false, true]);
});
