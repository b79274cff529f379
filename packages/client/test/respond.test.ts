// Responses: what becomes of a request that comes, and how many are answered at a time. [5:4.10]

import type { PublishPacket } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { json } from '../src/index.ts';
import { begun, give, grants, publishOf, sent } from './conversation.ts';
import { settle } from './memory-pipe.ts';

describe('respond', () => {
  const question = (properties: PublishPacket['properties'], qos: 0 | 1 = 0, packetId = 0, payload = 'hi') =>
    publishOf('job', payload, properties, qos, packetId);
  const correlationData = Uint8Array.of(7);

  test('publishes what the handler gives to the Response Topic, with Correlation Data and the QoS of the request, then acknowledges', async () => {
    const [world, client] = await begun();
    const responder = client.respond('job', async (request) => `${request.text()}!`, {
      qos: 1,
      responseProperties: { contentType: 't' },
    });
    expect(grants(world)).toMatchObject([
      { type: 'subscribe', subscriptions: [{ topicFilter: 'job', qos: 1 }] },
    ]);
    await responder.granted;
    give(world, question({ responseTopic: 'r', correlationData }, 1, 5));
    await settle();
    const [response, ...rest] = sent(world) as [PublishPacket];
    expect(response).toMatchObject({ topic: 'r', qos: 1, properties: { contentType: 't', correlationData } });
    expect(new TextDecoder().decode(response.payload)).toBe('hi!');
    expect(rest).toEqual([]);
    give(world, { type: 'puback', packetId: response.packetId, reasonCode: 0, properties: {} });
    await settle();
    expect(sent(world)).toMatchObject([{ type: 'puback', packetId: 5 }]);
  });

  test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses handlersMax %d before it asks',
    async (handlersMax) => {
      const [world, client] = await begun();
      expect(() => client.respond('job', () => 'x', { handlersMax })).toThrow(/handlersMax/);
      expect(sent(world)).toEqual([]);
    },
  );

  test('undefined is an empty response; without Correlation Data there is none', async () => {
    const [world, client] = await begun();
    client.respond('job', () => undefined);
    grants(world);
    give(world, question({ responseTopic: 'r' }));
    await settle();
    expect(sent(world)).toMatchObject([{ topic: 'r', payload: new Uint8Array(0), properties: {} }]);
  });

  test('a request without Response Topic is handed on, and acknowledged', async () => {
    const [world, client] = await begun();
    const seen: string[] = [];
    client.respond('job', (request) => void seen.push(request.text()));
    grants(world);
    give(world, question({}, 1, 3));
    await settle();
    expect(seen).toEqual(['hi']);
    expect(sent(world)).toMatchObject([{ type: 'puback', packetId: 3 }]);
  });

  test('a handler that throws answers nothing: an event tells it, and the request is acknowledged', async () => {
    const [world, client] = await begun();
    const errors: unknown[] = [];
    client.addEventListener('error', ({ detail }) => errors.push(detail.error));
    const cause = new Error('no');
    client.respond('job', () => Promise.reject(cause));
    grants(world);
    give(world, question({ responseTopic: 'r', correlationData }, 1, 3));
    await settle();
    expect(errors).toMatchObject([{ code: 'not-answered', cause }]);
    expect(sent(world)).toMatchObject([{ type: 'puback', packetId: 3 }]);
  });

  test('runs a bounded number of handlers, and the rest waits', async () => {
    const [world, client] = await begun();
    const running: (() => void)[] = [];
    const handler = (): Promise<undefined> =>
      new Promise((resolve) => running.push(() => resolve(undefined)));
    client.respond('job', handler, { handlersMax: 2, bufferMessagesMax: 2 });
    grants(world);
    for (let count = 0; count < 5; count++) give(world, question({}));
    await settle();
    expect([running.length, world.pipe.paused]).toEqual([2, true]);
    running[0]?.();
    await settle();
    expect(running).toHaveLength(3);
    for (let count = 1; count < 5; count++) {
      running[count]?.();
      await settle();
    }
    expect([running.length, world.pipe.paused]).toEqual([5, false]);
  });

  test('ends with its subscription', async () => {
    const [world, client] = await begun();
    const seen: unknown[] = [];
    const responder = client.respond('job', () => void seen.push(1));
    grants(world);
    const gone = responder.unsubscribe();
    give(world, { type: 'unsuback', packetId: 2, reasonCodes: [0], properties: {} });
    await gone;
    give(world, question({ responseTopic: 'r' }));
    await settle();
    expect(seen).toEqual([]);
  });

  test('has values, too, and its types flow', async () => {
    const [world, client] = await begun();
    client.respond('job', ({ value }) => value.map(String), {
      decode: json<number[]>(),
      encode: json<string[]>(),
    });
    // @ts-expect-error: a number is no payload
    client.respond('other', () => 7);
    grants(world);
    give(world, question({ responseTopic: 'r' }, 0, 0, '[1,2]'));
    await settle();
    const [response] = sent(world) as [PublishPacket];
    expect(new TextDecoder().decode(response.payload)).toBe('["1","2"]');
  });
});
