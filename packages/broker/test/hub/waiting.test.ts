/** Owns what is dropped of a queue when memory is short: what is in memory alone. */

import { expect, test } from 'vitest';
import { Bench, told } from '../bench.ts';
import { durable, lasting, subscriber } from './restarts.ts';

test('what waits in memory goes, and is counted; what comes next is delivered', () => {
  const bench = new Bench();
  bench
    .peer()
    .connected({ clientId: 'sub', ...lasting })
    .subscribed('a')
    .lost();
  const pub = bench.peer().connected({ clientId: 'pub' });
  for (let i = 1; i <= 9; i++) pub.publish('a', `${i}`, { qos: 1, packetId: i });
  const session = bench.hub.session('sub');
  if (session === undefined) throw new Error('no session');
  expect(session.backlog.memoryBytes).toBeGreaterThan(900);
  bench.hub.dropWaiting(session);
  expect([session.backlog.size, bench.hub.held.messages, bench.hub.counters.messagesDropped]).toEqual([
    0, 0, 9,
  ]);
  pub.publish('a', 'next', { qos: 1, packetId: 10 });
  const back = bench.peer().connect({ clientId: 'sub', ...lasting });
  expect(told(back.take())).toEqual(['connack', 'publish 1 a=next #1']);
});

test('what is stored stays', () => {
  const bench = durable();
  subscriber(bench).lost();
  const pub = bench.peer().connected({ clientId: 'pub' });
  pub.publish('a/b', 'x', { qos: 1, packetId: 1 });
  bench.commit();
  const session = bench.hub.session('sub');
  if (session === undefined) throw new Error('no session');
  expect(session.backlog.memoryBytes).toBe(0);
  bench.hub.dropWaiting(session);
  expect(session.backlog.size).toBe(1);
});
