// The shell over a pipe in memory: promises, routing and back-pressure, no sockets.

import { describe, expect, test } from 'vitest';
import { type Authenticator, type Client, type ClientOptions, type Message, open } from '../src/index.ts';
import { MemoryPipe, settle } from './memory-pipe.ts';
import { hex } from './support.ts';

async function client(
  options: ClientOptions = {},
  connack = '20 03 00 00 00',
): Promise<[Client, MemoryPipe]> {
  const pipe = new MemoryPipe();
  const opening = open(async () => [pipe.open], { reconnect: false, ...options });
  await settle();
  pipe.listener?.opened();
  pipe.in(connack);
  const made = await opening;
  pipe.taken();
  return [made, pipe];
}

const qos0 = (payload: number): string => `30 05 00 01 61 00 ${payload.toString(16).padStart(2, '0')}`;
const qos1 = (id: number): string => `32 07 00 01 61 00 ${id.toString(16).padStart(2, '0')} 00 78`;

describe('publish', () => {
  test('resolves with the acknowledgement', async () => {
    const [one, pipe] = await client();
    const published = one.publish('a', 'x', { qos: 1 });
    pipe.in('40 03 00 01 10');
    await expect(published).resolves.toMatchObject({ reasonCode: 0x10 });
  });

  test('rejects when the connection ends first, and when there is none', async () => {
    const [one, pipe] = await client();
    const published = one.publish('a', 'x', { qos: 1 });
    pipe.listener?.ended(undefined);
    await expect(published).rejects.toMatchObject({ code: 'connection-lost' });
    await expect(one.publish('a', 'x')).rejects.toMatchObject({ code: 'connection-lost' });
    expect((await one.closed).code).toBe('connection-lost');
    expect(pipe.over).toBe(true);
  });

  test('rejects at once with what the machine refuses', async () => {
    const [one] = await client({}, '20 05 00 00 02 24 00');
    await expect(one.publish('a', 'x', { qos: 1 })).rejects.toMatchObject({ code: 'qos-not-supported' });
  });

  test('at QoS 0 waits for the peer to take bytes', async () => {
    const [one, pipe] = await client();
    pipe.congested = true;
    let settled = false;
    const published = one.publish('a', 'x').then(() => {
      settled = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    pipe.congested = false;
    pipe.listener?.drained();
    await published;
    expect(settled).toBe(true);
  });

  test('is refused while too many bytes wait', async () => {
    const [one, pipe] = await client({ sendBufferBytesMax: 10 });
    pipe.bufferedBytes = 11;
    await expect(one.publish('a', 'x')).rejects.toMatchObject({ code: 'send-buffer-full' });
  });

  test('stops waiting when its signal says so, and the late answer hurts nobody', async () => {
    const [one, pipe] = await client();
    const giveUp = new AbortController();
    const published = one.publish('a', 'x', { qos: 1, signal: giveUp.signal });
    giveUp.abort(new Error('enough'));
    await expect(published).rejects.toMatchObject({ code: 'aborted', cause: new Error('enough') });
    pipe.in('40 02 00 01');
    await expect(one.publish('a', 'x', { signal: giveUp.signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(pipe.over).toBe(false);
  });
});

describe('subscribe', () => {
  test('tells what was granted and iterates what comes, each acknowledged when it is taken', async () => {
    const [one, pipe] = await client();
    const subscription = one.subscribe(['a', 'b/+'], { qos: 1 });
    pipe.in(qos1(1));
    pipe.in('90 05 00 01 00 01 87');
    expect((await subscription.granted).filters.map(({ reasonCode }) => reasonCode)).toEqual([1, 0x87]);
    expect(subscription.topicFilters).toEqual(['a']);
    pipe.in(qos1(2));
    expect(pipe.taken()).toEqual(['82 0f 00 01 02 0b 01 00 01 61 01 00 03 62 2f 2b 01']);
    const iterator = subscription[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ topic: 'a', packetId: 1 });
    expect(pipe.taken()).toEqual(['40 02 00 01']);
    await iterator.next();
    expect(pipe.taken()).toEqual(['40 02 00 02']);
    const third = iterator.next();
    pipe.in(qos1(3));
    expect((await third).value).toMatchObject({ packetId: 3 });
    await Promise.resolve();
    expect(pipe.taken()).toEqual(['40 02 00 03']);
  });

  test('leaving the loop unsubscribes and acknowledges what was not read [5:MQTT-4.5.0-2]', async () => {
    const [one, pipe] = await client();
    const subscription = one.subscribe('a', { qos: 1 });
    pipe.in(`90 04 00 01 00 01 | ${qos1(1)} | ${qos1(2)}`);
    pipe.taken();
    const loop = (async () => {
      for await (const message of subscription) {
        expect(message.text()).toBe('x');
        break;
      }
    })();
    await new Promise((resolve) => setImmediate(resolve));
    expect(pipe.taken()).toEqual(['40 02 00 01', '40 02 00 02', 'a2 06 00 02 00 00 01 61']);
    pipe.in('b0 04 00 02 00 00');
    await loop;
  });

  test('ends its iteration when the connection ends: quietly if asked, with the error if not', async () => {
    for (const asked of [true, false]) {
      const [one, pipe] = await client();
      const subscription = one.subscribe('a');
      pipe.in(`90 04 00 01 00 00 | ${qos0(1)}`);
      if (asked) await one.disconnect();
      else pipe.listener?.ended(undefined);
      const seen: Message[] = [];
      const loop = (async () => {
        for await (const message of subscription) seen.push(message);
      })();
      if (asked) await loop;
      else await expect(loop).rejects.toMatchObject({ code: 'connection-lost' });
      expect(seen).toHaveLength(1);
    }
  });

  test('iterating what the server refused throws', async () => {
    const [one, pipe] = await client();
    const subscription = one.subscribe('a');
    pipe.in('90 04 00 01 00 87');
    const next = subscription[Symbol.asyncIterator]().next();
    await expect(next).rejects.toMatchObject({ code: 'subscription-refused', reasonCode: 0x87 });
  });

  test('what the machine refuses rejects both ways', async () => {
    const [one] = await client();
    const subscription = one.subscribe('a#');
    await expect(subscription.granted).rejects.toMatchObject({ code: 'invalid-topic-filter' });
    await expect(subscription[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'invalid-topic-filter',
    });
  });

  test('a callback gets messages at once; Subscription Identifiers say for whom they are', async () => {
    const [one, pipe] = await client();
    const seen: string[] = [];
    one.subscribe('#', { properties: { subscriptionIdentifiers: [1] }, onMessage: () => seen.push('first') });
    one.subscribe('a', {
      properties: { subscriptionIdentifiers: [2] },
      onMessage: () => seen.push('second'),
    });
    pipe.in('30 06 00 01 61 02 0b 02');
    pipe.in('30 04 00 01 61 00');
    expect(seen).toEqual(['second', 'first', 'second']);
  });

  test('unsubscribe ends the iteration', async () => {
    const [one, pipe] = await client();
    const subscription = one.subscribe('a');
    pipe.in('90 04 00 01 00 00');
    const next = subscription[Symbol.asyncIterator]().next();
    const gone = one.unsubscribe('a');
    pipe.in('b0 04 00 02 00 00');
    expect((await gone).filters).toEqual([{ topicFilter: 'a', reasonCode: 0 }]);
    expect(await next).toEqual({ done: true, value: undefined });
  });

  test('unsubscribe leaves alone what is subscribed behind it, which the server has', async () => {
    const [one, pipe] = await client();
    const before = one.subscribe('a');
    pipe.in('90 04 00 01 00 00');
    const gone = one.unsubscribe('a');
    const after = one.subscribe('a');
    pipe.in('b0 04 00 02 00 00');
    await gone;
    pipe.in('90 04 00 03 00 00 30 05 00 01 61 00 31');
    expect(await before[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
    expect((await after[Symbol.asyncIterator]().next()).value?.text()).toBe('1');
  });

  test('the option onMessage sees everything, also before anything is subscribed', async () => {
    const seen: Message[] = [];
    const [, pipe] = await client({ onMessage: (message) => seen.push(message) });
    pipe.in(qos1(4));
    expect(seen).toHaveLength(1);
    expect(pipe.taken()).toEqual(['40 02 00 04']);
  });
});

describe('back-pressure', () => {
  test('a full buffer stops the reading in the middle of a chunk, and room lets it go on', async () => {
    const [one, pipe] = await client();
    const subscription = one.subscribe('a', { bufferMessagesMax: 2 });
    pipe.in('90 04 00 01 00 00');
    await subscription.granted;
    pipe.in([1, 2, 3, 4, 5].map(qos0).join(' '));
    expect(pipe.paused).toBe(true);
    const iterator = subscription[Symbol.asyncIterator]();
    const seen: number[] = [];
    for (let count = 0; count < 5; count++) seen.push((await iterator.next()).value?.payload[0] ?? 0);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(pipe.paused).toBe(false);
    expect(subscription.dropped).toBe(0);
  });

  test('a request of our own is answered although the buffer is full; only QoS 0 without room is dropped', async () => {
    const [one, pipe] = await client();
    const subscription = one.subscribe('a', { bufferMessagesMax: 1, qos: 1 });
    pipe.in('90 04 00 01 00 01');
    await subscription.granted;
    pipe.in(`${qos0(1)} ${qos0(2)} ${qos1(7)} 40 02 00 02`);
    expect(pipe.paused).toBe(true);
    await expect(one.publish('b', 'x', { qos: 1 })).resolves.toMatchObject({ reasonCode: 0 });
    expect(subscription.dropped).toBe(1);
    const iterator = subscription[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ qos: 0 });
    expect((await iterator.next()).value).toMatchObject({ qos: 1, packetId: 7 });
  });
});

describe('the rest', () => {
  test('await using disconnects', async () => {
    const [one, pipe] = await client();
    {
      await using used = one;
      expect(used.negotiated.maximumQos).toBe(2);
    }
    expect(pipe.taken()).toEqual(['e0 00']);
    expect(await one.closed).toMatchObject({ code: 'disconnected', error: undefined });
  });

  test('trace sees whole packets, whatever the chunks, and what is left at the end', async () => {
    const seen: string[] = [];
    const [one, pipe] = await client({
      trace: {
        sent: (packet) => seen.push(`> ${hex(packet)}`),
        received: (packet, at) => seen.push(`< ${hex(packet)}${at > 1e12 ? '' : ' at no time'}`),
      },
    });
    pipe.in('d0');
    pipe.in('00 30 04 00');
    await one.disconnect();
    expect(seen.slice(1)).toEqual(['< 20 03 00 00 00', '< d0 00', '> e0 00', '< 30 04 00']);
  });

  test('an authenticator may answer later; without one the attempt ends', async () => {
    const challenge = 'f0 07 18 05 15 00 02 4d 31';
    const properties = { authenticationMethod: 'M1' };
    const exchange = (next: Authenticator['next']): Authenticator => ({
      method: 'M1',
      start: () => ({}),
      next,
    });
    const pipe = new MemoryPipe();
    const start = async (options: ClientOptions): Promise<[Promise<Client>]> => {
      const opening = open(async () => [pipe.open], { reconnect: false, ...options });
      await settle();
      pipe.listener?.opened();
      return [opening];
    };
    const [able] = await start({
      authenticator: () => exchange(async () => ({ authenticationData: Uint8Array.of(1) })),
    });
    pipe.taken();
    pipe.in(challenge);
    await settle();
    expect(pipe.taken()).toEqual(['f0 0b 18 09 15 00 02 4d 31 16 00 01 01']);
    pipe.in('20 08 00 00 05 15 00 02 4d 31');
    expect((await able).negotiated.authenticationMethod).toBe('M1');
    for (const [code, options] of [
      ['no-authenticator', { properties }],
      ['authentication-failed', { authenticator: () => exchange(() => Promise.reject(new Error('no key'))) }],
    ] as const) {
      const [unable] = await start(options);
      pipe.in(challenge);
      await expect(unable).rejects.toMatchObject({ code });
    }
  });
});
