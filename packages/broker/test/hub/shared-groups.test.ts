/** Owns the proof that shared subscriptions leave nothing behind, and of what they make of a member that is behind. */

import { message, type SharedStrategy, type TopicFilter, type TopicName } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { ANYTHING_BUT_SYS } from '../../src/access/access.ts';
import { Journal } from '../../src/hub/journal.ts';
import { DEFAULT_LIMITS } from '../../src/hub/limits.ts';
import { Session, type Subscription } from '../../src/hub/session.ts';
import { SharedGroups } from '../../src/hub/shared-groups.ts';
import { Bench, BOTH, MQTT_5, type Type, told, unsubscribe } from '../bench.ts';

const SHARED = '$share/g/a';
const lasting: Partial<Type<'connect'>> = { cleanStart: false, properties: { sessionExpiryInterval: 600 } };

function session(clientId: string): Session {
  const nothing = (): void => undefined;
  return new Session(
    clientId,
    undefined,
    ANYTHING_BUT_SYS,
    600,
    10,
    new Journal(undefined, nothing).queue,
    nothing,
    nothing,
  );
}

const subscription: Subscription = {
  filter: SHARED as TopicFilter,
  matching: 'a' as TopicFilter,
  shared: true,
  qos: 1,
  noLocal: false,
  retainAsPublished: false,
  identifier: undefined,
};

function groups(strategy: SharedStrategy): SharedGroups {
  return new SharedGroups({ ...DEFAULT_LIMITS, sharedStrategy: strategy }, () => 0);
}

test('a group is found while it has members, and gone with the last of them', () => {
  const all = groups('round-robin');
  const [one, two] = [session('one'), session('two')];
  for (const each of [one, two]) all.subscribe(each, subscription);
  const other = {
    ...subscription,
    filter: '$share/g/other' as TopicFilter,
    matching: 'other' as TopicFilter,
  };
  all.subscribe(one, other);
  for (const [left, size] of [
    [one, 1],
    [two, 0],
  ] as const) {
    all.unsubscribe(left, subscription.filter);
    expect([all.size, all.match('a' as TopicName).length]).toEqual([size + 1, size]);
  }
  expect(all.get(subscription.filter)).toBeUndefined();
});

test('sticky: a member that left and came back is not remembered', () => {
  const all = groups('sticky');
  const first = session('first');
  for (const each of [first, session('second'), session('third')]) all.subscribe(each, subscription);
  const from = message('a' as TopicName, new Uint8Array(1), 1, false, {}, 'publisher', 0);
  const choose = () => all.get(subscription.filter)?.choose(from)?.session.clientId;
  expect([choose(), choose()]).toEqual(['first', 'first']);
  all.unsubscribe(first, subscription.filter);
  all.subscribe(first, subscription);
  expect(choose()).not.toBe('first');
});

describe('a member', () => {
  test('whose socket is behind is the last choice of least-in-flight', () => {
    const bench = new Bench();
    const [behind, busy] = ['behind', 'busy'].map((clientId) =>
      bench.peer().connected({ clientId }).subscribed(SHARED).subscribed('busy'),
    );
    if (behind === undefined || busy === undefined) throw new Error('two members');
    behind.send(unsubscribe('busy')).take();
    const publisher = bench.peer().connected({ clientId: 'publisher' });
    for (let i = 0; i < 3; i++) publisher.publish('busy', String(i), { qos: 1 });
    behind.wire.congested = true;
    busy.take();
    publisher.publish('a', 'x', { qos: 1 });
    expect(told(busy.take())).toEqual(['publish 1 a=x #4']);
  });

  test('whose filter meant something else on an earlier connection has it once', () => {
    const bench = new Bench();
    const [MQTT_3] = BOTH;
    const old = bench.peer(MQTT_3).connected({ clientId: 'm', cleanStart: false });
    old.subscribed(SHARED).lost();
    const member = bench
      .peer(MQTT_5)
      .connected({ ...lasting, clientId: 'm' })
      .subscribed(SHARED);
    expect([bench.hub.subscriptionCount, bench.hub.sharedSubscriptionCount]).toEqual([1, 1]);
    bench.peer().connected({ clientId: 'publisher' }).publish(SHARED, 'x').publish('a', 'y');
    expect(told(member.take())).toEqual(['publish 0 a=y']);
    member.send(unsubscribe(SHARED));
    expect(bench.hub.subscriptionCount).toBe(0);
  });
});
