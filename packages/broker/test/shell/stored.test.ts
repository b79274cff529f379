/** Owns the proof, over real sockets, that outputs wait for the store they promise, and what happens while it cannot be written. */

import { MQTT_3_1_1, MQTT_5_0, type Packet } from '@anax/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import type { Settings } from '../../src/config/settings.ts';
import type { Note } from '../../src/hub/notes.ts';
import { Broker, MemoryStore, StoreError } from '../../src/index.ts';
import { ack, connect, publish, subscribe, told } from '../bench.ts';
import { Client, eventually, portOf, settingsOf } from './sockets.ts';

const brokers: Broker[] = [];
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close();
});

/** A store that writes when it is let, or refuses. */
class Gate {
  store = new MemoryStore(this.#options());
  readonly notes: Note[] = [];
  commits = 0;
  full = false;
  #open: () => void = () => undefined;
  #closed: Promise<void> | undefined;

  #options(rows: ConstructorParameters<typeof MemoryStore>[0] = {}) {
    return {
      ...rows,
      beforeCommit: async () => {
        this.commits += 1;
        if (this.full) throw new StoreError('full', 'no space is left');
        await this.#closed;
      },
    };
  }

  shut(): void {
    this.#closed = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#closed = undefined;
    this.#open();
  }

  /** The process is gone, and another finds what was committed. */
  crash(): void {
    this.store = new MemoryStore(this.#options({ rows: this.store.snapshot() }));
  }

  async broker(limits: Parameters<typeof settingsOf>[0] = {}, more: Partial<Settings> = {}): Promise<Broker> {
    const broker = new Broker(
      { ...settingsOf(limits), ...more },
      { note: (note) => this.notes.push(note) },
      () => Promise.resolve(this.store),
    );
    brokers.push(broker);
    await broker.start();
    return broker;
  }
}

const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 600 } } as const;

async function client(
  broker: Broker,
  clientId: string,
  facts = {},
  ...more: readonly Packet[]
): Promise<Client> {
  const one = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId, ...facts }), ...more);
  await one.until(1 + more.length);
  one.packets.length = 0;
  return one;
}

describe('while a batch is being written', () => {
  test('what promises it waits, in order, and nobody else does', async () => {
    const gate = new Gate();
    const broker = await gate.broker();
    const kept = await client(broker, 'kept', lasting, subscribe('a/#', { qos: 2 }));
    const clean = await client(broker, 'clean', {}, subscribe('#', { qos: 1 }));
    const pub = await client(broker, 'pub');
    gate.shut();
    pub.send(
      publish('a/1', 'x', { qos: 1, packetId: 1 }),
      { type: 'pingreq' },
      publish('b', 'y', { qos: 1, packetId: 2 }),
    );
    // The one whose session ends with its connection gets it at once.
    expect(told(await clean.until(2))).toEqual(['publish 1 a/1=x #1', 'publish 1 b=y #2']);
    const other = await client(broker, 'other', {}, { type: 'pingreq' });
    expect(other.closed).toBe(false);
    expect([...pub.packets, ...kept.packets]).toEqual([]);
    gate.open();
    expect(told(await pub.until(3))).toEqual(['puback #1', 'pingresp', 'puback #2']);
    expect(told(await kept.until(1))).toEqual(['publish 1 a/1=x #1']);
  });

  test('the next is filled: however many messages come meanwhile, one more write has them all', async () => {
    const gate = new Gate();
    const broker = await gate.broker();
    await client(broker, 'kept', lasting, subscribe('a/#', { qos: 2 })).then(({ socket }) =>
      socket.destroy(),
    );
    await eventually(() => broker.counts.clients === 0);
    const pub = await client(broker, 'pub');
    gate.shut();
    pub.send(publish('a', '0', { qos: 1, packetId: 1 }));
    await eventually(() => broker.counters.messagesReceived === 1);
    const before = gate.commits;
    for (let i = 2; i <= 500; i++) pub.send(publish('a', 'x'.repeat(i), { qos: 1, packetId: i }));
    await eventually(() => broker.counters.messagesReceived === 500);
    gate.open();
    await pub.until(500);
    expect(gate.commits - before).toBeLessThanOrEqual(2);
    expect(told(pub.packets)).toEqual(Array.from({ length: 500 }, (_, i) => `puback #${i + 1}`));
  });

  test('a large message waits by reference and comes whole, between small ones', async () => {
    const gate = new Gate();
    const broker = await gate.broker();
    const kept = await client(broker, 'kept', lasting, subscribe('a', { qos: 1 }));
    const pub = await client(broker, 'pub');
    gate.shut();
    const payloads = ['1', '2'.repeat(300_000), '3', '4'.repeat(20_000), '5'];
    for (const [i, payload] of payloads.entries())
      pub.send(publish('a', payload, { qos: 1, packetId: i + 1 }));
    await eventually(() => broker.counters.messagesReceived === payloads.length);
    expect(kept.packets).toEqual([]);
    gate.open();
    expect(told(await kept.until(5))).toEqual(
      payloads.map((payload, i) => `publish 1 a=${payload} #${i + 1}`),
    );
  });

  test('a connection that ends gets what it was promised first', async () => {
    const gate = new Gate();
    const broker = await gate.broker();
    const kept = await client(broker, 'kept', lasting, subscribe('a', { qos: 1 }));
    gate.shut();
    kept.send(subscribe('b', { packetId: 2 }), publish('$SYS/no/+', 'x'));
    await eventually(() => broker.counts.clients === 0);
    expect(kept.closed).toBe(false);
    gate.open();
    expect(told(await kept.end())).toEqual(['suback #2', expect.stringContaining('disconnect')]);
  });
});

describe('a restart', () => {
  test('after a crash finds what was acknowledged, and nothing that was not is missed', async () => {
    const gate = new Gate();
    const broker = await gate.broker();
    (await client(broker, 'kept', lasting, subscribe('a', { qos: 1 }))).socket.destroy();
    await eventually(() => broker.counts.clients === 0);
    const pub = await client(broker, 'pub');
    await pub.send(publish('a', 'acknowledged', { qos: 1, packetId: 1 })).until(1);
    gate.shut();
    pub.send(publish('a', 'not acknowledged', { qos: 1, packetId: 2 }));
    await eventually(() => broker.counters.messagesReceived === 2);
    gate.crash();
    const after = await gate.broker();
    gate.open();
    const again = new Client(portOf(after)).send(connect(MQTT_5_0, { clientId: 'kept', ...lasting }));
    const [connack, message] = await again.until(2);
    expect(connack).toMatchObject({ sessionPresent: true });
    expect(told([message as Packet])).toEqual(['publish 1 a=acknowledged #1']);
    await again.send(ack('puback', 1), { type: 'pingreq' }).until(3);
    expect(told(again.packets.slice(2))).toEqual(['pingresp']);
    expect(gate.notes.map(({ event }) => event)).toContain('store-restored');
  });

  test('in order loses nothing, acknowledged or not: `close` writes what there is', async () => {
    const gate = new Gate();
    const broker = await gate.broker();
    await client(broker, 'kept', lasting, subscribe('a', { qos: 1 }));
    broker.publish({ topic: 'a', payload: 'x', qos: 1 });
    await broker.close();
    gate.crash();
    const after = await gate.broker();
    expect(after.counts).toMatchObject({ sessions: 1, subscriptions: 1 });
    const again = new Client(portOf(after)).send(connect(MQTT_5_0, { clientId: 'kept', ...lasting }));
    expect(told((await again.until(2)).slice(1))).toEqual(['publish 1 a=x dup #1']);
  });

  test('says why it cannot, where the store cannot be opened', async () => {
    const broken = new Broker(settingsOf(), {}, () =>
      Promise.reject(new StoreError('in-use', 'somebody has it')),
    );
    await expect(broken.start()).rejects.toMatchObject({ code: 'store-failed', message: 'somebody has it' });
    await broken.close();
  });
});

describe('a store that holds as much as it may', () => {
  test('takes no message until clients have fetched what they are owed', async () => {
    const gate = new Gate();
    const store = { directory: '', durability: 'strict', syncIntervalMs: 1000, bytesMax: 100_000 } as const;
    const broker = await gate.broker({}, { store });
    (await client(broker, 'kept', lasting, subscribe('a', { qos: 1 }))).socket.destroy();
    await eventually(() => broker.counts.clients === 0);
    const pub = await client(broker, 'pub');
    const codes: number[] = [];
    while (codes.at(-1) !== 0x97) {
      await pub.send(publish('a', 'x'.repeat(9000), { qos: 1 })).until(codes.length + 1);
      const last = pub.packets.at(-1);
      if (last?.type === 'puback') codes.push(last.reasonCode);
    }
    const kept = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId: 'kept', ...lasting }));
    const [, ...messages] = await kept.until(codes.length);
    expect(messages).toHaveLength(codes.length - 1);
    for (let packetId = 1; packetId < codes.length; packetId++) kept.send(ack('puback', packetId));
    await eventually(() => gate.notes.some(({ event }) => event === 'store-recovered'));
    pub.packets.length = 0;
    expect(told(await pub.send(publish('a', 'y', { qos: 1 })).until(1))).toEqual(['puback #1']);
    expect(gate.notes.filter(({ event }) => event === 'store-full')).toHaveLength(1);
  });
});

describe('a store that is full', () => {
  test('acknowledges nothing, refuses in 5.0, leaves 3.1.1 waiting, and all goes on when space returns', async () => {
    const gate = new Gate();
    const broker = await gate.broker({ connectTimeoutMs: 60_000 });
    (await client(broker, 'kept', lasting, subscribe('a', { qos: 1 }))).socket.destroy();
    const clean = await client(broker, 'clean', {}, subscribe('a', { qos: 0 }));
    const five = await client(broker, 'five');
    const three = new Client(portOf(broker), MQTT_3_1_1).send(connect(MQTT_3_1_1, { clientId: 'three' }));
    await three.until(1);
    await eventually(() => broker.counts.clients === 3);
    gate.full = true;
    three.send(publish('a', '3', { qos: 1, packetId: 1 }));
    await eventually(() => gate.notes.some(({ event }) => event === 'store-failed'));
    three.send(publish('a', '3', { qos: 1, packetId: 2 }), { type: 'pingreq' });
    five.send(publish('a', '5', { qos: 1, packetId: 1 }), publish('a', '0'));
    expect(told(await five.until(1))).toEqual(['puback #1 0x97']);
    await clean.until(2);
    expect(told(clean.packets)).toContain('publish 0 a=0');
    expect(three.packets).toHaveLength(1);
    gate.full = false;
    await three.until(4);
    expect(told(three.packets.slice(1))).toEqual(['puback #1', 'puback #2', 'pingresp']);
    await five.send(publish('a', '6', { qos: 1, packetId: 2 })).until(2);
    expect(told(five.packets.slice(1))).toEqual(['puback #2']);
    expect(gate.notes.filter(({ event }) => event === 'store-failed')).toHaveLength(1);
    expect(gate.notes.map(({ event }) => event)).toContain('store-recovered');
  });
});
