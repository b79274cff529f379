// `@anax/client` as a contestant.

import { connect } from '@anax/client';
import type { Connect } from './contestant.ts';

export const connectAnax: Connect = async (port, clientId) => {
  const client = await connect(`mqtt://127.0.0.1:${port}`, { clientId });
  const failed = (error: unknown): never => {
    throw error;
  };
  return {
    publish: (topic, payload, qos, settled) =>
      void client.publish(topic, payload, { qos }).then(settled, failed),
    subscribe: async (topicFilter, qos, received) => {
      await client.subscribe(topicFilter, { qos, onMessage: received }).granted;
    },
    close: async () => {
      await client.close();
    },
  };
};
