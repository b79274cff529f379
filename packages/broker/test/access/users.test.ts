/** Owns names and passwords: who is let in, and as whom. */

import { MQTT_5_0, utf8Bytes } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../src/access/access.ts';
import { type UserOptions, userAuthenticator } from '../../src/access/users.ts';

const users = [
  { name: 'ann', password: 'right' },
  { name: 'bob', password: 'nobody' },
];

function decide(
  options: Partial<UserOptions>,
  userName?: string,
  password?: string,
  loopback = true,
): string {
  const answer = userAuthenticator({ users: [], anonymous: 'loopback', ...options })({
    clientId: 'c',
    userName,
    password: password === undefined ? undefined : utf8Bytes(password),
    address: '192.0.2.1',
    loopback,
    certificate: undefined,
    pskIdentity: undefined,
    listener: { name: 'tcp', protocol: 'tcp' },
    dialect: MQTT_5_0,
  }) as Decision;
  return 'accepted' in answer
    ? `in as ${answer.accepted.userName}`
    : `0x${answer.refused.reasonCode.toString(16)}`;
}

describe('with users', () => {
  test.each([
    ['ann', 'right', 'in as ann'],
    ['ann', 'wrong', '0x86'],
    ['ann', '', '0x86'],
    ['ann', undefined, '0x86'],
    ['eve', 'right', '0x86'],
    ['eve', 'nobody', '0x86'],
    ['bob', 'nobody', 'in as bob'],
    [undefined, 'right', '0x86'],
    ['', 'right', '0x86'],
    ['__proto__', 'right', '0x86'],
  ])('%s with %s: %s', (userName, password, expected) => {
    expect(decide({ users, anonymous: 'never' }, userName, password)).toBe(expected);
    expect(decide({ users, anonymous: 'always' }, userName, password)).toBe(expected);
  });

  test('anonymous clients are let in where they may be', () => {
    expect(decide({ users, anonymous: 'never' })).toBe('0x87');
    expect(decide({ users, anonymous: 'always' })).toBe('in as undefined');
    expect(decide({ users })).toBe('in as undefined');
    expect(decide({ users }, undefined, undefined, false)).toBe('0x87');
  });
});

describe('without users', () => {
  test('a name keeps nobody out where anonymous clients may come, and lets nobody in where not', () => {
    expect(decide({ anonymous: 'always' }, 'ann', 'x')).toBe('in as ann');
    expect(decide({ anonymous: 'never' }, 'ann', 'x')).toBe('0x87');
    expect(decide({}, 'ann', 'x', false)).toBe('0x87');
  });
});
