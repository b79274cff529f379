// Owns how the client works inside Chromium, from the ready bundle, against our built broker over WebSocket.

import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBroker, type WebSocketBroker } from './support/broker.ts';
import { type InPage, loadClient, openClientPage, openPage, STRANGER, site } from './support/chromium.ts';

let broker: WebSocketBroker;
let page: Page;
beforeAll(async () => {
  [broker, page] = await Promise.all([startBroker(), openClientPage()]);
});

describe.each(['5.0', '3.1.1', '3.1'] as const)('MQTT %s', (dialect) => {
  test.each([0, 1, 2] as const)('publishes and receives text and bytes at QoS %d', async (qos) => {
    const got = await page.evaluate(
      async ({ url, dialect, qos }) => {
        const { connect } = (globalThis as unknown as InPage).anax;
        const client = await connect(url, { dialect, reconnect: false });
        const messages = client.subscribe('page/+', { qos });
        await messages.granted;
        await client.publish('page/text', 'grüße', { qos });
        await client.publish('page/bytes', Uint8Array.of(0, 128, 255), { qos });
        const got: unknown[] = [];
        for await (const message of messages) {
          got.push([message.topic, message.qos, Array.from(message.payload)]);
          if (got.length === 2) break;
        }
        const { code } = await client.disconnect();
        return [...got, client.negotiated.dialect, code];
      },
      { url: broker.url, dialect, qos },
    );
    expect(got).toEqual([
      ['page/text', qos, [...new TextEncoder().encode('grüße')]],
      ['page/bytes', qos, [0, 128, 255]],
      dialect,
      'disconnected',
    ]);
  });
});

test('properties of MQTT 5.0 go there and back', async () => {
  const got = await page.evaluate(async (url) => {
    const { connect } = (globalThis as unknown as InPage).anax;
    const client = await connect(url);
    const messages = client.subscribe('page/properties');
    await messages.granted;
    const properties = {
      contentType: 'text/plain',
      responseTopic: 'page/answer',
      correlationData: Uint8Array.of(7),
      userProperties: [
        ['a', '1'],
        ['a', '2'],
      ] as const,
    };
    await client.publish('page/properties', 'x', { properties });
    for await (const { properties } of messages) {
      const { contentType, responseTopic, correlationData, userProperties } = properties;
      return [contentType, responseTopic, [...(correlationData ?? [])], userProperties];
    }
    return [];
  }, broker.url);
  const pairs = [
    ['a', '1'],
    ['a', '2'],
  ];
  expect(got).toEqual(['text/plain', 'page/answer', [7], pairs]);
});

test('a megabyte goes there and back', async () => {
  const got = await page.evaluate(async (url) => {
    const { connect } = (globalThis as unknown as InPage).anax;
    const client = await connect(url);
    const messages = client.subscribe('page/large', { qos: 1 });
    await messages.granted;
    const payload = Uint8Array.from({ length: 1024 * 1024 }, (_, index) => index * 31);
    await client.publish('page/large', payload, { qos: 1 });
    for await (const message of messages)
      return [message.payload.length, message.payload.every((byte, index) => byte === payload[index])];
    return [];
  }, broker.url);
  expect(got).toEqual([1024 * 1024, true]);
});

test('a slow iteration holds the messages back, and gets all of them in order', async () => {
  const got = await page.evaluate(async (url) => {
    const { connect } = (globalThis as unknown as InPage).anax;
    const reader = await connect(url);
    const writer = await connect(url);
    const messages = reader.subscribe('page/slow', { qos: 1, bufferMessagesMax: 5 });
    await messages.granted;
    const sent = Array.from({ length: 300 }, (_, n) => writer.publish('page/slow', String(n), { qos: 1 }));
    const got: string[] = [];
    for await (const message of messages) {
      if (got.push(message.text()) % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      if (got.length === 300) break;
    }
    await Promise.all(sent);
    return got;
  }, broker.url);
  expect(got).toEqual(Array.from({ length: 300 }, (_, n) => String(n)));
});

test('a Worker is as good as a page', async () => {
  const { origin } = await site();
  (await site()).add(
    '/worker.js',
    `import { connect } from '/client.min.js';
    onmessage = async ({ data: url }) => {
      const client = await connect(url);
      const messages = client.subscribe('worker', { qos: 2 });
      await messages.granted;
      client.publish('worker', typeof document, { qos: 2 });
      for await (const message of messages) {
        await client.close();
        postMessage(message.text());
      }
    };`,
  );
  const got = await page.evaluate(
    `new Promise((resolve, reject) => {
      const worker = new Worker('${origin}/worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage('${broker.url}');
    })`,
  );
  expect(got).toBe('undefined');
});

test('comes back to a broker that was started again, and subscribes again', async () => {
  const first = await startBroker();
  const events = page.evaluate(async (url) => {
    const { connect } = (globalThis as unknown as InPage).anax;
    const reconnect = { delayBaseMs: 50, delayMaxMs: 200 };
    const client = await connect(url, { reconnect });
    const events: string[] = [];
    for (const name of ['connected', 'disconnected'] as const)
      client.addEventListener(name, () => void events.push(name));
    const messages = client.subscribe('page/again', { qos: 1 });
    await messages.granted;
    (globalThis as unknown as InPage).document.title = 'subscribed';
    await new Promise<void>((resolve) =>
      client.addEventListener('connected', () => resolve(), { once: true }),
    );
    await client.publish('page/again', 'here', { qos: 1 });
    for await (const message of messages) return [...events, message.text()];
    return events;
  }, first.url);
  await page.waitForFunction(`document.title === 'subscribed'`);
  await first.end();
  await startBroker({ port: first.port });
  expect(await events).toEqual(['disconnected', 'connected', 'here']);
});

test('does not wait any longer when the page is told that it is online', async () => {
  const first = await startBroker();
  const connected = page.evaluate(async (url) => {
    const { connect } = (globalThis as unknown as InPage).anax;
    const policy = { delayMs: () => 3_600_000, retryable: () => true };
    const client = await connect(url, { reconnect: { policy } });
    client.addEventListener('reconnecting', () => {
      (globalThis as unknown as InPage).document.title = 'waiting for an hour';
    });
    (globalThis as unknown as InPage).document.title = 'connected';
    await new Promise<void>((resolve) =>
      client.addEventListener('connected', () => resolve(), { once: true }),
    );
    await client.close();
    return true;
  }, first.url);
  await page.waitForFunction(`document.title === 'connected'`);
  await first.end();
  await page.waitForFunction(`document.title === 'waiting for an hour'`);
  await startBroker({ port: first.port });
  await page.evaluate(`dispatchEvent(new Event('online'))`);
  expect(await connected).toBe(true);
});

test('a page that is closed while it publishes leaves its will, and no harm', async () => {
  const other = await openClientPage();
  const will = page.evaluate(async (url) => {
    const { connect } = (globalThis as unknown as InPage).anax;
    const client = await connect(url);
    const messages = client.subscribe('page/will');
    await messages.granted;
    (globalThis as unknown as InPage).document.title = 'waiting';
    for await (const message of messages) return message.text();
    return '';
  }, broker.url);
  await page.waitForFunction(`document.title === 'waiting'`);
  await other.evaluate(async (url) => {
    const { connect } = (globalThis as unknown as InPage).anax;
    const client = await connect(url, { will: { topic: 'page/will', payload: 'gone' } });
    const publish = async (): Promise<void> => {
      for (;;) await client.publish('page/flood', new Uint8Array(1000), { qos: 1 });
    };
    publish().catch(() => undefined);
  }, broker.url);
  await other.close();
  expect(await will).toBe('gone');
});

describe('what goes wrong is said', () => {
  const problem = (page: Page, url: string): Promise<unknown> =>
    page.evaluate(async (url) => {
      const { connect, MqttError } = (globalThis as unknown as InPage).anax;
      try {
        await (await connect(url, { reconnect: false })).close();
        return 'connected';
      } catch (error) {
        return error instanceof MqttError ? [error.code, error.message] : String(error);
      }
    }, url);

  test('an origin that the broker does not let in', async () => {
    const stranger = await openPage(STRANGER);
    await loadClient(stranger);
    const { origin } = new URL(stranger.url());
    expect(await problem(stranger, broker.url)).toEqual([
      'unreachable',
      expect.stringContaining(`wants no page of ${origin}`),
    ]);
    const hospitable = await startBroker({ origins: [origin] });
    expect(await problem(stranger, hospitable.url)).toBe('connected');
  });

  test('nobody there', async () => {
    const gone = await startBroker();
    await gone.end();
    expect(await problem(page, gone.url)).toEqual([
      'unreachable',
      expect.stringContaining('nothing is there'),
    ]);
  });
});

test('memory does not grow with messages', async () => {
  const [before = 0, after = 0] = await page.evaluate(async (url) => {
    const { connect } = (globalThis as unknown as InPage).anax;
    const world = globalThis as unknown as {
      gc(): void;
      performance: { memory: { usedJSHeapSize: number } };
    };
    const client = await connect(url);
    let wanted = 0;
    let done = (): void => {};
    /** A thousand at a time. */
    const exchange = async (thousands: number): Promise<number> => {
      for (let turn = 0; turn < thousands; turn++) {
        wanted = 1000;
        const all = new Promise<void>((resolve) => {
          done = resolve;
        });
        const sent = Array.from({ length: wanted }, (_, n) =>
          client.publish('page/many', `${n}`, { qos: 1 }),
        );
        await Promise.all([all, ...sent]);
      }
      world.gc();
      return world.performance.memory.usedJSHeapSize;
    };
    const onMessage = (): void => void (--wanted === 0 && done());
    await client.subscribe('page/many', { qos: 1, onMessage }).granted;
    return [await exchange(2), await exchange(20)];
  }, broker.url);
  expect(after - before).toBeLessThan(4 * 1024 * 1024);
});
