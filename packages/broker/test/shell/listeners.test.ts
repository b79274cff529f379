/** Owns what differs by listener of a whole broker: TLS, wss, Unix sockets, proxies, limits, features, versions; and that hub and admission are one. */

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { MQTT_3_1_1 } from '@anax/protocol';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Credentials } from '../../src/access/access.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { Note } from '../../src/hub/notes.ts';
import { Broker, type BrokerOptions, createBroker } from '../../src/index.ts';
import { connect, publish, subscribe, type Type } from '../bench.ts';
import { Authority, Folder, LOCAL_NAMES } from '../listeners/x509.ts';
import { Client, eventually } from './sockets.ts';

const folder = new Folder();
const authority = new Authority();
const server = folder.pair('server', authority.issue({ commonNames: ['server'], names: LOCAL_NAMES }));
const caFile = folder.file('ca.pem', authority.cert);
afterAll(() => folder.remove());

const brokers: Broker[] = [];
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close();
});

async function begin(listeners: NonNullable<BrokerOptions['listeners']>, options: BrokerOptions = {}) {
  const notes: Note[] = [];
  const seen: Credentials[] = [];
  const broker = createBroker({
    anonymous: 'always',
    ...options,
    listeners,
    note: (note) => notes.push(note),
    authenticate: (credentials) => {
      seen.push(credentials);
      const { userName } = credentials;
      return { accepted: { userName, permissions: { mayPublish: () => true, maySubscribe: () => true } } };
    },
  });
  await broker.start();
  brokers.push(broker);
  return { broker, notes, seen, ports: broker.listeners.map(({ port }) => port) };
}

const code = (packets: Client['packets']): number | undefined =>
  packets.find((packet): packet is Type<'connack'> => packet.type === 'connack')?.reasonCode;

describe('what is known of a client', () => {
  test('is the name of its listener, its certificate, and that it is not of this machine behind a proxy', async () => {
    const { seen, ports } = await begin([
      { name: 'inside', port: 0 },
      {
        name: 'devices',
        protocol: 'tls',
        port: 0,
        tls: { ...server, caFile, clientCertificate: 'required' },
      },
      { name: 'behind', port: 0, proxyProtocol: { from: ['127.0.0.1'] } },
      { name: 'pages', protocol: 'wss', port: 0, tls: server, forwardedFor: ['127.0.0.1'] },
    ]);
    const [inside = 0, devices = 0, behind = 0, pages = 0] = ports;
    const plain = new Client(inside);
    plain.send(connect(plain.dialect, { clientId: 'plain' }));
    const { cert, key } = authority.issue({ commonNames: ['device-1'] });
    const tls = new Client(connectTls({ port: devices, host: '127.0.0.1', ca: authority.cert, cert, key }));
    tls.send(connect(tls.dialect, { clientId: 'tls' }));
    const proxied = connectTcp(behind, '127.0.0.1');
    proxied.write('PROXY TCP4 192.0.2.7 192.0.2.1 5 1883\r\n');
    const far = new Client(proxied);
    far.send(connect(far.dialect, { clientId: 'far' }));
    const page = new WebSocket(`wss://127.0.0.1:${pages}/mqtt`, 'mqtt', {
      ca: authority.cert,
      headers: { 'x-forwarded-for': '198.51.100.1, 192.0.2.8' },
    });
    await once(page, 'open');
    page.send(encoded('page'));
    await eventually(() => seen.length === 4);
    const of = (clientId: string): Partial<Credentials> | undefined =>
      seen.find((one) => one.clientId === clientId);
    expect(of('plain')).toMatchObject({
      listener: { name: 'inside', protocol: 'tcp' },
      loopback: true,
      certificate: undefined,
    });
    expect(of('tls')).toMatchObject({
      listener: { name: 'devices', protocol: 'tls' },
      loopback: true,
      certificate: { commonName: 'device-1' },
    });
    expect(of('far')).toMatchObject({
      listener: { name: 'behind', protocol: 'tcp' },
      loopback: false,
      address: '192.0.2.7',
    });
    expect(of('page')).toMatchObject({
      listener: { name: 'pages', protocol: 'wss' },
      loopback: false,
      address: '192.0.2.8',
    });
    page.terminate();
  });

  test('over WebSocket is not that it is of this machine where anybody says that he forwards, believed or not', async () => {
    const { seen, ports } = await begin([{ protocol: 'ws', port: 0 }]);
    for (const [i, headers] of [{}, { 'x-forwarded-for': '192.0.2.8' }].entries()) {
      const page = new WebSocket(`ws://127.0.0.1:${ports[0]}/mqtt`, 'mqtt', { headers });
      await once(page, 'open');
      page.send(encoded(`c${i}`));
      await eventually(() => seen.length === i + 1);
      page.terminate();
    }
    expect(seen.map(({ loopback, address }) => [loopback, address])).toEqual([
      [true, '127.0.0.1'],
      [false, '127.0.0.1'],
    ]);
  });
});

/** CONNECT of 3.1.1. */
function encoded(clientId: string): Buffer {
  const id = Buffer.from(clientId);
  return Buffer.concat([
    Buffer.from([0x10, 12 + id.length, 0, 4]),
    Buffer.from('MQTT'),
    Buffer.from([4, 2, 0, 0, 0, id.length]),
    id,
  ]);
}

describe('a listener', () => {
  test('has its own features, announced and held, while messages cross', async () => {
    const { ports } = await begin([
      { port: 0 },
      {
        port: 0,
        features: {
          maximumQos: 0,
          retain: false,
          wildcardSubscriptions: false,
          sharedSubscriptions: false,
          subscriptionIdentifiers: false,
        },
        receiveMaximum: 7,
        packet: { maximumSize: '1 kB' },
      },
    ]);
    const [open = 0, narrow = 0] = ports;
    const one = new Client(open);
    one.send(connect(one.dialect, { clientId: 'one' }), subscribe('a/#', { qos: 2 }));
    const two = new Client(narrow);
    two.send(connect(two.dialect, { clientId: 'two' }), subscribe('a/b', { qos: 2 }));
    await eventually(() => one.packets.length === 2 && two.packets.length === 2);
    expect(one.packets).toMatchObject([{ type: 'connack' }, { type: 'suback', reasonCodes: [2] }]);
    expect(two.packets).toMatchObject([
      {
        type: 'connack',
        properties: {
          maximumQos: 0,
          retainAvailable: false,
          wildcardSubscriptionAvailable: false,
          sharedSubscriptionAvailable: false,
          subscriptionIdentifiersAvailable: false,
          receiveMaximum: 7,
          maximumPacketSize: 1000,
        },
      },
      { type: 'suback', reasonCodes: [0] },
    ]);
    one.send(publish('a/b', 'x', { qos: 1, packetId: 1 }));
    await eventually(() => two.packets.some((packet) => packet.type === 'publish'));
    two.send(publish('a/b', 'y', { qos: 1, packetId: 1 }));
    await eventually(() => two.closed);
    expect(two.packets.at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x9b });
    expect(one.closed).toBe(false);
  });

  test('speaks the versions that it is told, and has room for so many, while the limit of the broker holds for all', async () => {
    const { broker, ports } = await begin([{ port: 0, dialects: ['5.0'], connectionsMax: 1 }, { port: 0 }], {
      connections: { max: 2 },
    });
    const [first = 0, second = 0] = ports;
    const old = new Client(first, MQTT_3_1_1);
    old.send(connect(old.dialect, { clientId: 'old' }));
    await eventually(() => old.closed);
    expect(code(old.packets)).toBe(0x84);
    const dial = async (port: number, clientId: string): Promise<number | undefined> => {
      const client = new Client(port);
      client.send(connect(client.dialect, { clientId }));
      await eventually(() => code(client.packets) !== undefined);
      return code(client.packets);
    };
    expect(await dial(first, 'a')).toBe(0);
    expect(await dial(first, 'b')).toBe(0x89);
    expect(await dial(second, 'b')).toBe(0);
    expect(await dial(second, 'c')).toBe(0x89);
    expect(broker.counts.clients).toBe(2);
  });

  test('of a Unix socket serves who may open its file', async () => {
    const file = join(folder.path, 'broker.sock');
    const { seen, broker } = await begin([{ protocol: 'unix', file }]);
    expect(broker.listeners[0]).toMatchObject({ url: `mqtt+unix://${file}`, port: 0 });
    const client = new Client(connectTcp({ path: file }));
    client.send(connect(client.dialect, { clientId: 'local' }));
    await eventually(() => code(client.packets) === 0);
    expect(seen[0]).toMatchObject({
      address: 'unix',
      loopback: true,
      listener: { name: 'unix', protocol: 'unix' },
    });
  });

  test('notes whom it turns away before MQTT, and counts who is on the way', async () => {
    const { notes, ports, broker } = await begin(
      [{ name: 'outside', protocol: 'tls', port: 0, tls: server }],
      {
        connections: { connectingMax: 2 },
        connectTimeout: '300ms',
      },
    );
    const dial = () =>
      connectTcp(ports[0] ?? 0, '127.0.0.1')
        .on('error', () => undefined)
        .resume();
    const slow = [dial(), dial()];
    await eventually(() => broker.listeners[0]?.pending === 2);
    const third = dial();
    await once(third, 'close');
    expect(broker.counters.connectionsTurnedAway).toBe(1);
    await Promise.all(slow.map((socket) => once(socket, 'close')));
    expect(notes.filter(({ event }) => event === 'arrival-refused')).toEqual(
      Array(2).fill({
        event: 'arrival-refused',
        text: 'nothing was agreed on in time',
        address: '127.0.0.1',
        listener: 'outside',
      }),
    );
  });

  test('whose files are not good stops the start, with the file, and leaves none open', async () => {
    const keyFile = folder.pair('stranger', authority.issue()).keyFile;
    const broker = createBroker({
      listeners: [{ port: 0 }, { protocol: 'tls', port: 0, tls: { ...server, keyFile } }],
    });
    await expect(broker.start()).rejects.toMatchObject({
      code: 'invalid-configuration',
      message: expect.stringContaining(`${keyFile}: expected the key of the certificate in`),
    });
    expect(broker.listeners.every(({ pending }) => pending === 0)).toBe(true);
  });
});

describe('a reload', () => {
  const write = (name: string): void => {
    folder.pair('renewed', authority.issue({ commonNames: [name], names: LOCAL_NAMES }));
  };
  const shown = async (port: number): Promise<unknown> => {
    const socket = connectTls({ port, host: '127.0.0.1', ca: authority.cert });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN;
  };

  test('takes up certificates for who connects then, disconnects nobody, and keeps the old ones where one is broken', async () => {
    write('old');
    const tls = { certFile: join(folder.path, 'renewed.pem'), keyFile: join(folder.path, 'renewed.key') };
    const overrides = [
      { path: ['listeners'], value: [{ protocol: 'tls', port: 0, tls }, { port: 0 }], source: 'test' },
    ];
    const notes: Note[] = [];
    const broker = new Broker(loadSettings({ overrides }), { note: (note) => notes.push(note) });
    brokers.push(broker);
    await broker.start();
    const port = broker.listeners[0]?.port ?? 0;
    const client = new Client(connectTls({ port, host: '127.0.0.1', ca: authority.cert }));
    client.send(connect(client.dialect, { clientId: 'stays' }));
    await eventually(() => code(client.packets) === 0);
    write('new');
    await broker.reload(() => loadSettings({ overrides }));
    expect([await shown(port), client.closed]).toEqual(['new', false]);
    folder.file('renewed.pem', 'nothing');
    const failed = broker.reload(() => loadSettings({ overrides }));
    await expect(failed).rejects.toMatchObject({ code: 'invalid-configuration' });
    expect([await shown(port), client.closed]).toEqual(['new', false]);
    expect(notes.at(-1)?.text ?? '').not.toContain('PRIVATE');
  });
});
