/** Owns how many retained messages one client may have, whose each one is, and that a restart does not forget it. */

import { MQTT_3_1_1, Reason } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { type Bench, type Peer, publish } from '../bench.ts';
import { durable, restarted } from './restarts.ts';

const limits = { retainedPerClientMessagesMax: 2 };

function client(bench: Bench, clientId: string, userName?: string): Peer {
  const peer = bench.peer().connect({ clientId, ...(userName === undefined ? {} : { userName }) });
  bench.commit();
  peer.take();
  return peer;
}

/** Whether the broker retains a message of the client. */
function retains(bench: Bench, peer: Peer, topic: string, payload = 'x'): boolean {
  peer.send(publish(topic, payload, { qos: 1, packetId: 1, retain: true }));
  bench.commit();
  const { reasonCode } = peer.only('puback');
  expect([Reason.success, Reason.noMatchingSubscribers, Reason.quotaExceeded]).toContain(reasonCode);
  return reasonCode !== Reason.quotaExceeded;
}

describe('a client', () => {
  test('has as many as it may; others have their own; one that is cleared makes room', () => {
    const bench = durable({ limits });
    const one = client(bench, 'one');
    expect(['a', 'b', 'c'].map((topic) => retains(bench, one, topic))).toEqual([true, true, false]);
    expect(retains(bench, one, 'b', 'again')).toBe(true);
    expect(retains(bench, client(bench, 'two'), 'c')).toBe(true);
    expect(retains(bench, one, 'a', '')).toBe(true);
    expect(retains(bench, one, 'd')).toBe(true);
    expect(bench.hub.counters.retainedOverQuota).toBe(1);
    expect(bench.notes.filter(({ event }) => event === 'retained-full')).toMatchObject([
      { clientId: 'one', reason: 'retained-per-client' },
    ]);
  });

  test('has as many bytes as it may', () => {
    const bench = durable({ limits: { retainedPerClientBytesMax: 1000 } });
    const one = client(bench, 'one');
    expect(retains(bench, one, 'a', 'x'.repeat(500))).toBe(true);
    expect(retains(bench, one, 'b', 'x'.repeat(500))).toBe(false);
    expect(retains(bench, one, 'a', 'x'.repeat(800))).toBe(true);
  });

  test('has what it published last: somebody else who replaces it has it from then on', () => {
    const bench = durable({ limits });
    const [one, two] = [client(bench, 'one'), client(bench, 'two')];
    for (const topic of ['a', 'b']) retains(bench, one, topic);
    expect(retains(bench, two, 'a')).toBe(true);
    expect(['c', 'd'].map((topic) => retains(bench, one, topic))).toEqual([true, false]);
    expect(['e', 'f'].map((topic) => retains(bench, two, topic))).toEqual([true, false]);
  });

  test('is its user name where it has one', () => {
    const bench = durable({ limits });
    expect(retains(bench, client(bench, 'one', 'ann'), 'a')).toBe(true);
    expect(retains(bench, client(bench, 'two', 'ann'), 'b')).toBe(true);
    expect(retains(bench, client(bench, 'three', 'ann'), 'c')).toBe(false);
    expect(retains(bench, client(bench, 'four', 'bob'), 'c')).toBe(true);
  });

  test('is not told at QoS 0 and in 3.1.1: the message goes to those who are there and is not retained', () => {
    const bench = durable({ limits: { retainedPerClientMessagesMax: 0 } });
    client(bench, 'one').publish('a', 'x', { retain: true });
    const old = bench.peer(MQTT_3_1_1).connected({ clientId: 'old' });
    old.publish('b', 'x', { qos: 1, packetId: 1, retain: true });
    expect([bench.hub.retainedCount, old.closed]).toEqual([0, false]);
    expect(bench.hub.counters.retainedOverQuota).toBe(2);
  });
});

test('a message that expires is of nobody', () => {
  const bench = durable({ limits });
  const one = client(bench, 'one');
  one.publish('a', 'x', { retain: true, properties: { messageExpiryInterval: 1 } });
  retains(bench, one, 'b');
  bench.pass(2);
  expect(retains(bench, one, 'c')).toBe(true);
});

test('the server itself has no such limit', () => {
  const bench = durable({ limits: { retainedPerClientMessagesMax: 0 } });
  const message = { topic: 'a', payload: new Uint8Array(1), qos: 0, retain: true } as const;
  bench.hub.publish(
    { ...message, properties: {}, publisher: '', expiresAt: Number.POSITIVE_INFINITY } as never,
    undefined,
    bench.now,
  );
  expect(bench.hub.retainedCount).toBe(1);
});

test.each([
  ['a client identifier', undefined],
  ['a user name', 'ann'],
])('after a restart what is stored is whose it was, by %s', (_, userName) => {
  const before = durable({ limits });
  for (const topic of ['a', 'b']) retains(before, client(before, 'one', userName), topic);
  const after = restarted(restarted(before, 1, { limits }), 1, { limits });
  const again = client(after, 'one', userName);
  expect(retains(after, again, 'c')).toBe(false);
  expect(retains(after, again, 'b', '')).toBe(true);
  expect(retains(after, again, 'c')).toBe(true);
});
