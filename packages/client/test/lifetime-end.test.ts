// How a client ends, what it makes of a server that wants to keep it busy, and of a machine that slept.

import { describe, expect, test } from 'vitest';
import { open } from '../src/index.ts';
import { settle } from './memory-pipe.ts';
import { keep, rejection, World } from './world.ts';

describe('the end', () => {
  test.each(['waiting', 'dialing', 'connecting'] as const)(
    'while %s settles everything and leaves no timer',
    async (when) => {
      for (const how of ['close', 'abort'] as const) {
        const world = new World();
        const signal = new AbortController();
        const outbox = { ageMaxMs: 1_000_000 };
        const client = await world.connected({ ...keep, outbox, signal: signal.signal });
        const under = rejection(client.publish('a', '', { qos: 1 }));
        const subscription = client.subscribe('a');
        const granted = rejection(subscription.granted);
        world.pipe.lose();
        const waits = rejection(client.publish('a', ''));
        const drains = rejection(client.unsubscribe('x'));
        if (when !== 'waiting') await world.clock.pass(500);
        if (when === 'connecting') world.pipe.listener?.opened();
        if (how === 'close') void client.close();
        else signal.abort();
        const code = how === 'close' ? 'disconnected' : 'aborted';
        for (const one of [under, granted, waits, drains]) expect(await one).toMatchObject({ code });
        expect(await client.closed).toMatchObject({ code });
        expect(await rejection(client.publish('a', ''))).toMatchObject({ code });
        expect(world.events.at(-1)).toBe(`closed ${code}`);
        expect(world.clock.waiting).toBe(0);
        await client.close();
      }
    },
  );

  test('while a name server is silent leaves no timer', async () => {
    for (const how of ['close', 'abort'] as const) {
      const world = new World();
      const signal = new AbortController();
      const client = await world.connected({ signal: signal.signal });
      world.isSilent = true;
      world.pipe.lose();
      await world.clock.pass(500);
      expect(world.servers).toHaveLength(2);
      if (how === 'close') void client.close();
      else signal.abort();
      await client.closed;
      expect(world.clock.waiting).toBe(0);
    }
  });

  test('close while the connection is being lost makes no other', async () => {
    const world = new World();
    const client = await world.connected();
    client.addEventListener('disconnected', () => void client.close());
    world.pipe.lose();
    expect(await client.closed).toMatchObject({ code: 'disconnected' });
    await world.clock.pass(60_000);
    expect(world.pipes).toHaveLength(1);
  });
});

describe('a hostile server', () => {
  test('that accepts and closes at once is asked less and less often', async () => {
    const world = new World();
    await world.connected();
    for (let count = 0; count < 200; count++) {
      world.pipe.lose();
      const before = world.pipes.length;
      while (world.pipes.length === before) await world.clock.pass(500);
      await world.accept();
      if (world.clock.now() > 600_000) break;
    }
    expect(world.pipes.length).toBeLessThan(30);
  });

  test('that never answers is given up, again and again, each time in time', async () => {
    const world = new World();
    const client = await world.connected({ connectTimeoutMs: 1000, reconnect: { attemptsMax: 3 } });
    world.pipe.lose();
    for (let attempt = 1; attempt <= 3; attempt++) {
      await world.clock.pass(500 * 2 ** (attempt - 1));
      world.pipe.listener?.opened();
      await world.clock.pass(1002);
    }
    expect(await client.closed).toMatchObject({ code: 'reconnect-failed' });
    expect(world.pipes).toHaveLength(4);
    expect(world.clock.waiting).toBe(0);
  });

  test('that refers to itself is left', async () => {
    const world = new World();
    const begun = rejection(world.begin({ reconnect: { redirectsMax: 2 } }));
    for (let hop = 0; hop < 3; hop++) {
      await world.accept('20 07 00 9c 04 1c 00 01 62');
      await world.clock.pass(0);
    }
    expect(await begun).toMatchObject({ code: 'redirect-loop' });
    expect(world.servers).toEqual([undefined, 'b', 'b']);
  });

  test('that gives the session away again and again is left', async () => {
    const world = new World();
    const client = await world.connected();
    for (let count = 0; count < 4; count++) {
      world.pipe.in('e0 02 8e 00');
      await settle();
      if (count === 3) break;
      await world.clock.pass(500 * 2 ** count);
      await world.accept();
    }
    expect(await client.closed).toMatchObject({ code: 'take-over-loop', reasonCode: 0x8e });
  });

  test('that ends a connection within the bytes that begin it: both are told', async () => {
    const world = new World();
    await world.connected();
    world.pipe.lose();
    await world.clock.pass(500);
    await world.accept('20 03 00 00 00 e0 02 8b 00');
    expect(world.events.slice(2, 4)).toEqual(['connected', 'disconnected server-disconnected']);
    const other = new World();
    const begun = other.begin();
    await other.accept('20 03 00 00 00 e0 02 8b 00');
    await (await begun).close();
  });

  test('that is closing is asked again, one that says no for good is not', async () => {
    const world = new World();
    const client = await world.connected();
    world.pipe.in('e0 02 8b 00');
    await settle();
    await world.clock.pass(500);
    await world.accept('20 03 00 87 00');
    expect(await client.closed).toMatchObject({ code: 'connection-refused', reasonCode: 0x87 });
  });
});

describe('after a sleep', () => {
  test('the server is asked at once, and heard if it is there', async () => {
    const world = new World();
    const client = await world.connected({ keepAlive: 60 });
    await world.clock.jump(3_600_000);
    expect(world.pipe.taken()).toEqual(['c0 00']);
    world.pipe.in('d0 00');
    await world.clock.pass(59_000);
    expect(client.connected).toBe(true);
  });

  test('with an answer outstanding it is asked once more, as the answer may be there unread', async () => {
    const world = new World();
    const client = await world.connected({ keepAlive: 60 });
    await world.clock.pass(60_002);
    expect(world.pipe.taken()).toEqual(['c0 00']);
    await world.clock.jump(12_000);
    expect([client.connected, world.pipe.taken()]).toEqual([true, ['c0 00']]);
    world.pipe.in('d0 00');
    await world.clock.pass(59_000);
    expect(client.connected).toBe(true);
  });

  test('a server that is gone is found out within the ping timeout, and the client is back', async () => {
    const world = new World();
    const client = await world.connected({ keepAlive: 60, pingTimeoutMs: 5_000 });
    await world.clock.jump(3_600_000);
    await world.clock.pass(5_002);
    expect(world.events).toEqual(['disconnected keep-alive-timeout', 'reconnecting 1 500']);
    await world.clock.jump(100_000);
    await world.accept();
    expect(client.connected).toBe(true);
  });
});

describe('a platform that watches the network', () => {
  test('has an attempt that waits made at once, no other one twice, and is left alone in the end', async () => {
    const world = new World();
    let free = (): void => undefined;
    let watched = false;
    const begun = open(world.dial, { keepAlive: 0, clock: world.clock }, (call) => {
      free = call;
      watched = true;
      return () => {
        watched = false;
      };
    });
    await world.accept();
    const client = await begun;
    free();
    expect([client.connected, world.pipes.length]).toEqual([true, 1]);
    world.pipe.lose();
    free();
    await world.accept();
    expect([client.connected, world.pipes.length, world.clock.now()]).toEqual([true, 2, 0]);
    await world.clock.pass(60_000);
    expect(world.pipes).toHaveLength(2);
    await client.close();
    await settle();
    expect(watched).toBe(false);
    free();
    expect(world.pipes).toHaveLength(2);
  });
});
