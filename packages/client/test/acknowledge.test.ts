// When a message is acknowledged: by the iteration, by a callback and its promise, by the application; and what it says.

import type { ReasonCode } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import type { Message, SubscribeOptions } from '../src/index.ts';
import { settle } from './memory-pipe.ts';
import { uncaughtWhile } from './uncaught.ts';
import { KEPT, keep, NEW, World } from './world.ts';

const byte = (id: number): string => id.toString(16).padStart(2, '0');
const qos0 = '30 04 00 01 61 00';
const qos1 = (id: number): string => `32 06 00 01 61 00 ${byte(id)} 00`;
const qos2 = (id: number, first = '34'): string => `${first} 06 00 01 61 00 ${byte(id)} 00`;
/** For two subscriptions. */
const both = (id: number): string => `34 0a 00 01 61 00 ${byte(id)} 04 0b 01 0b 02`;
const NOT_AUTHORIZED: ReasonCode = 0x87;

interface Worker {
  readonly world: World;
  readonly messages: Message[];
  readonly take: (id: number) => Message;
}

async function worker(sub: SubscribeOptions = {}, options = keep): Promise<Worker> {
  const world = new World();
  const client = await world.connected(options, options.dialect === '3.1.1' ? '20 02 00 00' : NEW);
  const messages: Message[] = [];
  const onMessage = (message: Message): void => void messages.push(message);
  client.subscribe('a', { qos: 2, acknowledge: 'manual', onMessage, ...sub });
  world.pipe.in(options.dialect === '3.1.1' ? '90 03 00 01 02' : '90 04 00 01 00 02');
  await settle();
  world.pipe.taken();
  const take = (id: number): Message => {
    const found = messages.findLast(({ packetId }) => packetId === id);
    if (found === undefined) throw new Error(`no message ${id}`);
    return found;
  };
  return { world, messages, take };
}

describe('acknowledge: manual', () => {
  test('waits for the application, keeps the order and is idempotent [5:MQTT-4.6.0-2] [5:MQTT-4.6.0-3]', async () => {
    const { world, take } = await worker();
    world.pipe.in(`${qos1(1)} ${qos2(2)} ${qos1(3)}`);
    await settle();
    expect(world.pipe.taken()).toEqual([]);
    take(2).acknowledge();
    take(3).acknowledge();
    expect(world.pipe.taken()).toEqual([]);
    take(1).acknowledge();
    take(1).acknowledge();
    take(2).acknowledge();
    expect(world.pipe.taken()).toEqual(['40 02 00 01', '50 02 00 02', '40 02 00 03']);
  });

  test('in an iteration, too, and within the callback', async () => {
    const world = new World();
    const client = await world.connected();
    const subscription = client.subscribe('a', { qos: 1, acknowledge: 'manual' });
    client.subscribe('b', { qos: 1, acknowledge: 'manual', onMessage: (message) => message.acknowledge() });
    world.pipe.taken();
    world.pipe.in(qos1(1));
    const { value } = await subscription[Symbol.asyncIterator]().next();
    await settle();
    expect(world.pipe.taken()).toEqual([]);
    value?.acknowledge();
    world.pipe.in('32 06 00 01 62 00 02 00');
    expect(world.pipe.taken()).toEqual(['40 02 00 01', '40 02 00 02']);
  });

  test('an iteration that is left acknowledges what it had not given out, and nothing else', async () => {
    const world = new World();
    const client = await world.connected();
    const subscription = client.subscribe('a', { qos: 1, acknowledge: 'manual' });
    world.pipe.in(`90 04 00 01 00 01 ${qos1(1)} ${qos1(2)}`);
    await settle();
    world.pipe.taken();
    const { value } = await subscription[Symbol.asyncIterator]().next();
    void subscription.unsubscribe();
    expect(world.pipe.taken()).toEqual(['a2 06 00 02 00 00 01 61']);
    value?.acknowledge();
    expect(world.pipe.taken()).toEqual(['40 02 00 01', '40 02 00 02']);
  });

  test('all subscriptions that a message is for must, and one that refuses speaks for all', async () => {
    const { world, messages } = await worker();
    const second: Message[] = [];
    const [client] = world.clients;
    client?.subscribe('#', { acknowledge: 'manual', onMessage: (message) => second.push(message) });
    world.pipe.taken();
    world.pipe.in(`${both(1)} ${both(2)} ${both(3)}`);
    messages[0]?.acknowledge();
    messages[0]?.acknowledge();
    expect(world.pipe.taken()).toEqual([]);
    second[0]?.acknowledge();
    expect(world.pipe.taken()).toEqual(['50 02 00 01']);
    second[1]?.reject(NOT_AUTHORIZED);
    messages[1]?.acknowledge();
    messages[2]?.acknowledge();
    second[2]?.acknowledge();
    expect(world.pipe.taken()).toEqual(['50 03 00 02 87', '50 02 00 03']);
  });

  test('a refusal at once counts, whoever comes last, and frees the identifier [5:MQTT-4.3.3-9]', async () => {
    const { world } = await worker({ onMessage: (message) => message.reject(NOT_AUTHORIZED) });
    const [client] = world.clients;
    client?.subscribe('#', { onMessage: () => undefined });
    world.pipe.taken();
    world.pipe.in(`${both(1)} ${both(1)}`);
    expect(world.pipe.taken()).toEqual(['50 03 00 01 87', '50 03 00 01 87']);
  });

  test('at QoS 0 there is nothing to acknowledge', async () => {
    const { world, messages } = await worker();
    world.pipe.in(qos0);
    messages[0]?.acknowledge();
    messages[0]?.reject(NOT_AUTHORIZED);
    expect(world.pipe.taken()).toEqual([]);
  });

  test("messages of subscriptions that do not ask for it are the client's to acknowledge", async () => {
    const { world, messages } = await worker({ acknowledge: 'taken' });
    world.pipe.in(qos1(1));
    messages[0]?.reject(NOT_AUTHORIZED);
    expect(world.pipe.taken()).toEqual(['40 02 00 01']);
  });

  test('Receive Maximum stops a server whose messages nobody acknowledges [5:MQTT-3.3.4-9]', async () => {
    const { world } = await worker({}, { ...keep, properties: { ...keep.properties, receiveMaximum: 2 } });
    world.pipe.in(`${qos1(1)} ${qos2(2)} ${qos1(3)}`);
    expect(world.pipe.taken()).toEqual(['e0 01 93']);
  });
});

test('a subscription that is there before its connection gets what the server kept for the session', async () => {
  const world = new World();
  const client = await world.begin({ ...keep, waitForConnection: false });
  const jobs = client.subscribe('a', { qos: 1, acknowledge: 'manual' });
  const next = jobs[Symbol.asyncIterator]().next();
  await world.accept(`${KEPT} ${qos1(1)}`);
  const { value: job } = await next;
  expect(job?.topic).toBe('a');
  world.pipe.taken();
  job?.acknowledge();
  expect(world.pipe.taken()).toEqual(['40 02 00 01']);
});

describe('after the connection is lost', () => {
  test('QoS 1 comes again: the old message acknowledges nothing', async () => {
    const { world, messages, take } = await worker();
    world.pipe.in(qos1(1));
    const old = take(1);
    await world.again(KEPT);
    old.acknowledge();
    world.pipe.in('3a 06 00 01 61 00 01 00');
    old.acknowledge();
    expect(world.pipe.taken()).toEqual([]);
    expect(messages).toHaveLength(2);
    take(1).acknowledge();
    expect(world.pipe.taken()).toEqual(['40 02 00 01']);
  });

  test('QoS 2 that the application still has is not passed on again, and waits for it [5:MQTT-4.3.3-10]', async () => {
    const { world, messages, take } = await worker();
    world.pipe.in(qos2(1));
    await world.again(KEPT);
    world.pipe.in(qos2(1, '3c'));
    expect(world.pipe.taken()).toEqual([]);
    take(1).acknowledge();
    expect(world.pipe.taken()).toEqual(['50 02 00 01']);
    expect(messages).toHaveLength(1);
  });

  test('QoS 2 that it took meanwhile is answered when it comes again', async () => {
    const { world, messages, take } = await worker();
    world.pipe.in(`${qos2(1)} ${qos2(2)}`);
    take(2).acknowledge();
    world.pipe.lose();
    take(1).acknowledge();
    await world.clock.pass(500);
    await world.accept(`${KEPT} ${qos2(1, '3c')} ${qos2(2, '3c')}`);
    expect(world.pipe.taken()).toEqual(['50 02 00 01', '50 02 00 02']);
    expect(messages).toHaveLength(2);
  });

  test('QoS 2 that it refused meanwhile is passed on again', async () => {
    const { world, messages, take } = await worker();
    world.pipe.in(qos2(1));
    world.pipe.lose();
    take(1).reject(NOT_AUTHORIZED);
    await world.clock.pass(500);
    await world.accept(`${KEPT} ${qos2(1, '3c')}`);
    expect(messages).toHaveLength(2);
    take(1).acknowledge();
    expect(world.pipe.taken()).toEqual(['50 02 00 01']);
  });

  test('in a new session an old message means nothing', async () => {
    const { world, take } = await worker();
    world.pipe.in(qos2(1));
    const old = take(1);
    await world.again(NEW);
    world.pipe.taken();
    world.pipe.in(qos2(1));
    old.reject(NOT_AUTHORIZED);
    expect(world.pipe.taken()).toEqual([]);
    world.pipe.in(qos2(1, '3c'));
    take(1).acknowledge();
    expect(world.pipe.taken()).toEqual(['50 02 00 01']);
  });

  test('nor is it remembered for another one under its identifier', async () => {
    const { world } = await worker();
    world.pipe.in(qos2(1));
    await world.again(NEW);
    world.pipe.taken();
    // Nobody is subscribed to it: it is taken at once.
    world.pipe.in('34 06 00 01 7a 00 01 00 3c 06 00 01 7a 00 01 00');
    expect(world.pipe.taken()).toEqual(['50 02 00 01', '50 02 00 01']);
  });
});

describe('reject', () => {
  test('says why, and frees the identifier of QoS 2 [5:MQTT-3.4.2-1] [5:MQTT-3.5.2-1] [5:MQTT-4.3.3-9]', async () => {
    const { world, messages, take } = await worker();
    world.pipe.in(`${qos1(1)} ${qos2(2)}`);
    take(1).reject(NOT_AUTHORIZED);
    take(2).reject(0x99);
    take(2).reject(NOT_AUTHORIZED);
    expect(world.pipe.taken()).toEqual(['40 03 00 01 87', '50 03 00 02 99']);
    world.pipe.in(qos2(2));
    expect(messages).toHaveLength(3);
  });

  test('takes no reason code that is none, and the message still waits', async () => {
    const { world, take } = await worker();
    world.pipe.in(qos1(1));
    for (const code of [0x10, 0x81, 0x1ff] as ReasonCode[]) {
      expect(() => take(1).reject(code)).toThrow(expect.objectContaining({ code: 'invalid-reason-code' }));
    }
    take(1).acknowledge();
    expect(world.pipe.taken()).toEqual(['40 02 00 01']);
  });

  test('cannot be said in 3.1.1, and the message still waits [3.1.1:3.4]', async () => {
    const { world, take } = await worker({}, { dialect: '3.1.1', clientId: 'c', cleanStart: false });
    world.pipe.in('32 05 00 01 61 00 01');
    expect(() => take(1).reject(NOT_AUTHORIZED)).toThrow(
      expect.objectContaining({ code: 'reason-codes-not-supported' }),
    );
    take(1).acknowledge();
    expect(world.pipe.taken()).toEqual(['40 02 00 01']);
  });
});

describe('a callback that returns a promise', () => {
  const later = () => {
    const settles: { resolve: () => void; reject: (error: unknown) => void }[] = [];
    const onMessage = (): Promise<void> =>
      new Promise((resolve, reject) => settles.push({ resolve, reject }));
    return { settles, onMessage };
  };

  test('is awaited before the message is acknowledged', async () => {
    const { settles, onMessage } = later();
    const { world } = await worker({ acknowledge: 'taken', onMessage });
    world.pipe.in(`${qos1(1)} ${qos1(2)}`);
    settles[1]?.resolve();
    await settle();
    expect(world.pipe.taken()).toEqual([]);
    settles[0]?.resolve();
    await settle();
    expect(world.pipe.taken()).toEqual(['40 02 00 01', '40 02 00 02']);
  });

  test('and throws or rejects: that is uncaught, and the message acknowledged all the same', async () => {
    await uncaughtWhile(async (uncaught) => {
      const { settles, onMessage } = later();
      const { world } = await worker({ acknowledge: 'taken', onMessage });
      const [client] = world.clients;
      const fail = (): never => {
        throw new Error('at once');
      };
      client?.subscribe('b', { qos: 1, onMessage: fail });
      world.pipe.taken();
      world.pipe.in(`${qos1(1)} 32 06 00 01 62 00 02 00`);
      settles[0]?.reject(new Error('later'));
      await settle();
      expect(world.pipe.taken()).toEqual(['40 02 00 01', '40 02 00 02']);
      expect(uncaught).toEqual([new Error('at once'), new Error('later')]);
    });
  });

  test('stops the reading where too many are under way', async () => {
    const { settles, onMessage } = later();
    const { world } = await worker({ acknowledge: 'taken', onMessage, bufferMessagesMax: 2 });
    world.pipe.in(`${qos0} ${qos0} ${qos0}`);
    expect([settles.length, world.pipe.paused]).toEqual([2, true]);
    settles[0]?.resolve();
    await settle();
    expect([settles.length, world.pipe.paused]).toEqual([3, true]);
    settles[1]?.resolve();
    await settle();
    expect(world.pipe.paused).toBe(false);
  });

  test('also as the option onMessage, for messages that nobody has subscribed to', async () => {
    const { settles, onMessage } = later();
    const world = new World();
    await world.connected({ ...keep, onMessage }, `${KEPT} ${qos1(1)}`);
    expect(world.pipe.taken()).toEqual([]);
    settles[0]?.resolve();
    await settle();
    expect(world.pipe.taken()).toEqual(['40 02 00 01']);
  });
});

describe('the signal of a subscription', () => {
  test('ends its iteration quietly and unsubscribes', async () => {
    const world = new World();
    const client = await world.connected();
    const leave = new AbortController();
    const subscription = client.subscribe('a', { qos: 1, signal: leave.signal });
    world.pipe.in(`90 04 00 01 00 01 ${qos1(1)} ${qos1(2)}`);
    await settle();
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { packetId } of subscription) {
        seen.push(packetId);
        leave.abort();
      }
    })();
    await loop;
    expect(seen).toEqual([1]);
    expect(world.pipe.taken().slice(1)).toEqual(['40 02 00 01', '40 02 00 02', 'a2 06 00 02 00 00 01 61']);
  });

  test('also before it is granted: granted rejects, the iteration ends', async () => {
    const world = new World();
    const client = await world.connected();
    const leave = new AbortController();
    const subscription = client.subscribe('a', { signal: leave.signal });
    const next = subscription[Symbol.asyncIterator]().next();
    leave.abort();
    await expect(subscription.granted).rejects.toMatchObject({ code: 'aborted' });
    expect(await next).toEqual({ done: true, value: undefined });
    expect(world.pipe.taken().at(-1)).toBe('a2 06 00 02 00 00 01 61');
  });

  test('that has aborted before asks nobody', async () => {
    const world = new World();
    const client = await world.connected();
    const subscription = client.subscribe('a', { signal: AbortSignal.abort() });
    await expect(subscription.granted).rejects.toMatchObject({ code: 'aborted' });
    expect((await subscription[Symbol.asyncIterator]().next()).done).toBe(true);
    expect(world.pipe.taken()).toEqual([]);
  });

  test('await using unsubscribes', async () => {
    const world = new World();
    const client = await world.connected();
    {
      await using subscription = client.subscribe('a');
      world.pipe.in('90 04 00 01 00 00');
      await subscription.granted;
      setImmediate(() => world.pipe.in('b0 04 00 02 00 00'));
    }
    expect(world.pipe.taken().at(-1)).toBe('a2 06 00 02 00 00 01 61');
  });
});
