// Payloads as values: codecs, what becomes of a payload that none takes, and that types flow.

import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  bytes,
  json,
  type Message,
  type PayloadCodec,
  type Subscription,
  text,
  UndecodableError,
} from '../src/index.ts';
import { settle } from './memory-pipe.ts';
import { hex } from './support.ts';
import { rejection, World } from './world.ts';

interface Reading {
  readonly celsius: number;
}

/** What a schema of a library does: gives the value, or throws. */
function parseReading(parsed: unknown): Reading {
  const { celsius } = parsed as { celsius?: unknown };
  if (typeof celsius !== 'number') throw new TypeError('celsius is no number');
  return { celsius };
}

const utf8 = new TextEncoder();
const publishOf = (qos: 0 | 1 | 2, packetId: number, payload: string): string => {
  const content = [...utf8.encode(payload)];
  const id = qos === 0 ? [] : [0, packetId];
  return hex(
    Uint8Array.of(0x30 | (qos << 1), 4 + id.length + content.length, 0, 1, 0x61, ...id, 0, ...content),
  );
};

describe('codecs', () => {
  test.each<[string, PayloadCodec<unknown>, unknown, string]>([
    ['bytes', bytes as PayloadCodec<unknown>, Uint8Array.of(1, 0xff), '01 ff'],
    ['text', text as PayloadCodec<unknown>, 'é', 'c3 a9'],
    ['json', json(), { a: [null, 'é'] }, '7b 22 61 22 3a 5b 6e 75 6c 6c 2c 22 c3 a9 22 5d 7d'],
    ['json of null', json(), null, '6e 75 6c 6c'],
  ])('%s there and back', (_, codec, value, encoded) => {
    const payload = codec.encode(value);
    const sent = typeof payload === 'string' ? utf8.encode(payload) : payload;
    expect(hex(sent)).toBe(encoded);
    expect(codec.decode(sent)).toEqual(value);
  });

  test('text and JSON take no bytes that are not UTF-8', () => {
    expect(() => text.decode(Uint8Array.of(0xc3))).toThrow(TypeError);
    expect(() => json().decode(Uint8Array.of(0x22, 0xc3, 0x22))).toThrow(TypeError);
  });

  test('JSON has no form for undefined', () => {
    expect(() => json().encode(undefined)).toThrow(TypeError);
  });
});

describe('publish with encode', () => {
  test('sends what it makes of the value', async () => {
    const world = new World();
    const client = await world.connected();
    await client.publish('a', { celsius: 1 }, { encode: json<Reading>() });
    await client.publish('a', 7, { encode: (value) => Uint8Array.of(value) });
    expect(world.pipe.taken()).toEqual([publishOf(0, 0, '{"celsius":1}'), publishOf(0, 0, '\u0007')]);
  });

  test('rejects with what it threw, and sends nothing', async () => {
    const world = new World();
    const client = await world.connected();
    const error = await rejection(client.publish('a', undefined, { encode: json() }));
    expect(error).toMatchObject({
      code: 'payload-not-encodable',
      cause: new TypeError('this value has no form in JSON'),
    });
    expect(world.pipe.taken()).toEqual([]);
  });
});

describe('subscribe with decode', () => {
  test('gives each message its value, and the payload as it came', async () => {
    const world = new World();
    const client = await world.connected();
    const subscription = client.subscribe('a', { qos: 1, decode: json(parseReading) });
    world.pipe.taken();
    world.pipe.in(publishOf(1, 1, '{"celsius":21}'));
    const { value: message } = await subscription[Symbol.asyncIterator]().next();
    expect(message).toMatchObject({ topic: 'a', qos: 1, packetId: 1, value: { celsius: 21 } });
    expect(message?.text()).toBe('{"celsius":21}');
    expect(world.pipe.taken()).toEqual(['40 02 00 01']);
  });

  test('without it the value is the payload', async () => {
    const world = new World();
    const client = await world.connected();
    const seen: Uint8Array[] = [];
    client.subscribe('a', { onMessage: ({ value }) => seen.push(value) });
    world.pipe.in(publishOf(0, 0, 'x'));
    expect(seen).toEqual([Uint8Array.of(0x78)]);
  });

  test('a value that is null or undefined is one', async () => {
    const world = new World();
    const client = await world.connected();
    const seen: unknown[] = [];
    client.subscribe('a', { decode: json(), onMessage: ({ value }) => seen.push(value) });
    client.subscribe('a', { decode: () => undefined, onMessage: ({ value }) => seen.push(value) });
    world.pipe.in(publishOf(0, 0, 'null'));
    expect(seen).toEqual([null, undefined]);
  });

  test('what it does not take is acknowledged, counted and told with its topic, and the iteration goes on', async () => {
    const world = new World();
    const client = await world.connected();
    const errors: unknown[] = [];
    client.addEventListener('error', ({ detail }) => errors.push(detail.error));
    const subscription = client.subscribe('a', { qos: 2, decode: json(parseReading) });
    world.pipe.taken();
    world.pipe.in([publishOf(1, 1, '{'), publishOf(2, 2, '{}'), publishOf(1, 3, '{"celsius":3}')].join(' '));
    expect(world.pipe.taken()).toEqual(['40 02 00 01', '50 02 00 02']);
    const { value: message } = await subscription[Symbol.asyncIterator]().next();
    expect(message?.value).toEqual({ celsius: 3 });
    expect(subscription.undecodable).toBe(2);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toBeInstanceOf(UndecodableError);
    expect(errors[1]).toMatchObject({
      code: 'payload-not-decodable',
      topic: 'a',
      payload: utf8.encode('{}'),
      cause: new TypeError('celsius is no number'),
    });
  });

  test('another subscription still gets what one could not decode', async () => {
    const world = new World();
    const client = await world.connected();
    client.subscribe('a', { qos: 1, decode: json() });
    const plain = client.subscribe('#', { qos: 1 });
    world.pipe.taken();
    world.pipe.in('32 0b 00 01 61 00 05 04 0b 01 0b 02 7b');
    await settle();
    expect(world.pipe.taken()).toEqual([]);
    expect((await plain[Symbol.asyncIterator]().next()).value?.text()).toBe('{');
    expect(world.pipe.taken()).toEqual(['40 02 00 05']);
  });
});

test('types flow', async () => {
  const world = new World();
  const client = await world.connected();
  const readings = client.subscribe<Reading>('a', { decode: json() });
  expectTypeOf(readings).toEqualTypeOf<Subscription<Reading>>();
  const checked = client.subscribe('a', { decode: json(parseReading), qos: 1 });
  expectTypeOf(checked).toEqualTypeOf<Subscription<Reading>>();
  const lengths = client.subscribe('a', { decode: (payload) => payload.length });
  expectTypeOf(lengths).toEqualTypeOf<Subscription<number>>();
  expectTypeOf(client.subscribe('a', { qos: 1 })).toEqualTypeOf<Subscription<Uint8Array>>();
  type Taken = Awaited<ReturnType<AsyncIterator<Message<Reading>, undefined>['next']>>;
  expectTypeOf(readings[Symbol.asyncIterator]().next()).resolves.toEqualTypeOf<Taken>();
  client.subscribe('a', {
    decode: json(parseReading),
    onMessage: (message) => expectTypeOf(message).toEqualTypeOf<Message<Reading>>(),
  });
  // @ts-expect-error: no value without a codec
  const wrong: Promise<unknown> = client.publish('a', { celsius: 1 });
  await rejection(wrong);
  // @ts-expect-error: not the value of this codec
  void client.publish('a', 'x', { encode: json<Reading>() });
  // @ts-expect-error: a payload's bytes have no celsius
  client.subscribe('a', { onMessage: ({ value }) => value.celsius });
  // @ts-expect-error: the type is that of the codec
  client.subscribe<Reading>('a', { decode: text });
});
