/** Owns that a snapshot is of one moment, and that a damaged store gives what it can. */

import { mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openLmdbStore } from '../../src/store/open.ts';
import { openSnapshot } from '../../src/store/snapshot.ts';

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'anax-snapshot-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const key = (number: number): Uint8Array => Uint8Array.of(1, number >> 8, number);
const fixed = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);

it('a snapshot is told when something was committed while it was iterated', async () => {
  const directory = place();
  const store = await openLmdbStore({ directory, durability: 'relaxed' });
  onTestFinished(() => store.close());
  const all = Array.from({ length: 3000 }, (_, i) => ({ key: key(i), value: fixed(100, 1) }));
  await store.commit(all);
  const snapshot = openSnapshot(directory);
  onTestFinished(() => snapshot.close());
  const begun = snapshot.moment();
  expect(Array.from(snapshot.rows())).toHaveLength(3000);
  expect(snapshot.moment()).toBe(begun);
  let seen = 0;
  for (const _ of snapshot.rows()) {
    seen += 1;
    if (seen === 1) await store.commit(all.slice(2000).map((row) => ({ key: row.key, value: undefined })));
  }
  expect(snapshot.moment()).toBeGreaterThan(begun);
  expect(Array.from(snapshot.rows())).toHaveLength(2000);
});

it('a damaged store says what is wrong, what there was, and gives the rows that can be read', async () => {
  const directory = place();
  const store = await openLmdbStore({ directory, durability: 'strict', madeBy: 'anax test' });
  await store.commit(Array.from({ length: 2000 }, (_, i) => ({ key: key(i), value: fixed(100, 7) })));
  await store.close();
  // The page of a row in the middle.
  const file = join(directory, 'data.mdb');
  const at = readFileSync(file).indexOf(Buffer.concat([key(1000), fixed(100, 7)]));
  const handle = openSync(file, 'r+');
  writeSync(handle, fixed(4096, 0), 0, 4096, at - (at % 4096));
  const snapshot = openSnapshot(directory);
  onTestFinished(() => snapshot.close());
  const rows = Array.from(snapshot.rows());
  expect(snapshot.format).toEqual({ version: 1, madeBy: 'anax test' });
  expect(snapshot.faults).not.toEqual([]);
  expect(snapshot.expected).toBe(2000);
  expect(rows.length).toBeGreaterThan(1500);
  expect(rows.length).toBeLessThan(2000);
});
