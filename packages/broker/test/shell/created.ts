/** Owns brokers as `createBroker` makes them, each closed when its test is over, and clients that have connected. */

import { MQTT_5_0, MqttError, type Packet } from '@anax/protocol';
import { onTestFinished } from 'vitest';
import { type Broker, type BrokerOptions, createBroker } from '../../src/index.ts';
import { connect } from '../bench.ts';
import { Client, portOf } from './sockets.ts';

export function made(options: BrokerOptions = {}): Broker {
  const broker = createBroker({ listeners: [{ port: 0 }], sysInterval: 0, ...options });
  onTestFinished(() => broker.close());
  return broker;
}

export async function started(options: BrokerOptions = {}): Promise<Broker> {
  const broker = made(options);
  await broker.start();
  return broker;
}

/** A client whose packets so far have been answered. */
export async function joined(broker: Broker, clientId: string, ...more: readonly Packet[]): Promise<Client> {
  const client = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId }), ...more);
  await client.until(1 + more.length);
  client.packets.length = 0;
  return client;
}

/** The code of what a call throws. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof MqttError) return error.code;
    throw error;
  }
  return 'none';
}
