// Foreign clients and what our broker keeps for them between two connections.

import { beforeAll, describe, expect, test } from 'vitest';
import { startBroker, type TestBroker } from './support/broker.ts';
import { FOREIGN, FOREIGN_5, type ForeignClient, fresh, type QoS, type Received } from './support/foreign.ts';
import { connectMqttJs } from './support/mqttjs.ts';

let broker: TestBroker;
let publisher: ForeignClient;
beforeAll(async () => {
  broker = await startBroker();
  publisher = await connectMqttJs('3.1.1', { port: broker.port, clientId: 'publisher' });
});

/** Text and QoS of what came. */
function brief(messages: readonly Received[]): readonly string[] {
  return messages.map(({ payload, qos }) => `${payload.toString()} at ${qos}`);
}

/** A client hands a message of QoS 2 over when it is released, which may be after later ones of QoS 1. */
function inOrderByQoS(texts: readonly string[]): readonly string[] {
  return [...texts.filter((text) => text.endsWith('1')), ...texts.filter((text) => text.endsWith('2'))];
}

describe.each(FOREIGN)('session - $name', ({ version, connect }) => {
  /** The CONNACK of 3.1 has no flag for it. */
  const present = version !== '3.1';

  test('finds its session after a disconnect, and is told so [5:MQTT-3.2.2-3] [3.1.1:MQTT-3.2.2-2]', async () => {
    const clientId = fresh('kept');
    const first = await connect({ port: broker.port, clientId, persistent: true });
    expect(first.connack.sessionPresent).toBe(false);
    await first.disconnect();
    const second = await connect({ port: broker.port, clientId, persistent: true });
    expect(second.connack.sessionPresent).toBe(present);
    await second.disconnect();
  });

  const endings = [
    { title: 'a disconnect', end: (client: ForeignClient) => client.disconnect() },
    { title: 'an abnormal end', end: (client: ForeignClient) => client.kill() },
  ];
  test.each(endings)(
    'gets what was queued since $title, in order at QoS 1 and at QoS 2 [5:MQTT-3.1.2-5] [3.1.1:MQTT-3.1.2-5] [5:MQTT-4.6.0-6]',
    async ({ end }) => {
      const clientId = fresh('away');
      const topic = `queued/${clientId}`;
      const first = await connect({ port: broker.port, clientId, persistent: true });
      expect(await first.subscribe(topic, 2)).toBe(2);
      await end(first);
      await broker.noted('client-disconnected', clientId);
      const owed = Array.from({ length: 6 }, (_, k): { text: string; qos: QoS } => ({
        text: `${k}`,
        qos: k % 2 === 0 ? 1 : 2,
      }));
      for (const { text, qos } of owed) await publisher.publish(topic, text, { qos });
      const second = await connect({ port: broker.port, clientId, persistent: true });
      expect(second.connack.sessionPresent).toBe(present);
      const expected = owed.map(({ text, qos }) => `${text} at ${qos}`);
      expect(inOrderByQoS(brief(await second.messages.take(6)))).toEqual(inOrderByQoS(expected));
      await publisher.publish(topic, 'live', { qos: 1 });
      expect(brief(await second.messages.take(1))).toEqual(['live at 1']);
      await second.disconnect();
    },
  );

  test('begins anew with a clean session [5:MQTT-3.1.2-4] [3.1.1:MQTT-3.1.2-6]', async () => {
    const clientId = fresh('anew');
    const topic = `anew/${clientId}`;
    const first = await connect({ port: broker.port, clientId, persistent: true });
    await first.subscribe(topic, 1);
    await first.disconnect();
    await broker.noted('client-disconnected', clientId);
    await publisher.publish(topic, 'lost', { qos: 1 });
    const second = await connect({ port: broker.port, clientId });
    expect(second.connack.sessionPresent).toBe(false);
    await second.subscribe(`${topic}/new`, 1);
    await publisher.publish(topic, 'not subscribed', { qos: 1 });
    await publisher.publish(`${topic}/new`, 'subscribed', { qos: 1 });
    expect(brief(await second.messages.take(1))).toEqual(['subscribed at 1']);
    await second.disconnect();
  });

  test('leaves no session behind a clean one [5:MQTT-3.1.2-23] [3.1.1:MQTT-3.1.2-6]', async () => {
    const clientId = fresh('clean');
    const first = await connect({ port: broker.port, clientId });
    await first.subscribe('left/behind', 1);
    await first.kill();
    await broker.noted('client-disconnected', clientId);
    const second = await connect({ port: broker.port, clientId, persistent: true });
    expect(second.connack.sessionPresent).toBe(false);
    await second.disconnect();
  });

  test('is put out and its session goes to the newcomer, with its subscriptions [5:MQTT-3.1.4-3]', async () => {
    const clientId = fresh('moved');
    const topic = `moved/${clientId}`;
    const first = await connect({ port: broker.port, clientId, persistent: true });
    await first.subscribe(topic, 1);
    const second = await connect({ port: broker.port, clientId, persistent: true });
    expect(second.connack.sessionPresent).toBe(present);
    await first.closed;
    await publisher.publish(topic, 'for the newcomer', { qos: 1 });
    expect(brief(await second.messages.take(1))).toEqual(['for the newcomer at 1']);
    await first.kill();
    await second.disconnect();
  });
});

describe.each(FOREIGN_5)('session - $name', ({ connect }) => {
  test('keeps its session as long as its Session Expiry Interval says [5:MQTT-3.1.2-23]', async () => {
    const clientId = fresh('short');
    const options = { port: broker.port, clientId, cleanStart: false };
    const first = await connect({ ...options, properties: { sessionExpiryInterval: 1 } });
    expect(first.connack.sessionPresent).toBe(false);
    await first.disconnect();
    await broker.noted('session-expired', clientId);
    const second = await connect({ ...options, properties: { sessionExpiryInterval: 1 } });
    expect(second.connack.sessionPresent).toBe(false);
    await second.disconnect();
  });

  test('is sent no more at once than its Receive Maximum [5:MQTT-3.3.4-9]', async () => {
    const clientId = fresh('narrow');
    const narrow = { port: broker.port, clientId, persistent: true, properties: { receiveMaximum: 2 } };
    const first = await connect(narrow);
    await first.subscribe(`narrow/${clientId}`, 2);
    await first.disconnect();
    await broker.noted('client-disconnected', clientId);
    for (let k = 0; k < 20; k++) await publisher.publish(`narrow/${clientId}`, `${k}`, { qos: 2 });
    const second = await connect(narrow);
    const texts = (await second.messages.take(20)).map(({ payload }) => payload.toString());
    expect(texts).toEqual(Array.from({ length: 20 }, (_, k) => `${k}`));
    await second.disconnect();
  });
});
