import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { afterEach, expect, test } from 'vitest';
import { checkStore } from '../../src/store/check.ts';
import type { Format, UpgradeRows } from '../../src/store/format.ts';
import type { LmdbStore } from '../../src/store/lmdb.ts';
import { type LmdbStoreOptions, openLmdbStore, openStoreToRead } from '../../src/store/open.ts';
import { type Row, StoreError } from '../../src/store/port.ts';

const FILES = ['data.mdb', 'lock.mdb', 'owner.mdb', 'owner.mdb-lock'];

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'anax-store-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function opened(
  directory: string,
  more: Partial<LmdbStoreOptions> = {},
  format?: Format,
): Promise<LmdbStore> {
  const store = await openLmdbStore({ directory, durability: 'relaxed', ...more }, format);
  cleanups.push(() => store.close());
  return store;
}

const put = (key: string, value: string) => ({ key: Buffer.from(key), value: Buffer.from(value) });
const all = (store: { range(from: Uint8Array, to: Uint8Array): Iterable<Row> }): string[] =>
  Array.from(
    store.range(Buffer.of(0), Buffer.of(255)),
    ({ key, value }) => `${Buffer.from(key)}=${Buffer.from(value)}`,
  );
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('a directory that is missing is made for its owner only, and so are the files', async () => {
  const directory = join(place(), 'a', 'b');
  await opened(directory);
  expect(modeOf(join(directory, '..'))).toBe('700');
  expect(modeOf(directory)).toBe('700');
  expect(readdirSync(directory).sort()).toEqual(FILES);
  for (const name of FILES) expect(modeOf(join(directory, name))).toBe('600');
});

test('a directory that is there keeps its mode; files that others could read are closed to them', async () => {
  const directory = place();
  chmodSync(directory, 0o755);
  await (await opened(directory)).close();
  for (const name of FILES) chmodSync(join(directory, name), 0o644);
  await opened(directory);
  expect(modeOf(directory)).toBe('755');
  for (const name of FILES) expect(modeOf(join(directory, name))).toBe('600');
});

test('what a process left that was killed while it made a store goes away', async () => {
  const directory = place();
  mkdirSync(join(directory, 'unfinished-0123'));
  await opened(directory);
  expect(readdirSync(directory).sort()).toEqual(FILES);
});

test('a store that this process has open is in use until it is closed', async () => {
  const directory = place();
  const store = await opened(directory);
  await expect(
    openLmdbStore({ directory: join(directory, '.'), durability: 'strict' }),
  ).rejects.toMatchObject({
    problem: 'in-use',
    message: expect.stringContaining(`process ${process.pid}`),
  });
  await store.close();
  await opened(directory);
});

test('a store that is refused for any reason is free again', async () => {
  const directory = place();
  await (await opened(directory)).close();
  writeFileSync(join(directory, 'data.mdb'), 'nonsense');
  for (let turn = 0; turn < 2; turn += 1)
    await expect(openLmdbStore({ directory, durability: 'strict' })).rejects.toMatchObject({
      problem: 'damaged',
    });
  rmSync(join(directory, 'data.mdb'));
  await opened(directory);
});

test('a file of ownership that is damaged is named, and may be removed', async () => {
  const directory = place();
  await (await opened(directory)).close();
  writeFileSync(join(directory, 'owner.mdb'), 'nonsense');
  await expect(openLmdbStore({ directory, durability: 'strict' })).rejects.toMatchObject({
    problem: 'damaged',
    message: expect.stringContaining(join(directory, 'owner.mdb')),
  });
  rmSync(join(directory, 'owner.mdb'));
  await opened(directory);
});

test('a store to read has the rows of the last commit, beside the one that writes, and takes none', async () => {
  const directory = place();
  const store = await opened(directory);
  const long = 'long '.repeat(10_000);
  await store.commit([put('a', '1'), put('b', long)]);
  const reader = openStoreToRead(directory);
  cleanups.push(() => reader.close());
  expect(all(reader)).toEqual(['a=1', `b=${long}`]);
  await store.commit(Array.from({ length: 3000 }, (_, index) => put(`c${index}`, 'x')));
  await store.commit([put('a', '2'), { key: Buffer.from('b'), value: undefined }]);
  expect(String(reader.get(Buffer.from('a')))).toBe('2');
  expect(reader.get(Buffer.from('b'))).toBeUndefined();
  expect(all(reader)).toEqual(all(store));
  expect(Array.from(reader.range(Buffer.from('c1'), Buffer.from('c2'), 1500))).toEqual(
    Array.from(store.range(Buffer.from('c1'), Buffer.from('c2'), 1500)),
  );
  expect(reader.figures()).toEqual(store.figures());
  expect(checkStore(directory)).toEqual([]);
  await expect(reader.commit()).rejects.toMatchObject({ problem: 'read-only' });
  await reader.close();
  expect(() => reader.get(Buffer.from('a'))).toThrow(StoreError);
});

test('where there is no store there is none to read, and none is made', () => {
  const directory = place();
  for (const missing of [directory, join(directory, 'missing')])
    expect(() => openStoreToRead(missing)).toThrow(expect.objectContaining({ problem: 'not-found' }));
  expect(readdirSync(directory)).toEqual([]);
});

test('a data.mdb of somebody else is refused, and left as it is', async () => {
  const directory = place();
  const foreign = openLmdb({ path: directory, keyEncoding: 'binary', encoding: 'binary' });
  await foreign.put(Buffer.from('k'), Buffer.from('theirs'));
  await foreign.close();
  await expect(openLmdbStore({ directory, durability: 'strict' })).rejects.toMatchObject({
    problem: 'unknown-format',
    message: expect.stringContaining('not a store of Anax'),
  });
  const again = openLmdb({ path: directory, keyEncoding: 'binary', encoding: 'binary' });
  expect(String(again.get(Buffer.from('k')))).toBe('theirs');
  await again.close();
});

const format = (version: number, upgrades: Format['upgrades'] = new Map()): Format => ({ version, upgrades });

test('a newer format is refused, with what it is and who made it; the store then is free', async () => {
  const directory = place();
  await (await opened(directory, { madeBy: 'anax 9.8.7' }, format(7))).close();
  const refusal = {
    problem: 'unknown-format',
    message: expect.stringMatching(/format 7, made by anax 9\.8\.7/),
  };
  await expect(openLmdbStore({ directory, durability: 'strict' })).rejects.toMatchObject(refusal);
  expect(() => openStoreToRead(directory)).toThrow(expect.objectContaining(refusal));
  await opened(directory, {}, format(7));
});

test('an older format is brought up step by step, once; a reader leaves that to a broker', async () => {
  const directory = place();
  const store = await opened(directory, {}, format(1));
  await store.commit([put('a', 'one'), put('b', 'two')]);
  await store.close();
  const steps = format(
    3,
    new Map([
      [
        1,
        (rows) => {
          for (const { key, value } of rows.range(Buffer.of(1), Buffer.of(255)))
            rows.put(key, Buffer.concat([value, Buffer.from('+')]));
          rows.put(Buffer.from('c'), Buffer.from('new'));
        },
      ],
      [
        2,
        (rows) => {
          rows.put(Buffer.from('d'), rows.get(Buffer.from('c')) ?? Buffer.of());
          rows.remove(Buffer.from('c'));
        },
      ],
    ]),
  );
  expect(() => openStoreToRead(directory, steps)).toThrow(
    expect.objectContaining({ problem: 'unknown-format' }),
  );
  for (let turn = 0; turn < 2; turn += 1) {
    const upgraded = await opened(directory, {}, steps);
    expect(all(upgraded)).toEqual(['a=one+', 'b=two+', 'd=new']);
    await upgraded.close();
  }
});

test('a step that fails leaves the store as it was', async () => {
  const directory = place();
  const store = await opened(directory, {}, format(1));
  await store.commit([put('a', 'one')]);
  await store.close();
  const broken = format(
    3,
    new Map([
      [1, (rows: UpgradeRows) => rows.put(Buffer.from('a'), Buffer.from('half'))],
      [
        2,
        () => {
          throw new Error('planted');
        },
      ],
    ]),
  );
  await expect(openLmdbStore({ directory, durability: 'strict' }, broken)).rejects.toThrow('planted');
  expect(all(await opened(directory, {}, format(1)))).toEqual(['a=one']);
});

test('an older format without a way from it is refused', async () => {
  const directory = place();
  await (await opened(directory, {}, format(1))).close();
  await expect(openLmdbStore({ directory, durability: 'strict' }, format(2))).rejects.toMatchObject({
    problem: 'unknown-format',
    message: expect.stringContaining('no way from it to 2'),
  });
});

test('a limit on bytes refuses rows and takes removals, and then rows again', async () => {
  const store = await opened(place(), { bytesMax: 100_000 });
  let rows = 0;
  const failure = await (async () => {
    for (;;) {
      try {
        await store.commit([put(`k${String(rows).padStart(3, '0')}`, 'x'.repeat(1000))]);
      } catch (error) {
        return error;
      }
      rows += 1;
    }
  })();
  expect(failure).toBeInstanceOf(StoreError);
  expect(failure).toMatchObject({ problem: 'full', message: expect.stringContaining(store.directory) });
  expect(rows).toBeGreaterThan(30);
  for (let row = 0; row < rows; row += 1)
    await store.commit([{ key: Buffer.from(`k${String(row).padStart(3, '0')}`), value: undefined }]);
  await store.commit([put('again', 'y')]);
  expect(all(store)).toEqual(['again=y']);
});

test('a relaxed store syncs at its interval and at the end, and only when there is something to sync', async () => {
  const steps: string[] = [];
  let synced = (): void => {};
  const store = await opened(place(), {
    syncIntervalMs: 5,
    fault: (step) => {
      steps.push(step);
      if (step === 'after-sync') synced();
    },
  });
  const nextSync = new Promise<void>((resolve) => {
    synced = resolve;
  });
  await store.commit([put('a', '1')]);
  await nextSync;
  expect(steps).toEqual(['before-commit', 'during-commit', 'after-commit', 'before-sync', 'after-sync']);
  await store.close();
  expect(steps.filter((step) => step === 'before-sync')).toHaveLength(1);
});

test('a relaxed store syncs what it has before it is closed', async () => {
  const steps: string[] = [];
  const store = await opened(place(), { syncIntervalMs: 1_000_000, fault: (step) => void steps.push(step) });
  await store.commit([put('a', '1')]);
  await store.close();
  expect(steps.slice(-2)).toEqual(['before-sync', 'after-sync']);
});
