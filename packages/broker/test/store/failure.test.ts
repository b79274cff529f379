/** Owns the proof that a group that cannot fit is told as such without LMDB being asked. */

import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { mustHaveSpace } from '../../src/store/failure.ts';

test('a group that is larger than the space there is does not fit, one that only removes does', () => {
  expect(() => mustHaveSpace(tmpdir(), 2 ** 60)).toThrow(expect.objectContaining({ problem: 'full' }));
  expect(() => mustHaveSpace(tmpdir(), 0)).not.toThrow();
});
