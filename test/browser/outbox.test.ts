// Owns what is known of the outbox in IndexedDB: the contract of stores, and a page that goes away with messages in it.

import { connect } from '@anax/client';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { OutboxPage } from './outbox-client.page.ts';
import { startBroker } from './support/broker.ts';
import { bundle } from './support/bundle.ts';
import { openPage, site } from './support/chromium.ts';
import { suiteInChromium } from './support/suite.ts';

await suiteInChromium('an outbox in Chromium', new URL('./outbox.page.ts', import.meta.url));

interface InPage {
  readonly outboxPage: OutboxPage;
  readonly stored: (text: string) => void;
}

const COUNT = 200;

async function load(page: Page): Promise<void> {
  const file = new URL('./outbox-client.page.ts', import.meta.url);
  (await site()).add('/outbox.js', await bundle(file));
  await page.evaluate(`import('/outbox.js').then(() => undefined)`);
}

test('what a page has stored arrives after it is gone, at QoS 2 once, in order', async () => {
  const [broker, first] = await Promise.all([startBroker(), openPage()]);
  const listener = await connect(broker.url);
  const arrived: string[] = [];
  const messages = listener.subscribe('page/+', {
    qos: 2,
    onMessage: (message) => arrived.push(`${message.topic} ${message.text()}`),
  });
  await messages.granted;
  await load(first);
  const stored: string[] = [];
  const context = first.context();
  const second = await context.newPage();
  let enough = (): void => {};
  const isEnough = new Promise<void>((resolve) => {
    enough = resolve;
  });
  await first.exposeFunction('stored', (text: string) => {
    stored.push(text);
    if (stored.length >= COUNT / 2) enough();
  });
  void first
    .evaluate(
      ({ url, count }) => {
        const { outboxPage, stored } = globalThis as unknown as InPage;
        return outboxPage.publish(url, count, stored);
      },
      { url: broker.url, count: COUNT },
    )
    .catch(() => {});
  await isEnough;
  await first.close();
  await second.goto(`${(await site()).origin}/`);
  await load(second);
  const restored = await second.evaluate(
    (url) => (globalThis as unknown as InPage).outboxPage.settle(url),
    broker.url,
  );
  // The broker has sent it all before it acknowledged; this comes behind.
  await listener.publish('page/end', '', { qos: 2 });
  await expect.poll(() => arrived.at(-1)).toBe('page/end ');
  expect(stored.filter((text) => !arrived.includes(text))).toEqual([]);
  expect(restored.filter((text) => !arrived.includes(text))).toEqual([]);
  const exactly = arrived.filter((text) => text.startsWith('page/2'));
  expect(exactly).toEqual(Array.from(exactly, (_, n) => `page/2 ${n}`));
  await listener.close();
});
