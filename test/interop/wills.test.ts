// The wills of foreign clients: published by our broker when they end abnormally, and not when they say goodbye.

import { beforeAll, describe, expect, test } from 'vitest';
import { startBroker, type TestBroker } from './support/broker.ts';
import { FOREIGN, FOREIGN_5, type ForeignClient, fresh, type QoS } from './support/foreign.ts';
import { connectMqttJs } from './support/mqttjs.ts';

let broker: TestBroker;
let watcher: ForeignClient;
beforeAll(async () => {
  broker = await startBroker();
  watcher = await connectMqttJs('5.0', { port: broker.port, clientId: 'watcher' });
  await watcher.subscribe('will/#', 2);
});

async function nextText(): Promise<string> {
  return (await watcher.messages.next()).payload.toString();
}

describe.each(FOREIGN)('will - $name', ({ connect }) => {
  test.each([
    { qos: 0, retain: false },
    { qos: 1, retain: false },
    { qos: 2, retain: false },
    { qos: 0, retain: true },
    { qos: 1, retain: true },
    { qos: 2, retain: true },
  ] as const)(
    'is published after an abnormal end, at QoS $qos and with retain $retain [5:MQTT-3.1.2-8] [3.1.1:MQTT-3.1.2-8] [3.1.1:MQTT-3.1.2-17]',
    async ({ qos, retain }) => {
      const clientId = fresh('dying');
      const topic = `will/${clientId}`;
      const client = await connect({
        port: broker.port,
        clientId,
        will: { topic, payload: 'gone', qos: qos as QoS, retain },
      });
      await client.kill();
      const live = await watcher.messages.next();
      expect([live.topic, live.payload.toString(), live.qos, live.retain]).toEqual([
        topic,
        'gone',
        qos,
        false,
      ]);
      const later = await connect({ port: broker.port, clientId: fresh('later') });
      await later.subscribe(topic, 2);
      if (!retain) await later.publish(topic, 'nothing was retained', { qos });
      const seen = await later.messages.next();
      const expected = retain ? 'gone' : 'nothing was retained';
      expect([seen.payload.toString(), seen.qos, seen.retain]).toEqual([expected, qos, retain]);
      if (!retain) expect(await nextText()).toBe(expected);
      await later.disconnect();
    },
  );

  test('is dropped by a normal disconnect [5:MQTT-3.14.4-3] [3.1.1:MQTT-3.14.4-3]', async () => {
    const clientId = fresh('leaving');
    const will = { topic: `will/${clientId}`, payload: 'gone' };
    const client = await connect({ port: broker.port, clientId, will });
    await client.disconnect();
    await broker.noted('client-disconnected', clientId);
    const witness = await connect({ port: broker.port, clientId: fresh('witness') });
    await witness.publish('will/nobody', `no will of ${clientId}`, { qos: 1 });
    expect(await nextText()).toBe(`no will of ${clientId}`);
    await witness.disconnect();
  });

  test('is published when another connection takes its session away [5:MQTT-3.1.4-3]', async () => {
    const clientId = fresh('taken');
    const will = { topic: `will/${clientId}`, payload: `${clientId} was put out` };
    const first = await connect({ port: broker.port, clientId, will });
    const second = await connect({ port: broker.port, clientId });
    expect(await nextText()).toBe(`${clientId} was put out`);
    await first.kill();
    await second.disconnect();
  });
});

describe.each(FOREIGN_5)('will - $name', ({ connect }) => {
  const delayed = (clientId: string) => ({
    port: broker.port,
    clientId,
    persistent: true,
    will: { topic: `will/${clientId}`, payload: clientId, properties: { willDelayInterval: 1 } },
  });

  test('waits for its delay, and comes never where its client is back before [5:MQTT-3.1.3-9]', async () => {
    const returning = delayed(fresh('returning'));
    const staying = delayed(fresh('staying'));
    const first = await connect(returning);
    await first.kill();
    await broker.noted('client-disconnected', returning.clientId);
    const { will: _, ...without } = returning;
    const back = await connect(without);
    expect(back.connack.sessionPresent).toBe(true);
    const second = await connect(staying);
    const killedAt = performance.now();
    await second.kill();
    // The will of the one that came back would have been due before this one.
    expect(await nextText()).toBe(staying.clientId);
    expect(performance.now() - killedAt).toBeGreaterThan(950);
    await back.disconnect();
  });

  test('does not outlive the session that it belongs to [5:3.1.3.2.2]', async () => {
    const brief = delayed(fresh('brief'));
    const will = { ...brief.will, properties: { willDelayInterval: 3600 } };
    const client = await connect({ ...brief, persistent: false, will });
    await client.kill();
    expect(await nextText()).toBe(brief.clientId);
  });

  test('keeps its properties [5:3.1.3.2]', async () => {
    const clientId = fresh('rich');
    const properties = {
      payloadFormatIndicator: true,
      messageExpiryInterval: 90,
      contentType: 'text/plain',
      responseTopic: 'answers/here',
      correlationData: '00ff10',
      userProperties: [
        ['unit', 'C'],
        ['unit', 'F'],
      ],
    };
    const will = { topic: `will/${clientId}`, payload: 'gone', properties };
    const client = await connect({ port: broker.port, clientId, will });
    await client.kill();
    expect((await watcher.messages.next()).properties).toEqual(properties);
  });
});
