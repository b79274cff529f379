// Foreign clients publish and subscribe through our broker, each with every other.

import { beforeAll, describe, expect, test } from 'vitest';
import { startBroker, type TestBroker } from './support/broker.ts';
import { FOREIGN, type ForeignClient, fresh, type QoS, type Received } from './support/foreign.ts';

const PAYLOADS = {
  empty: Buffer.alloc(0),
  small: Buffer.from('21.5 °C'),
  binary: Buffer.from(Array.from({ length: 256 }, (_, k) => k)),
  '1 MiB': Buffer.alloc(1024 * 1024, 'anax'),
};
const CASES = Object.keys(PAYLOADS).flatMap((size) =>
  ([0, 1, 2] as const).map((qos) => ({ size: size as keyof typeof PAYLOADS, qos })),
);

let broker: TestBroker;
const clients = new Map<string, ForeignClient>();
beforeAll(async () => {
  broker = await startBroker();
  for (const { name, connect } of FOREIGN) {
    clients.set(name, await connect({ port: broker.port, clientId: fresh('talker') }));
  }
  return async () => {
    for (const client of clients.values()) await client.disconnect();
  };
});

function of(name: string): ForeignClient {
  const client = clients.get(name);
  if (client === undefined) throw new Error(`${name} is not connected`);
  return client;
}

function brief({ topic, payload, qos, retain }: Received): readonly unknown[] {
  return [topic, payload.toString(), qos, retain];
}

describe.each(FOREIGN)('message - $name', ({ name }) => {
  test.each(CASES)(
    'reaches everybody, $size and at QoS $qos [5:MQTT-4.3.1-1] [5:MQTT-4.3.2-1] [5:MQTT-4.3.3-1]',
    async ({ size, qos }) => {
      const topic = fresh('all/');
      const everybody = [...clients.values()];
      await Promise.all(everybody.map((client) => client.subscribe(topic, 2)));
      await of(name).publish(topic, PAYLOADS[size], { qos });
      for (const message of await Promise.all(everybody.map((client) => client.messages.next()))) {
        expect([message.topic, message.qos, message.retain]).toEqual([topic, qos, false]);
        expect(message.payload.equals(PAYLOADS[size])).toBe(true);
      }
      await Promise.all(everybody.map((client) => client.unsubscribe(topic)));
    },
  );

  test.each([0, 1, 2] as const)(
    'comes at most at the granted QoS %i [5:MQTT-3.8.4-8] [3.1.1:MQTT-3.8.4-6]',
    async (granted) => {
      const topic = fresh('granted/');
      expect(await of(name).subscribe(topic, granted)).toBe(granted);
      const qualities: readonly QoS[] = [0, 1, 2];
      for (const qos of qualities) await of(name).publish(topic, `${qos}`, { qos });
      const messages = await of(name).messages.take(3);
      expect(messages.map(({ payload, qos }) => [Number(payload.toString()), qos])).toEqual(
        qualities.map((qos) => [qos, Math.min(qos, granted)]),
      );
      await of(name).unsubscribe(topic);
    },
  );

  test('is retained, replaced and cleared [5:MQTT-3.3.1-5] [5:MQTT-3.3.1-6] [3.1.1:MQTT-3.3.1-5] [3.1.1:MQTT-3.3.1-10]', async () => {
    const client = of(name);
    const topic = fresh('retained/');
    await client.publish(topic, 'first', { qos: 1, retain: true });
    await client.publish(topic, 'second', { qos: 1, retain: true });
    await client.publish(topic, 'not kept', { qos: 1 });
    await client.subscribe(topic, 2);
    expect(brief(await client.messages.next())).toEqual([topic, 'second', 1, true]);
    await client.publish(topic, 'live', { qos: 2, retain: true });
    expect(brief(await client.messages.next())).toEqual([topic, 'live', 2, false]);
    await client.publish(topic, '', { qos: 1, retain: true });
    expect(brief(await client.messages.next())).toEqual([topic, '', 1, false]);
    await client.subscribe(topic, 1);
    await client.publish(topic, 'nothing was retained', { qos: 1 });
    expect(brief(await client.messages.next())).toEqual([topic, 'nothing was retained', 1, false]);
    await client.unsubscribe(topic);
  });

  const filters = [
    { filter: 'a/+/c', yes: ['a/b/c', 'a//c'], no: ['a/c', 'a/b/c/d', 'A/b/c'] },
    { filter: 'a/#', yes: ['a', 'a/b', 'a/b/c'], no: ['b', 'ab'] },
    { filter: '+/+', yes: ['a/b', '/b', 'a/'], no: ['a', 'a/b/c', '$a/b'] },
    { filter: '#', yes: ['a', '/', 'a/b/c'], no: ['$a', '$a/b'] },
    { filter: '$a/#', yes: ['$a/b'], no: ['a/b'] },
  ];
  test.each(filters)(
    'matches $filter as the standard says [5:MQTT-4.7.1-1] [5:MQTT-4.7.2-1]',
    async ({ filter, yes, no }) => {
      const client = of(name);
      await client.subscribe(filter, 1);
      for (const topic of [...no, ...yes]) await client.publish(topic, topic, { qos: 1 });
      expect((await client.messages.take(yes.length)).map(({ topic }) => topic)).toEqual(yes);
      await client.unsubscribe(filter);
    },
  );

  test('no longer comes after an unsubscribe [5:MQTT-3.10.4-2] [3.1.1:MQTT-3.10.4-2]', async () => {
    const client = of(name);
    const topic = fresh('gone/');
    await client.subscribe(topic, 1);
    await client.subscribe(`${topic}/still`, 1);
    await client.unsubscribe(topic);
    await client.publish(topic, 'nobody hears', { qos: 1 });
    await client.publish(`${topic}/still`, 'heard', { qos: 1 });
    expect(brief(await client.messages.next())).toEqual([`${topic}/still`, 'heard', 1, false]);
    await client.unsubscribe(`${topic}/still`);
  });
});
