// Topic aliases that our client gives of its own accord, with Debian's mosquitto, which takes ten.

import { type Client, connect } from '@anax/client';
import { beforeAll, expect, test } from 'vitest';
import { fresh } from './support/foreign.ts';
import { Queue } from './support/queue.ts';
import { type Server, startMosquitto } from './support/servers.ts';

let mosquitto: Server = { open: 0, closed: 0 };
beforeAll(async () => {
  mosquitto = await startMosquitto();
});

const arrive = (trace?: (packet: Uint8Array) => void): Promise<Client> =>
  connect(`mqtt://127.0.0.1:${mosquitto.open}`, {
    ...(trace === undefined ? {} : { trace: { sent: trace, received: () => {} } }),
  });

test.each([
  ['as many topics as aliases', 10],
  ['more topics than aliases', 25],
])('%s: each message arrives under its name', async (_, topics) => {
  const root = fresh('aliases');
  const arrived = new Queue<string>();
  const listener = await arrive();
  await listener.subscribe(`${root}/#`, { qos: 2, onMessage: ({ topic }) => arrived.push(topic) }).granted;
  let short = 0;
  const client = await arrive((packet) => {
    if ((packet[0] ?? 0) >> 4 === 3 && packet[2] === 0 && packet[3] === 0) short += 1;
  });
  expect(client.negotiated.topicAliasMaximum).toBe(10);
  const published = Array.from({ length: 500 }, (_, n) => `${root}/${(n * 7 + (n >> 3)) % topics}`);
  for (const [n, topic] of published.entries())
    await client.publish(topic, 'x', { qos: (n % 3) as 0 | 1 | 2 });
  expect((await arrived.take(published.length)).toSorted()).toEqual(published.toSorted());
  expect(short).toBeGreaterThan(50);
  await client.close();
  await listener.close();
});
