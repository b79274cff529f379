// What a page of an application would do: a client with an outbox in IndexedDB. The test outside calls it.

import { type Client, connect, type RestoredMessage } from '@anax/client';
import { indexedDbOutbox } from '../../packages/client/src/indexeddb/outbox.ts';

async function begin(url: string, onRestored: (message: RestoredMessage) => void): Promise<Client> {
  return connect(url, {
    clientId: 'page',
    properties: { sessionExpiryInterval: 3600 },
    outbox: { store: indexedDbOutbox('page'), onRestored },
  });
}

export interface OutboxPage {
  /** Publishes so many of each QoS; calls with the number of each that is stored. */
  publish(url: string, count: number, stored: (text: string) => void): Promise<void>;
  /** Texts of what an earlier page has left, once all of it is settled. */
  settle(url: string): Promise<readonly string[]>;
}

const page: OutboxPage = {
  async publish(url, count, stored) {
    const client = await begin(url, () => {});
    for (let n = 0; n < count; n++) {
      for (const qos of [1, 2] as const)
        void client.publish(`page/${qos}`, `${n}`, { qos, onStored: () => stored(`page/${qos} ${n}`) });
      if (n % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  },
  async settle(url) {
    const found: RestoredMessage[] = [];
    const client = await begin(url, (message) => found.push(message));
    await Promise.all(found.map(({ settled }) => settled));
    await client.close();
    return found.map(({ topic, payload }) => `${topic} ${new TextDecoder().decode(payload)}`);
  },
};
Object.assign(globalThis, { outboxPage: page });
