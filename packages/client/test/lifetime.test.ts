// What a client does between two connections, and what it takes from one to the next.

import { MqttError } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { type Client, type ClientOptions, open } from '../src/index.ts';
import { ManualClock, settle } from './memory-pipe.ts';
import { KEPT, keep, NEW, rejection, World } from './world.ts';

describe('a connection that is lost', () => {
  test('is made again, and tells so', async () => {
    const world = new World();
    const client = await world.connected();
    world.pipe.lose();
    expect([client.connected, world.pipes.length]).toEqual([false, 1]);
    await world.clock.pass(499);
    expect(world.pipes).toHaveLength(1);
    await world.clock.pass(1);
    await world.accept('20 06 00 00 03 21 00 07');
    expect(client.connected).toBe(true);
    expect(client.negotiated.receiveMaximum).toBe(7);
    await client.close();
    expect(world.events).toEqual([
      'disconnected connection-lost',
      'reconnecting 1 500',
      'connected',
      'disconnected disconnected',
      'closed disconnected',
    ]);
    expect(world.clock.waiting).toBe(0);
  });

  test('begins its session once: later connections go on with one that lasts [5:MQTT-3.1.2-5]', async () => {
    const connectFlags = async (options: ClientOptions): Promise<string[]> => {
      const world = new World();
      const client = await world.connected(options, options.dialect === undefined ? NEW : '20 02 00 00');
      world.pipe.lose();
      await world.clock.pass(500);
      world.pipe.listener?.opened();
      const flags = world.pipe.taken()[0]?.split(' ')[9] ?? '';
      await Promise.all([client.close(), settle()]);
      return [flags];
    };
    expect(await connectFlags({ properties: { sessionExpiryInterval: 60 } })).toEqual(['00']);
    expect(await connectFlags({})).toEqual(['02']);
    expect(await connectFlags({ dialect: '3.1.1' })).toEqual(['02']);
  });

  test('is not, where that is not wanted', async () => {
    const world = new World();
    const client = await world.connected({ reconnect: false });
    world.pipe.lose();
    expect(await client.closed).toMatchObject({ code: 'connection-lost' });
    expect(world.events).toEqual(['disconnected connection-lost', 'error', 'closed connection-lost']);
  });

  test('is not when it was the first, unless that is set', async () => {
    const first = new World();
    first.addresses = new MqttError('host-not-found', 'nowhere');
    expect(await rejection(first.begin())).toMatchObject({ code: 'host-not-found' });
    const world = new World();
    world.addresses = new MqttError('host-not-found', 'nowhere');
    const begun = world.begin({ reconnect: { initially: true } });
    await world.clock.pass(5_000);
    world.addresses = 1;
    await world.clock.pass(5_000);
    await world.accept();
    expect((await begun).connected).toBe(true);
  });

  test('a name server that never answers is given up in time', async () => {
    const clock = new ManualClock();
    const begun = rejection(open(() => new Promise(() => {}), { clock, connectTimeoutMs: 100 }));
    await clock.pass(100);
    expect(await begun).toMatchObject({ code: 'connect-timeout' });
    expect(clock.waiting).toBe(0);
  });

  test('the addresses of a name are tried one after the other', async () => {
    const world = new World();
    world.addresses = 3;
    const begun = world.begin();
    await settle();
    world.pipe.lose('unreachable');
    await world.clock.pass(0);
    world.pipe.lose('unreachable');
    await world.clock.pass(0);
    await world.accept();
    await begun;
    expect([world.pipes.length, world.servers.length]).toEqual([3, 1]);
  });
});

describe('what a connection tells the next', () => {
  test('an address that does not answer is left for the next one soon, the last one is not', async () => {
    const world = new World();
    world.addresses = 2;
    const begun = rejection(world.begin());
    await settle();
    await world.clock.pass(3002);
    expect(world.pipes).toHaveLength(2);
    await world.clock.pass(29_000);
    expect(world.pipes[1]?.over).toBe(false);
    await world.clock.pass(1002);
    expect(await begun).toMatchObject({ code: 'connect-timeout' });
  });

  test('the client identifier that the server has assigned', async () => {
    const world = new World();
    await world.connected({}, '20 07 00 00 04 12 00 01 7a');
    world.pipe.lose();
    await world.clock.pass(500);
    world.pipe.listener?.opened();
    expect(world.pipe.taken()[0]?.endsWith('00 01 7a')).toBe(true);
  });

  test('that buffers are full: it is not read before there is room', async () => {
    const world = new World();
    const client = await world.connected(keep);
    const subscription = client.subscribe('a', { bufferMessagesMax: 1 });
    world.pipe.in('90 04 00 01 00 00');
    await settle();
    world.pipe.in('30 05 00 01 61 00 31');
    await world.again(`${KEPT} 30 05 00 01 61 00 32`);
    expect(world.pipe.paused).toBe(true);
    const iterator = subscription[Symbol.asyncIterator]();
    expect((await iterator.next()).value?.text()).toBe('1');
    expect((await iterator.next()).value?.text()).toBe('2');
    expect(subscription.dropped).toBe(0);
  });
});

describe('what was under way', () => {
  test('is sent again with DUP where the server kept the session [5:MQTT-4.4.0-1]', async () => {
    const world = new World();
    const client = await world.connected(keep);
    const sent = [client.publish('a', '1', { qos: 1 }), client.publish('a', '2', { qos: 2 })];
    await world.again(KEPT);
    expect(world.pipe.taken()).toEqual(['3a 07 00 01 61 00 01 00 31', '3c 07 00 01 61 00 02 00 32']);
    world.pipe.in('40 02 00 01 50 02 00 02 70 02 00 02');
    expect(await Promise.all(sent)).toMatchObject([{ reasonCode: 0 }, { reasonCode: 0 }]);
  });

  test('begins anew where the server lost it; what it had taken at QoS 2 is told as lost [5:MQTT-3.2.2-5]', async () => {
    const world = new World();
    const client = await world.connected(keep);
    const sent = [1, 2, 2].map((qos) => client.publish('a', `${qos}`, { qos: qos as 1 | 2 }));
    world.pipe.in('50 02 00 03');
    const third = rejection(sent[2] ?? Promise.resolve());
    await world.again(NEW);
    expect(await third).toMatchObject({ code: 'session-lost' });
    expect(world.pipe.taken()).toEqual(['32 07 00 01 61 00 04 00 31', '34 07 00 01 61 00 05 00 32']);
  });

  test('a SUBSCRIBE and an UNSUBSCRIBE are asked again, and their promises wait', async () => {
    const world = new World();
    const client = await world.connected(keep);
    const subscription = client.subscribe('a', { qos: 1 });
    const gone = client.unsubscribe('b');
    world.pipe.taken();
    await world.again(KEPT);
    expect(world.pipe.taken()).toEqual(['82 09 00 03 02 0b 01 00 01 61 01', 'a2 06 00 04 00 00 01 62']);
    world.pipe.in('90 04 00 03 00 01 b0 04 00 04 00 11');
    expect((await subscription.granted).filters).toMatchObject([{ reasonCode: 1 }]);
    expect((await gone).filters).toMatchObject([{ reasonCode: 0x11 }]);
  });
});

describe('subscriptions', () => {
  const subscribed = async (world: World, options = keep, sub = {}): Promise<Client> => {
    const client = await world.connected(options);
    client.subscribe('b', { qos: 1, ...sub });
    client.subscribe('a', { properties: { subscriptionIdentifiers: [9] } });
    world.pipe.in('90 04 00 01 00 01 90 04 00 02 00 00');
    await settle();
    world.pipe.taken();
    return client;
  };

  test('stay as they are where the server kept the session', async () => {
    const world = new World();
    await subscribed(world);
    await world.again(KEPT);
    expect(world.pipe.taken()).toEqual([]);
  });

  test('are renewed in order where it did not, before what is published', async () => {
    const world = new World();
    const client = await subscribed(world);
    const sent = client.publish('x', '', { qos: 1 });
    world.pipe.taken();
    world.pipe.lose();
    const waited = client.publish('y', '', { qos: 0 });
    await world.clock.pass(500);
    await world.accept(NEW);
    expect(world.pipe.taken()).toEqual([
      '82 09 00 04 02 0b 01 00 01 62 01',
      '82 09 00 05 02 0b 09 00 01 61 00',
      '32 06 00 01 78 00 06 00',
      '30 04 00 01 79 00',
    ]);
    world.pipe.in('40 02 00 06');
    await Promise.all([sent, waited]);
  });

  test('are renewed without what is retained where a CONNECT went unanswered: who knows which session is there', async () => {
    const world = new World();
    await subscribed(world);
    world.pipe.lose();
    await world.clock.pass(500);
    world.pipe.listener?.opened();
    world.pipe.lose();
    await world.clock.pass(1000);
    await world.accept(KEPT);
    expect(world.pipe.taken()).toEqual([
      '82 09 00 03 02 0b 01 00 01 62 11',
      '82 09 00 04 02 0b 09 00 01 61 10',
    ]);
  });

  test('are always renewed in 3.1, which cannot say whether there is a session', async () => {
    const world = new World();
    const client = await world.connected({ dialect: '3.1', clientId: 'c', cleanStart: false }, '20 02 00 00');
    client.subscribe('b', { qos: 1 });
    world.pipe.in('90 03 00 01 01');
    world.pipe.taken();
    await world.again('20 02 00 00');
    expect(world.pipe.taken()).toEqual(['82 06 00 02 00 01 62 01']);
  });

  test('one without an answer is asked for once, behind those that had one', async () => {
    const world = new World();
    const client = await subscribed(world);
    const late = client.subscribe('c');
    await world.again(NEW);
    expect(world.pipe.taken().map((packet) => packet.slice(-8))).toEqual([
      '01 62 01',
      '01 61 00',
      '01 63 00',
    ]);
    world.pipe.in('90 04 00 06 00 00');
    await late.granted;
  });

  test('an iteration goes on; one that was left meanwhile is taken back', async () => {
    const world = new World();
    const client = await world.connected(keep);
    const stays = client.subscribe('a');
    const leaves = client.subscribe('b');
    world.pipe.in('90 04 00 01 00 00 90 04 00 02 00 00');
    await settle();
    const next = stays[Symbol.asyncIterator]().next();
    world.pipe.lose();
    await leaves.unsubscribe();
    await world.clock.pass(500);
    await world.accept(KEPT);
    expect(world.pipe.taken()).toEqual(['a2 06 00 03 00 00 01 62']);
    world.pipe.in('30 05 00 01 61 00 78');
    expect((await next).value).toMatchObject({ topic: 'a' });
  });

  test('one that the server refuses now ends with an error, which is told', async () => {
    const world = new World();
    const client = await world.connected(keep);
    const subscription = client.subscribe('a');
    world.pipe.in('90 04 00 01 00 00');
    await settle();
    const next = rejection(subscription[Symbol.asyncIterator]().next());
    await world.again(NEW);
    world.pipe.in('90 04 00 02 00 87');
    expect(await next).toMatchObject({ code: 'subscription-refused', reasonCode: 0x87 });
    await settle();
    expect(world.events.at(-1)).toBe('error');
    await world.again(NEW);
    expect(world.pipe.taken()).toEqual([]);
  });
});

describe('what is published without a connection', () => {
  test('goes out in order behind what was under way, and settles', async () => {
    const world = new World();
    const client = await world.connected(keep);
    const sent = [client.publish('a', '1', { qos: 1 })];
    world.pipe.lose();
    sent.push(client.publish('a', '2'), client.publish('a', '3', { qos: 1 }));
    await world.clock.pass(500);
    await world.accept(KEPT);
    expect(world.pipe.taken()).toEqual([
      '3a 07 00 01 61 00 01 00 31',
      '30 05 00 01 61 00 32',
      '32 07 00 01 61 00 02 00 33',
    ]);
    world.pipe.in('40 02 00 01 40 02 00 02');
    await Promise.all(sent);
  });

  test('waits for a peer that takes no bytes, and nothing overtakes it', async () => {
    const world = new World();
    const client = await world.connected(keep);
    world.pipe.lose();
    const sent = [client.publish('a', '1')];
    await world.clock.pass(500);
    await settle();
    world.pipe.congested = true;
    await world.accept(KEPT);
    sent.push(client.publish('a', '2'));
    expect(world.pipe.taken()).toEqual([]);
    world.pipe.congested = false;
    world.pipe.listener?.drained();
    expect(world.pipe.taken()).toEqual(['30 05 00 01 61 00 31', '30 05 00 01 61 00 32']);
    await Promise.all(sent);
  });

  test('waits for the Receive Maximum of the connection', async () => {
    const world = new World();
    const client = await world.connected(keep);
    world.pipe.lose();
    const sent = [1, 2, 3, 4].map((value) => client.publish('a', `${value}`, { qos: 1 }));
    await world.clock.pass(500);
    await world.accept('20 06 01 00 03 21 00 01');
    for (const id of ['01', '02', '03', '04']) world.pipe.in(`40 02 00 ${id}`);
    await Promise.all(sent);
  });

  test.each([
    ['outbox-full', 'reject-new', 1],
    ['outbox-dropped', 'drop-oldest', 0],
  ] as const)('is abandoned with %s where it is full', async (code, whenFull, which) => {
    const world = new World();
    const client = await world.connected({ outbox: { messagesMax: 1, whenFull } });
    world.pipe.lose();
    const sent = ['1', '2'].map((payload) => client.publish('a', payload));
    expect(await rejection(sent[which] as Promise<unknown>)).toMatchObject({ code });
    await world.clock.pass(500);
    await world.accept();
    await sent[1 - which];
    expect(world.pipe.taken()).toHaveLength(1);
  });

  test('expires', async () => {
    const world = new World();
    const client = await world.connected({ outbox: { ageMaxMs: 100 } });
    world.pipe.lose();
    const expired = rejection(client.publish('a', '1'));
    await world.clock.pass(102);
    expect(await expired).toMatchObject({ code: 'outbox-expired' });
    await world.clock.pass(400);
    await world.accept();
    expect(world.pipe.taken()).toEqual([]);
  });

  test('expires while it waits for the Receive Maximum, too', async () => {
    const world = new World();
    const client = await world.connected({ outbox: { ageMaxMs: 100 } }, '20 06 00 00 03 21 00 01');
    const sent = client.publish('a', '1', { qos: 1 });
    const expired = rejection(client.publish('a', '2', { qos: 1 }));
    await world.clock.pass(102);
    expect(await expired).toMatchObject({ code: 'outbox-expired' });
    world.pipe.in('40 02 00 01');
    await sent;
    expect(world.pipe.taken()).toHaveLength(1);
  });

  test.each(['a connection', 'the Receive Maximum'])(
    'for %s is not sent when its caller gives it up',
    async (what) => {
      const world = new World();
      const client = await world.connected({}, '20 06 00 00 03 21 00 01');
      const first = what === 'a connection' ? undefined : client.publish('x', '', { qos: 1 });
      const giveUp = new AbortController();
      if (first === undefined) world.pipe.lose();
      const aborted = rejection(client.publish('a', '1', { qos: 1, signal: giveUp.signal }));
      giveUp.abort();
      expect(await aborted).toMatchObject({ code: 'aborted' });
      if (first === undefined) {
        await world.clock.pass(500);
        await world.accept();
      } else {
        world.pipe.taken();
        world.pipe.in('40 02 00 01');
        await first;
      }
      expect(world.pipe.taken()).toEqual([]);
    },
  );
});
