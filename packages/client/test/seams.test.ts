// Where one part of a client meets another: what neither of them sees alone.

import { MqttError } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { type Authenticator, type OpenPipe, open } from '../src/index.ts';
import { settle } from './memory-pipe.ts';
import { GatedRows } from './outbox/gated-rows.ts';
import { KEPT, keep, NEW, rejection, World } from './world.ts';

describe('a message and the alias of a connection that is gone', () => {
  const TEN_ALIASES = '20 09 00 00 06 22 00 0a 21 ff ff';

  test('it is sent as a new one where the session is lost, without the alias', async () => {
    const world = new World();
    const client = await world.connected(keep, TEN_ALIASES);
    const sent = client.publish('a', '1', { qos: 1, properties: { topicAlias: 3 } });
    expect(world.pipe.taken()).toEqual(['32 0a 00 01 61 00 01 03 23 00 03 31']);
    await world.again(NEW);
    expect(world.pipe.taken()).toContain('32 07 00 01 61 00 02 00 31');
    world.pipe.in('40 02 00 02');
    expect((await sent).reasonCode).toBe(0);
  });

  test('it waited for the Receive Maximum, and waits for another connection', async () => {
    const world = new World();
    const client = await world.connected(keep, '20 09 00 00 06 22 00 0a 21 00 01');
    void client.publish('a', '1', { qos: 1 });
    const sent = client.publish('a', '2', { qos: 1, properties: { topicAlias: 3 } });
    await world.again(KEPT);
    world.pipe.in('40 02 00 01');
    expect(world.pipe.taken()).toContain('32 07 00 01 61 00 02 00 32');
    world.pipe.in('40 02 00 02');
    expect((await sent).reasonCode).toBe(0);
  });
});

test('QoS 0 behind bytes that wait for the store leaves others their turn', async () => {
  const rows = new GatedRows();
  const world = new World();
  const client = await world.connected({ ...keep, outbox: { store: rows.store } });
  await settle();
  rows.isOpen = false;
  void client.publish('a', '1', { qos: 1 });
  await settle();
  let turns = 0;
  const turn = setImmediate(() => (turns += 1));
  const payload = new Uint8Array(64 * 1024);
  const last: Promise<unknown>[] = [];
  for (let n = 0; n < 100 && turns === 0; n++) {
    last[0] = client.publish('a', payload);
    await Promise.race([last[0], settle()]);
  }
  expect(turns).toBe(1);
  clearImmediate(turn);
  rows.go();
  await settle();
  await last[0];
  expect(world.pipe.sent.length).toBeGreaterThan(3);
});

test('leaving an iteration ends with the connection where the server has not confirmed it', async () => {
  const world = new World();
  const client = await world.connected(keep);
  const subscription = client.subscribe('a');
  world.pipe.in('90 04 00 01 00 00');
  await subscription.granted;
  let isLeft = false;
  void subscription.unsubscribe().then(() => {
    isLeft = true;
  });
  await settle();
  expect([isLeft, world.pipe.taken().at(-1)]).toEqual([false, 'a2 06 00 02 00 00 01 61']);
  world.pipe.lose();
  await settle();
  expect(isLeft).toBe(true);
});

test('a request of a client that has ended without any connection is told so', async () => {
  const world = new World();
  const client = await world.begin({ waitForConnection: false });
  const first = rejection(client.request('a', 'x', { timeoutMs: Number.POSITIVE_INFINITY }));
  await client.close();
  expect((await first).code).toBe('disconnected');
  await settle();
  const second = client.request('a', 'x', { timeoutMs: Number.POSITIVE_INFINITY });
  expect((await Promise.race([rejection(second), settle()]))?.code).toBe('disconnected');
});

test('a way to the server that cannot even be begun ends the client', async () => {
  const pipe: OpenPipe = () => {
    throw new RangeError('no such port');
  };
  const error = await rejection(open(async () => [pipe], {}));
  expect([error instanceof MqttError, error.code]).toEqual([true, 'unreachable']);
  expect(error.cause).toBeInstanceOf(RangeError);
});

test.each([{ a: 1 }, 42, null, new ArrayBuffer(1)])(
  'a payload that is none is refused, also while it would wait: %s',
  async (payload) => {
    const world = new World();
    const client = await world.begin({ waitForConnection: false });
    const sent = client.publish('a', payload as never, { qos: 1 });
    expect((await Promise.race([rejection(sent), settle()]))?.code).toBe('invalid-payload');
    await client.close();
  },
);

describe('QoS 2 that the application has taken, and whose PUBREC could not leave', () => {
  const MESSAGE = '34 07 00 01 61 00 05 00 31';
  const AGAIN = '3c 07 00 01 61 00 05 00 31';

  /** How often the next process is given it. */
  async function nextLife(rows: GatedRows): Promise<number> {
    const world = new World();
    let count = 0;
    const onMessage = (): number => count++;
    await world.connected({ ...keep, onMessage, outbox: { store: rows.store } }, KEPT);
    world.pipe.in(AGAIN);
    await settle();
    expect(world.pipe.taken()).toEqual(['50 02 00 05']);
    return count;
  }

  test('it was acknowledged between two connections', async () => {
    const rows = new GatedRows();
    const world = new World();
    const client = await world.connected({ ...keep, outbox: { store: rows.store } });
    const messages = client.subscribe('a', { qos: 2, acknowledge: 'manual' });
    world.pipe.in('90 04 00 01 00 02');
    world.pipe.in(MESSAGE);
    const { value } = await messages[Symbol.asyncIterator]().next();
    world.pipe.lose();
    value?.acknowledge();
    await client.close();
    expect(await nextLife(rows)).toBe(0);
  });

  test('its acknowledgement waited behind that of another message', async () => {
    const rows = new GatedRows();
    const world = new World();
    const client = await world.connected({ ...keep, outbox: { store: rows.store } });
    client.subscribe('a', { qos: 2, onMessage: () => {} });
    client.subscribe('b', { qos: 2, acknowledge: 'manual', onMessage: () => {} });
    world.pipe.in('90 04 00 01 00 02 90 04 00 02 00 02');
    world.pipe.in('32 07 00 01 62 00 04 00 31');
    world.pipe.in(MESSAGE);
    await settle();
    world.pipe.lose();
    await client.close();
    expect(await nextLife(rows)).toBe(0);
  });
});

test('a client ends although its server takes no packet that says so', async () => {
  const world = new World();
  const client = await world.connected({}, '20 08 00 00 05 27 00 00 00 01');
  expect((await client.close()).code).toBe('disconnected');
});

test('a re-authentication that is too large to begin leaves the connection as it is', async () => {
  const world = new World();
  let data = new Uint8Array(1);
  const authenticator = (): Authenticator => ({
    method: 'm',
    start: () => ({ authenticationData: data }),
    next: () => ({}),
  });
  const client = await world.connected({ authenticator }, '20 0c 00 00 09 27 00 00 00 14 15 00 01 6d');
  data = new Uint8Array(100);
  expect((await rejection(client.reauthenticate())).code).toBe('authentication-failed');
  data = new Uint8Array(1);
  const second = client.reauthenticate();
  await settle();
  world.pipe.in('f0 06 00 04 15 00 01 6d');
  expect((await second).reasonCode).toBe(0);
  await world.clock.pass(60_000);
  expect(client.connected).toBe(true);
});

test('answers that wait for the store stop the reading', async () => {
  const rows = new GatedRows();
  const world = new World();
  const client = await world.connected({ ...keep, outbox: { store: rows.store } });
  await settle();
  rows.isOpen = false;
  void client.publish('a', '1', { qos: 1 });
  await settle();
  const pairs = '34 06 00 01 61 00 05 00 62 02 00 05 '.repeat(10_000).trim();
  for (let n = 0; n < 20 && !world.pipe.paused; n++) {
    world.pipe.in(pairs);
    await settle();
  }
  expect(world.pipe.paused).toBe(true);
  rows.isOpen = true;
  rows.go();
  await settle();
  expect(world.pipe.paused).toBe(false);
});
