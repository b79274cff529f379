/** Owns the proof that a connection ends with its login, and that re-authentication renews both. */

import { MQTT_3_1_1, MQTT_5_0 } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { ANYTHING_BUT_SYS, type Authenticator, type ExchangeFactory } from '../../src/access/access.ts';
import { Bench, told } from '../bench.ts';
import { type Type, will } from '../packets.ts';

const NOW = 1_000_000;

/** Lets everybody in until a time. */
const until =
  (expiresAt: unknown): Authenticator =>
  ({ userName }) => ({
    accepted: { userName, permissions: ANYTHING_BUT_SYS, expiresAt: expiresAt as number },
  });

const bench = (expiresAt: unknown): Bench => new Bench({ now: NOW, authenticate: until(expiresAt) });

const kept = { cleanStart: false, properties: { sessionExpiryInterval: 600 } };

describe('a login that expires', () => {
  test.each([
    [MQTT_5_0, ['disconnect 0x87']],
    [MQTT_3_1_1, []],
  ])('ends the connection when its time has come, and not before (%o)', (dialect, expected) => {
    const one = bench(NOW + 5000);
    const peer = one.peer(dialect).connected();
    one.pass(4.9);
    expect(peer.closed).toBe(false);
    one.pass(0.2);
    expect(told(peer.take())).toEqual(expected);
    expect(peer.closed).toBe(true);
    expect(one.hub.counters.loginsExpired).toBe(1);
    expect(one.notes.at(-1)).toMatchObject({ event: 'client-disconnected', reasonCode: 0x87 });
  });

  test('leaves the session, and brings its will', () => {
    const one = bench(NOW + 5000);
    one.peer().connected({ ...kept, clientId: 'gone', will: will('w/gone') });
    const other = one.peer().connected({ clientId: 'other' }).subscribed('w/#');
    one.pass(5);
    expect(told(other.take())).toEqual(['publish 0 w/gone=gone', 'disconnect 0x87']);
    expect(one.hub.session('gone')?.link).toBeUndefined();
  });

  test.each([[NOW], [NOW - 1], [Number.NaN], ['tomorrow'], [String(NOW + 5000)], [null], [0]])(
    'is refused where it has ended, or ends at what is no time: %s',
    (expiresAt) => {
      const peer = bench(expiresAt).peer().connect();
      expect(told(peer.take())).toEqual(['connack 0x87']);
      expect(peer.closed).toBe(true);
    },
  );

  test.each([[undefined], [Number.POSITIVE_INFINITY]])('%s is never', (expiresAt) => {
    const one = bench(expiresAt);
    const peer = one.peer().connected();
    expect(one.hub.wheel.size).toBe(0);
    one.pass(500);
    expect(peer.closed).toBe(false);
  });

  test('that is not reached leaves no timer behind', () => {
    const one = bench(NOW + 5000);
    one.peer().connected().disconnect();
    one.peer().connected({ clientId: 'lost' }).lost();
    expect(one.hub.wheel.size).toBe(0);
    one.pass(10);
    expect(one.hub.counters.loginsExpired).toBe(0);
  });
});

describe('re-authentication', () => {
  const renewed = (...ends: (number | undefined)[]): Bench => {
    const factory: ExchangeFactory = () => ({
      step: () => {
        const expiresAt = ends.shift();
        const accepted = { userName: 'toy', permissions: ANYTHING_BUT_SYS };
        return { accepted: expiresAt === undefined ? accepted : { ...accepted, expiresAt } };
      },
    });
    return new Bench({ now: NOW, methods: new Map([['TOY', factory]]) });
  };
  const properties = { authenticationMethod: 'TOY' };
  const again: Type<'auth'> = { type: 'auth', reasonCode: 0x19, properties };

  test.each<[string, number | undefined, boolean]>([
    ['to a later time', NOW + 20_000, false],
    ['to an earlier time', NOW + 3000, true],
    ['without end', undefined, false],
  ])('sets the end anew: %s', (_, end, isOver) => {
    const one = renewed(NOW + 10_000, end);
    const peer = one.peer().connected({ properties });
    one.pass(1);
    expect(told(peer.send(again).take())).toEqual(['auth']);
    one.pass(5);
    expect(peer.closed).toBe(isOver);
    one.pass(10);
    expect(peer.closed).toBe(isOver);
    one.pass(10);
    expect(peer.closed).toBe(end !== undefined);
  });

  test('with what has ended already ends the connection [5:MQTT-4.12.1-2]', () => {
    const one = renewed(NOW + 10_000, NOW);
    const peer = one.peer().connected({ properties });
    expect(told(peer.send(again).take())).toEqual(['disconnect 0x87']);
    expect(peer.closed).toBe(true);
  });
});
