// TLS, client certificates, pre-shared keys, Unix sockets and secure WebSocket of our broker, with clients that nobody here wrote.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Broker, createBroker } from '@anax/broker';
import mqtt from 'mqtt';
import { beforeAll, describe, expect, test } from 'vitest';
import { Authority, Folder, LOCAL_NAMES } from '../../packages/broker/test/listeners/x509.ts';
import { atEnd } from './support/at-end.ts';
import { Child } from './support/children.ts';
import { fresh } from './support/foreign.ts';
import { PYTHON } from './support/programs.ts';
import { Queue } from './support/queue.ts';

const run = promisify(execFile);
const KEY = '00112233445566778899aabbccddeeff';
const LARGE = Buffer.from(Uint8Array.from({ length: 1024 * 1024 }, (_, k) => (k * 7 + (k >> 8)) & 0xff));

const folder = new Folder();
const authority = new Authority();
const server = folder.pair('server', authority.issue({ commonNames: ['server'], names: LOCAL_NAMES }));
const device = folder.pair('device', authority.issue({ commonNames: ['device-1'] }));
const caFile = folder.file('ca.pem', authority.cert);
const pskFile = folder.file('keys', `meter:${KEY}\n`);
const socketFile = join(folder.path, 'broker.sock');

let broker: Broker;
/** By the names of the listeners. */
const ports = new Map<string, string>();
beforeAll(async () => {
  const tls = { protocol: 'tls', port: 0 } as const;
  broker = createBroker({
    anonymous: 'always',
    listeners: [
      { ...tls, name: 'tls', tls: server },
      { ...tls, name: 'mutual', tls: { ...server, caFile, clientCertificate: 'required' } },
      { ...tls, name: 'psk', tls: { pskFile } },
      { protocol: 'wss', name: 'wss', port: 0, tls: server },
      { protocol: 'unix', name: 'unix', file: socketFile },
    ],
  });
  await broker.start();
  for (const { name, port } of broker.listeners) ports.set(name, String(port));
  atEnd(() => broker.close());
  atEnd(async () => folder.remove());
});

const over = (name: string): readonly string[] => ['-h', 'localhost', '-p', ports.get(name) ?? ''];
const trusting = ['--cafile', caFile];
const owning = ['--cert', device.certFile, '--key', device.keyFile];

describe('mosquitto_pub and mosquitto_sub', () => {
  test.each<readonly [string, () => readonly string[]]>([
    ['TLS', () => [...over('tls'), ...trusting]],
    ['TLS 1.2', () => [...over('tls'), ...trusting, '--tls-version', 'tlsv1.2']],
    ['a client certificate', () => [...over('mutual'), ...trusting, ...owning]],
    ['a pre-shared key', () => [...over('psk'), '--psk', KEY, '--psk-identity', 'meter']],
    ['a Unix socket', () => ['--unix', socketFile]],
  ])('over %s', async (_, where) => {
    const topic = fresh('secure/');
    const subscriber = new Child('stdbuf', [
      '-oL',
      'mosquitto_sub',
      '-d',
      ...where(),
      '-t',
      topic,
      '-q',
      '1',
      '-C',
      '2',
    ]);
    await subscriber.line(/Subscribed/);
    for (const text of ['one', 'two']) {
      await run('mosquitto_pub', [...where(), '-t', topic, '-m', text, '-q', '1']);
    }
    const { code, stdout } = await subscriber.ended;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\none\n(?:.*\n)*two\n/)]);
  });

  test.each<readonly [string, () => readonly string[]]>([
    ['an authority that is not theirs', () => [...over('tls'), '--cafile', server.certFile]],
    ['no client certificate', () => [...over('mutual'), ...trusting]],
    ['a wrong key', () => [...over('psk'), '--psk', KEY.replace('0', '1'), '--psk-identity', 'meter']],
    ['the key of nobody', () => [...over('psk'), '--psk', KEY, '--psk-identity', 'meter-2']],
  ])('not with %s', async (_, where) => {
    const ended = run('mosquitto_pub', [...where(), '-t', 'a', '-m', 'x'], { timeout: 20_000 });
    await expect(ended).rejects.toMatchObject({ code: expect.any(Number) });
  });
});

describe('MQTT.js', () => {
  test.each<readonly [string, string, object]>([
    ['mqtts', 'tls', {}],
    ['mqtts', 'mutual', owned()],
    ['wss', 'wss', {}],
  ])('over %s, listener %s, a large payload comes back whole', async (protocol, name, more) => {
    const path = protocol === 'wss' ? '/mqtt' : '';
    const url = `${protocol}://localhost:${ports.get(name)}${path}`;
    const client = await mqtt.connectAsync(url, {
      ca: authority.cert,
      reconnectPeriod: 0,
      protocolVersion: 5,
      ...more,
    });
    const topic = fresh('secure/');
    const messages = new Queue<Buffer>();
    client.on('message', (_topic, payload) => messages.push(payload));
    await client.subscribeAsync(topic, { qos: 2 });
    for (const payload of [Buffer.from('x'), LARGE]) {
      await client.publishAsync(topic, payload, { qos: 1 });
      expect(Buffer.compare(await messages.next(), payload)).toBe(0);
    }
    await client.endAsync();
  });
});

function owned(): { readonly cert: string; readonly key: string } {
  const { cert, key } = authority.issue({ commonNames: ['device-2'] });
  return { cert, key };
}

test('paho over TLS, with a certificate, publishes to itself', async () => {
  const script = [
    'import sys, paho.mqtt.client as mqtt',
    '_, port, ca, cert, key = sys.argv',
    'c = mqtt.Client("paho-secure")',
    'c.tls_set(ca_certs=ca, certfile=cert, keyfile=key)',
    'c.on_connect = lambda c, u, f, rc: c.subscribe("paho/secure", 1)',
    'c.on_subscribe = lambda c, u, mid, q: c.publish("paho/secure", "round", 1)',
    'c.on_message = lambda c, u, m: (print(m.payload.decode(), flush=True), c.disconnect())',
    'c.connect("localhost", int(port))',
    'c.loop_forever()',
  ].join('\n');
  const args = ['-c', script, ports.get('mutual') ?? '', caFile, device.certFile, device.keyFile];
  const { code, stdout, stderr } = await new Child(PYTHON, args).ended;
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: 'round\n' });
});
