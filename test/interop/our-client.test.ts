// Our client with servers that nobody here wrote: Debian's mosquitto and npm's aedes.

import {
  type Client,
  ConnectionRefusedError,
  type ConnectOptions,
  connect,
  type Message,
} from '@anax/client';
import type { DialectName } from '@anax/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { fresh } from './support/foreign.ts';
import { Queue } from './support/queue.ts';
import { type Server, startAedes, startMosquitto, USER } from './support/servers.ts';
import { startWire } from './support/wire.ts';

interface Case {
  readonly name: string;
  readonly dialect: DialectName;
  readonly server: () => Server;
  /** The code of CONNACK for a wrong password, and what it means. */
  readonly refusal: { readonly code: number; readonly meaning: string };
  /** Debian's mosquitto 2.0.11 stops delivering where more are under way, of 3.x and at QoS 2: 20 is its window. */
  readonly underWay: number;
}

let mosquitto: Server = { open: 0, closed: 0 };
let aedes: Server = mosquitto;
beforeAll(async () => {
  mosquitto = await startMosquitto();
  aedes = await startAedes();
});

const NOT_AUTHORISED = { code: 5, meaning: 'Not authorized' };
const WRONG = { code: 4, meaning: 'Bad User Name or Password' };
const CASES: readonly Case[] = [
  { name: 'mosquitto', dialect: '3.1', server: () => mosquitto, refusal: NOT_AUTHORISED, underWay: 20 },
  { name: 'mosquitto', dialect: '3.1.1', server: () => mosquitto, refusal: NOT_AUTHORISED, underWay: 20 },
  {
    name: 'mosquitto',
    dialect: '5.0',
    server: () => mosquitto,
    refusal: { ...NOT_AUTHORISED, code: 0x87 },
    underWay: 200,
  },
  { name: 'aedes', dialect: '3.1', server: () => aedes, refusal: WRONG, underWay: 200 },
  { name: 'aedes', dialect: '3.1.1', server: () => aedes, refusal: WRONG, underWay: 200 },
];

function url(port: number): string {
  return `mqtt://127.0.0.1:${port}`;
}

describe.each(CASES)('our client - $name $dialect', ({ dialect, server, refusal, underWay }) => {
  const arrive = (options: ConnectOptions & { readonly port?: number } = {}): Promise<Client> => {
    const { port = server().open, ...rest } = options;
    // A connection that is lost stays lost: these are about one.
    return connect(url(port), { dialect, reconnect: false, ...rest });
  };
  const listening = async (client: Client, filter: string): Promise<Queue<Message>> => {
    const messages = new Queue<Message>();
    const onMessage = (message: Message): void => messages.push(message);
    const { filters } = await client.subscribe(filter, { qos: 2, onMessage }).granted;
    expect(filters.map(({ reasonCode }) => reasonCode)).toEqual([2]);
    return messages;
  };

  test('is let in and leaves in order', async () => {
    const client = await arrive();
    expect(client.negotiated).toMatchObject({ dialect, sessionPresent: false, keepAlive: 60 });
    expect(await client.disconnect()).toMatchObject({ code: 'disconnected', error: undefined });
  });

  test('is let in with user name and password', async () => {
    const client = await arrive({ port: server().closed, ...USER });
    await client.disconnect();
  });

  test('is told by a typed error that its password is wrong', async () => {
    const refused = arrive({ port: server().closed, ...USER, password: 'wrong' });
    const error = await refused.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConnectionRefusedError);
    if (!(error instanceof ConnectionRefusedError)) return;
    const { returnCode, reasonCode, meaning, code } = error;
    expect({ code: returnCode ?? reasonCode, meaning }).toEqual(refusal);
    expect(code).toBe('connection-refused');
  });

  test.each([0, 1, 2] as const)('publishes at QoS %i and gets back what it sent', async (qos) => {
    const client = await arrive();
    const topic = fresh('echo/');
    const messages = await listening(client, topic);
    const everyByte = Uint8Array.from({ length: 256 }, (_, k) => k);
    const payloads = [new Uint8Array(0), everyByte, new Uint8Array(1024 * 1024).fill(0xa5)];
    for (const payload of payloads) {
      await client.publish(topic, payload, { qos });
      const message = await messages.next();
      expect([message.topic, message.qos, message.retain]).toEqual([topic, qos, false]);
      expect(Buffer.compare(message.payload, payload)).toBe(0);
    }
    await client.disconnect();
  });

  test('has many messages of QoS 2 under way, and all come once and in order', async () => {
    const client = await arrive();
    const topic = fresh('many/');
    const messages = await listening(client, topic);
    const texts = Array.from({ length: underWay }, (_, k) => `${k}`);
    await Promise.all(texts.map((text) => client.publish(topic, text, { qos: 2 })));
    expect((await messages.take(underWay)).map((message) => message.text())).toEqual(texts);
    await client.disconnect();
  });

  test('gets a retained message with its flag, and none when it is cleared', async () => {
    const client = await arrive();
    const topic = fresh('kept/');
    await client.publish(topic, 'kept', { qos: 1, retain: true });
    const messages = await listening(client, topic);
    const message = await messages.next();
    expect([message.text(), message.retain]).toEqual(['kept', true]);
    await client.unsubscribe(topic);
    await client.publish(topic, '', { qos: 1, retain: true });
    const again = await listening(client, topic);
    await client.publish(topic, 'nothing was retained', { qos: 1 });
    expect((await again.next()).text()).toBe('nothing was retained');
    await client.disconnect();
  });

  test('hears nothing more of what it unsubscribed', async () => {
    const client = await arrive();
    const topic = fresh('left/');
    await listening(client, topic);
    const still = await listening(client, `${topic}/still`);
    const { filters } = await client.unsubscribe(topic);
    expect(filters).toHaveLength(1);
    await client.publish(topic, 'nobody hears', { qos: 1 });
    await client.publish(`${topic}/still`, 'heard', { qos: 1 });
    expect((await still.next()).text()).toBe('heard');
    await client.disconnect();
  });

  test.each([0, 1, 2] as const)(
    'has its will published at QoS %i when its connection breaks',
    async (qos) => {
      const watcher = await arrive();
      const topic = fresh('will/');
      const messages = await listening(watcher, topic);
      const wire = await startWire(server().open);
      const dying = await arrive({ port: wire.port, will: { topic, payload: 'gone', qos } });
      wire.cut();
      expect(await dying.closed).toMatchObject({ code: 'connection-lost' });
      const message = await messages.next();
      expect([message.text(), message.qos]).toEqual(['gone', qos]);
      await watcher.disconnect();
    },
  );

  test('has its will dropped when it disconnects', async () => {
    const watcher = await arrive();
    const topic = fresh('will/');
    const messages = await listening(watcher, topic);
    const leaving = await arrive({ will: { topic, payload: 'gone' } });
    await leaving.disconnect();
    await watcher.publish(topic, 'after', { qos: 1 });
    expect((await messages.next()).text()).toBe('after');
    await watcher.disconnect();
  });

  test('finds its session again, and what was queued for it', async () => {
    const clientId = fresh('back');
    const topic = `back/${clientId}`;
    const kept = dialect === '5.0' ? { properties: { sessionExpiryInterval: 300 } } : {};
    const first = await arrive({ clientId, cleanStart: false, ...kept });
    expect(first.negotiated.sessionPresent).toBe(false);
    await listening(first, topic);
    await first.disconnect();
    const publisher = await arrive();
    for (const qos of [1, 2] as const) {
      for (const text of ['a', 'b', 'c']) await publisher.publish(topic, text, { qos });
    }
    const messages = new Queue<Message>();
    const onMessage = (message: Message): void => messages.push(message);
    const second = await connect(url(server().open), {
      dialect,
      clientId,
      cleanStart: false,
      ...kept,
      onMessage,
    });
    expect(second.negotiated.sessionPresent).toBe(dialect !== '3.1');
    const texts = { 1: '', 2: '' };
    for (const message of await messages.take(6)) texts[message.qos === 1 ? 1 : 2] += message.text();
    expect(texts).toEqual({ 1: 'abc', 2: 'abc' });
    await second.disconnect();
    await publisher.disconnect();
  });
});

describe('our client - mosquitto 5.0', () => {
  test('knows what was negotiated, and obeys the Server Keep Alive [5:MQTT-3.1.2-21]', async () => {
    const strict = await startMosquitto([
      'max_keepalive 30',
      'max_inflight_messages 7',
      'max_packet_size 65536',
    ]);
    const client = await connect(url(strict.open), {
      keepAlive: 600,
      properties: { sessionExpiryInterval: 120, receiveMaximum: 5, topicAliasMaximum: 3 },
    });
    expect(client.negotiated).toMatchObject({
      dialect: '5.0',
      keepAlive: 30,
      sessionExpiryInterval: 120,
      receiveMaximum: 7,
      maximumPacketSize: 65_536,
      topicAliasMaximum: 10,
      maximumQos: 2,
      retainAvailable: true,
      client: { receiveMaximum: 5, topicAliasMaximum: 3 },
    });
    expect(client.negotiated.clientId).toBe(client.negotiated.properties.assignedClientIdentifier);
    await expect(client.publish('too/large', new Uint8Array(65_536), { qos: 1 })).rejects.toMatchObject({
      code: 'packet-too-large',
    });
    await client.disconnect();
  });

  test('sends and gets every property of a message [5:MQTT-3.3.2-18]', async () => {
    const client = await connect(url(mosquitto.open));
    const properties = {
      payloadFormatIndicator: 1,
      messageExpiryInterval: 100,
      contentType: 'text/plain',
      responseTopic: 'answers/here',
      correlationData: Uint8Array.of(0, 255, 16),
      userProperties: [
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
        ['a', '1'],
      ],
    } as const;
    const messages = new Queue<Message>();
    const onMessage = (message: Message): void => messages.push(message);
    const options = { qos: 2, properties: { subscriptionIdentifiers: [7] }, onMessage } as const;
    await client.subscribe('rich', options).granted;
    await client.publish('rich', '21.5', { qos: 2, properties });
    const received = (await messages.next()).properties;
    expect(received).toEqual({ ...properties, subscriptionIdentifiers: [7] });
    await client.disconnect();
  });
});
