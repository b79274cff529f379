// Clients whose broker dies and comes back on the same port, over real sockets: what is published meanwhile arrives.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, type ClientOptions, connect } from '@anax/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anaxBroker, anaxInMemory } from '../crash/src/brokers.ts';
import { BrokerProcess, type Command, freePort } from '../crash/src/process.ts';

const brokers: BrokerProcess[] = [];
const clients: Client[] = [];
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anax-reconnect-'));
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  for (const one of brokers) await one.kill();
  rmSync(folder, { recursive: true, force: true });
});

function processOf(command: Command): BrokerProcess {
  const one = new BrokerProcess(command, folder);
  brokers.push(one);
  one.start();
  return one;
}

/** Waits for the broker to be there, too. */
async function arrive(port: number, options: ClientOptions): Promise<Client> {
  const client = await connect(`mqtt://127.0.0.1:${port}`, {
    ...options,
    reconnect: { initially: true, delayBaseMs: 50, delayMaxMs: 200 },
  });
  clients.push(client);
  return client;
}

const next = (client: Client, type: 'connected' | 'disconnected'): Promise<void> =>
  new Promise((resolve) => client.addEventListener(type, () => resolve(), { once: true }));

/** Resolves with the payloads once the last of them has come. */
function collect(
  client: Client,
  count: number,
): { readonly granted: Promise<unknown>; readonly all: Promise<string[]> } {
  const seen: string[] = [];
  let done: (payloads: string[]) => void = () => {};
  const all = new Promise<string[]>((resolve) => {
    done = resolve;
  });
  const onMessage = (message: { text(): string }): void => {
    seen.push(message.text());
    if (message.text() === `${count - 1}`) done(seen);
  };
  return { granted: client.subscribe('numbers', { qos: 2, onMessage }).granted, all };
}

const lasting = (clientId: string): ClientOptions => ({
  clientId,
  properties: { sessionExpiryInterval: 600 },
});

test('with sessions on disk: SIGKILL twice in the middle, and QoS 2 arrives exactly once and in order', {
  timeout: 120_000,
}, async () => {
  const port = await freePort();
  const broker = processOf(anaxBroker(port, join(folder, 'data')));
  const subscriber = await arrive(port, lasting('subscriber'));
  const numbers = collect(subscriber, 300);
  await numbers.granted;
  const publisher = await arrive(port, lasting('publisher'));
  const sent: Promise<unknown>[] = [];
  const publish = (count: number): void => {
    for (let k = 0; k < count; k++) sent.push(publisher.publish('numbers', `${sent.length}`, { qos: 2 }));
  };
  for (let life = 0; life < 2; life++) {
    publish(50);
    await sent[sent.length - 40];
    const lost = next(publisher, 'disconnected');
    await broker.kill();
    await lost;
    publish(50);
    const back = next(publisher, 'connected');
    broker.start();
    await back;
    expect(publisher.negotiated.sessionPresent).toBe(true);
  }
  publish(100);
  await Promise.all(sent);
  expect(await numbers.all).toEqual(Array.from({ length: 300 }, (_, k) => `${k}`));
});

test('without a disk: the broker has forgotten everything, and subscriptions are renewed', {
  timeout: 120_000,
}, async () => {
  const port = await freePort();
  const broker = processOf(anaxInMemory(port));
  const client = await arrive(port, lasting('both'));
  const numbers = collect(client, 20);
  await numbers.granted;
  const lost = next(client, 'disconnected');
  await broker.kill();
  await lost;
  const sent = Array.from({ length: 20 }, (_, k) => client.publish('numbers', `${k}`, { qos: 1 }));
  broker.start();
  await Promise.all(sent);
  expect(client.negotiated.sessionPresent).toBe(false);
  expect(await numbers.all).toEqual(Array.from({ length: 20 }, (_, k) => `${k}`));
});
