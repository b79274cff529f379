/** Owns how long a session lives, who takes it up again, and what happens to the connection that held it. */

import { MQTT_3_1_1, MQTT_5_0 } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { ALL, Bench, BOTH, publish, type Type, told, will } from '../bench.ts';

const NEVER = 0xffff_ffff;

/** Facts of a CONNECT whose session outlives the connection, in any dialect. */
const lasting = (cleanStart = false, seconds = 60): Partial<Type<'connect'>> => ({
  cleanStart,
  properties: { sessionExpiryInterval: seconds },
});

describe.each(BOTH)('Session Present in MQTT $name', (dialect) => {
  const present = (bench: Bench, facts: Partial<Type<'connect'>>) => {
    const peer = bench.peer(dialect).connect(facts);
    const { sessionPresent } = peer.only('connack');
    return { peer, sessionPresent };
  };

  test('is 1 only for a session that is kept and not cleaned [5:MQTT-3.1.2-6] [5:MQTT-3.2.2-2] [5:MQTT-3.2.2-3] [3.1.1:MQTT-3.2.2-1] [3.1.1:MQTT-3.2.2-2] [3.1.1:MQTT-3.2.2-3]', () => {
    const bench = new Bench();
    const first = present(bench, lasting());
    expect(first.sessionPresent).toBe(false);
    first.peer.lost();
    const second = present(bench, lasting());
    expect(second.sessionPresent).toBe(true);
    second.peer.lost();
    expect(present(bench, { ...lasting(), cleanStart: true }).sessionPresent).toBe(false);
  });

  test('is 0 after a clean session: it ended with its connection [5:MQTT-4.1.0-2] [3.1.1:MQTT-3.1.2-6]', () => {
    const bench = new Bench();
    bench.peer(dialect).connected({ cleanStart: true }).subscribed('a').lost();
    expect(bench.hub.sessionCount).toBe(0);
    expect(bench.hub.subscriptionCount).toBe(0);
    expect(present(bench, lasting()).sessionPresent).toBe(false);
  });

  test('is 1 when a connected session is taken over', () => {
    const bench = new Bench();
    bench.peer(dialect).connected(lasting());
    expect(present(bench, lasting()).sessionPresent).toBe(true);
  });

  test('a clean start forgets subscriptions and what was owed [5:MQTT-3.1.2-4] [3.1.1:MQTT-3.1.2-6]', () => {
    const bench = new Bench();
    bench.peer(dialect).connected(lasting()).subscribed('a').lost();
    bench.peer().connected({ clientId: 'other' }).publish('a', 'x', { qos: 1 });
    const back = bench.peer(dialect).connected({ ...lasting(), cleanStart: true });
    expect(back.take()).toEqual([]);
    expect(bench.hub.subscriptionCount).toBe(0);
  });
});

test('CleanSession 0 of 3.1 keeps a session, which 3.1 is not told of', () => {
  const bench = new Bench();
  const [v31] = ALL;
  bench.peer(v31).connected({ cleanStart: false }).subscribed('a').lost();
  const back = bench.peer(v31).connect({ cleanStart: false });
  expect([...back.raw()]).toEqual([0x20, 2, 0, 0]);
  expect(bench.hub.subscriptionCount).toBe(1);
});

describe('Session Expiry Interval', () => {
  test('ends the session so many seconds after the connection and not before [5:3.1.2.11.2] [5:MQTT-3.1.2-23] [5:MQTT-4.1.0-2]', () => {
    const bench = new Bench();
    bench.peer().connected(lasting(true, 60)).lost();
    bench.pass(59.9);
    expect(bench.hub.sessionCount).toBe(1);
    bench.pass(0.2);
    expect(bench.hub.sessionCount).toBe(0);
    expect(bench.hub.counters.sessionsExpired).toBe(1);
  });

  test('counts from the last connection', () => {
    const bench = new Bench();
    bench.peer().connected(lasting(true, 60)).lost();
    bench.pass(50);
    const peer = bench.peer().connected(lasting(false, 60));
    bench.pass(50);
    expect(peer.closed).toBe(false);
    peer.lost();
    bench.pass(59);
    expect(bench.hub.sessionCount).toBe(1);
  });

  test('of a session that a clean start ended does not end the one in its place', () => {
    const bench = new Bench();
    bench.peer().connected(lasting(true, 60)).lost();
    bench.pass(50);
    const peer = bench.peer().connected(lasting(true, NEVER));
    bench.pass(20);
    peer.lost();
    expect(bench.hub.sessionCount).toBe(1);
    expect(bench.hub.counters.sessionsExpired).toBe(0);
  });

  test('of 4,294,967,295 never ends', () => {
    const bench = new Bench();
    bench.peer().connected(lasting(true, NEVER)).lost();
    bench.now += 1e13;
    bench.hub.advance(bench.now);
    expect(bench.hub.sessionCount).toBe(1);
    expect(bench.hub.wheel.size).toBe(0);
  });

  test('is cut to the server maximum, which CONNACK tells [5:3.2.2.3.2]', () => {
    const bench = new Bench({ limits: { sessionExpiryMaxSeconds: 30 } });
    const peer = bench.peer().connect(lasting(true, 60));
    expect(peer.only('connack').properties.sessionExpiryInterval).toBe(30);
    peer.lost();
    bench.pass(31);
    expect(bench.hub.sessionCount).toBe(0);
  });

  test('within the maximum is not repeated', () => {
    const connack = new Bench().peer().connect(lasting(true, 60)).only('connack');
    expect(connack.properties.sessionExpiryInterval).toBeUndefined();
  });

  test('of CleanSession 0 in 3.1.1 is the server maximum', () => {
    const bench = new Bench({ limits: { sessionExpiryMaxSeconds: 30 } });
    bench.peer(MQTT_3_1_1).connected({ cleanStart: false }).lost();
    bench.pass(29);
    expect(bench.hub.sessionCount).toBe(1);
    bench.pass(2);
    expect(bench.hub.sessionCount).toBe(0);
  });

  test('is changed by DISCONNECT [5:3.14.2.2.2]', () => {
    const bench = new Bench();
    bench.peer().connected(lasting(true, 60)).disconnect(0, 5);
    bench.pass(5.2);
    expect(bench.hub.sessionCount).toBe(0);
    bench.peer().connected(lasting(true, 60)).disconnect(0, 0);
    expect(bench.hub.sessionCount).toBe(0);
  });

  test('of DISCONNECT is cut to the server maximum, too', () => {
    const bench = new Bench({ limits: { sessionExpiryMaxSeconds: 30 } });
    bench.peer().connected(lasting(true, 10)).disconnect(0, NEVER);
    bench.pass(31);
    expect(bench.hub.sessionCount).toBe(0);
  });

  test('may not be raised from 0 by DISCONNECT: 0x82 [5:3.14.2.2.2]', () => {
    const peer = new Bench().peer().connected().disconnect(0, 60);
    expect(peer.only('disconnect').reasonCode).toBe(0x82);
    expect(peer.closed).toBe(true);
  });

  test('that the server cut to 0 may still be asked for by DISCONNECT', () => {
    const peer = new Bench({ limits: { sessionExpiryMaxSeconds: 0 } }).peer();
    peer.connected(lasting(true, 60)).disconnect(0, 60);
    expect(peer.take()).toEqual([]);
  });
});

describe('taking over a connected client identifier', () => {
  test.each(ALL)(
    'in MQTT $name puts the old connection out, with 0x8E where it can be said [5:MQTT-3.1.4-3] [3.1.1:MQTT-3.1.4-2]',
    (dialect) => {
      const bench = new Bench();
      const old = bench.peer(dialect).connected();
      const fresh = bench.peer(dialect).connected();
      expect(told(old.take())).toEqual(dialect.serverDisconnect ? ['disconnect 0x8e'] : []);
      expect(old.closed).toBe(true);
      expect(fresh.closed).toBe(false);
      expect(bench.context.clients.connected).toBe(1);
      expect(bench.hub.counters.takeOvers).toBe(1);
    },
  );

  test('leaves the new connection alone when the old socket goes', () => {
    const bench = new Bench();
    const old = bench.peer().connected(lasting()).subscribed('a');
    const fresh = bench.peer().connected(lasting());
    old.lost();
    bench.peer().connected({ clientId: 'other' }).publish('a', 'x');
    expect(told(fresh.take())).toEqual(['publish 0 a=x']);
    expect(bench.context.clients.connected).toBe(2);
  });

  test('many times in one turn leaves one connection and one session', () => {
    const bench = new Bench();
    const peers = Array.from({ length: 20 }, () => bench.peer().connected(lasting()));
    expect(peers.filter(({ closed }) => !closed)).toHaveLength(1);
    expect([bench.hub.sessionCount, bench.context.clients.connected]).toEqual([1, 1]);
    peers.at(-1)?.disconnect(0, 0);
    expect([bench.hub.sessionCount, bench.context.clients.connected, bench.hub.wheel.size]).toEqual([
      0, 0, 0,
    ]);
  });

  test('works across dialects', () => {
    const bench = new Bench();
    const old = bench.peer(MQTT_3_1_1).connected({ cleanStart: false }).subscribed('a', { qos: 1 });
    const fresh = bench.peer(MQTT_5_0).connect(lasting());
    expect(fresh.only('connack').sessionPresent).toBe(true);
    expect(old.closed).toBe(true);
  });

  test('by another user is refused and does not disturb', () => {
    const bench = new Bench();
    const ann = bench.peer().connected({ userName: 'ann' });
    expect(bench.peer().connect({ userName: 'eve' }).only('connack').reasonCode).toBe(0x87);
    expect(bench.peer().connect({ userName: undefined }).only('connack').reasonCode).toBe(0x87);
    expect(ann.closed).toBe(false);
    expect(ann.take()).toEqual([]);
  });
});

describe('the will on take-over', () => {
  const withWill = (delay: number, facts = lasting()): Partial<Type<'connect'>> => ({
    ...facts,
    will: will('w', 'gone', { properties: delay === 0 ? {} : { willDelayInterval: delay } }),
  });

  function takenOver(delay: number, next: Partial<Type<'connect'>>): string[] {
    const bench = new Bench();
    const watcher = bench.peer().connected({ clientId: 'watcher' }).subscribed('w');
    bench.peer().connected(withWill(delay));
    bench.peer().connected(next);
    bench.pass(30);
    return told(watcher.take());
  }

  test('without delay is published [5:MQTT-3.1.2-8]', () => {
    expect(takenOver(0, lasting())).toEqual(['publish 0 w=gone']);
  });

  test('with a delay is not when the session goes on [5:MQTT-3.1.3-9]', () => {
    expect(takenOver(10, lasting())).toEqual([]);
  });

  test('with a delay is at once when the session ends with a clean start [5:MQTT-3.1.2-8]', () => {
    expect(takenOver(10, { ...lasting(), cleanStart: true })).toEqual(['publish 0 w=gone']);
  });
});

describe('nothing is left behind', () => {
  test('by a thousand clients that come, subscribe, are written to and go', () => {
    const bench = new Bench();
    for (let i = 0; i < 1000; i++) {
      const dialect = ALL[i % 3] as (typeof ALL)[number];
      const peer = bench.peer(dialect).connected({ clientId: `c${i}`, will: will(`w/${i}`) });
      peer
        .subscribed(`a/${i}/+`)
        .subscribed('a/#')
        .subscribed('b')
        .send(publish(`a/${i}/x`, 'y'));
      if (i % 2 === 0) peer.lost();
      else peer.disconnect();
    }
    const { sessionCount, subscriptionCount, wheel } = bench.hub;
    expect([sessionCount, subscriptionCount, wheel.size, bench.context.clients.connected]).toEqual([
      0, 0, 0, 0,
    ]);
  });
});
