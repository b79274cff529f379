// Owns what the ready file loads from beside it: the words of errors, and the whole client where options ask for more.

import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { startBroker, type WebSocketBroker } from './support/broker.ts';
import { type InPage, openClientPage } from './support/chromium.ts';

let broker: WebSocketBroker;
let page: Page;
beforeAll(async () => {
  [broker, page] = await Promise.all([startBroker(), openClientPage()]);
});

interface Told {
  readonly isMqttError: boolean;
  readonly code: string;
  readonly message: string;
  readonly stack: string;
}

/** What `connect` rejects with. */
function refusal(options: object): Promise<Told | undefined> {
  return page.evaluate(
    async ({ url, options }) => {
      const { connect, MqttError } = (globalThis as unknown as InPage).anax;
      try {
        await connect(url, options);
        return undefined;
      } catch (error) {
        const { code, message, stack = '' } = error as InstanceType<typeof MqttError>;
        return { isMqttError: error instanceof MqttError, code, message, stack };
      }
    },
    { url: broker.url, options },
  );
}

test('an error of `connect` has its words, in its stack, too', async () => {
  const message = 'pingTimeoutMs is -1, not a number above 0';
  const told = await refusal({ pingTimeoutMs: -1 });
  expect(told).toMatchObject({ isMqttError: true, code: 'invalid-option', message });
  expect(told?.stack).toContain(message);
});

test('an error within an error has its words, and what was said by the application stays as it is', async () => {
  const told = await refusal({ will: { topic: 'a(|"#1|)/#', payload: '' } });
  expect(told).toMatchObject({ code: 'invalid-topic-name', message: 'the will topic is invalid' });
  const message = await page.evaluate(async (url) => {
    const client = await (globalThis as unknown as InPage).anax.connect(url);
    let message = '';
    await client.publish('a(|"#1|)/#', '').catch((error: Error) => {
      message = error.message;
    });
    await client.close();
    return message;
  }, broker.url);
  expect(message).toBe('the topic name "a(|\\"#1|)/#" is invalid');
});

test('a client of another dialect is the whole one, and its errors are the same', async () => {
  const told = await refusal({ dialect: '3.1.1', properties: { receiveMaximum: 1 } });
  expect(told).toMatchObject({ isMqttError: true, code: 'properties-not-supported' });
  expect(told?.message).toBe('MQTT 3.1.1 has no properties: receiveMaximum of CONNECT');
});

test('requests and responses are loaded when they are used, once', async () => {
  const got = await page.evaluate(async (url) => {
    const client = await (globalThis as unknown as InPage).anax.connect(url);
    await client.respond('page/question', (request) => `${request.text()}?`).granted;
    const answer = (await client.request('page/question', 'what')).text();
    await client.close();
    return answer;
  }, broker.url);
  expect(got).toBe('what?');
  const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  expect(loaded.filter((name) => name.endsWith('/client.more.min.js'))).toHaveLength(1);
});

test('what was sent and received can be traced', async () => {
  const [first, last] = await page.evaluate(async (url) => {
    const types: number[] = [];
    const trace = {
      sent: ([first = 0]: Uint8Array) => void types.push(first >> 4),
      received: ([first = 0]: Uint8Array) => void types.push(first >> 4),
    };
    const client = await (globalThis as unknown as InPage).anax.connect(url, { trace });
    await client.close();
    return [types[0], types.at(-1)];
  }, broker.url);
  expect([first, last]).toEqual([1, 14]);
});
