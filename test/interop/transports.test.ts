// WebSocket and TLS with programs that nobody here wrote: MQTT.js with our broker, our client with mosquitto.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBroker } from '@anax/broker';
import { type Client, connect, type Message } from '@anax/client';
import mqtt from 'mqtt';
import { beforeAll, describe, expect, test } from 'vitest';
import { atEnd } from './support/at-end.ts';
import { fresh } from './support/foreign.ts';
import { Queue } from './support/queue.ts';
import { freePort, startMosquitto } from './support/servers.ts';

const LARGE = Uint8Array.from({ length: 1024 * 1024 }, (_, k) => (k * 7 + (k >> 8)) & 0xff);

/** Debian's mosquitto 2.0.11 delivers nothing larger over WebSocket, to MQTT.js neither: 60,000 bytes are too many. */
const MOSQUITTO_WEBSOCKET_BYTES = 16_000;

/** What is published at each QoS comes back whole; then the client leaves in order. */
async function echoes(client: Client, bytes = LARGE.length): Promise<void> {
  const topic = fresh('echo/');
  const messages = new Queue<Message>();
  const onMessage = (message: Message): void => messages.push(message);
  await client.subscribe(topic, { qos: 2, onMessage }).granted;
  for (const qos of [0, 1, 2] as const) {
    for (const payload of [new Uint8Array(0), Uint8Array.of(1), LARGE.subarray(0, bytes)]) {
      await client.publish(topic, payload, { qos });
      expect(Buffer.compare((await messages.next()).payload, payload)).toBe(0);
    }
  }
  expect(await client.disconnect()).toMatchObject({ code: 'disconnected', error: undefined });
}

describe('our broker over WebSocket', () => {
  let url = '';
  beforeAll(async () => {
    const broker = createBroker({ listeners: [{ protocol: 'ws', port: 0 }] });
    await broker.start();
    atEnd(() => broker.close());
    url = broker.listeners[0]?.url ?? '';
  });

  test.each([3, 4, 5] as const)(
    'with MQTT.js of protocol level %i [5:MQTT-6.0.0-2]',
    async (protocolVersion) => {
      const client = await mqtt.connectAsync(url, {
        protocolVersion,
        ...(protocolVersion === 3 ? { protocolId: 'MQIsdp' as const } : {}),
        reconnectPeriod: 0,
      });
      const topic = fresh('echo/');
      const messages = new Queue<Buffer>();
      client.on('message', (_topic, payload) => messages.push(payload));
      await client.subscribeAsync(topic, { qos: 2 });
      for (const qos of [0, 1, 2] as const) {
        for (const payload of ['', 'x', Buffer.from(LARGE)]) {
          await client.publishAsync(topic, payload, { qos });
          expect(Buffer.compare(await messages.next(), Buffer.from(payload))).toBe(0);
        }
      }
      await client.endAsync();
    },
  );

  test.each(['3.1', '3.1.1', '5.0'] as const)('with our client in %s', async (dialect) => {
    await echoes(await connect(url, { dialect, reconnect: false }));
  });
});

describe('our client with mosquitto', () => {
  const folder = mkdtempSync(join(tmpdir(), 'anax-interop-'));
  const file = (name: string): string => join(folder, name);
  const ports = { ws: 0, tls: 0, wss: 0 };

  beforeAll(async () => {
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('key')];
    const whom = ['-subj', '/CN=mosquitto', '-days', '2', '-out', file('cert')];
    execFileSync('openssl', ['req', '-x509', ...key, ...whom, ...names], { stdio: 'ignore' });
    for (const name of ['ws', 'tls', 'wss'] as const) ports[name] = await freePort();
    const pem = [`certfile ${file('cert')}`, `keyfile ${file('key')}`];
    const listener = (port: number, ...more: readonly string[]): readonly string[] => [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      ...more,
    ];
    await startMosquitto([
      ...listener(ports.ws, 'protocol websockets'),
      ...listener(ports.tls, ...pem),
      ...listener(ports.wss, 'protocol websockets', ...pem),
    ]);
    atEnd(() => rmSync(folder, { recursive: true }));
  });

  test.each(['3.1', '3.1.1', '5.0'] as const)('over WebSocket in %s [5:MQTT-6.0.0-3]', async (dialect) => {
    const client = await connect(`ws://127.0.0.1:${ports.ws}/mqtt`, { dialect, reconnect: false });
    await echoes(client, MOSQUITTO_WEBSOCKET_BYTES);
  });

  test.each(['tls', 'wss'] as const)('over %s, where its certificate is trusted', async (way) => {
    const url = `${way === 'tls' ? 'mqtts' : 'wss'}://127.0.0.1:${ports[way]}`;
    await expect(connect(url, { reconnect: false })).rejects.toMatchObject({ code: 'unreachable' });
    const client = await connect(url, { reconnect: false, tls: { ca: readFileSync(file('cert')) } });
    await echoes(client, way === 'wss' ? MOSQUITTO_WEBSOCKET_BYTES : LARGE.length);
  });
});
