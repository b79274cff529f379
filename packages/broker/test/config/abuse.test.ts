/** Owns the key `abuse`: that all of it is heard, its defaults, and what a wrong value is told. */

import { describe, expect, test } from 'vitest';
import { DEFAULT_ABUSE_LIMITS } from '../../src/abuse/limits.ts';
import { type ConfigInput, loadSettings } from '../../src/index.ts';

const settings = (abuse: ConfigInput['abuse']) =>
  loadSettings({ overrides: [{ path: ['abuse'], value: abuse, source: 'here' }] }).abuse;

test('without any source the defaults hold', () => {
  expect(loadSettings({}).abuse).toEqual(DEFAULT_ABUSE_LIMITS);
});

test('every key is heard', () => {
  const heard = settings({
    exempt: ['10.0.0.0/8', '2001:db8::1'],
    address: { connectionsMax: 1, connectingMax: 2, perSecondMax: 3, burst: 4, idleMax: 5 },
    logins: { perAddressMax: 6, perUserMax: 7, window: '8s', banFor: '9s' },
    flapping: { connectsMax: 10, window: '11s', banFor: '12s' },
    bansMax: 13,
    messages: { perSecondMax: 14, burst: 15 },
    bytes: { perSecondMax: 16, burst: 17 },
    slowdownMax: '18s',
    memory: { max: '19 MiB', policy: 'drop-queue' },
  });
  expect(heard).toEqual({
    exempt: ['10.0.0.0/8', '2001:db8::1'],
    addressConnectionsMax: 1,
    addressConnectingMax: 2,
    addressConnectionsPerSecondMax: 3,
    addressConnectionsBurst: 4,
    addressesIdleMax: 5,
    loginFailuresPerAddressMax: 6,
    loginFailuresPerUserMax: 7,
    loginWindowMs: 8000,
    loginBanMs: 9000,
    flappingConnectsMax: 10,
    flappingWindowMs: 11_000,
    flappingBanMs: 12_000,
    bansMax: 13,
    messagesPerSecondMax: 14,
    messagesBurst: 15,
    bytesPerSecondMax: 16,
    bytesBurst: 17,
    slowdownMaxMs: 18_000,
    memoryBytesMax: 19 * 1024 * 1024,
    memoryPolicy: 'drop-queue',
  });
});

describe('what is wrong is told', () => {
  test.each(['10.0.0.0/33', 'example.org', ''])('a range that is none: "%s"', (range) => {
    expect(() => settings({ exempt: [range] })).toThrow(
      'here: `abuse.exempt[0]` must be an address or a range of them such as 192.0.2.0/24 or 2001:db8::/32',
    );
  });

  test('a number that is none', () => {
    expect(() => settings({ address: { burst: 0 } })).toThrow(
      '`abuse.address.burst` must be a whole number from 1',
    );
  });
});
