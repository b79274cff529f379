// Shows that a suite runs inside Chromium: hooks in their order, `expect` as in vitest, what only a page has.

import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const calls: string[] = [];
beforeAll(() => calls.push('beforeAll'));
beforeEach(() => calls.push('beforeEach'));
afterEach(() => calls.push('afterEach'));

test('a test has its hooks around it', async () => {
  expect(calls).toEqual(['beforeAll', 'beforeEach']);
  await expect(Promise.resolve({ a: 1, b: new Uint8Array([1]) })).resolves.toMatchObject({ a: 1 });
  await expect(Promise.reject(new Error('no'))).rejects.toThrow('no');
  expect({ a: 'text' }).toEqual({ a: expect.stringContaining('ex') });
});

describe('a group', () => {
  beforeEach(() => calls.push('inner'));

  test('has the outer hooks, too, and what only a page has', () => {
    expect(calls).toEqual(['beforeAll', 'beforeEach', 'afterEach', 'beforeEach', 'inner']);
    expect(['indexedDB', 'document', 'WebSocket'].filter((name) => !(name in globalThis))).toEqual([]);
    expect(() => expect(1).toBe(2)).toThrow('expected 1 to be 2');
  });
});
