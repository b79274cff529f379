// Requests: what is sent, what counts as an answer, and that none waits for ever. [5:4.10]

import type { PublishPacket } from '@anax/protocol';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { type ClientOptions, json, type Message } from '../src/index.ts';
import { answers, asked, begun, give, grants, publishOf, RESPONSE_TOPIC, sent } from './conversation.ts';
import { settle } from './memory-pipe.ts';
import { hex } from './support.ts';
import { KEPT, keep, NEW, rejection, World } from './world.ts';

describe('request', () => {
  test('subscribes to its response topic, then asks, and gets the answer with its Correlation Data', async () => {
    const [world, client] = await begun();
    const { waiting } = world.clock;
    const response = client.request('job', 'go', { qos: 1, properties: { contentType: 'x' } });
    await settle();
    const [subscribe, ...none] = sent(world);
    expect(subscribe).toMatchObject({
      type: 'subscribe',
      subscriptions: [{ topicFilter: RESPONSE_TOPIC, qos: 1 }],
    });
    expect(none).toEqual([]);
    give(world, { type: 'suback', packetId: 1, reasonCodes: [1], properties: {} });
    await settle();
    const [request] = sent(world) as [PublishPacket];
    expect(request).toMatchObject({
      topic: 'job',
      qos: 1,
      properties: { contentType: 'x', responseTopic: RESPONSE_TOPIC },
    });
    expect(request.properties.correlationData).toHaveLength(16);
    give(world, { type: 'puback', packetId: request.packetId, reasonCode: 0, properties: {} });
    answers(world, request, 'done');
    expect((await response).text()).toBe('done');
    expect(world.clock.waiting).toBe(waiting);
  });

  test('one subscription serves all; each has Correlation Data of its own, and answers come in any order', async () => {
    const [world, client] = await begun();
    const responses = ['a', 'b', 'c'].map((topic) => client.request(topic, ''));
    await settle();
    expect(grants(world)).toHaveLength(1);
    await settle();
    const requests = sent(world) as PublishPacket[];
    expect(requests.map(({ topic }) => topic)).toEqual(['a', 'b', 'c']);
    for (const request of requests.toReversed()) answers(world, request, `to ${request.topic}`);
    expect((await Promise.all(responses)).map((one) => one.text())).toEqual(['to a', 'to b', 'to c']);
    const [, fourth] = await asked(world, client);
    expect(fourth.topic).toBe('job');
  });

  test('the topic is below Response Information where the server gives it [5:3.2.2.3.15]', async () => {
    for (const information of ['r/1', 'r/1/']) {
      const options: ClientOptions = { clientId: 'c', properties: { requestResponseInformation: true } };
      const length = information.length;
      const connack = `20 ${hex(Uint8Array.of(6 + length, 0, 0, 3 + length, 0x1a, 0, length))} ${hex(new TextEncoder().encode(information))}`;
      const [world, client] = await begun(options, connack);
      const [, request] = await asked(world, client);
      expect(request.properties.responseTopic).toBe('r/1/response');
    }
  });

  test('a client identifier that is no topic level becomes one', async () => {
    const [world, client] = await begun({ clientId: 'a/+#' });
    const [, request] = await asked(world, client);
    expect(request.properties.responseTopic).toBe('anax/response/a%2F%2B%23');
  });

  test('a response topic that is given is taken', async () => {
    const [world, client] = await begun();
    const [response, request] = await asked(world, client, { responseTopic: 'mine' });
    expect(request.properties.responseTopic).toBe('mine');
    answers(world, request, 'x', 'mine');
    expect((await response).topic).toBe('mine');
  });

  test('what is late, unknown or has no Correlation Data is ignored, and what the application subscribed to goes its way', async () => {
    const [world, client] = await begun();
    const seen: string[] = [];
    client.subscribe('#', { onMessage: ({ properties }) => seen.push(`${properties.correlationData?.[0]}`) });
    const [response, request] = await asked(world, client);
    give(world, publishOf(RESPONSE_TOPIC, 'who?', {}));
    give(world, publishOf(RESPONSE_TOPIC, 'who?', { correlationData: Uint8Array.of(9) }));
    answers(world, request, 'first');
    answers(world, request, 'second');
    expect((await response).text()).toBe('first');
    const own = `${request.properties.correlationData?.[0]}`;
    // Without an identifier it goes by its topic, to both.
    expect(seen).toEqual(['undefined', '9', own, own]);
  });

  test('a time-out is typed, and what was not sent is not sent any more', async () => {
    const [world, client] = await begun();
    const [response] = await asked(world, client, { timeoutMs: 1000 });
    const late = rejection(response);
    await world.clock.pass(1000);
    expect(await late).toMatchObject({ code: 'request-timeout' });
    world.pipe.lose();
    const never = rejection(client.request('job', 'x', { timeoutMs: 100 }));
    await world.clock.pass(100);
    expect((await never).code).toBe('request-timeout');
    void client.request('later', 'x').catch(() => undefined);
    await world.clock.pass(1000);
    await world.accept(KEPT);
    expect(sent(world)).toMatchObject([{ type: 'publish', topic: 'later' }]);
    await client.close();
  });

  test('Infinity waits, and what is no time is refused', async () => {
    const [world, client] = await begun();
    const [response, request] = await asked(world, client, { timeoutMs: Number.POSITIVE_INFINITY });
    await world.clock.pass(10 * 86_400_000);
    answers(world, request, 'at last');
    expect((await response).text()).toBe('at last');
    for (const timeoutMs of [0, Number.NaN])
      expect((await rejection(client.request('a', '', { timeoutMs }))).code).toBe('invalid-option');
  });

  test('its signal ends the wait', async () => {
    const [world, client] = await begun();
    const { waiting } = world.clock;
    const stop = new AbortController();
    const [response] = await asked(world, client, { signal: stop.signal });
    stop.abort();
    expect((await rejection(response)).code).toBe('aborted');
    expect((await rejection(client.request('a', '', { signal: stop.signal }))).code).toBe('aborted');
    expect(world.clock.waiting).toBe(waiting);
  });

  test('rejects when the client ends', async () => {
    const [world, client] = await begun();
    const [response] = await asked(world, client);
    await client.close();
    expect((await rejection(response)).code).toBe('disconnected');
    expect((await rejection(client.request('a', ''))).code).toBe('disconnected');
    expect(world.clock.waiting).toBe(0);
  });

  test('goes on over a reconnect: the response topic is renewed before anything is sent', async () => {
    const [world, client] = await begun();
    const [response, request] = await asked(world, client);
    await world.again(NEW);
    expect(grants(world)).toMatchObject([
      { type: 'subscribe', subscriptions: [{ topicFilter: RESPONSE_TOPIC }] },
    ]);
    answers(world, request, 'x');
    expect((await response).text()).toBe('x');
  });

  test('asks for its response topic again where the server refused it', async () => {
    const [world, client] = await begun();
    const response = rejection(client.request('job', ''));
    await settle();
    grants(world, 0x87);
    expect(await response).toMatchObject({ code: 'subscription-refused', reasonCode: 0x87 });
    const [, request] = await asked(world, client);
    expect(request.topic).toBe('job');
  });

  test('and where the application has unsubscribed from it', async () => {
    const [world, client] = await begun();
    await asked(world, client);
    const gone = client.unsubscribe(RESPONSE_TOPIC);
    give(world, { type: 'unsuback', packetId: 2, reasonCodes: [0], properties: {} });
    await gone;
    const response = client.request('job', '');
    response.catch(() => undefined);
    await settle();
    expect(grants(world).map(({ type }) => type)).toEqual(['unsubscribe', 'subscribe']);
    await client.close();
  });

  test('waits for the first connection where there was none', async () => {
    const world = new World();
    const client = await world.begin({ ...keep, waitForConnection: false });
    const response = client.request('job', 'go');
    const never = rejection(client.request('job', 'go', { timeoutMs: 10 }));
    await world.clock.pass(10);
    expect((await never).code).toBe('request-timeout');
    await world.accept(NEW);
    expect(grants(world)).toHaveLength(1);
    await settle();
    const [request] = sent(world) as [PublishPacket];
    answers(world, request, 'done');
    expect((await response).text()).toBe('done');
  });

  test('says at once that nobody is subscribed [5:3.4.2.1]', async () => {
    const [world, client] = await begun();
    const [response, { packetId }] = await asked(world, client, { qos: 1 });
    give(world, { type: 'puback', packetId, reasonCode: 0x10, properties: {} });
    expect(await rejection(response)).toMatchObject({ code: 'no-responder', reasonCode: 0x10 });
  });

  test('is refused in 3.1.1, before anything is sent', async () => {
    const [world, client] = await begun({ dialect: '3.1.1' }, '20 02 00 00');
    expect((await rejection(client.request('a', ''))).code).toBe('properties-not-supported');
    expect((await rejection(client.request('a', '', { responseTopic: 'r' }))).code).toBe(
      'properties-not-supported',
    );
    expect(world.pipe.taken()).toEqual([]);
  });

  test('a thousand at a time, and a hundred response topics', async () => {
    const [world, client] = await begun({ ...keep, outbox: { messagesMax: 5000 } });
    const responses = Array.from({ length: 1001 }, () => client.request('a', ''));
    const codes = Promise.all(responses.map(async (one) => (await rejection(one)).code));
    await settle();
    await client.close();
    expect((await codes).filter((code) => code === 'too-many-requests')).toHaveLength(1);
    const [other, more] = await begun();
    const topics = Array.from({ length: 101 }, (_, index) =>
      more.request('a', '', { responseTopic: `r/${index}` }),
    );
    const ends = Promise.all(topics.map(async (one) => (await rejection(one)).code));
    await settle();
    await more.close();
    expect((await ends).filter((code) => code === 'too-many-response-topics')).toHaveLength(1);
    expect([world, other].map(({ clock }) => clock.waiting)).toEqual([0, 0]);
  });

  test('is answered although an iteration has no room', async () => {
    const [world, client] = await begun();
    client.subscribe('flood', { bufferMessagesMax: 1 });
    const [response, request] = await asked(world, client);
    give(world, publishOf('flood', '1', {}));
    give(world, publishOf('flood', '2', {}));
    expect(world.pipe.paused).toBe(false);
    answers(world, request, 'x');
    expect((await response).text()).toBe('x');
    await settle();
    expect(world.pipe.paused).toBe(true);
  });

  test('has values, too, and its types flow', async () => {
    const [world, client] = await begun();
    const response = client.request('sum', [1, 2], { encode: json<number[]>(), decode: json<number>() });
    expectTypeOf(response).resolves.toEqualTypeOf<Message<number>>();
    expectTypeOf(client.request).toBeCallableWith('a', 'b');
    await settle();
    grants(world);
    await settle();
    const [request] = sent(world) as [PublishPacket];
    expect(new TextDecoder().decode(request.payload)).toBe('[1,2]');
    answers(world, request, '3');
    expect((await response).value).toBe(3);
    const [bad, second] = await asked(world, client);
    const undecodable = rejection(bad.then((message) => message.as(json())));
    answers(world, second, '{');
    expect(await undecodable).toMatchObject({ code: 'payload-not-decodable', topic: RESPONSE_TOPIC });
  });
});
