// npm `mqtt` as a contestant, with MQTT 5.0 and what it does by default.

import mqtt from 'mqtt';
import type { Connect } from './contestant.ts';

export const connectMqttJs: Connect = async (port, clientId) => {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId,
    protocolVersion: 5,
  });
  return {
    publish: (topic, payload, qos, settled) => {
      client.publish(topic, payload as Buffer, { qos }, (error) => {
        if (error) throw error;
        settled();
      });
    },
    subscribe: async (topicFilter, qos, received) => {
      client.on('message', received);
      await client.subscribeAsync(topicFilter, { qos });
    },
    close: () => client.endAsync(),
  };
};
