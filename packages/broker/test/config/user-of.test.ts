/** Owns users as flags and variables write them. */

import { expect, test } from 'vitest';
import { userOf } from '../../src/config/environment.ts';

test('a password may hold colons and a user name may not', () => {
  expect(userOf('a:b:c')).toEqual({ name: 'a', password: 'b:c' });
  expect(userOf(':x')).toEqual({ name: '', password: 'x' });
});
