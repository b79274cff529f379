// What every store of an outbox keeps: first the table of rows, then what is owed, in it. Knows nothing of Node, so that
// it runs in a browser, too.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OutboxRow, RowStore } from '../../src/outbox/row-store.ts';
import { storedOutbox } from '../../src/outbox/stored.ts';
import type { Outgoing } from '../../src/outgoing.ts';
import { Session } from '../../src/session.ts';
import { Life } from './life.ts';

/** Where one store is, and nobody else's. */
export interface Place {
  /** Another handle on the same rows. */
  store(): RowStore;
  /** Everything is closed; nothing is to be left. */
  clear(): Promise<void>;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const shown = (rows: readonly OutboxRow[]): [number, number[]][] =>
  rows.map(({ key, value }) => [key, Array.from(value)]);

export function outboxContract(name: string, newPlace: () => Promise<Place>): void {
  let place: Place;
  let opened: { close(): Promise<void> }[];
  beforeEach(async () => {
    place = await newPlace();
    opened = [];
  });
  afterEach(async () => {
    for (const one of opened) await one.close();
    await place.clear();
  });
  const open = async (): Promise<[RowStore, readonly OutboxRow[]]> => {
    const store = place.store();
    const rows = await store.open();
    opened.push(store);
    return [store, rows];
  };

  describe(`${name}: rows`, () => {
    test('a new one has none; what is written is there for whoever opens it next, by its number', async () => {
      const [first, none] = await open();
      expect(none).toEqual([]);
      await first.write([
        { key: 2 ** 40 + 1, value: bytes(5) },
        { key: 65_536, value: bytes(4) },
        { key: 0, value: bytes(1) },
        { key: 255, value: bytes() },
        { key: 256, value: bytes(3, 0, 255) },
      ]);
      await first.close();
      const [, rows] = await open();
      expect(shown(rows)).toEqual([
        [0, [1]],
        [255, []],
        [256, [3, 0, 255]],
        [65_536, [4]],
        [2 ** 40 + 1, [5]],
      ]);
    });

    test('a group adds, replaces and removes; to remove what is not there is nothing', async () => {
      const [first] = await open();
      await first.write([1, 2, 3].map((key) => ({ key, value: bytes(key) })));
      await first.write([
        { key: 1, value: undefined },
        { key: 2, value: bytes(9, 9) },
        { key: 4, value: bytes(4) },
        { key: 77, value: undefined },
      ]);
      await first.write([]);
      await first.close();
      const [, rows] = await open();
      expect(shown(rows)).toEqual([
        [2, [9, 9]],
        [3, [3]],
        [4, [4]],
      ]);
    });

    test('bytes are copied both ways, also those in the middle of others', async () => {
      const [first] = await open();
      const all = bytes(1, 2, 3, 4);
      await first.write([{ key: 1, value: all.subarray(1, 3) }]);
      all.fill(0);
      await first.close();
      const [second, rows] = await open();
      rows[0]?.value.fill(7);
      await second.close();
      const [, again] = await open();
      expect(shown(again)).toEqual([[1, [2, 3]]]);
    });

    test('takes many rows, and large ones', async () => {
      const [first] = await open();
      const large = new Uint8Array(3_000_000).fill(5);
      await first.write(Array.from({ length: 2000 }, (_, key) => ({ key, value: bytes(key & 255) })));
      await first.write([{ key: 2000, value: large }]);
      await first.close();
      const [second, rows] = await open();
      expect(rows.length).toBe(2001);
      expect(
        rows.every(({ key, value }, index) => key === index && (key === 2000 || value[0] === (key & 255))),
      ).toBe(true);
      expect(rows[2000]?.value.every((byte) => byte === 5) && rows[2000]?.value.length).toBe(3_000_000);
      await second.write(rows.map(({ key }) => ({ key, value: undefined })));
      await second.close();
      expect((await open())[1]).toEqual([]);
    });

    test('is one client’s at a time', async () => {
      const [first] = await open();
      await expect(place.store().open()).rejects.toMatchObject({ code: 'store-in-use' });
      // The one that has it does not notice.
      await first.write([{ key: 1, value: bytes(1) }]);
      await expect(first.open()).rejects.toMatchObject({ code: 'store-in-use' });
      await first.write([{ key: 2, value: bytes(2) }]);
      await first.close();
      expect((await open())[1].length).toBe(2);
    });

    test('waits at its end for what is being written, writes nothing after it, and may be opened again', async () => {
      const [first] = await open();
      const written = first.write([{ key: 1, value: bytes(1) }]);
      await first.close();
      await written;
      await expect(first.write([{ key: 2, value: bytes(2) }])).rejects.toMatchObject({
        code: 'store-failed',
      });
      await first.close();
      expect(shown(await first.open())).toEqual([[1, [1]]]);
      await first.write([{ key: 3, value: bytes(3) }]);
      await first.close();
      expect((await open())[1].length).toBe(2);
    });
  });

  describe(`${name}: an outbox`, () => {
    const begin = async (owner = {}): Promise<Life> => {
      const life = await Life.begin(storedOutbox(place.store()), owner);
      opened.push(life);
      return life;
    };
    const texts = (owed: Iterable<Outgoing>): string[] =>
      Array.from(owed, ({ payload }) => new TextDecoder().decode(payload));

    test('a new one has nothing', async () => {
      const life = await begin();
      expect(life.found).toEqual({ facts: undefined, underWay: [], waiting: [], received: [] });
    });

    test('what waits is there again, in order, with everything that it was published with', async () => {
      const first = await begin();
      const properties = {
        contentType: 'text/plain',
        correlationData: bytes(1, 2),
        messageExpiryInterval: 100,
        topicAlias: 4,
        userProperties: [
          ['a', '1'],
          ['a', '2'],
        ] as const,
      };
      first.publish({ topic: 'a/b', payload: 'first', qos: 1, retain: true, properties });
      first.publish({ topic: 'c', payload: new Uint8Array(100_000).fill(3), qos: 2 });
      first.publish({ topic: 'c', payload: 'of no weight', qos: 0 });
      await first.close();
      const { waiting, underWay } = (await begin()).found;
      expect(underWay).toEqual([]);
      const { topicAlias: _, ...kept } = properties;
      expect(waiting).toMatchObject([
        {
          topic: 'a/b',
          payload: bytes(102, 105, 114, 115, 116),
          qos: 1,
          retain: true,
          properties: kept,
          packetId: 0,
        },
        { topic: 'c', qos: 2, retain: false, properties: {}, packetId: 0 },
      ]);
      expect(waiting.length).toBe(2);
      expect(waiting[1]?.payload.length).toBe(100_000);
    });

    test('what is under way is there under its identifier, what is released in the order of its PUBREC', async () => {
      const first = await begin();
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((payload) =>
        first.publish({ topic: 't', payload, qos: 2 }),
      );
      const e = first.publish({ topic: 't', payload: 'e', qos: 1 });
      for (const [owed, packetId] of [
        [a, 11],
        [b, 12],
        [c, 13],
        [e, 14],
      ] as const)
        first.sends(owed, packetId);
      await first.stored();
      first.releases(c);
      await first.stored();
      first.releases(a);
      await first.close();
      const second = await begin();
      const { underWay, waiting } = second.found;
      expect(underWay.map(({ packetId, phase }) => [packetId, phase])).toEqual([
        [12, 'publish'],
        [14, 'publish'],
        [13, 'release'],
        [11, 'release'],
      ]);
      expect(texts(waiting)).toEqual(['d']);
      expect(d).toBeDefined();
      for (const owed of underWay) second.settles(owed);
      await second.close();
      expect((await begin()).found).toMatchObject({ underWay: [], waiting: [{ qos: 2 }] });
    });

    test('what is settled is gone, whenever it was', async () => {
      const first = await begin();
      const atOnce = first.publish({ topic: 't', payload: 'at once', qos: 1 });
      first.settles(atOnce);
      const later = first.publish({ topic: 't', payload: 'later', qos: 1 });
      await first.stored();
      first.settles(later);
      await first.stored();
      const sent = first.publish({ topic: 't', payload: 'sent', qos: 1 });
      first.sends(sent, 3);
      const stays = first.publish({ topic: 't', payload: 'stays', qos: 1 });
      await first.stored();
      first.settles(sent);
      await first.close();
      const { underWay, waiting } = (await begin()).found;
      expect([underWay.length, texts(waiting)]).toEqual([0, ['stays']]);
      expect(stays).toBeDefined();
    });

    test('one that has to begin anew waits again', async () => {
      const first = await begin();
      const owed = first.publish({ topic: 't', payload: 'x', qos: 2 });
      first.sends(owed, 3);
      await first.stored();
      owed.packetId = 0;
      first.outbox.owes(owed);
      first.publish({ topic: 't', payload: 'y', qos: 2 });
      await first.close();
      expect(texts((await begin()).found.waiting)).toEqual(['x', 'y']);
    });

    test('numbers go on where they were', async () => {
      const first = await begin();
      first.publish({ topic: 't', payload: '1', qos: 1 });
      await first.close();
      const second = await begin();
      second.publish({ topic: 't', payload: '2', qos: 1 });
      await second.close();
      expect(texts((await begin()).found.waiting)).toEqual(['1', '2']);
    });

    test('identifiers that were received are there until they are released', async () => {
      const first = await begin();
      for (const packetId of [1, 65_535, 7]) first.outbox.received(packetId);
      await first.stored();
      first.outbox.released(7);
      first.outbox.received(8);
      first.outbox.released(8);
      first.outbox.released(9);
      await first.close();
      const second = await begin();
      expect(second.found.received).toEqual([1, 65_535]);
      second.outbox.released(1);
      await second.close();
      expect((await begin()).found.received).toEqual([65_535]);
    });

    test('what the session says of itself is there, and whose it is', async () => {
      const first = await begin();
      Object.assign(first.facts, { lasts: true, newAskedFor: true });
      first.outbox.changed();
      await first.close();
      expect((await begin()).found.facts).toMatchObject({ lasts: true, newAskedFor: true });
      for (const one of opened) await one.close();
      await expect(begin({ clientId: 'other' })).rejects.toMatchObject({ code: 'store-mismatch' });
      await expect(begin({ dialect: '3.1.1' })).rejects.toMatchObject({ code: 'store-mismatch' });
      // Nobody was left behind in it.
      expect((await begin()).found.facts).toBeDefined();
    });

    test('ages go on while nobody is there', async () => {
      const first = await begin();
      first.publish({ topic: 't', payload: '', qos: 1, properties: { messageExpiryInterval: 10 } });
      first.publish({ topic: 't', payload: '', qos: 1 });
      await first.close();
      const { waiting } = (await begin({ wallAhead: 4000, now: 77 })).found;
      expect(waiting.map(({ since, due }) => [since, due])).toEqual([
        [77 - 4000, 77 + 6000],
        [77 - 4000, Number.POSITIVE_INFINITY],
      ]);
    });

    test('a session takes over what there is', async () => {
      const first = await begin();
      const owed = first.publish({ topic: 't', payload: '1', qos: 1 });
      first.sends(owed, 5);
      first.publish({ topic: 't', payload: '2', qos: 1 });
      first.outbox.received(9);
      await first.close();
      const session = new Session({ messagesMax: 1 });
      session.restore((await begin()).found);
      expect([session.outbox.has(5), session.waiting.size, session.inbox.has(9)]).toEqual([true, 1, true]);
    });

    test('tells what is stored, in batches of which each has what was told before it', async () => {
      const life = await begin();
      const calls: string[] = [];
      const owed = life.publish({ topic: 't', payload: '1', qos: 1 });
      life.outbox.whenStored(owed, () => calls.push('stored'));
      const dropped = life.publish({ topic: 't', payload: '2', qos: 1 });
      life.outbox.whenStored(dropped, () => calls.push('never'));
      life.settles(dropped);
      const batch = life.outbox.batch();
      expect([life.outbox.isStored(owed), life.written < batch, calls]).toEqual([false, true, []]);
      await life.stored();
      expect([life.outbox.isStored(owed), life.written >= batch, calls]).toEqual([true, true, ['stored']]);
      expect(life.outbox.isStored(dropped)).toBe(false);
      expect(life.outbox.batch()).toBeGreaterThan(batch);
    });
  });
}
