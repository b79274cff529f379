import { expect, test } from 'vitest';
import { MemoryStore } from '../../src/store/memory.ts';
import { StoreError } from '../../src/store/port.ts';
import { POISON, storeContract } from './contract.ts';

storeContract('memory', () => {
  let store = new MemoryStore();
  const opened = (made: MemoryStore): Promise<MemoryStore> => {
    store = made;
    return Promise.resolve(store);
  };
  return {
    open: () => opened(new MemoryStore({ rows: store.snapshot() })),
    openFailing: () =>
      opened(
        new MemoryStore({
          beforeCommit: (writes) => {
            if (writes.some(({ key }) => POISON.equals(key)))
              throw new StoreError('full', 'no space is left');
          },
        }),
      ),
    clear: () => {},
  };
});

const row = (key: string, value: string) => ({ key: Buffer.from(key), value: Buffer.from(value) });

test('a commit without hooks is done within microtasks', async () => {
  const store = new MemoryStore();
  let done = false;
  void store.commit([row('a', '1')]).then(() => {
    done = true;
  });
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
  expect(done).toBe(true);
});

test('a snapshot has what is committed, and nothing of a commit under way', async () => {
  let proceed = (): void => {};
  const store = new MemoryStore({
    beforeCommit: (_, number) =>
      number === 1
        ? undefined
        : new Promise((resolve) => {
            proceed = resolve;
          }),
  });
  await store.commit([row('a', '1')]);
  const commit = store.commit([row('a', '2'), row('b', '2')]);
  const cut = new MemoryStore({ rows: store.snapshot() });
  proceed();
  await commit;
  const all = (from: MemoryStore): string[] =>
    Array.from(
      from.range(Buffer.of(1), Buffer.of(255)),
      ({ key, value }) => `${Buffer.from(key)}=${Buffer.from(value)}`,
    );
  expect(all(cut)).toEqual(['a=1']);
  expect(all(new MemoryStore({ rows: store.snapshot() }))).toEqual(['a=2', 'b=2']);
});

test('a group can be written without being told: the crash between the two', async () => {
  const store = new MemoryStore({ afterCommit: () => new Promise<void>(() => {}) });
  void store.commit([row('a', '1')]);
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
  expect(store.snapshot()).toHaveLength(1);
});

test('what a hook throws reaches the caller: a StoreError as it is, anything else within one', async () => {
  const full = new StoreError('full', 'no space is left');
  const store = new MemoryStore({
    beforeCommit: (_, number) => {
      throw number === 1 ? full : new Error('by chance');
    },
  });
  await expect(store.commit([row('a', '1')])).rejects.toBe(full);
  await expect(store.commit([row('a', '1')])).rejects.toMatchObject({ problem: 'failed' });
});

test('200,000 rows go in and out in any order', async () => {
  const store = new MemoryStore();
  const count = 200_000;
  const key = (index: number): Buffer => {
    const bytes = Buffer.alloc(5, 1);
    bytes.writeUInt32BE((index * 2_654_435_761) >>> 0, 1);
    return bytes;
  };
  await store.commit(Array.from({ length: count }, (_, index) => ({ key: key(index), value: Buffer.of(1) })));
  expect(store.figures()).toEqual({ rows: count, bytes: count * 6 });
  await store.commit(Array.from({ length: count }, (_, index) => ({ key: key(index), value: undefined })));
  expect(store.figures()).toEqual({ rows: 0, bytes: 0 });
});
