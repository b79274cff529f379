/** Owns who is kept out for what it did, for how long, and that what is remembered of peers is bounded. */

import { Reason } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { Addresses } from '../../src/abuse/addresses.ts';
import { Bans } from '../../src/abuse/bans.ts';
import { Guard } from '../../src/abuse/guard.ts';
import { type AbuseLimits, DEFAULT_ABUSE_LIMITS } from '../../src/abuse/limits.ts';
import { Lines } from '../../src/abuse/lines.ts';
import { Windows } from '../../src/abuse/windows.ts';
import { Counters, type Note } from '../../src/hub/notes.ts';

const NOW = 1_000_000;
const HERE = '192.0.2.1';

function guardOf(limits: Partial<AbuseLimits> = {}) {
  const notes: Note[] = [];
  const counters = new Counters();
  const all = { ...DEFAULT_ABUSE_LIMITS, ...limits };
  const guard = new Guard(all, counters, (note) => notes.push(note), NOW);
  return { guard, notes, counters };
}

const who = (userName: string | undefined, address = HERE, clientId = 'client') => ({
  clientId,
  userName,
  address,
});

describe('an address', () => {
  test('has as many connections as it may, and one for each that ends', () => {
    const { guard, counters, notes } = guardOf({ addressConnectionsMax: 2 });
    const first = guard.arrive(HERE, NOW);
    guard.arrive(HERE, NOW);
    expect(guard.mayCome(HERE, NOW)).toBe(false);
    expect(counters.addressesTurnedAway).toBe(1);
    expect(notes).toMatchObject([
      { event: 'connection-refused', address: HERE, reason: 'address-connections' },
    ]);
    expect(guard.mayCome('192.0.2.2', NOW)).toBe(true);
    guard.leave(first, false);
    expect(guard.mayCome(HERE, NOW)).toBe(true);
  });

  test('of IPv6 is counted with its /64', () => {
    const { guard } = guardOf({ addressConnectionsMax: 1 });
    guard.arrive('2001:db8::1', NOW);
    expect(guard.mayCome('2001:db8::2', NOW)).toBe(false);
    expect(guard.mayCome('2001:db8:0:1::2', NOW)).toBe(true);
  });

  test('has fewer that have not made their MQTT connection', () => {
    const { guard, notes } = guardOf({ addressConnectingMax: 1 });
    const place = guard.arrive(HERE, NOW);
    expect(guard.mayCome(HERE, NOW)).toBe(false);
    expect(notes[0]?.reason).toBe('address-connecting');
    guard.know(place);
    expect(guard.mayCome(HERE, NOW)).toBe(true);
    guard.leave(place, true);
    expect(guard.mayCome(HERE, NOW)).toBe(true);
  });

  test('makes so many a second, and so many at once', () => {
    const { guard, notes } = guardOf({ addressConnectionsPerSecondMax: 2, addressConnectionsBurst: 3 });
    const come = (now: number) => [1, 2, 3, 4].filter(() => guard.mayCome(HERE, now)).length;
    expect([come(NOW), come(NOW + 1000), come(NOW + 1500), come(NOW + 60_000)]).toEqual([3, 2, 1, 3]);
    expect(notes[0]?.reason).toBe('address-rate');
  });

  test('that is exempt, or none, has no limit', () => {
    const { guard } = guardOf({ addressConnectionsMax: 1, exempt: ['10.0.0.0/8'] });
    for (const address of ['10.1.1.1', '', '/run/anax.sock']) {
      expect(guard.arrive(address, NOW)).toBeUndefined();
      guard.arrive(address, NOW);
      expect(guard.mayCome(address, NOW)).toBe(true);
    }
  });

  test('without connections leaves once it is idle, and the longest idle at once where there are too many', () => {
    const addresses = new Addresses({ ...DEFAULT_ABUSE_LIMITS, addressesIdleMax: 2 });
    const place = addresses.arrive('192.0.2.9', NOW);
    for (let i = 1; i < 9; i++) addresses.problem(`192.0.2.${i}`, NOW);
    expect(addresses.size).toBe(3);
    if (place !== undefined) addresses.leave(place, false);
    expect(addresses.size).toBe(2);
    addresses.sweep(NOW + 60_000);
    expect(addresses.size).toBe(0);
  });
});

describe('failed logins', () => {
  const limits = {
    loginFailuresPerAddressMax: 3,
    loginFailuresPerUserMax: 5,
    loginWindowMs: 60_000,
    loginBanMs: 10_000,
  };

  test('ban their address for a while', () => {
    const { guard, counters, notes } = guardOf(limits);
    guard.loginFailed(who('a'), NOW);
    guard.loginFailed(who('b'), NOW);
    expect(guard.refusal(who('c'), NOW)).toBeUndefined();
    guard.loginFailed(who('c'), NOW);
    expect(guard.refusal(who('d'), NOW + 9999)?.reasonCode).toBe(Reason.banned);
    expect(guard.refusal(who('d', '192.0.2.2'), NOW)).toBeUndefined();
    expect(guard.refusal(who('d'), NOW + 10_000)).toBeUndefined();
    expect(counters).toMatchObject({ loginsFailed: 3, bansMade: 1, bannedRefused: 1 });
    expect(notes).toMatchObject([{ event: 'banned', address: HERE, reason: 'failed-logins' }]);
  });

  test('are forgotten with their window', () => {
    const { guard } = guardOf(limits);
    for (let i = 0; i < 10; i++) guard.loginFailed(who('a', HERE), NOW + i * 30_000);
    expect(guard.bans.size).toBe(0);
  });

  test('of an exempt address ban nobody', () => {
    const { guard } = guardOf({ ...limits, exempt: [HERE] });
    for (let i = 0; i < 100; i++) guard.loginFailed(who(`user ${i}`), NOW);
    expect(guard.refusal(who('a'), NOW)).toBeUndefined();
  });

  test('with one user name slow it down to one attempt a second, but not where it was let in before', () => {
    const { guard, counters } = guardOf(limits);
    guard.letIn(who('ann', '192.0.2.77'), who('ann', '192.0.2.77'), NOW);
    for (let i = 0; i < 5; i++) guard.loginFailed(who('ann', `198.51.100.${i}`), NOW);
    const attempt = (address: string, now: number) => guard.refusal(who('ann', address), now)?.reasonCode;
    expect(attempt('198.51.100.9', NOW + 500)).toBe(Reason.connectionRateExceeded);
    expect(attempt('198.51.100.9', NOW + 1000)).toBeUndefined();
    expect(attempt('198.51.100.8', NOW + 1500)).toBe(Reason.connectionRateExceeded);
    expect(attempt('192.0.2.77', NOW + 1500)).toBeUndefined();
    expect(guard.refusal(who('bob', '198.51.100.9'), NOW + 1500)).toBeUndefined();
    expect(attempt('198.51.100.8', NOW + 60_000)).toBeUndefined();
    expect(counters.loginsThrottled).toBe(2);
  });
});

describe('a client that comes and goes too often', () => {
  const limits = { flappingConnectsMax: 3, flappingWindowMs: 10_000, flappingBanMs: 5000 };

  test('is banned by its identifier and user name, and nobody else is', () => {
    const { guard, notes } = guardOf(limits);
    const come = (now: number, userName: string | undefined = 'ann') =>
      guard.letIn(who(userName), who(userName), now)?.reasonCode;
    expect([1, 2, 3].map((at) => come(NOW + at))).toEqual([undefined, undefined, undefined]);
    expect(come(NOW + 4)).toBe(Reason.banned);
    expect(guard.refusal(who('ann'), NOW + 5)?.reasonCode).toBe(Reason.banned);
    expect(guard.refusal(who('bob'), NOW + 5)).toBeUndefined();
    expect(guard.refusal(who('ann', HERE, 'other'), NOW + 5)).toBeUndefined();
    expect(guard.refusal(who('ann'), NOW + 5005)).toBeUndefined();
    expect(notes).toMatchObject([{ event: 'banned', clientId: 'client', reason: 'flapping' }]);
  });

  test('without a user name is banned with its address', () => {
    const { guard } = guardOf(limits);
    for (let i = 0; i < 4; i++) guard.letIn(who(undefined), who(undefined), NOW);
    expect(guard.refusal(who(undefined), NOW)?.reasonCode).toBe(Reason.banned);
    expect(guard.refusal(who(undefined, '192.0.2.2'), NOW)).toBeUndefined();
    expect(guard.refusal(who('ann', '192.0.2.2'), NOW)).toBeUndefined();
  });

  test('may come as often as it likes over time', () => {
    const { guard } = guardOf(limits);
    for (let i = 0; i < 50; i++) expect(guard.letIn(who('ann'), who('ann'), NOW + i * 4000)).toBeUndefined();
  });
});

describe('bans', () => {
  const ban = { by: 'operator', reason: 'because', since: NOW, expiresAt: NOW + 1000 } as const;

  test('hold for who is meant by all that is given, until they expire or are lifted', () => {
    const bans = new Bans(10);
    expect(bans.add({ clientId: 'client', userName: 'ann' }, ban)).toBe(true);
    expect(bans.find(who('ann'), NOW)).toMatchObject({
      clientId: 'client',
      userName: 'ann',
      reason: 'because',
    });
    expect(bans.find(who('bob'), NOW)).toBeUndefined();
    expect(bans.find(who(undefined), NOW)).toBeUndefined();
    expect(bans.find(who('ann'), NOW + 1000)).toBeUndefined();
    expect(bans.list(NOW)).toHaveLength(1);
    expect(bans.list(NOW + 1000)).toEqual([]);
    expect(bans.remove({ clientId: 'client' })).toBe(false);
    expect(bans.remove({ clientId: 'client', userName: 'ann' })).toBe(true);
    expect(bans.find(who('ann'), NOW)).toBeUndefined();
  });

  test('of nobody are none, and an empty user name is not no user name', () => {
    const bans = new Bans(10);
    expect(bans.add({}, ban)).toBe(false);
    bans.add({ userName: '' }, ban);
    expect(bans.find(who(undefined), NOW)).toBeUndefined();
    expect(bans.find(who(''), NOW)).toBeDefined();
  });

  test('of an IPv6 address are of its /64', () => {
    const bans = new Bans(10);
    bans.add({ address: '2001:db8::1' }, ban);
    expect(bans.find(who('ann', '2001:db8::2'), NOW)).toBeDefined();
    expect(bans.remove({ address: '2001:db8::3' })).toBe(true);
  });

  test('are bounded: one more of an operator is refused, one more of the broker lifts its oldest', () => {
    const bans = new Bans(2);
    const own = { ...ban, by: 'flapping' } as const;
    expect(['a', 'b', 'c'].map((clientId) => bans.add({ clientId }, ban))).toEqual([true, true, false]);
    for (const clientId of ['d', 'e', 'f']) bans.add({ clientId }, own);
    expect(bans.list(NOW).map(({ clientId }) => clientId)).toEqual(['a', 'b', 'e', 'f']);
    bans.sweep(NOW + 1000);
    expect(bans.size).toBe(0);
    expect(bans.find(who('ann', HERE, 'a'), NOW)).toBeUndefined();
  });

  test('of operators are not shortened by what the broker notices', () => {
    const bans = new Bans(2);
    bans.add({ clientId: 'client' }, { ...ban, expiresAt: Number.POSITIVE_INFINITY });
    bans.add({ clientId: 'client' }, { ...ban, by: 'flapping' });
    expect(bans.find(who('ann'), NOW + 5000)?.by).toBe('operator');
  });

  test('keep little of names that are long', () => {
    const bans = new Bans(2);
    const userName = 'x'.repeat(60_000);
    bans.add({ userName }, ban);
    expect(bans.find(who(userName), NOW)?.userName).toHaveLength(256);
    expect(bans.find(who(`${userName}x`), NOW)).toBeUndefined();
  });
});

test('windows are bounded, and long keys are kept short', () => {
  const windows = new Windows(1000, 3);
  for (let i = 0; i < 10; i++) windows.count(`key ${i}`, NOW);
  expect(windows.size).toBe(3);
  expect([windows.sum('key 6', NOW), windows.sum('key 7', NOW)]).toEqual([0, 1]);
  windows.count('y'.repeat(65_535), NOW);
  expect([windows.sum('y'.repeat(65_535), NOW), windows.sum('y'.repeat(65_534), NOW)]).toEqual([1, 0]);
  windows.sweep(NOW + 1000);
  expect(windows.size).toBe(0);
});

test('a flood of refusals is no flood of lines, and what is left out is said', () => {
  const { guard, notes, counters } = guardOf({ addressConnectionsMax: 1 });
  guard.arrive(HERE, NOW);
  for (let i = 0; i < 5000; i++) guard.mayCome(HERE, NOW);
  const before = notes.length;
  expect(before).toBeGreaterThan(10);
  expect(before).toBeLessThan(100);
  guard.advance(NOW + 60_000);
  expect(notes.at(-1)).toMatchObject({ event: 'lines-left-out' });
  expect(counters.logLinesLeftOut + before).toBe(5000);
});

test('lines about many addresses are limited together', () => {
  const lines = new Lines(new Counters(), NOW);
  let count = 0;
  for (let i = 0; i < 50_000; i++) if (lines.may('x', `address ${i}`, NOW)) count += 1;
  expect(count).toBe(1000);
  for (let i = 0; i < 1000; i++) if (lines.may('x', `another ${i}`, NOW + 1000)) count += 1;
  expect(count).toBe(1100);
});

test('other limits hold from the moment they are given', () => {
  const { guard } = guardOf({ addressConnectionsMax: 1 });
  guard.arrive(HERE, NOW);
  guard.obey({ ...DEFAULT_ABUSE_LIMITS, addressConnectionsMax: 2 });
  expect(guard.mayCome(HERE, NOW)).toBe(true);
});
