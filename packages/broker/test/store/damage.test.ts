// A data.mdb that is damaged in every way that one can think of: told at the start, and what is whole can be saved. LMDB
// itself ends the process on most of these.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkStore, mustBeWhole, readDamagedStore } from '../../src/store/check.ts';
import { openLmdbStore, openStoreToRead } from '../../src/store/open.ts';
import { StoreError } from '../../src/store/port.ts';

const PAGE = 4096;
const ROWS = 600;
const directory = mkdtempSync(join(tmpdir(), 'anax-damage-'));
const path = join(directory, 'data.mdb');
let whole = Buffer.alloc(0);

beforeAll(async () => {
  const store = await openLmdbStore({ directory, durability: 'relaxed' });
  const row = (index: number, bytes: number) => ({
    key: Buffer.from(`k${String(index).padStart(4, '0')}`),
    value: Buffer.alloc(bytes, index),
  });
  for (let group = 0; group < 6; group += 1)
    await store.commit(
      Array.from({ length: 150 }, (_, index) => row(group * 100 + index, index % 50 === 0 ? 9000 : 60)),
    );
  await store.commit(
    Array.from({ length: 50 }, (_, index) => ({ key: row(600 + index, 0).key, value: undefined })),
  );
  await store.close();
  whole = readFileSync(path);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const changed = (at: number, bytes: Uint8Array): Buffer => {
  const copy = Buffer.from(whole);
  copy.set(bytes, at);
  return copy;
};

const FORMS: readonly [string, () => Uint8Array][] = [
  ['no byte', () => Buffer.alloc(0)],
  ['a few bytes', () => whole.subarray(0, 100)],
  ['only its first page', () => whole.subarray(0, PAGE)],
  ['only its headers', () => whole.subarray(0, 2 * PAGE)],
  ['only its first half', () => whole.subarray(0, whole.length >> 1)],
  ['text', () => Buffer.alloc(whole.length, 'hello')],
  ['zeros', () => Buffer.alloc(whole.length)],
  ['zeros in its first header', () => changed(0, Buffer.alloc(200))],
  ['zeros in its second header', () => changed(PAGE, Buffer.alloc(200))],
  [
    'a last page beyond all bounds',
    () => changed(144, Buffer.alloc(8, 0x7f)).fill(0x7f, PAGE + 144, PAGE + 152),
  ],
  ['zeros in all pages', () => changed(2 * PAGE, Buffer.alloc(whole.length - 2 * PAGE))],
];

test.each(FORMS)('a data.mdb of %s is damaged, to write and to read', async (_, form) => {
  writeFileSync(path, form());
  const refusal = { problem: 'damaged', message: expect.stringContaining(directory) };
  await expect(openLmdbStore({ directory, durability: 'strict' })).rejects.toMatchObject(refusal);
  const read = (): void => void Array.from(openStoreToRead(directory).range(Buffer.of(1), Buffer.of(255)));
  expect(read).toThrow(expect.objectContaining(refusal));
  expect(checkStore(directory)).not.toEqual([]);
});

function saved(): { readonly rows: number; readonly faults: readonly string[] } {
  const findings = { faults: [] as string[] };
  return { rows: Array.from(readDamagedStore(directory, findings)).length, faults: findings.faults };
}

test('of a whole store all rows are saved', () => {
  writeFileSync(path, whole);
  expect(saved()).toEqual({ rows: ROWS, faults: [] });
});

test('of a store with a damaged page the rows of all others are saved', () => {
  const pages = whole.length / PAGE;
  const counts = Array.from({ length: pages - 2 }, (_, index) => {
    writeFileSync(path, changed((index + 2) * PAGE, Buffer.alloc(24)));
    return saved();
  });
  for (const { rows, faults } of counts) expect(rows === ROWS).toBe(faults.length === 0);
  // Pages that are free, and those behind the first of a long value, may hold anything; most rows are on the others.
  const harmed = counts.filter(({ rows }) => rows < ROWS);
  expect(harmed.length).toBeGreaterThan(10);
  expect(harmed.filter(({ rows }) => rows > ROWS / 2).length).toBeGreaterThan(10);
});

test('whatever bytes are changed, the check ends, and throws nothing but what it is for', () => {
  const change = fc.tuple(
    fc.nat(whole.length - 1 || 1_000_000),
    fc.uint8Array({ minLength: 1, maxLength: 16 }),
  );
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 40 }), (changes) => {
      const copy = Buffer.from(whole);
      for (const [at, bytes] of changes)
        copy.set(bytes.subarray(0, copy.length - (at % copy.length)), at % copy.length);
      writeFileSync(path, copy);
      try {
        mustBeWhole(directory);
        expect(saved().rows).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(StoreError);
      }
    }),
    { numRuns: 150 },
  );
});
