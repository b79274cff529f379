// What every store must do, as one function that the test of an implementation calls. It knows nothing of files.

import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { KEY_BYTES_MAX, type Row, type Store, StoreError, type Write } from '../../src/store/port.ts';

/** One place for a store, which can be opened, closed and opened again. */
export interface Place {
  open(): Promise<Store>;
  /**
   * A store in which a commit that has the row `POISON` fails, and no other: because of its key, or because its
   * `POISON_BYTES` do not fit.
   */
  openFailing(): Promise<Store>;
  clear(): Promise<void> | void;
}

export const POISON = Buffer.from('poison');
export const POISON_BYTES = 1024 * 1024;

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const put = (key: string, value: string): Write => ({ key: bytes(key), value: bytes(value) });
const remove = (key: string): Write => ({ key: bytes(key), value: undefined });
const ALL = [Buffer.of(1), Buffer.alloc(KEY_BYTES_MAX + 1, 255)] as const;

function listed(rows: Iterable<Row>): string[] {
  return Array.from(
    rows,
    ({ key, value }) => `${Buffer.from(key).toString('latin1')}=${Buffer.from(value).toString('latin1')}`,
  );
}

export function storeContract(name: string, makePlace: () => Place): void {
  describe(`${name} - the contract of a store`, () => {
    const cleanups: (() => Promise<void> | void)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });
    const place = (): Place => {
      const made = makePlace();
      cleanups.push(() => made.clear());
      return made;
    };
    const opened = async (open: () => Promise<Store>): Promise<Store> => {
      const store = await open();
      cleanups.push(() => store.close());
      return store;
    };
    const fresh = (): Promise<Store> => opened(() => place().open());

    reading(fresh);
    writing(fresh);
    failing(fresh, place, opened);
    closing(place, opened);
  });
}

type Fresh = () => Promise<Store>;

function reading(fresh: Fresh): void {
  test('an empty store has no rows', async () => {
    const store = await fresh();
    expect(store.get(bytes('a'))).toBeUndefined();
    expect(listed(store.range(...ALL))).toEqual([]);
    expect(store.figures().rows).toBe(0);
  });

  test('a range has its rows in the order of their bytes, from the first key to before the last', async () => {
    const store = await fresh();
    const keys = ['b', 'a', '\xff', 'ab', 'a\0', '\x7f', '\x80', 'aa'];
    await store.commit(keys.map((key) => put(key, key)));
    const ordered = ['a', 'a\0', 'aa', 'ab', 'b', '\x7f', '\x80', '\xff'].map((key) => `${key}=${key}`);
    expect(listed(store.range(...ALL))).toEqual(ordered);
    expect(listed(store.range(bytes('a\0'), bytes('b')))).toEqual(ordered.slice(1, 4));
    expect(listed(store.range(bytes('a\0\0'), bytes('ab\0')))).toEqual(ordered.slice(2, 4));
    expect(listed(store.range(bytes('b'), bytes('b')))).toEqual([]);
    expect(listed(store.range(bytes('c'), bytes('b')))).toEqual([]);
  });

  test('a range ends at its limit', async () => {
    const store = await fresh();
    await store.commit(['a', 'b', 'c'].map((key) => put(key, '')));
    expect(listed(store.range(...ALL, 2))).toEqual(['a=', 'b=']);
    expect(listed(store.range(...ALL, 0))).toEqual([]);
    expect(listed(store.range(...ALL, 4))).toEqual(['a=', 'b=', 'c=']);
  });

  test('a long range has every row once, and may be left at any place', async () => {
    const store = await fresh();
    const keys = Array.from({ length: 5000 }, (_, index) => String(index).padStart(4, '0'));
    await store.commit(keys.map((key) => put(key, key)));
    expect(listed(store.range(...ALL))).toEqual(keys.map((key) => `${key}=${key}`));
    for (const place of [1, 31, 32, 33, 1056, 4999]) {
      let seen = 0;
      for (const _ of store.range(...ALL)) if (++seen === place) break;
      expect(listed(store.range(bytes(keys[place] ?? ''), ALL[1], 1))).toEqual([
        `${keys[place]}=${keys[place]}`,
      ]);
    }
  });

  test('what is committed during a range disturbs no row that stays', async () => {
    const store = await fresh();
    const keys = Array.from({ length: 300 }, (_, index) => String(index).padStart(4, '0'));
    await store.commit(keys.map((key) => put(key, '')));
    const seen: string[] = [];
    for (const { key } of store.range(...ALL)) {
      const text = Buffer.from(key).toString('latin1');
      seen.push(text);
      if (Number(text) % 2 === 0 && text.length === 4)
        await store.commit([remove(text), put(`${text}x`, '')]);
    }
    const odd = (text: string): boolean => text.length === 4 && Number(text) % 2 === 1;
    expect(seen.filter(odd)).toEqual(keys.filter(odd));
  });

  test("what is given is the caller's: it stays as it is, and to change it changes nothing", async () => {
    const store = await fresh();
    await store.commit([put('a', 'first'), put('b', 'other')]);
    const value = store.get(bytes('a'));
    const rows = Array.from(store.range(...ALL));
    await store.commit([put('a', 'second'), put('b', 'changed')]);
    store.get(bytes('b'));
    expect(Buffer.from(value ?? []).toString()).toBe('first');
    expect(listed(rows)).toEqual(['a=first', 'b=other']);
    value?.fill(0);
    for (const row of rows) {
      row.key.fill(0);
      row.value.fill(0);
    }
    expect(listed(store.range(...ALL))).toEqual(['a=second', 'b=changed']);
  });
}

function writing(fresh: Fresh): void {
  test('a row is overwritten and removed; to remove what is not there is no failure', async () => {
    const store = await fresh();
    await store.commit([put('a', '1'), put('b', '2')]);
    await store.commit([put('a', 'longer than before'), remove('b'), remove('c')]);
    expect(listed(store.range(...ALL))).toEqual(['a=longer than before']);
    expect(store.figures().rows).toBe(1);
    await store.commit([remove('c')]);
    await store.commit([]);
    expect(listed(store.range(...ALL))).toEqual(['a=longer than before']);
  });

  test('a value may have no byte, and 16 MiB', async () => {
    const store = await fresh();
    const large = Buffer.alloc(16 * 1024 * 1024, 'anax');
    await store.commit([
      { key: bytes('empty'), value: new Uint8Array(0) },
      { key: bytes('large'), value: large },
      put('small', 's'),
    ]);
    expect(store.get(bytes('empty'))?.length).toBe(0);
    expect(Buffer.compare(store.get(bytes('large')) ?? Buffer.of(), large)).toBe(0);
    expect(Buffer.from(store.get(bytes('small')) ?? []).toString()).toBe('s');
    const rows = Array.from(store.range(...ALL));
    expect(rows.map(({ value }) => value.length)).toEqual([0, large.length, 1]);
    expect(Buffer.compare(rows[1]?.value ?? Buffer.of(), large)).toBe(0);
  });

  test('a value may be part of a larger buffer', async () => {
    const store = await fresh();
    const whole = Buffer.from('....abc....');
    await store.commit([{ key: whole.subarray(4, 5), value: whole.subarray(4, 7) }]);
    expect(listed(store.range(...ALL))).toEqual(['a=abc']);
  });

  test('a key may be as long as the longest', async () => {
    const store = await fresh();
    const key = Buffer.alloc(KEY_BYTES_MAX, 'k');
    await store.commit([
      { key, value: bytes('v') },
      { key: key.subarray(1), value: bytes('w') },
    ]);
    expect(Buffer.from(store.get(key) ?? []).toString()).toBe('v');
    expect(Array.from(store.range(...ALL), (row) => row.key.length)).toEqual([
      KEY_BYTES_MAX - 1,
      KEY_BYTES_MAX,
    ]);
  });

  test('nothing is seen before it is committed', async () => {
    const store = await fresh();
    await store.commit([put('a', 'old')]);
    const commit = store.commit([put('a', 'new'), put('b', 'new')]);
    const before = store.get(bytes('a'));
    await commit;
    expect(Buffer.from(before ?? []).toString()).toBe('old');
    expect(listed(store.range(...ALL))).toEqual(['a=new', 'b=new']);
  });

  test('any series of groups leaves what a sorted map has', async () => {
    const key = fc.uint8Array({ minLength: 1, maxLength: 3 }).map((some) => Uint8Array.from([1, ...some]));
    const value = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined });
    const group = fc.uniqueArray(fc.record({ key, value }), {
      maxLength: 20,
      selector: (write) => Buffer.from(write.key).toString('latin1'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(group, { maxLength: 8 }), async (groups) => {
        const store = await fresh();
        const model = new Map<string, string>();
        for (const writes of groups) {
          await store.commit(writes);
          for (const { key, value } of writes) {
            const text = Buffer.from(key).toString('latin1');
            if (value === undefined) model.delete(text);
            else model.set(text, Buffer.from(value).toString('latin1'));
          }
        }
        const sorted = Array.from(model).sort(([a], [b]) => (a < b ? -1 : 1));
        expect(listed(store.range(...ALL))).toEqual(sorted.map(([key, value]) => `${key}=${value}`));
        expect(store.figures().rows).toBe(model.size);
        await store.close();
      }),
      { numRuns: 25 },
    );
  });
}

function failing(
  fresh: Fresh,
  place: () => Place,
  opened: (open: () => Promise<Store>) => Promise<Store>,
): void {
  test.each([
    ['no byte', Buffer.alloc(0)],
    ['a byte more than the longest', Buffer.alloc(KEY_BYTES_MAX + 1, 1)],
    ['a byte 0 at its beginning', Buffer.of(0, 1)],
  ])('a group in which a key has %s is refused as a whole', async (_, key) => {
    const store = await fresh();
    await expect(store.commit([put('a', '1'), { key, value: bytes('2') }])).rejects.toBeInstanceOf(
      StoreError,
    );
    expect(listed(store.range(...ALL))).toEqual([]);
    await store.commit([put('a', '1')]);
    expect(listed(store.range(...ALL))).toEqual(['a=1']);
  });

  test('a second commit while one is under way is refused, and does no harm to the first', async () => {
    const store = await fresh();
    const first = store.commit([put('a', '1')]);
    await expect(store.commit([put('b', '2')])).rejects.toBeInstanceOf(StoreError);
    await first;
    expect(listed(store.range(...ALL))).toEqual(['a=1']);
  });

  test('a group that fails leaves nothing; it may be given again, and the store goes on', async () => {
    const at = place();
    const store = await opened(() => at.openFailing());
    await store.commit([put('a', '1'), put('b', '2')]);
    const group = [put('a', 'changed'), remove('b'), put('c', '3')];
    const failure = store.commit([...group, { key: POISON, value: Buffer.alloc(POISON_BYTES) }]);
    await expect(failure).rejects.toBeInstanceOf(StoreError);
    expect(listed(store.range(...ALL))).toEqual(['a=1', 'b=2']);
    await store.commit(group);
    expect(listed(store.range(...ALL))).toEqual(['a=changed', 'c=3']);
    await store.close();
    const again = await opened(() => at.open());
    expect(listed(again.range(...ALL))).toEqual(['a=changed', 'c=3']);
  });
}

function closing(place: () => Place, opened: (open: () => Promise<Store>) => Promise<Store>): void {
  test('to close waits for the commit under way; opened again, everything is there', async () => {
    const at = place();
    const store = await at.open();
    await store.commit([put('a', '1'), put('b', '2')]);
    const group = Array.from({ length: 1000 }, (_, index) => put(`c${index}`, 'x'));
    let committed = false;
    void store.commit([remove('a'), ...group]).then(() => {
      committed = true;
    });
    await store.close();
    expect(committed).toBe(true);
    const again = await opened(() => at.open());
    expect(again.figures().rows).toBe(1001);
    expect(Buffer.from(again.get(bytes('b')) ?? []).toString()).toBe('2');
    expect(again.get(bytes('a'))).toBeUndefined();
  });

  test('a store that is closed gives nothing and takes nothing; to close it again is no failure', async () => {
    const store = await place().open();
    await store.commit([put('a', '1')]);
    await store.close();
    await store.close();
    expect(() => store.get(bytes('a'))).toThrow(StoreError);
    expect(() => Array.from(store.range(...ALL))).toThrow(StoreError);
    await expect(store.commit([put('a', '2')])).rejects.toBeInstanceOf(StoreError);
  });
}
