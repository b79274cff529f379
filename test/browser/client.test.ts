// Owns how the client works inside Chromium, from the ready bundle, against our built broker over WebSocket.

import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBroker, type WebSocketBroker } from './support/broker.ts';
import { type InPage, openClientPage } from './support/chromium.ts';

let broker: WebSocketBroker;
let page: Page;
beforeAll(async () => {
  [broker, page] = await Promise.all([startBroker(), openClientPage()]);
});

describe.each(['5.0', '3.1.1', '3.1'] as const)('MQTT %s', (dialect) => {
  test.each([0, 1, 2] as const)('publishes and receives at QoS %d', async (qos) => {
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
