// The contract of outbox stores with IndexedDB, inside a page; and what only a browser can do wrong.

import { describe, expect, test } from 'vitest';
import { IndexedDbRows } from '../../packages/client/src/indexeddb/rows.ts';
import { outboxContract } from '../../packages/client/test/outbox/contract.ts';

interface Deleting {
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}
const { indexedDB } = globalThis as unknown as { indexedDB: { deleteDatabase(name: string): Deleting } };

let places = 0;

function deleted(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const deleting = indexedDB.deleteDatabase(name);
    deleting.onsuccess = () => resolve();
    deleting.onerror = () => reject(new Error(`${name} stays`));
  });
}

outboxContract('IndexedDB', async () => {
  const name = `contract-${++places}`;
  return { store: () => new IndexedDbRows(name), clear: () => deleted(name) };
});

describe('IndexedDB: a group that cannot be written', () => {
  test('is not written at all', async () => {
    const rows = new IndexedDbRows('groups');
    await rows.open();
    const value = Uint8Array.of(1);
    const group = [
      { key: 1, value },
      { key: Number.NaN, value },
    ];
    await expect(rows.write(group)).rejects.toMatchObject({ code: 'store-failed' });
    await rows.write([{ key: 2, value }]);
    await rows.close();
    expect((await rows.open()).map(({ key }) => key)).toEqual([2]);
    await rows.close();
  });
});
