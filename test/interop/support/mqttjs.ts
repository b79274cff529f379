// MQTT.js of npm as a foreign client, in 3.1, 3.1.1 and 5.0.

import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import {
  type Connack,
  type ConnectOptions,
  type ForeignClient,
  type Properties,
  type Received,
  SESSION_SECONDS,
  type Version,
  type WillOptions,
} from './foreign.ts';
import { Queue } from './queue.ts';

const LEVELS = { '3.1': 3, '3.1.1': 4, '5.0': 5 } as const;
type Pairs = readonly (readonly [string, string])[];

export async function connectMqttJs(version: Version, options: ConnectOptions): Promise<ForeignClient> {
  const client = mqtt.connect(connectOptions(version, options));
  const messages = new Queue<Received>();
  const pongs = new Queue<true>();
  let reason: number | undefined;
  const closed = closing(client).then(() => reason);
  let error = '';
  client.on('error', ({ message }) => {
    error = message;
  });
  client.on('disconnect', (packet) => {
    reason = packet.reasonCode;
  });
  client.on('message', (topic, payload, { qos, retain, properties }) => {
    messages.push({ topic, payload, qos, retain, properties: neutral(properties ?? {}) });
  });
  const connack = await new Promise<Connack>((resolve, reject) => {
    void closed.then(() => reject(new Error(`the connection ended without a CONNACK: ${error}`)));
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'pingresp') pongs.push(true);
      if (packet.cmd !== 'connack') return;
      const code = packet.reasonCode ?? packet.returnCode ?? -1;
      resolve({ code, sessionPresent: packet.sessionPresent, properties: neutral(packet.properties ?? {}) });
    });
  });
  return { connack, messages, pongs, closed, ...verbs(client, closed) };
}

function closing(client: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    client.once('close', () => resolve());
  });
}

function verbs(
  client: MqttClient,
  closed: Promise<unknown>,
): Pick<ForeignClient, 'subscribe' | 'unsubscribe' | 'publish' | 'disconnect' | 'kill'> {
  return {
    subscribe: async (filter, qos, properties) => {
      const options = properties === undefined ? { qos } : { qos, properties: foreign(properties) };
      const [granted] = await client.subscribeAsync(filter, options);
      return granted?.qos ?? -1;
    },
    unsubscribe: async (filter) => {
      await client.unsubscribeAsync(filter);
    },
    publish: async (topic, payload, { qos = 0, retain = false, properties } = {}) => {
      const more = properties === undefined ? {} : { properties: foreign(properties) };
      await client.publishAsync(topic, payload, { qos, retain, ...more });
    },
    disconnect: () => client.endAsync(),
    kill: async () => {
      client.stream.destroy();
      await closed;
    },
  };
}

function connectOptions(version: Version, options: ConnectOptions): IClientOptions {
  const { port, clientId, persistent = false, keepAlive = 60, userName, password, will } = options;
  const kept = version === '5.0' && persistent ? { sessionExpiryInterval: SESSION_SECONDS } : {};
  const properties = foreign({ ...kept, ...options.properties });
  return {
    host: '127.0.0.1',
    port,
    protocol: 'mqtt',
    protocolId: version === '3.1' ? 'MQIsdp' : 'MQTT',
    protocolVersion: LEVELS[version],
    reconnectPeriod: 0,
    clientId,
    clean: options.cleanStart ?? !persistent,
    keepalive: keepAlive,
    ...(userName === undefined ? {} : { username: userName }),
    ...(password === undefined ? {} : { password }),
    ...(will === undefined ? {} : { will: willOf(will) }),
    ...(version === '5.0' ? { properties } : {}),
    ...(options.assignAliases ? { autoAssignTopicAlias: true } : {}),
  };
}

function willOf({
  topic,
  payload,
  qos = 0,
  retain = false,
  properties,
}: WillOptions): IClientOptions['will'] {
  const more = properties === undefined ? {} : { properties: foreign(properties) };
  return { topic, payload: Buffer.from(payload), qos, retain, ...more } as IClientOptions['will'];
}

/** MQTT.js keeps user properties in an object, with a list for repeats: order between names is lost there. */
function foreign(properties: Properties): Record<string, unknown> {
  const { userProperties, correlationData, ...rest } = properties;
  const made: Record<string, unknown> = { ...rest };
  if (correlationData !== undefined) made['correlationData'] = Buffer.from(correlationData as string, 'hex');
  if (userProperties !== undefined) {
    const named: Record<string, string[]> = {};
    for (const [name, value] of userProperties as Pairs) named[name] = [...(named[name] ?? []), value];
    made['userProperties'] = named;
  }
  return made;
}

function neutral(properties: object): Properties {
  const made: Record<string, unknown> = { ...properties };
  const { userProperties, correlationData } = made;
  if (correlationData !== undefined) made['correlationData'] = (correlationData as Buffer).toString('hex');
  if (userProperties !== undefined) {
    made['userProperties'] = Object.entries(userProperties as Record<string, string | string[]>).flatMap(
      ([name, values]) => [values].flat().map((value) => [name, value]),
    );
  }
  return made;
}
