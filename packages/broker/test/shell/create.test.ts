/** Owns the door for those who embed a broker: its options, streams instead of listeners, and the start. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { Decoder, encodePacket, MQTT_5_0, MqttError, type Packet } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { type Broker, type BrokerOptions, createBroker } from '../../src/index.ts';
import { connect, told } from '../bench.ts';
import { made, started } from './created.ts';
import { Client, eventually, portOf } from './sockets.ts';

describe('options', () => {
  const wrong = (options: unknown): string => {
    try {
      createBroker(options as BrokerOptions);
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      expect(error.code).toBe('invalid-configuration');
      return error.message;
    }
    throw new Error('nothing is wrong with it');
  };

  test('none at all are good', () => {
    expect(createBroker().listeners).toEqual([]);
  });

  test.each<[what: string, options: unknown, message: string]>([
    [
      'a value out of range',
      { features: { maximumQos: 3 } },
      'createBroker: `features.maximumQos` must be a whole number from 0 to 2',
    ],
    [
      'a value in a list',
      { listeners: [{ port: 0 }, { port: 'x' }] },
      'createBroker: `listeners[1].port` must be a whole number from 0 to 65535',
    ],
    [
      'a key below another',
      { keepAlive: { maximum: 3 } },
      'createBroker: there is no key `keepAlive.maximum`, expected one of max',
    ],
    ['a hook that is none', { authenticate: 'ada' }, 'createBroker: `authenticate` must be a function'],
    [
      'methods that are none',
      { methods: new Map([['x', 1]]) },
      'createBroker: `methods` must be a Map of functions',
    ],
    ['no object', 'x', 'createBroker: the options must be an object'],
    [
      'an interval that would keep it busy',
      { sysInterval: '10ms' },
      'createBroker: `sysInterval` must be 0 for none, or a duration of at least 1s',
    ],
  ])('%s is named, with what was expected', (_, options, message) => {
    expect(wrong(options)).toBe(message);
  });

  test('a key that there is not is told with those that there are', () => {
    const message = wrong({ autenticate: () => undefined, port: 1 });
    expect(message).toMatch(
      /^createBroker: there is no option `autenticate`, expected one of listeners, .*authenticate, /,
    );
    expect(message).toContain('\ncreateBroker: there is no option `port`');
  });

  test('are heard over a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'anax-create-'));
    const configFile = join(folder, 'anax.yaml');
    writeFileSync(configFile, 'features: { retain: false }\nanonymous: never\n');
    const broker = await started({ configFile, anonymous: 'always' });
    rmSync(folder, { recursive: true });
    const client = new Client(portOf(broker)).send(connect(MQTT_5_0));
    const [connack] = await client.until(1);
    expect(connack).toMatchObject({ reasonCode: 0, properties: { retainAvailable: false } });
  });
});

describe('without listeners', () => {
  const open = (broker: Broker, origin?: Parameters<Broker['accept']>[1]) => {
    const [mine, theirs] = duplexPair() as [Duplex, Duplex];
    const packets: Packet[] = [];
    const decoder = new Decoder({ sender: 'server', dialect: MQTT_5_0, maximumPacketSize: 1 << 20 });
    mine.on('data', (chunk: Uint8Array) => {
      decoder.push(chunk);
      for (let one = decoder.next(); one !== undefined; one = decoder.next()) packets.push(one as Packet);
    });
    broker.accept(theirs, origin);
    return { mine, packets };
  };

  test('any duplex stream is a connection, its origin for rules and hooks', async () => {
    const addresses: string[] = [];
    const broker = made({ listeners: [] });
    broker.on('client-connected', ({ address }) => addresses.push(address));
    const { mine, packets } = open(broker, { address: 'pipe', loopback: true });
    mine.write(encodePacket(connect(MQTT_5_0), MQTT_5_0));
    await eventually(() => packets.length === 1);
    expect(told(packets)).toEqual(['connack']);
    await eventually(() => addresses.length === 1);
    expect(addresses).toEqual(['pipe']);
    expect(broker.listeners).toEqual([]);
  });

  test('one that says nothing of its origin is not let in as from this machine', async () => {
    const { mine, packets } = open(made({ listeners: [] }));
    mine.write(encodePacket(connect(MQTT_5_0), MQTT_5_0));
    await eventually(() => packets.length === 1);
    expect(told(packets)).toEqual(['connack 0x87']);
  });

  test('time passes all the same: who does not connect is put out', async () => {
    const broker = made({ listeners: [], connectTimeout: '200ms' });
    open(broker);
    expect(broker.counts.connections).toBe(1);
    await eventually(() => broker.counts.connections === 0);
    expect(broker.counters.connectTimeouts).toBe(1);
  });
});

describe('start', () => {
  test('twice, or after close, is a wrong call', async () => {
    const broker = await started();
    await expect(broker.start()).rejects.toMatchObject({ code: 'already-started' });
    await broker.close();
    await expect(broker.start()).rejects.toMatchObject({ code: 'closed' });
  });

  test('that close overtakes leaves no listener open', async () => {
    const first = await started();
    const listeners = [{ port: portOf(first) }];
    await first.close();
    const broker = made({ listeners });
    const starting = broker.start();
    await Promise.all([expect(starting).rejects.toMatchObject({ code: 'closed' }), broker.close()]);
    expect(broker.listeners).toEqual([]);
    await started({ listeners });
  });
});
