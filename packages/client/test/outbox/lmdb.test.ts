// The contract of stores, with LMDB; and what only files can do wrong.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LmdbRows } from '../../src/lmdb/rows.ts';
import { outboxContract } from './contract.ts';

let folder = '';
let places = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anax-outbox-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const newDirectory = (): string => join(folder, `${++places}`, 'outbox');

outboxContract('LMDB', async () => {
  const directory = newDirectory();
  return {
    store: () => new LmdbRows(directory),
    clear: async () => rmSync(directory, { recursive: true, force: true }),
  };
});

describe('LMDB: files', () => {
  const made = async (): Promise<string> => {
    const directory = newDirectory();
    const rows = new LmdbRows(directory);
    await rows.open();
    await rows.write([{ key: 1, value: new Uint8Array(20_000) }]);
    await rows.close();
    return directory;
  };

  test.each(['outbox.mdb', 'owner.mdb'])(
    '%s that is half made, with nothing in it, is made anew',
    async (name) => {
      for (const half of [new Uint8Array(0), new Uint8Array(4096)]) {
        const directory = await made();
        writeFileSync(join(directory, name), half);
        const rows = new LmdbRows(directory);
        expect((await rows.open()).length).toBe(name === 'owner.mdb' ? 1 : 0);
        await rows.close();
      }
    },
  );

  test('one that is none is refused, and nobody is left behind in it', async () => {
    const directory = await made();
    writeFileSync(join(directory, 'outbox.mdb'), new Uint8Array(20_000).fill(1));
    for (let count = 0; count < 2; count++)
      await expect(new LmdbRows(directory).open()).rejects.toMatchObject({ code: 'store-damaged' });
  });

  test('a path that is no directory is refused', async () => {
    const path = join(folder, 'a-file');
    writeFileSync(path, '');
    await expect(new LmdbRows(join(path, 'outbox')).open()).rejects.toMatchObject({ code: 'store-failed' });
  });
});
