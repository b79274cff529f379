// Owns that identifiers in use are passed over when they begin again at 1.

import { expect, test } from 'vitest';
import { connected, hex } from './support.ts';

/** The identifier of a PUBLISH to a topic of one character, and of a request. */
const idOf = (packet: string | undefined, from: number): number =>
  Number.parseInt(
    (packet ?? '')
      .split(' ')
      .slice(from, from + 2)
      .join(''),
    16,
  );

test.each(['5.0', '3.1.1'] as const)(
  'in %s: messages pass over those of messages and requests, requests over those of messages [5:MQTT-2.2.1-3] [5:MQTT-4.3.2-1] [5:MQTT-4.3.3-1] [3.1.1:MQTT-2.3.1-1] [3.1.1:MQTT-2.3.1-2] [3.1.1:MQTT-4.3.2-1] [3.1.1:MQTT-4.3.3-1]',
  (dialect) => {
    const { machine, sink, ...bench } = connected({ dialect });
    const publish = (qos: 1 | 2, ticket: number): number => {
      machine.publish({ topic: 'a', payload: '', qos }, ticket, 0);
      return idOf(sink.taken()[0], 5);
    };
    expect([publish(1, 1), publish(2, 2)]).toEqual([1, 2]);
    machine.subscribe([{ topicFilter: 'a' }], {}, 3, 0);
    expect(idOf(sink.taken()[0], 2)).toBe(3);
    for (let id = 4; id <= 65_535; id++) {
      expect(publish(1, id)).toBe(id);
      bench.in(`40 02 ${hex(Uint8Array.of(id >> 8, id & 255))}`);
    }
    expect(publish(1, 70_000)).toBe(4);
    machine.unsubscribe(['a'], {}, 70_001, 0);
    expect(idOf(sink.taken()[0], 2)).toBe(5);
    expect(publish(2, 70_002)).toBe(6);
    expect(sink.closes).toBe(0);
  },
);
