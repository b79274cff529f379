// What aedes has beyond publishing and subscribing, tried with our client: WebSocket, TLS, rules, take-over, keep alive.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTls } from 'node:tls';
import { type Client, connect, type Message } from '@anax/client';
import type { DialectName } from '@anax/protocol';
import { Aedes } from 'aedes';
import { beforeAll, describe, expect, test } from 'vitest';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { atEnd } from './support/at-end.ts';
import { fresh } from './support/foreign.ts';
import { Queue } from './support/queue.ts';
import { listen } from './support/servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'anax-aedes-'));
const urls = { tcp: '', ws: '', tls: '' };

beforeAll(async () => {
  const aedes = await Aedes.createBroker({
    authorizePublish: (_client, { topic }, done) =>
      done(topic.startsWith('closed/') ? new Error('denied') : null),
    authorizeSubscribe: (_client, subscription, done) =>
      done(null, subscription.topic.startsWith('closed/') ? null : subscription),
  });
  const pem = ['-keyout', join(folder, 'key'), '-out', join(folder, 'cert')];
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/CN=aedes',
    '-days',
    '2',
  ];
  execFileSync('openssl', ['req', '-x509', ...key, ...pem, '-addext', 'subjectAltName=IP:127.0.0.1'], {
    stdio: 'ignore',
  });
  const http = createHttp();
  const webSockets = new WebSocketServer({ server: http });
  webSockets.on('connection', (ws, request) => aedes.handle(createWebSocketStream(ws), request));
  const servers = {
    tcp: createServer(aedes.handle),
    ws: http,
    tls: createTls(
      { cert: readFileSync(join(folder, 'cert')), key: readFileSync(join(folder, 'key')) },
      aedes.handle,
    ),
  };
  urls.tcp = `mqtt://127.0.0.1:${await listen(servers.tcp)}`;
  urls.ws = `ws://127.0.0.1:${await listen(servers.ws as unknown as typeof servers.tcp)}`;
  urls.tls = `mqtts://127.0.0.1:${await listen(servers.tls)}`;
  atEnd(async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    for (const server of Object.values(servers)) server.close();
    rmSync(folder, { recursive: true });
  });
});

const arrive = (way: keyof typeof urls, dialect: DialectName, clientId = fresh('c')): Promise<Client> =>
  connect(urls[way], {
    dialect,
    clientId,
    reconnect: false,
    ...(way === 'tls' ? { tls: { ca: readFileSync(join(folder, 'cert')) } } : {}),
  });

describe.each(['3.1', '3.1.1'] as const)('in %s', (dialect) => {
  test.each(['tcp', 'ws', 'tls'] as const)('over %s, what is published comes back whole', async (way) => {
    const client = await arrive(way, dialect);
    const topic = fresh('echo/');
    const messages = new Queue<Message>();
    await client.subscribe(topic, { qos: 2, onMessage: (message) => messages.push(message) }).granted;
    for (const qos of [0, 1, 2] as const) {
      for (const size of [0, 1, 300_000]) {
        await client.publish(topic, new Uint8Array(size).fill(7), { qos });
        const message = await messages.next();
        expect([message.payload.length, message.qos]).toEqual([size, qos]);
      }
    }
    expect(await client.disconnect()).toMatchObject({ code: 'disconnected' });
  });

  test('a filter that it denies is told, and the others are granted', async () => {
    const client = await arrive('tcp', dialect);
    const { filters } = await client.subscribe(['open/#', 'closed/#'], { qos: 1, onMessage: () => undefined })
      .granted;
    expect(filters.map(({ reasonCode }) => reasonCode)).toEqual([1, 0x80]);
    await client.disconnect();
  });

  test('a topic that it denies ends the connection, and the promise says so', async () => {
    const client = await arrive('tcp', dialect);
    await expect(client.publish('closed/a', 'x', { qos: 1 })).rejects.toMatchObject({
      code: 'connection-lost',
    });
    expect((await client.closed).code).toBe('connection-lost');
  });

  test('who comes with the same name takes over', async () => {
    const clientId = fresh('twice');
    const first = await arrive('tcp', dialect, clientId);
    const second = await arrive('tcp', dialect, clientId);
    expect((await first.closed).code).toBe('connection-lost');
    await second.disconnect();
  });

  test('PINGREQ is answered: the connection outlives its keep alive', async () => {
    const client = await connect(urls.tcp, {
      dialect,
      clientId: fresh('quiet'),
      keepAlive: 1,
      reconnect: false,
    });
    const ended = client.closed.then(({ code }) => code);
    const quiet = new Promise<string>((resolve) => setTimeout(() => resolve('alive'), 2200));
    expect(await Promise.race([ended, quiet])).toBe('alive');
    await client.disconnect();
  });
});

test('5.0 is refused with a typed error', async () => {
  const told = await arrive('tcp', '5.0').catch((error: { code: string }) => error);
  expect(told).toMatchObject({
    code: expect.stringMatching(/^(?:connection-refused|connection-lost|protocol-violation)$/),
  });
});
