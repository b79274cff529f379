// The clients of the harness over a scripted broker that dies: what they send again, what they remember, what they note.

import { createServer, type Server, type Socket } from 'node:net';
import {
  Decoder,
  type Dialect,
  encodePacket,
  MQTT_3_1_1,
  MQTT_5_0,
  NO_PROPERTIES,
  PACKET_BYTES_MAX,
  type Packet,
  publishAck,
  publishPacket,
  type TopicName,
} from '@anax/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PublisherRole, SubscriberRole } from './src/cast.ts';
import { chance } from './src/chance.ts';
import { type Fact, History } from './src/facts.ts';
import { payloadOf } from './src/payload.ts';
import { Publisher } from './src/publisher.ts';
import { Subscriber } from './src/subscriber.ts';

/** Every packet of the one client that is connected, and packets to it. */
class Scripted {
  readonly packets: Packet[] = [];
  readonly #server: Server;
  readonly #dialect: Dialect;
  #socket: Socket | undefined;
  #waiting: (() => void) | undefined;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#server = createServer((socket) => {
      const decoder = new Decoder({ sender: 'client', maximumPacketSize: PACKET_BYTES_MAX });
      this.#socket = socket;
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        decoder.push(chunk);
        for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
          if (packet.type === 'fault') throw new Error(packet.message);
          this.packets.push(packet);
        }
        this.#waiting?.();
      });
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  send(...packets: readonly Packet[]): void {
    for (const packet of packets) this.#socket?.write(encodePacket(packet, this.#dialect));
  }

  connack(sessionPresent: boolean): void {
    this.send({ type: 'connack', sessionPresent, reasonCode: 0, properties: NO_PROPERTIES });
  }

  /** The first `count` packets, which are then taken. */
  async take(count: number): Promise<readonly Packet[]> {
    while (this.packets.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    return this.packets.splice(0, count);
  }

  die(): void {
    this.#socket?.resetAndDestroy();
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }
}

const brief = (packet: Packet): string => {
  if (packet.type === 'publish') return `publish ${packet.packetId}${packet.dup ? ' dup' : ''}`;
  return 'packetId' in packet ? `${packet.type} ${packet.packetId}` : packet.type;
};

let broker: Scripted;
let port = 0;
let history = new History();
const begin = async (dialect: Dialect): Promise<void> => {
  broker = new Scripted(dialect);
  port = await broker.listen();
};
const noted = (type: Fact['type']): readonly Fact[] => history.facts.filter((fact) => fact.type === type);
beforeEach(() => {
  history = new History();
});
afterEach(() => broker.close());

describe('publisher', () => {
  const role = (qos: readonly (1 | 2)[]): PublisherRole => ({
    clientId: 'p',
    dialect: '3.1.1',
    qos,
    window: 3,
    topics: ['t'],
    retained: ['r'],
    cleared: ['c'],
  });

  const started = async (qos: readonly (1 | 2)[]): Promise<Publisher> => {
    await begin(MQTT_3_1_1);
    const publisher = new Publisher(role(qos), history, chance(1, 'p'));
    void publisher.connect(port);
    expect((await broker.take(1))[0]).toMatchObject({ type: 'connect', cleanStart: false });
    broker.connack(false);
    publisher.run();
    expect((await broker.take(3)).map(brief)).toEqual(['publish 1', 'publish 2', 'publish 3']);
    return publisher;
  };

  const again = async (publisher: Publisher, sessionPresent: boolean): Promise<void> => {
    broker.die();
    await publisher.over();
    void publisher.connect(port);
    await broker.take(1);
    broker.connack(sessionPresent);
  };

  test('sends again in order, with DUP and the same identifiers, PUBREL where it had sent one', async () => {
    const publisher = await started([2]);
    publisher.hold();
    broker.send(publishAck('pubrec', 1));
    expect((await broker.take(1)).map(brief)).toEqual(['pubrel 1']);
    await again(publisher, true);
    expect((await broker.take(3)).map(brief)).toEqual(['pubrel 1', 'publish 2 dup', 'publish 3 dup']);
    expect(noted('acknowledged')).toEqual([{ type: 'acknowledged', value: 1 }]);
    broker.send(publishAck('pubcomp', 1), publishAck('pubrec', 2), publishAck('pubrec', 3));
    expect((await broker.take(2)).map(brief)).toEqual(['pubrel 2', 'pubrel 3']);
    expect(publisher.unfinished).toBe(2);
    expect(noted('published')).toHaveLength(3);
  });

  test('notes a lost session where something was acknowledged before, and sends the rest as new', async () => {
    const publisher = await started([1]);
    publisher.hold();
    broker.send(publishAck('puback', 1));
    await again(publisher, false);
    expect((await broker.take(2)).map(brief)).toEqual(['publish 4', 'publish 5']);
    expect(noted('session-lost')).toHaveLength(1);
    expect(noted('repeated')).toEqual([
      { type: 'repeated', value: 2 },
      { type: 'repeated', value: 3 },
    ]);
  });

  test('keeps its window full, and notes an acknowledgement that nothing waits for', async () => {
    const publisher = await started([1]);
    broker.send(publishAck('puback', 2), publishAck('puback', 2));
    expect((await broker.take(1)).map(brief)).toEqual(['publish 4']);
    await publisher.end();
    expect(noted('broken')).toHaveLength(1);
  });
});

describe('subscriber', () => {
  const role: SubscriberRole = {
    clientId: 's',
    dialect: '5.0',
    presence: 'online',
    filters: [{ filter: 't', qos: 2 }],
    lingerMs: 0,
  };
  const publish = (value: number, packetId: number, dup: boolean, qos: 1 | 2 = 2): Packet =>
    publishPacket('t' as TopicName, payloadOf(value), qos, false, dup, packetId, NO_PROPERTIES);

  const started = async (): Promise<Subscriber> => {
    await begin(MQTT_5_0);
    const subscriber = new Subscriber(role, history, chance(1, 's'));
    const connected = subscriber.connect(port);
    await broker.take(1);
    broker.connack(false);
    expect((await broker.take(1)).map(brief)).toEqual(['subscribe 1']);
    broker.send({ type: 'suback', packetId: 1, reasonCodes: [2], properties: NO_PROPERTIES });
    expect(await connected).toBe(true);
    return subscriber;
  };

  const again = async (subscriber: Subscriber, sessionPresent: boolean): Promise<void> => {
    broker.die();
    await subscriber.over();
    void subscriber.connect(port);
    await broker.take(1);
    broker.connack(sessionPresent);
  };

  test('keeps the identifiers that wait for PUBREL: QoS 2 is handed on once, whatever comes between', async () => {
    const subscriber = await started();
    broker.send(publish(7, 1, false));
    expect((await broker.take(1)).map(brief)).toEqual(['pubrec 1']);
    await again(subscriber, true);
    broker.send(publish(7, 1, true), publishAck('pubrel', 1), publish(8, 1, false));
    expect((await broker.take(3)).map(brief)).toEqual(['pubrec 1', 'pubcomp 1', 'pubrec 1']);
    expect(noted('delivered')).toMatchObject([{ value: 7 }, { value: 8 }]);
    expect(noted('again')).toMatchObject([{ first: 7, value: 7, dup: true }]);
    expect(subscriber.unfinished).toBe(1);
  });

  test('writes down every arrival at QoS 1', async () => {
    const subscriber = await started();
    broker.send(publish(7, 1, false, 1), publish(7, 1, true, 1));
    expect((await broker.take(2)).map(brief)).toEqual(['puback 1', 'puback 1']);
    expect(noted('delivered')).toMatchObject([{ dup: false }, { dup: true }]);
    expect(subscriber.unfinished).toBe(0);
  });

  test('leaves with a clean start; a session that is there again afterwards is noted', async () => {
    const subscriber = await started();
    const left = subscriber.leave(port);
    expect((await broker.take(2)).map(brief)).toEqual(['disconnect', 'connect']);
    broker.connack(false);
    await broker.take(1);
    await left;
    expect(history.facts.map(({ type }) => type)).toEqual(['subscribed', 'left']);
    void subscriber.connect(port);
    await broker.take(1);
    broker.connack(true);
    await broker.take(1);
    expect(noted('broken')).toHaveLength(1);
  });

  test('notes a lost session, forgets its identifiers and subscribes again', async () => {
    const subscriber = await started();
    broker.send(publish(7, 1, false));
    await broker.take(1);
    await again(subscriber, false);
    expect((await broker.take(1)).map(brief)).toEqual(['subscribe 1']);
    expect(noted('session-lost')).toHaveLength(1);
    expect(subscriber.unfinished).toBe(0);
  });
});
