/** Owns what one listener asks of a CONNECT beyond the broker: versions that it speaks, and how many it takes. */

import { describe, expect, test } from 'vitest';
import { ALL, Bench, MQTT_5, type Type } from '../bench.ts';

describe('a version that this listener does not speak', () => {
  test.each([
    ['3.1', 0x84],
    ['3.1.1', 0x84],
    ['5.0', 0x84],
  ] as const)(
    'is refused with 0x84, in 3.x return code 1: %s [5:MQTT-3.1.2-2] [3.1.1:MQTT-3.1.2-2]',
    (name, code) => {
      const others = ALL.filter((dialect) => dialect.name !== name);
      const bench = new Bench({ dialects: new Set(others.map((dialect) => dialect.name)) });
      const dialect = ALL.find((one) => one.name === name);
      const peer = bench.peer(dialect).connect();
      if (name === '5.0') expect(peer.only('connack').reasonCode).toBe(code);
      else expect([...peer.raw()]).toEqual([0x20, 2, 0, 1]);
      expect(peer.closed).toBe(true);
      for (const one of others) expect(bench.peer(one).connected({ clientId: one.name }).closed).toBe(false);
    },
  );
});

describe('the limit of clients of one listener', () => {
  const code = (peer: { only(type: 'connack'): Type<'connack'> }): number => peer.only('connack').reasonCode;

  test('is told with 0x89, and somebody who leaves makes room', () => {
    const bench = new Bench({ guestsMax: 2 });
    const first = bench.peer(MQTT_5).connected({ clientId: 'a' });
    bench.peer(MQTT_5).connected({ clientId: 'b' });
    expect(code(bench.peer(MQTT_5).connect({ clientId: 'c' }))).toBe(0x89);
    first.disconnect();
    expect(code(bench.peer(MQTT_5).connect({ clientId: 'c' }))).toBe(0);
  });

  test('lets in who takes over a connection of its own, and still counts once', () => {
    const bench = new Bench({ guestsMax: 1 });
    bench.peer(MQTT_5).connected({ clientId: 'a' });
    const second = bench.peer(MQTT_5).connected({ clientId: 'a' });
    expect(code(bench.peer(MQTT_5).connect({ clientId: 'b' }))).toBe(0x89);
    second.lost();
    expect(code(bench.peer(MQTT_5).connect({ clientId: 'b' }))).toBe(0);
  });

  test('counts who comes over from another listener', () => {
    const [one, other] = [new Bench({ guestsMax: 1 }), new Bench()];
    Object.assign(other.context, { hub: one.hub, clients: one.context.clients });
    one.peer(MQTT_5).connected({ clientId: 'a' });
    const moving = other.peer(MQTT_5).connected({ clientId: 'm' });
    expect(code(one.peer(MQTT_5).connect({ clientId: 'm' }))).toBe(0x89);
    expect([moving.closed, one.context.clients.connected]).toEqual([false, 2]);
  });
});
