/** Owns what a session may do before its client comes, by the settings that the broker starts with. */

import type { TopicName } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { Policy } from '../../src/access/policy.ts';
import type { BrokerHooks } from '../../src/options.ts';
import { absentRights } from '../../src/reception/absent.ts';

type Facts = Parameters<typeof absentRights>[0];

const users = [{ name: 'alice', password: 'secret' }];
const plain: Facts = { users: [], anonymous: 'loopback', authentication: undefined, listeners: [] };

function mayPublish(facts: Partial<Facts>, userName: string | undefined, hooks: BrokerHooks = {}): boolean {
  const { rightsOf } = absentRights({ ...plain, ...facts }, hooks, new Policy(undefined));
  return rightsOf('c', userName).mayPublish('t' as TopicName, 0, false);
}

function maySubscribe(facts: Partial<Facts>, userName: string | undefined, hooks: BrokerHooks = {}): boolean {
  const { rightsOf } = absentRights({ ...plain, ...facts }, hooks, new Policy(undefined));
  return rightsOf('c', userName).maySubscribe('t' as never, 0);
}

describe('a session whose client has not come yet', () => {
  test.each<[string, Partial<Facts>, string | undefined, boolean]>([
    ['of a listed user', { users }, 'alice', true],
    ['of a user that is listed no more', { users }, 'bob', false],
    ['of an anonymous client', { users }, undefined, true],
    ['of an anonymous client where none is let in any more', { users, anonymous: 'never' }, undefined, false],
    ['of any name where none is listed', {}, 'anybody', true],
    ['of any name where none is listed and nobody is let in', { anonymous: 'never' }, 'anybody', false],
  ])('%s', (_, facts, userName, expected) => {
    expect([mayPublish(facts, userName), maySubscribe(facts, userName)]).toEqual([expected, expected]);
  });

  test.each<[string, Partial<Facts>, BrokerHooks]>([
    ['a function', {}, { authenticate: () => JSON.parse('{}') }],
    ['a method', {}, { methods: new Map() }],
    ['a hook in a chain', { authentication: [{ type: 'hook' }] as never }, {}],
  ])('publishes nothing where only %s can tell, and stays subscribed', (_, facts, hooks) => {
    expect([mayPublish(facts, 'alice', hooks), maySubscribe(facts, 'alice', hooks)]).toEqual([false, true]);
  });

  test('has its hooks asked, without an address', () => {
    const seen: string[] = [];
    const hooks: BrokerHooks = {
      mayPublish: ({ clientId, userName, address }) => seen.push(`${clientId} ${userName} "${address}"`) > 1,
    };
    expect(mayPublish({ users }, 'alice', hooks)).toBe(false);
    expect(seen).toEqual(['c alice ""']);
  });
});
