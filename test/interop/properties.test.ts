// Properties of MQTT 5 from one foreign client through our broker to another.

import { beforeAll, describe, expect, test } from 'vitest';
import { startBroker, type TestBroker } from './support/broker.ts';
import { FOREIGN, FOREIGN_5, type ForeignClient, fresh } from './support/foreign.ts';
import { mosquittoPub, mosquittoSubAs } from './support/mosquitto-clients.ts';
import { connectMqttJs } from './support/mqttjs.ts';
import { connectPaho } from './support/paho.ts';
import { startWire } from './support/wire.ts';

const RICH = {
  payloadFormatIndicator: true,
  contentType: 'text/plain',
  responseTopic: 'answers/here',
  correlationData: '00ff10',
  userProperties: [
    ['unit', 'C'],
    ['unit', 'F'],
    ['unit', 'C'],
    ['', 'nameless'],
  ],
};

/** Booleans are numbers at paho. */
function numbers(properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const pairs = Object.entries(properties).map(([name, value]) => [name, value === true ? 1 : value]);
  return Object.fromEntries(pairs) as Readonly<Record<string, unknown>>;
}

let broker: TestBroker;
let paho: ForeignClient;
let js: ForeignClient;
beforeAll(async () => {
  broker = await startBroker();
  paho = await connectPaho('5.0', { port: broker.port, clientId: 'paho' });
  js = await connectMqttJs('5.0', { port: broker.port, clientId: 'js' });
  return async () => {
    await paho.disconnect();
    await js.disconnect();
  };
});

describe.each(FOREIGN_5)('properties - $name', ({ connect }) => {
  test.each([0, 1, 2] as const)(
    'arrive as they were sent, at QoS %i [5:MQTT-3.3.2-4] [5:MQTT-3.3.2-15] [5:MQTT-3.3.2-16] [5:MQTT-3.3.2-17] [5:MQTT-3.3.2-18] [5:MQTT-3.3.2-20]',
    async (qos) => {
      const sender = await connect({ port: broker.port, clientId: fresh('sender') });
      const topic = fresh('rich/');
      await paho.subscribe(topic, 2);
      await js.subscribe(topic, 2);
      await sender.publish(topic, '21.5', { qos, properties: RICH });
      for (const receiver of [paho, js]) {
        expect(numbers((await receiver.messages.next()).properties)).toEqual(numbers(RICH));
      }
      await sender.disconnect();
    },
  );

  test('are kept with a retained message, its expiry counting down [5:MQTT-3.3.2-6]', async () => {
    const client = await connect({ port: broker.port, clientId: fresh('keeper') });
    const topic = fresh('rich/');
    const properties = { ...RICH, messageExpiryInterval: 100 };
    await client.publish(topic, '21.5', { qos: 1, retain: true, properties });
    await client.subscribe(topic, 1);
    const received = await client.messages.next();
    const { messageExpiryInterval, ...rest } = received.properties;
    expect(received.retain).toBe(true);
    expect(numbers(rest)).toEqual(numbers(RICH));
    expect(messageExpiryInterval).toBeGreaterThan(90);
    expect(messageExpiryInterval).toBeLessThanOrEqual(100);
    await client.publish(topic, '', { qos: 1, retain: true });
    await client.disconnect();
  });

  test('end a queued message when its Message Expiry Interval is over [5:MQTT-3.3.2-5]', async () => {
    const clientId = fresh('late');
    const topic = `late/${clientId}`;
    const away = await connect({ port: broker.port, clientId, persistent: true });
    await away.subscribe(topic, 1);
    await away.disconnect();
    await broker.noted('client-disconnected', clientId);
    const expiring = { port: broker.port, clientId: fresh('clock'), cleanStart: false };
    const clock = await connect({ ...expiring, properties: { sessionExpiryInterval: 2 } });
    await clock.publish(topic, 'stale', { qos: 1, properties: { messageExpiryInterval: 1 } });
    await clock.publish(topic, 'fresh', { qos: 1, properties: { messageExpiryInterval: 100 } });
    await clock.disconnect();
    // The broker's own clock: this session lasts longer than the message.
    await broker.noted('session-expired', expiring.clientId);
    const back = await connect({ port: broker.port, clientId, persistent: true });
    expect((await back.messages.next()).payload.toString()).toBe('fresh');
    await back.disconnect();
  });

  test('name the subscriptions that a message matched [5:MQTT-3.3.4-3]', async () => {
    const client = await connect({ port: broker.port, clientId: fresh('numbered') });
    const topic = fresh('numbered/');
    await client.subscribe(topic, 1, { subscriptionIdentifier: 268_435_455 });
    await client.publish(topic, 'x', { qos: 1 });
    const { properties } = await client.messages.next();
    expect([properties['subscriptionIdentifier']].flat()).toEqual([268_435_455]);
    await client.disconnect();
  });
});

describe.each(FOREIGN.filter(({ version }) => version !== '5.0'))('properties - $name', ({ connect }) => {
  test('do not reach a client of 3.x, the message does', async () => {
    const client = await connect({ port: broker.port, clientId: fresh('plain') });
    const topic = fresh('plain/');
    await client.subscribe(topic, 1);
    await paho.publish(topic, 'for all', { qos: 1, properties: RICH });
    const { payload, properties } = await client.messages.next();
    expect([payload.toString(), properties]).toEqual(['for all', {}]);
    await client.disconnect();
  });
});

describe('properties', () => {
  const mixed = [
    ['a', '1'],
    ['b', '2'],
    ['a', '3'],
    ['a', '1'],
  ];

  test('of the user keep their order and their repeats, from paho to paho [5:MQTT-3.3.2-18]', async () => {
    await paho.subscribe('mixed/paho', 1);
    await paho.publish('mixed/paho', 'x', { qos: 1, properties: { userProperties: mixed } });
    expect((await paho.messages.next()).properties).toEqual({ userProperties: mixed });
  });

  test('of the user keep their order and their repeats, from mosquitto_pub to mosquitto_sub [5:MQTT-3.3.2-18]', async () => {
    const flags = mixed.flatMap(([name = '', value = '']) => ['-D', 'publish', 'user-property', name, value]);
    const where = { port: broker.port, flag: 'mqttv5' } as const;
    const sub = await mosquittoSubAs(where, '%C %R %D %P', ['-t', 'mixed/m', '-C', '1']);
    const others = ['content-type', 'text/plain', 'response-topic', 're', 'correlation-data', 'id'];
    for (let k = 0; k < others.length; k += 2) flags.push('-D', 'publish', ...others.slice(k, k + 2));
    await mosquittoPub(where, ['-t', 'mixed/m', '-m', 'x', ...flags]);
    expect((await sub.ended).stdout).toMatch(/^text\/plain re id a:1 b:2 a:3 a:1$/m);
  });

  test('of MQTT.js put aliases in place of topics, and its messages arrive [5:MQTT-3.3.2-12]', async () => {
    const wire = await startWire(broker.port);
    const sender = await connectMqttJs('5.0', { port: wire.port, clientId: 'aliased', assignAliases: true });
    await paho.subscribe('alias/#', 1);
    const topics = ['alias/a', 'alias/b', 'alias/a', 'alias/a', 'alias/b'];
    for (const [k, topic] of topics.entries()) await sender.publish(topic, `${k}`, { qos: 1 });
    const received = await paho.messages.take(topics.length);
    expect(received.map(({ topic, payload }) => [topic, payload.toString()])).toEqual(
      topics.map((topic, k) => [topic, `${k}`]),
    );
    const namesSent = wire
      .bytes('client')
      .toString('latin1')
      .match(/alias\/[ab]/g);
    expect(namesSent).toEqual(['alias/a', 'alias/b']);
    await sender.disconnect();
  });
});
