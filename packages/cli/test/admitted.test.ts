/** Owns what the broker says at its start about who is let in through a listener. */

import { loadSettings } from '@anax/broker';
import { describe, expect, it } from 'vitest';
import { admitted } from '../src/broker/admitted.ts';

const USERS = [{ name: 'a', password: 'b' }];
const FILE = { type: 'passwordFile', file: 'users' };

function said(config: Record<string, unknown>, loopback: boolean): string {
  const overrides = Object.entries(config).map(([key, value]) => ({ path: [key], value, source: 'test' }));
  return admitted({ name: 'tcp', loopback }, loadSettings({ overrides }));
}

describe('what is said about who is let in', () => {
  it.each<[Record<string, unknown>, boolean, string]>([
    [{}, true, '(everybody on this machine is let in)'],
    [{}, false, '(nobody is let in: no users are set, and clients without user name are kept out here)'],
    [{ anonymous: 'always' }, false, '(EVERYBODY IS LET IN, from anywhere: anonymous is `always`)'],
    [{ users: USERS }, true, '(1 user, and clients without user name)'],
    [{ users: USERS }, false, '(1 user, clients without user name are kept out)'],
    [{ authentication: [FILE] }, true, '(asked: passwordFile; clients without user name are kept out)'],
    [
      { authentication: [FILE, { type: 'anonymous' }] },
      true,
      '(asked: passwordFile; clients without user name are let in)',
    ],
    [
      { authentication: [FILE, { type: 'anonymous' }] },
      false,
      '(asked: passwordFile; clients without user name are kept out)',
    ],
    [
      { authentication: [{ type: 'anonymous', from: 'anywhere' }] },
      false,
      '(nobody else is asked; CLIENTS WITHOUT USER NAME ARE LET IN, from anywhere)',
    ],
    [
      { authentication: [FILE], listeners: [{ authentication: [{ type: 'users' }] }] },
      true,
      '(asked: users; clients without user name are kept out)',
    ],
  ])('%o, loopback %s', (config, loopback, sentence) => {
    expect(said(config, loopback)).toBe(sentence);
  });
});
