// SCRAM inside Chromium: ready beside the ready client, on the Web Crypto of the page, against our broker.

import { readFile } from 'node:fs/promises';
import { type Broker, createBroker } from '@anax/broker';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PENCIL, type ScramFacts } from '../../packages/client/test/scram-server.ts';
import { scramMethod } from '../e2e/scram-method.ts';
import { type InPage, openClientPage, site } from './support/chromium.ts';

let facts: ScramFacts = PENCIL;
let broker: Broker;
let page: Page;

beforeAll(async () => {
  const method = scramMethod(() => facts);
  broker = createBroker({
    listeners: [{ port: 0, protocol: 'ws' }],
    methods: new Map([['SCRAM-SHA-256', method]]),
  });
  [page] = await Promise.all([openClientPage(), broker.start()]);
  const script = new URL('../../packages/client/dist/scram/scram.min.js', import.meta.url);
  (await site()).add('/scram.js', await readFile(script, 'utf8'));
  await page.evaluate(`import('/scram.js').then(({ scram }) => { globalThis.scram = scram; })`);
});
afterAll(() => broker.close());

/** The method that was negotiated, after a re-authentication; or the code of the failure. */
function authenticated(password: string): Promise<unknown> {
  return page.evaluate(
    async ({ url, password }) => {
      const { anax, scram } = globalThis as unknown as InPage & typeof import('@anax/client/scram');
      try {
        const authenticator = scram({ userName: 'user', password });
        const client = await anax.connect(url, { reconnect: false, authenticator });
        const { reasonCode } = await client.reauthenticate();
        await client.close();
        return [client.negotiated.authenticationMethod, reasonCode];
      } catch (error) {
        return (error as { code?: string }).code;
      }
    },
    { url: broker.listeners[0]?.url ?? '', password },
  );
}

test('convinces the broker, at first and again', async () => {
  expect(await authenticated('pencil')).toEqual(['SCRAM-SHA-256', 0]);
});

test('is refused with a wrong password', async () => {
  expect(await authenticated('pencils')).toBe('connection-refused');
});

test('leaves a broker that cannot sign', async () => {
  facts = { ...PENCIL, signAs: (signature) => signature.fill(1, 5, 6) };
  expect(await authenticated('pencil')).toBe('server-not-authenticated');
});
