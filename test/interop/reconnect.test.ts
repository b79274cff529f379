// Our client beside a mosquitto that is stopped and started again on the same port.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Client, type ClientOptions, connect } from '@anax/client';
import type { DialectName } from '@anax/protocol';
import { expect, test } from 'vitest';
import { atEnd } from './support/at-end.ts';
import { Child } from './support/children.ts';
import { fresh } from './support/foreign.ts';
import { program } from './support/programs.ts';
import { freePort } from './support/servers.ts';

/** One that keeps its sessions when it is told to end. */
async function mosquitto(persistence: boolean): Promise<{ port: number; start(): Promise<Child> }> {
  const folder = await mkdtemp(join(tmpdir(), 'anax-mosquitto-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  const lines = [
    `user ${userInfo().username}`,
    'log_dest stderr',
    'allow_anonymous true',
    `persistence ${persistence}`,
    `persistence_location ${folder}/`,
    `listener ${port} 127.0.0.1`,
  ];
  await writeFile(file, lines.join('\n'));
  const start = async (): Promise<Child> => {
    const child = new Child(program('mosquitto'), ['-c', file]);
    await child.note(/mosquitto version \S+ running/);
    return child;
  };
  return { port, start };
}

const next = (client: Client, type: 'connected' | 'disconnected'): Promise<void> =>
  new Promise((resolve) => client.addEventListener(type, () => resolve(), { once: true }));

/** Of a session that began with Clean Start, Debian's mosquitto 2.0.11 stores nothing. */
const CASES: readonly (readonly [DialectName, ClientOptions])[] = [
  ['5.0', { cleanStart: false, properties: { sessionExpiryInterval: 600 } }],
  ['3.1.1', { cleanStart: false }],
];

test.each(CASES)(
  '%s: what is published while mosquitto is away arrives, at QoS 2 exactly once',
  async (dialect, options) => {
    const server = await mosquitto(true);
    const first = await server.start();
    const client = await connect(`mqtt://127.0.0.1:${server.port}`, {
      ...options,
      dialect,
      clientId: fresh('again'),
      reconnect: { delayBaseMs: 50, delayMaxMs: 200 },
    });
    atEnd(() => client.close());
    const topic = fresh('away/');
    const seen: string[] = [];
    const onMessage = (message: { text(): string }): void => void seen.push(message.text());
    await client.subscribe(topic, { qos: 2, onMessage }).granted;
    const lost = next(client, 'disconnected');
    await first.end('SIGTERM');
    await lost;
    const sent = ['1', '2', '3'].map((payload) => client.publish(topic, payload, { qos: 2 }));
    await server.start();
    await Promise.all(sent);
    expect(client.negotiated.sessionPresent).toBe(true);
    await client.publish(topic, 'last', { qos: 2 });
    await expect.poll(() => seen).toEqual(['1', '2', '3', 'last']);
  },
);

test('subscriptions are renewed where it has forgotten them', async () => {
  const server = await mosquitto(false);
  const first = await server.start();
  const client = await connect(`mqtt://127.0.0.1:${server.port}`, {
    reconnect: { delayBaseMs: 50, delayMaxMs: 200 },
  });
  atEnd(() => client.close());
  const topic = fresh('forgotten/');
  const subscription = client.subscribe(topic, { qos: 1 });
  await subscription.granted;
  const lost = next(client, 'disconnected');
  await first.end('SIGTERM');
  await lost;
  const sent = client.publish(topic, 'x', { qos: 1 });
  await server.start();
  await sent;
  const { value } = await subscription[Symbol.asyncIterator]().next();
  expect(value?.text()).toBe('x');
});
