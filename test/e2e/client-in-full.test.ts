// MQTT 5 in full, between the client and the broker as they are built: what one says the other does.

import { createBroker } from '@anax/broker';
import { type Client, type ClientOptions, connect, type Message } from '@anax/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

const broker = createBroker({
  listeners: [{ port: 0 }],
  keepAlive: { max: '7s' },
  session: { expiryMax: '1000s' },
  packet: { maximumSize: 2000 },
  receiveMaximum: 3,
});
beforeAll(() => broker.start());
afterAll(() => broker.close());

const clients: Client[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

async function arrive(options: ClientOptions = {}): Promise<Client> {
  const client = await connect(broker.listeners[0]?.url ?? '', { reconnect: false, ...options });
  clients.push(client);
  return client;
}

/** Messages as they come, and a wait for so many. */
class Heard {
  readonly messages: Message[] = [];
  #wanted = 0;
  #resolve: () => void = () => {};
  readonly take = (message: Message): void => {
    this.messages.push(message);
    if (this.messages.length >= this.#wanted) this.#resolve();
  };
  until(count: number): Promise<void> {
    this.#wanted = count;
    if (this.messages.length >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}

test('CONNACK is obeyed: Keep Alive, session expiry, packet size, Receive Maximum [5:MQTT-3.1.2-21]', async () => {
  const client = await arrive({ keepAlive: 600, properties: { sessionExpiryInterval: 5000 } });
  expect(client.negotiated).toMatchObject({
    keepAlive: 7,
    sessionExpiryInterval: 1000,
    maximumPacketSize: 2000,
    receiveMaximum: 3,
  });
  await expect(client.publish('a', new Uint8Array(2000))).rejects.toMatchObject({ code: 'packet-too-large' });
  // More at once than the broker takes: it would end the connection.
  const sent = Array.from({ length: 50 }, (_, n) => client.publish('a', String(n), { qos: n % 2 ? 1 : 2 }));
  expect(await Promise.all(sent)).toHaveLength(50);
  expect(client.connected).toBe(true);
});

test('our Receive Maximum of 1 and Maximum Packet Size hold for the broker [5:MQTT-3.1.2-24] [5:MQTT-3.3.4-9]', async () => {
  const heard = new Heard();
  const client = await arrive({ properties: { receiveMaximum: 1, maximumPacketSize: 100 } });
  await client.subscribe('narrow/#', { qos: 2, onMessage: heard.take }).granted;
  const other = await arrive();
  await other.publish('narrow/large', new Uint8Array(200), { qos: 1 });
  await Promise.all(
    Array.from({ length: 20 }, (_, n) => other.publish('narrow/small', String(n), { qos: 2 })),
  );
  await heard.until(20);
  expect(heard.messages.map((message) => message.text())).toEqual(
    Array.from({ length: 20 }, (_, n) => String(n)),
  );
  expect(client.connected).toBe(true);
});

test('a message comes with what is left of its expiry, and not after it', async () => {
  const keeps: ClientOptions = {
    clientId: 'keeps',
    cleanStart: false,
    properties: { sessionExpiryInterval: 60 },
  };
  const first = await arrive(keeps);
  await first.subscribe('due/#', { qos: 1 }).granted;
  await first.close();
  const other = await arrive();
  await other.publish('due/long', 'x', { qos: 1, properties: { messageExpiryInterval: 600 } });
  await other.publish('due/short', 'x', { qos: 1, properties: { messageExpiryInterval: 1 } });
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const heard = new Heard();
  await arrive({ ...keeps, onMessage: heard.take });
  await heard.until(1);
  await other.publish('due/end', '', { qos: 1 });
  await heard.until(2);
  expect(heard.messages.map(({ topic }) => topic)).toEqual(['due/long', 'due/end']);
  expect(heard.messages[0]?.properties.messageExpiryInterval).toBeLessThan(600);
});

test('the identifier that the broker assigned finds its session again, and DISCONNECT can end it', async () => {
  const client = await connect(broker.listeners[0]?.url ?? '', {
    properties: { sessionExpiryInterval: 60 },
    reconnect: { delayBaseMs: 1 },
  });
  clients.push(client);
  const { clientId } = client.negotiated;
  expect(clientId).not.toBe('');
  const again = new Promise((resolve) => client.addEventListener('connected', resolve));
  broker.disconnect(clientId);
  await again;
  expect(client.negotiated).toMatchObject({ clientId, sessionPresent: true });
  await client.disconnect({ properties: { sessionExpiryInterval: 0 } });
  const later = await arrive({ clientId, cleanStart: false, properties: { sessionExpiryInterval: 60 } });
  expect(later.negotiated.sessionPresent).toBe(false);
});

describe('a will', () => {
  const properties = {
    payloadFormatIndicator: 1 as const,
    messageExpiryInterval: 60,
    contentType: 'text/plain',
    responseTopic: 'answer/here',
    correlationData: Uint8Array.of(1, 2, 3),
    userProperties: [
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
    ] as [string, string][],
  };

  async function dying(willDelayInterval: number): Promise<[Heard, Client]> {
    const heard = new Heard();
    const listener = await arrive();
    await listener.subscribe('will', { qos: 2, onMessage: heard.take }).granted;
    const will = {
      topic: 'will',
      payload: 'gone',
      qos: 2 as const,
      properties: { willDelayInterval, ...properties },
    };
    const client = await arrive({
      clientId: 'dying',
      properties: { sessionExpiryInterval: 60 },
      will,
    });
    return [heard, client];
  }

  test('comes with all its properties where DISCONNECT asks for it', async () => {
    const [heard, client] = await dying(0);
    await client.disconnect({ reasonCode: 0x04 });
    await heard.until(1);
    expect(heard.messages[0]).toMatchObject({ topic: 'will', qos: 2, retain: false, properties });
    expect(heard.messages[0]?.text()).toBe('gone');
  });

  test('waits for its delay', async () => {
    const [heard, client] = await dying(600);
    await client.disconnect({ reasonCode: 0x04 });
    const back = await arrive({
      clientId: 'dying',
      cleanStart: false,
      properties: { sessionExpiryInterval: 60 },
    });
    expect(back.negotiated.sessionPresent).toBe(true);
    await back.publish('will', 'alive', { qos: 2 });
    await heard.until(1);
    expect(heard.messages.map((message) => message.text())).toEqual(['alive']);
  });
});

describe('options of a subscription', () => {
  test('No Local: what this client publishes does not come back [5:MQTT-3.8.3-3]', async () => {
    const [one, other] = [await arrive(), await arrive()];
    const heard = new Heard();
    await one.subscribe('own', { noLocal: true, onMessage: heard.take }).granted;
    await one.publish('own', 'mine', { qos: 1 });
    await other.publish('own', 'yours', { qos: 1 });
    await heard.until(1);
    expect(heard.messages.map((message) => message.text())).toEqual(['yours']);
  });

  test.each([
    [true, [true, true]],
    [false, [true, false]],
  ])(
    'Retain As Published %s: the flag of what is retained, and of what comes new',
    async (retainAsPublished, flags) => {
      const topic = `flag/${retainAsPublished}`;
      const client = await arrive();
      await client.publish(topic, 'old', { qos: 1, retain: true });
      const heard = new Heard();
      await client.subscribe(topic, { retainAsPublished, onMessage: heard.take }).granted;
      await client.publish(topic, 'new', { qos: 1, retain: true });
      await heard.until(2);
      expect(heard.messages.map(({ retain }) => retain)).toEqual(flags);
    },
  );

  test.each([
    [0, 2],
    [1, 1],
    [2, 0],
  ] as const)(
    'Retain Handling %i: what is retained comes %i times for two requests',
    async (retainHandling, times) => {
      const topic = `handling/${retainHandling}`;
      let old = 0;
      const ended = new Promise<void>((resolve) => {
        const onMessage = (message: Message): void => {
          if (message.text() === 'end') resolve();
          else old += 1;
        };
        void arrive({ onMessage }).then(async (client) => {
          await client.publish(topic, 'old', { qos: 1, retain: true });
          for (let n = 0; n < 2; n++) await client.subscribe(topic, { retainHandling }).granted;
          await client.publish(topic, 'end', { qos: 1 });
        });
      });
      await ended;
      expect(old).toBe(times);
    },
  );
});

test('answers without Reason String and User Properties, where they are not asked for', async () => {
  const client = await arrive({ properties: { requestProblemInformation: false } });
  expect(client.negotiated.client.requestProblemInformation).toBe(false);
  const { filters, properties } = await client.subscribe('$share/g/#', { qos: 1 }).granted;
  expect([filters.map(({ reasonCode }) => reasonCode), properties]).toEqual([[1], {}]);
});
