/** Owns what a session may do before its client comes, by the settings that the broker starts with. */

import type { TopicName } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { ANYTHING_BUT_SYS } from '../../src/access/access.ts';
import { Policy } from '../../src/access/policy.ts';
import { NO_RIGHTS, type RightsOf } from '../../src/hub/rights.ts';
import type { BrokerHooks } from '../../src/options.ts';
import { absentRights, rightsWithoutLogin } from '../../src/reception/absent.ts';

type Facts = Parameters<typeof absentRights>[0];

const users = [{ name: 'alice', password: 'secret' }];
const file = [{ type: 'passwordFile', file: 'users' }] as never;
const open = [{ type: 'users' }, { type: 'anonymous', from: 'loopback' }] as never;
const plain: Facts = { users: [], anonymous: 'loopback', authentication: undefined, listeners: [] };

/** Of a password file, `carol` alone. */
function rightsOf(facts: Partial<Facts>, hooks: BrokerHooks): RightsOf {
  const settings = { ...plain, ...facts };
  const inFile = settings.authentication?.some(({ type }) => type === 'passwordFile');
  const knows = (name: string): boolean =>
    inFile ? name === 'carol' : settings.users.some((one) => one.name === name);
  return absentRights(settings, hooks, new Policy(undefined), { knows }).rightsOf;
}

function mayPublish(facts: Partial<Facts>, userName: string | undefined, hooks: BrokerHooks = {}): boolean {
  return rightsOf(facts, hooks)('c', userName).mayPublish('t' as TopicName, 0, false);
}

function maySubscribe(facts: Partial<Facts>, userName: string | undefined, hooks: BrokerHooks = {}): boolean {
  return rightsOf(facts, hooks)('c', userName).maySubscribe('t' as never, 0);
}

describe('a session whose client has not come yet', () => {
  test.each<[string, Partial<Facts>, string | undefined, boolean]>([
    ['of a listed user', { users }, 'alice', true],
    ['of a user that is listed no more', { users }, 'bob', false],
    ['of an anonymous client', { users }, undefined, true],
    ['of an anonymous client where none is let in any more', { users, anonymous: 'never' }, undefined, false],
    ['of any name where none is listed', {}, 'anybody', true],
    ['of any name where none is listed and nobody is let in', { anonymous: 'never' }, 'anybody', false],
    ['of a name in a password file', { authentication: file }, 'carol', true],
    ['of a name that is in no file any more', { authentication: file }, 'bob', false],
    ['of an anonymous client where a chain lets none in', { authentication: file }, undefined, false],
    ['of an anonymous client where a chain lets some in', { authentication: open }, undefined, true],
    ['of a name where only some are anonymous', { authentication: open }, 'bob', false],
    [
      'of a client whom one listener lets in',
      { listeners: [{ authentication: file }] as never },
      undefined,
      true,
    ],
    [
      'of any name where one listener asks for none',
      { listeners: [{ authentication: file }] as never },
      'bob',
      true,
    ],
  ])('%s', (_, facts, userName, expected) => {
    expect([mayPublish(facts, userName), maySubscribe(facts, userName)]).toEqual([expected, expected]);
  });

  test.each<[string, Partial<Facts>, BrokerHooks]>([
    ['a function', {}, { authenticate: () => JSON.parse('{}') }],
    ['a method', {}, { methods: new Map() }],
    ['a hook in a chain', { listeners: [{ authentication: [{ type: 'hook' }] }] as never }, {}],
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

test('a login that holds no more leaves what its user may, and nothing where nobody knows such a user', () => {
  const known = (name: string | undefined): boolean => name === 'alice';
  const absent = { rightsOf: () => ANYTHING_BUT_SYS, knows: known };
  expect(rightsWithoutLogin(absent, 'c', 'alice')).toBe(ANYTHING_BUT_SYS);
  expect(rightsWithoutLogin(absent, 'c', 'bob')).toBe(NO_RIGHTS);
  expect(rightsWithoutLogin(absent, 'c', undefined)).toBe(NO_RIGHTS);
});
