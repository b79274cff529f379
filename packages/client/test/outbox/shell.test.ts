// A client whose outbox is stored: what leaves when, what the next process does, and what becomes of a store that fails.

import { describe, expect, test } from 'vitest';
import type { Client, ClientOptions } from '../../src/index.ts';
import type { RestoredMessage } from '../../src/shell/outbox-room.ts';
import { settle } from '../memory-pipe.ts';
import { uncaughtWhile } from '../uncaught.ts';
import { KEPT, keep, NEW, rejection, World } from '../world.ts';
import { GatedRows } from './gated-rows.ts';

const options = (rows: GatedRows, more: ClientOptions['outbox'] = {}): ClientOptions => ({
  ...keep,
  outbox: { store: rows.store, ...more },
});

async function begun(
  rows: GatedRows,
  connack = NEW,
  more: ClientOptions['outbox'] = {},
): Promise<[World, Client]> {
  const world = new World();
  return [world, await world.connected(options(rows, more), connack)];
}

/** The connection is there, and from now on the test lets writes through. */
async function gated(): Promise<[World, Client, GatedRows]> {
  const rows = new GatedRows();
  const [world, client] = await begun(rows);
  await settle();
  rows.isOpen = false;
  return [world, client, rows];
}

async function through(rows: GatedRows): Promise<void> {
  rows.go();
  await settle();
}

describe('with a store', () => {
  test('nothing leaves before it is stored, and nothing overtakes it', async () => {
    const [world, client, rows] = await gated();
    void client.publish('a', '1', { qos: 1 });
    const second = client.publish('a', '2');
    await settle();
    expect(world.pipe.taken()).toEqual([]);
    // The next group fills meanwhile.
    void client.publish('a', '3', { qos: 2 });
    await through(rows);
    expect(world.pipe.taken()).toEqual(['32 07 00 01 61 00 01 00 31', '30 05 00 01 61 00 32']);
    await through(rows);
    expect(world.pipe.taken()).toEqual(['34 07 00 01 61 00 02 00 33']);
    await second;
    const { groups } = rows;
    void client.publish('a', '4');
    expect([world.pipe.taken(), rows.groups]).toEqual([['30 05 00 01 61 00 34'], groups]);
  });

  test('one turn is one group', async () => {
    const [, client, rows] = await gated();
    rows.isOpen = true;
    const { groups } = rows;
    for (let n = 0; n < 100; n++) void client.publish('a', `${n}`, { qos: 1 });
    await settle();
    expect(rows.groups).toBe(groups + 1);
  });

  test('PUBREL leaves behind the phase, PUBREC and PUBCOMP behind the identifier', async () => {
    const [world, client, rows] = await gated();
    void client.publish('a', '1', { qos: 2 });
    await settle();
    await through(rows);
    world.pipe.taken();
    world.pipe.in('50 02 00 01');
    await settle();
    expect(world.pipe.taken()).toEqual([]);
    await through(rows);
    expect(world.pipe.taken()).toEqual(['62 02 00 01']);
    for (const [packet, answer] of [
      ['34 06 00 01 61 00 09 00', '50 02 00 09'],
      ['62 02 00 09', '70 02 00 09'],
    ] as const) {
      world.pipe.in(packet);
      await settle();
      expect(world.pipe.taken()).toEqual([]);
      await through(rows);
      expect(world.pipe.taken()).toEqual([answer]);
    }
    // Nothing to store, nothing to wait for.
    world.pipe.in('32 06 00 01 61 00 0a 00');
    expect(world.pipe.taken()).toEqual(['40 02 00 0a']);
  });

  test('CONNECT waits for what it asks for', async () => {
    const rows = new GatedRows(false);
    const world = new World();
    const connecting = world.begin({ ...options(rows), cleanStart: true });
    await settle();
    world.pipe.listener?.opened();
    await through(rows);
    expect(world.pipe.taken()).toEqual([]);
    rows.isOpen = true;
    await through(rows);
    expect(world.pipe.taken()[0]?.startsWith('10 ')).toBe(true);
    world.pipe.in(NEW);
    await connecting;
  });

  test('tells when a message is stored', async () => {
    const [, client, rows] = await gated();
    const calls: string[] = [];
    void client.publish('a', '1', { qos: 1, onStored: () => calls.push('1') });
    void client.publish('a', '2', { qos: 0, onStored: () => calls.push('2') });
    await settle();
    expect(calls).toEqual([]);
    await through(rows);
    expect(calls).toEqual(['1']);
  });

  test('nor is it said of one that is given up while it is being stored', async () => {
    const [world, client, rows] = await gated();
    world.pipe.lose();
    const calls: string[] = [];
    const giveUp = new AbortController();
    const onStored = (): void => void calls.push('stored');
    const sent = rejection(client.publish('a', '1', { qos: 1, signal: giveUp.signal, onStored }));
    await settle();
    giveUp.abort();
    expect((await sent).code).toBe('aborted');
    await through(rows);
    expect(calls).toEqual([]);
  });

  test('what onStored throws is uncaught, and stops neither the store nor what waits for it', async () => {
    await uncaughtWhile(async (uncaught) => {
      const [world, client, rows] = await gated();
      const calls: string[] = [];
      const fail = (): never => {
        throw new Error('not stored here');
      };
      void client.publish('a', '1', { qos: 1, onStored: fail });
      void client.publish('a', '2', { qos: 1, onStored: () => calls.push('2') });
      rows.isOpen = true;
      await through(rows);
      expect(calls).toEqual(['2']);
      expect(uncaught).toEqual([new Error('not stored here')]);
      expect(world.pipe.taken()).not.toEqual([]);
    });
  });

  test('the end waits for it: what is published goes out, then DISCONNECT', async () => {
    const [world, client, rows] = await gated();
    const sent = rejection(client.publish('a', '1', { qos: 1 }));
    const closed = client.close();
    await settle();
    expect(world.pipe.taken()).toEqual([]);
    rows.isOpen = true;
    await through(rows);
    expect(world.pipe.taken()).toEqual(['32 07 00 01 61 00 01 00 31', 'e0 00']);
    expect(await closed).toMatchObject({ code: 'disconnected' });
    expect(await sent).toMatchObject({ code: 'outbox-kept', cause: { code: 'disconnected' } });
  });
});

describe('the next process', () => {
  /** Under way: 1 at QoS 1, 2 at QoS 2, 3 at QoS 2 in release. 4 and 5 wait; 6 was received. Then the process is killed. */
  async function killed(): Promise<GatedRows> {
    const rows = new GatedRows();
    const [world, client] = await begun(rows, '20 06 00 00 03 21 00 03');
    for (const [payload, qos] of [
      ['1', 1],
      ['2', 2],
      ['3', 2],
      ['4', 1],
      ['5', 2],
    ] as const)
      client.publish('a', payload, { qos }).catch(() => {});
    world.pipe.in('50 02 00 03');
    world.pipe.in('34 06 00 01 61 00 06 00');
    await settle();
    return rows.kill();
  }

  test('asks for no new session, resends in order, sends what waited, and settles', async () => {
    const restored: RestoredMessage[] = [];
    const world = new World();
    const connecting = world.begin(options(await killed(), { onRestored: (one) => restored.push(one) }));
    await settle();
    expect(restored.map(({ payload }) => String.fromCharCode(...payload))).toEqual(['1', '2', '3', '4', '5']);
    world.pipe.listener?.opened();
    await settle();
    expect(world.pipe.taken()[0]?.split(' ')[9]).toBe('00');
    world.pipe.in(KEPT);
    await connecting;
    await settle();
    expect(world.pipe.taken()).toEqual([
      '3a 07 00 01 61 00 01 00 31',
      '3c 07 00 01 61 00 02 00 32',
      '62 02 00 03',
      '32 07 00 01 61 00 04 00 34',
      '34 07 00 01 61 00 05 00 35',
    ]);
    world.pipe.in(
      '40 02 00 01 | 50 02 00 02 | 70 02 00 03 | 40 02 00 04 | 50 02 00 05 | 70 02 00 02 | 70 02 00 05',
    );
    expect(await Promise.all(restored.map(({ settled }) => settled))).toMatchObject(
      Array.from({ length: 5 }, () => ({ reasonCode: 0 })),
    );
  });

  test('does not hand on what the one before had taken', async () => {
    const seen: string[] = [];
    const rows = await killed();
    const world = new World();
    const client = await world.connected(
      { ...options(rows), onMessage: ({ payload }) => seen.push(String.fromCharCode(...payload)) },
      KEPT,
    );
    await settle();
    world.pipe.taken();
    world.pipe.in('3c 07 00 01 61 00 06 00 36 | 34 07 00 01 61 00 07 00 37');
    await settle();
    expect([seen, world.pipe.taken()]).toEqual([['7'], ['50 02 00 06', '50 02 00 07']]);
    await client.close();
  });

  test('begins anew where the server has lost the session, and says what is lost', async () => {
    const restored: RestoredMessage[] = [];
    const world = new World();
    const connecting = world.begin(options(await killed(), { onRestored: (one) => restored.push(one) }));
    await world.accept(NEW);
    await connecting;
    expect(world.pipe.taken().map((packet) => packet.slice(0, 2))).toEqual(['32', '34', '32', '34']);
    expect(await rejection(restored[2]?.settled ?? Promise.resolve())).toMatchObject({
      code: 'session-lost',
    });
  });

  test('finds what it left itself when it ended, and what grew too old meanwhile', async () => {
    const rows = new GatedRows();
    const [world, client] = await begun(rows);
    world.pipe.lose();
    const properties = { messageExpiryInterval: 60 };
    const sent = [
      rejection(client.publish('a', '1', { qos: 1, properties })),
      rejection(client.publish('a', '2', { qos: 1 })),
      rejection(client.publish('a', '3')),
    ];
    await client.close();
    expect((await Promise.all(sent)).map(({ code }) => code)).toEqual([
      'outbox-kept',
      'outbox-kept',
      'disconnected',
    ]);
    const restored: RestoredMessage[] = [];
    const later = new World();
    later.clock.wall = () => Date.now() + 61_000;
    const connecting = later.begin(options(rows, { onRestored: (one) => restored.push(one) }));
    await settle();
    await later.clock.pass(5);
    expect(await rejection(restored[0]?.settled ?? Promise.resolve())).toMatchObject({
      code: 'outbox-expired',
    });
    await later.accept(KEPT);
    await (await connecting).close();
    const third = await rows.store.open({
      clientId: 'c',
      dialects: ['5.0'],
      now: () => 0,
      wall: () => 0,
      ticket: () => 0,
      facts: () => ({ dialect: '5.0', lasts: false, newAskedFor: false }),
      written: () => {},
      failed: () => {},
    });
    expect([third.found.underWay.length, third.found.waiting.length]).toEqual([1, 0]);
  });

  test('has it before there is a connection, and adds to it', async () => {
    const rows = new GatedRows();
    const world = new World();
    const client = await world.begin({ ...options(rows), waitForConnection: false });
    const calls: string[] = [];
    void client.publish('a', '1', { qos: 1, onStored: () => calls.push('stored') });
    await settle();
    expect([calls, client.connected]).toEqual([['stored'], false]);
    const again = new World();
    const connecting = again.begin(options(await rows.kill()));
    await again.accept(NEW);
    await connecting;
    expect(again.pipe.taken()).toEqual(['32 07 00 01 61 00 01 00 31']);
    const failing = new World();
    const mismatched = failing.begin({ ...options(new GatedRows()), clientId: '', waitForConnection: false });
    expect(await rejection(mismatched)).toMatchObject({ code: 'client-id-required' });
  });

  test('asks again for a new session where nobody knows whether the one before got it', async () => {
    const rows = new GatedRows();
    const world = new World();
    void world.begin(options(rows, {})).catch(() => {});
    const asked: ClientOptions = { ...options(rows), cleanStart: true };
    const first = new World();
    expect(await rejection(first.begin(asked))).toMatchObject({ code: 'store-in-use' });
    await settle();
    const next = await rows.kill();
    const second = new World();
    void second.begin({ ...asked, outbox: { store: next.store } }).catch(() => {});
    await settle();
    second.pipe.listener?.opened();
    await settle();
    second.pipe.taken();
    const third = new World();
    void third.begin(options(await next.kill())).catch(() => {});
    await settle();
    third.pipe.listener?.opened();
    await settle();
    expect(third.pipe.taken()[0]?.split(' ')[9]).toBe('02');
  });
});

describe('a store that fails', () => {
  test('to be written ends the client; what was not stored was not sent', async () => {
    const [world, client, rows] = await gated();
    rows.isOpen = true;
    const stored = rejection(client.publish('a', '1', { qos: 1 }));
    await settle();
    world.pipe.taken();
    rows.fails = true;
    const failed = rejection(client.publish('a', '2', { qos: 1 }));
    const behind = rejection(client.subscribe('b').granted);
    expect(await failed).toMatchObject({ code: 'store-full' });
    expect(await stored).toMatchObject({ code: 'outbox-kept', cause: { code: 'store-full' } });
    expect(await behind).toMatchObject({ code: 'store-full' });
    expect(await client.closed).toMatchObject({ code: 'store-failed', error: { code: 'store-full' } });
    expect(world.pipe.taken()).toEqual([]);
    expect(await rejection(client.publish('a', '3', { qos: 1 }))).toMatchObject({ code: 'store-full' });
    expect(world.clock.waiting).toBe(0);
    rows.fails = false;
    const [again] = await begun(rows, KEPT);
    await settle();
    expect(again.pipe.taken()).toEqual([]);
  });

  test('without a connection it does, too', async () => {
    const [world, client, rows] = await gated();
    rows.isOpen = true;
    rows.fails = true;
    world.pipe.lose();
    expect(await rejection(client.publish('a', '1', { qos: 1 }))).toMatchObject({ code: 'store-full' });
    expect(await client.closed).toMatchObject({ code: 'store-failed' });
    await world.clock.pass(60_000);
    expect(world.pipes).toHaveLength(1);
  });

  test.each([
    ['client-id-required', { clientId: '' }],
    ['store-mismatch', { clientId: 'other' }],
    ['store-mismatch', { dialect: '3.1.1', properties: {} }],
  ] as const)('%s: it is refused before anything is dialled', async (code, more) => {
    const rows = new GatedRows();
    const [, client] = await begun(rows);
    await client.close();
    const world = new World();
    expect(await rejection(world.begin({ ...options(rows), ...more }))).toMatchObject({ code });
    expect(world.pipes).toHaveLength(0);
    // Nobody was left behind in it.
    await begun(rows, KEPT);
  });

  test('one that is given up while it opens is given back', async () => {
    const rows = new GatedRows();
    const world = new World();
    const giveUp = new AbortController();
    const connecting = rejection(world.begin({ ...options(rows), signal: giveUp.signal }));
    giveUp.abort();
    expect(await connecting).toMatchObject({ code: 'aborted' });
    expect(world.pipes).toHaveLength(0);
    await begun(rows);
  });

  test('what cannot be written down is refused alone', async () => {
    const rows = new GatedRows();
    const [world, client] = await begun(rows);
    world.pipe.lose();
    const properties = { messageExpiryInterval: -1 };
    const refused = rejection(client.publish('a', '1', { qos: 1, properties }));
    expect(await refused).toMatchObject({ code: expect.stringMatching(/^invalid/) });
    void client.publish('a', '2', { qos: 1 }).catch(() => {});
    await settle();
    expect(client.connected).toBe(false);
    await client.close();
  });
});
