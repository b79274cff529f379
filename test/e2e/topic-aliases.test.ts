// Topic aliases that the client gives, with the broker as it is built: what arrives is what was published.

import { createBroker } from '@anax/broker';
import { connect } from '@anax/client';
import { afterAll, beforeAll, expect, test } from 'vitest';

const broker = createBroker({ listeners: [{ port: 0 }] });
beforeAll(() => broker.start());
afterAll(() => broker.close());

test('many topics at every QoS arrive under their names, in fewer bytes, across connections', async () => {
  const url = broker.listeners[0]?.url ?? '';
  const arrived: string[] = [];
  const listener = await connect(url);
  await listener.subscribe('plant/#', { qos: 2, onMessage: ({ topic }) => arrived.push(topic) }).granted;
  let bytes = 0;
  let inFull = 0;
  const client = await connect(url, {
    clientId: 'aliased',
    properties: { sessionExpiryInterval: 60 },
    reconnect: { delayBaseMs: 1 },
    trace: {
      sent: (packet) => {
        if ((packet[0] ?? 0) >> 4 === 3) bytes += packet.length;
      },
      received: () => {},
    },
  });
  expect(client.negotiated.topicAliasMaximum).toBeGreaterThan(0);
  const published: string[] = [];
  for (let n = 0; n < 1200; n++) {
    const topic = `plant/line/${n % 40}/station/temperature`;
    published.push(topic);
    inFull += topic.length + 6;
    await client.publish(topic, 'x', { qos: (n % 3) as 0 | 1 | 2 });
    // Behind an acknowledgement, so that no QoS 0 is on its way.
    if (n === 601) {
      const again = new Promise((resolve) => client.addEventListener('connected', resolve, { once: true }));
      broker.disconnect('aliased');
      await again;
    }
  }
  await client.publish('plant/end', '', { qos: 2 });
  await client.close();
  for (const end = Date.now() + 10_000; !arrived.includes('plant/end') && Date.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 5));
  await listener.close();
  expect(arrived.filter((topic) => topic !== 'plant/end').toSorted()).toEqual(published.toSorted());
  expect(bytes).toBeLessThan(inFull / 2);
});
