/** Owns the proof that a stream in memory, whose reader answers inside our write, disturbs nothing that is under way. */

import { Duplex } from 'node:stream';
import { Decoder, encodePacket, MQTT_5_0, PACKET_BYTES_MAX, type Packet } from '@anax/protocol';
import { describe, expect, test, vi } from 'vitest';
import { Handover } from '../../src/shell/handover.ts';
import { connect, publish, subscribe, text } from '../bench.ts';
import { made } from './created.ts';

/** Two ends, each of which reads what the other writes while it is written. */
function pair(): readonly [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const make = (other: () => Duplex | undefined) =>
    new Duplex({
      read: () => undefined,
      write: (chunk, _, done) => {
        other()?.push(chunk);
        done();
      },
      final: (done) => {
        other()?.push(null);
        done();
      },
    });
  ends.push(
    make(() => ends[1]),
    make(() => ends[0]),
  );
  return ends as [Duplex, Duplex];
}

test('a client that answers each message at once gets, and lets others get, every message whole and in order', async () => {
  const broker = made({ listeners: [] });
  const payloads = Array.from({ length: 2000 }, (_, i) => `${i} ${'x'.repeat(1000)}`);
  const client = (clientId: string, filter: string, heard: (topic: string, payload: string) => void) => {
    const [mine, theirs] = pair();
    const send = (...packets: readonly Packet[]) => {
      mine.write(Buffer.concat(packets.map((packet) => encodePacket(packet, MQTT_5_0))));
    };
    const decoder = new Decoder({
      sender: 'server',
      dialect: MQTT_5_0,
      maximumPacketSize: PACKET_BYTES_MAX,
    });
    mine.on('data', (chunk: Uint8Array) => {
      decoder.push(chunk);
      for (let one = decoder.next(); one !== undefined; one = decoder.next()) {
        if (one.type === 'fault') heard('fault', one.message);
        if (one.type === 'publish') heard(one.topic, text(one.payload));
      }
    });
    broker.accept(theirs, { loopback: true });
    send(connect(MQTT_5_0, { clientId }), subscribe(filter, { qos: 0 }));
    return send;
  };
  const got = { answers: [] as string[], plain: [] as string[] };
  const answer = client('answers', 'a', (_, payload) => {
    got.answers.push(payload);
    answer(publish('b', 'an answer'));
  });
  client('plain', 'a', (_, payload) => got.plain.push(payload));
  let answers = 0;
  for (const clientId of ['one', 'two']) client(clientId, 'b', () => (answers += 1));
  const send = client('publisher', 'none', () => undefined);
  await vi.waitFor(() => expect(broker.counts.subscriptions).toBe(5));
  send(...payloads.map((payload) => publish('a', payload)));
  await vi.waitFor(() => expect(answers).toBe(2 * payloads.length), { timeout: 10_000 });
  expect(got.answers).toEqual(payloads);
  expect(got.plain).toEqual(payloads);
}, 20_000);

describe('handover', () => {
  test('passes on at once what comes while nothing is written, and later, in order, what does not', async () => {
    const handover = new Handover();
    const told: string[] = [];
    const tell = (name: string) => () => told.push(name);
    handover.take(tell('first'));
    handover.give(() => handover.take(tell('second')));
    handover.take(tell('third'));
    expect(told).toEqual(['first']);
    await vi.waitFor(() => expect(told).toEqual(['first', 'second', 'third']));
    handover.take(tell('fourth'));
    expect(told).toHaveLength(4);
  });

  test('lets other work through between two that answer each other for ever', async () => {
    const handover = new Handover();
    let rounds = 0;
    const again = (): void => {
      rounds += 1;
      handover.give(() => handover.take(again));
    };
    again();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(rounds).toBeGreaterThan(1);
  });
});
