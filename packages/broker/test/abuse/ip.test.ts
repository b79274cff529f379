/** Owns which addresses are one, and which lie in which range. */

import { expect, test } from 'vitest';
import { addressKey } from '../../src/abuse/ip.ts';
import { isWithin, parseAddress, parseNetwork } from '../../src/network.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:DB8:0:0:ffff::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4::/64'],
])('%s is counted as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});

test.each([
  '',
  'localhost',
  '/run/anax.sock',
  '1.2.3',
  '1.2.3.256',
  '1:2',
  ':::',
  '1::2::3',
  '12345::',
  '1:2:3:4:5:6:7:8:9',
  '1.2.3.4::',
])('"%s" is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined();
  expect(addressKey(text)).toBeUndefined();
});

test.each([
  ['10.1.2.3', '10.0.0.0/8', true],
  ['11.1.2.3', '10.0.0.0/8', false],
  ['192.0.2.7', '192.0.2.4/30', true],
  ['192.0.2.8', '192.0.2.4/30', false],
  ['192.0.2.8', '192.0.2.8', true],
  ['1.2.3.4', '0.0.0.0/0', true],
  ['::1', '0.0.0.0/0', false],
  ['2001:db8:1::', '2001:db8::/32', true],
  ['2001:db9::', '2001:db8::/32', false],
  ['::ffff:10.0.0.1', '10.0.0.0/8', true],
])('%s in %s: %s', (address, text, inside) => {
  const range = parseNetwork(text);
  if (range === undefined) throw new Error('no range');
  expect(isWithin(parseAddress(address) ?? [], range)).toBe(inside);
});

test.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10/8', '::/129', '10.0.0.0/-1'])(
  '%s is no range',
  (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  },
);
