// What follows the end of a connection, in explicit time.

import { MqttError, type ReasonCode } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import {
  backOff,
  type CloseCode,
  type CloseReason,
  type Next,
  RECONNECT_LIMITS,
  Reconnect,
  type ReconnectLimits,
  reconnectLimits,
  retryable,
} from '../src/index.ts';

function reason(code: CloseCode, reasonCode?: number, serverReference?: string): CloseReason {
  const properties = serverReference === undefined ? {} : { serverReference };
  return {
    code,
    reasonCode: reasonCode as ReasonCode | undefined,
    properties,
    error: new MqttError(code, code),
  };
}

const LOST = reason('connection-lost');
const UNREACHABLE = reason('unreachable');
const said = (code: number, reference?: string): CloseReason =>
  reason('server-disconnected', code, reference);

/** With the longest delays that the jitter can give. */
function reconnect(limits: Partial<ReconnectLimits> = {}): Reconnect {
  const all = reconnectLimits({ initially: true, ...limits });
  return new Reconnect(
    all,
    backOff(all, () => 1),
  );
}

const delay = (next: Next): number | string => (next.type === 'again' ? next.delayMs : next.reason.code);

describe('back-off', () => {
  test('doubles up to the limit, and chance takes from it: full jitter', () => {
    const half = backOff(RECONNECT_LIMITS, () => 0.5);
    expect([1, 2, 3, 7, 8, 2000].map((attempt) => half.delayMs(attempt, LOST))).toEqual([
      250, 500, 1000, 15_000, 15_000, 15_000,
    ]);
    expect(backOff(RECONNECT_LIMITS, () => 0).delayMs(9, LOST)).toBe(0);
  });

  test('counts attempts until a connection has lasted', () => {
    const machine = reconnect();
    expect([0, 0, 0].map(() => delay(machine.ended(UNREACHABLE, 0)))).toEqual([500, 1000, 2000]);
    machine.connected(10_000);
    expect(delay(machine.ended(LOST, 19_999))).toBe(4000);
    machine.connected(30_000);
    expect(machine.ended(LOST, 40_000)).toMatchObject({ attempt: 1, delayMs: 500, at: 40_500 });
  });

  test('ends with the limit on attempts; the error has the last one as its cause', () => {
    const machine = reconnect({ attemptsMax: 2 });
    machine.ended(UNREACHABLE, 0);
    machine.ended(UNREACHABLE, 0);
    const end = machine.ended(UNREACHABLE, 0);
    expect(end).toMatchObject({ type: 'stop', reason: { code: 'reconnect-failed' } });
    expect(end.type === 'stop' && end.reason.error?.cause).toBe(UNREACHABLE.error);
  });

  test('refuses limits that are none', () => {
    expect(() => reconnectLimits({ delayBaseMs: -1 })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
    expect(() => reconnectLimits({ attemptsMax: Number.NaN })).toThrow(MqttError);
  });
});

describe('what is tried again', () => {
  test.each([0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c, 0x95, 0x9c, 0x9d])('not 0x%s', (code) => {
    expect(retryable(reason('connection-refused', code))).toBe(false);
    expect(delay(reconnect().ended(said(code), 0))).toBe('server-disconnected');
  });

  test.each([0x80, 0x83, 0x88, 0x89, 0x8b, 0x8d, 0x8e, 0x93, 0x96, 0x97, 0x98, 0x9f, 0xa0])(
    '0x%s is',
    (code) => {
      expect(retryable(reason('connection-refused', code))).toBe(true);
      expect(delay(reconnect().ended(said(code), 0))).toBe(500);
    },
  );

  test('what the network does is; what this client asked for is not, whatever a policy says', () => {
    const network = ['connection-lost', 'unreachable', 'host-not-found', 'keep-alive-timeout'] as const;
    for (const code of network) expect(delay(reconnect().ended(reason(code), 0))).toBe(500);
    const always = new Reconnect(reconnectLimits({ initially: true, redirectsMax: 1 }), {
      delayMs: () => 7,
      retryable: () => true,
    });
    expect(delay(always.ended(reason('no-authenticator'), 0))).toBe(7);
    expect(delay(always.ended(reason('disconnected'), 0))).toBe('disconnected');
    expect(delay(always.ended(reason('aborted'), 0))).toBe('aborted');
  });

  test('not the first connection, unless that is set, and nothing without a policy', () => {
    expect(delay(reconnect({ initially: false }).ended(UNREACHABLE, 0))).toBe('unreachable');
    const never = new Reconnect(reconnectLimits({ initially: true }), undefined);
    never.connected(0);
    expect(delay(never.ended(LOST, 60_000))).toBe('connection-lost');
  });
});

describe('addresses of one server', () => {
  test('are tried one after the other, at once, then after a delay from the first', () => {
    const machine = reconnect();
    machine.found(3);
    const steps = [0, 0, 0].map(() => machine.ended(UNREACHABLE, 0));
    expect(steps.map((next) => next.type === 'again' && [next.place.address, next.delayMs])).toEqual([
      [1, 0],
      [2, 0],
      [0, 500],
    ]);
  });

  test('are tried without a policy, too, but not where the server has said no', () => {
    const machine = new Reconnect(reconnectLimits({}), undefined);
    machine.found(2);
    expect(machine.ended(UNREACHABLE, 0)).toMatchObject({ place: { address: 1 }, attempt: 0 });
    expect(machine.ended(UNREACHABLE, 0).type).toBe('stop');
    const refused = new Reconnect(reconnectLimits({}), undefined);
    refused.found(2);
    expect(refused.ended(reason('connection-refused', 0x88), 0).type).toBe('stop');
  });
});

describe('a Server Reference [5:4.11]', () => {
  test('is not followed unless that is set: passwords go along', () => {
    expect(delay(reconnect().ended(said(0x9c, 'b'), 0))).toBe('server-disconnected');
  });

  test('is followed at once, for the time being (0x9C) or for good (0x9D)', () => {
    for (const [code, home] of [
      [0x9c, undefined],
      [0x9d, 'b'],
    ] as const) {
      const machine = reconnect({ redirectsMax: 1 });
      machine.connected(0);
      expect(machine.ended(said(code, 'b'), 1)).toMatchObject({ place: { server: 'b' }, delayMs: 0 });
      expect(machine.ended(UNREACHABLE, 1)).toMatchObject({ place: { server: home }, delayMs: 500 });
    }
  });

  test('without one, 0x9C says only that this server will not do', () => {
    expect(delay(reconnect({ redirectsMax: 5 }).ended(said(0x9c), 0))).toBe('server-disconnected');
  });

  test('to itself, or in a circle, ends', () => {
    const machine = reconnect({ redirectsMax: 3 });
    const steps = [1, 2, 3, 4].map((now) => {
      machine.connected(now);
      return delay(machine.ended(said(0x9c, 'b'), now));
    });
    expect(steps).toEqual([0, 0, 0, 'redirect-loop']);
  });

  test('is counted anew once a connection has lasted', () => {
    const machine = reconnect({ redirectsMax: 1 });
    for (let now = 0; now < 100_000; now += 20_000) {
      machine.connected(now);
      expect(delay(machine.ended(said(0x9c, 'b'), now + 10_000))).toBe(0);
    }
  });
});

describe('take-over (0x8E)', () => {
  test('again and again ends with an error of its own', () => {
    const machine = reconnect();
    const steps = [0, 10_000, 20_000, 30_000].map((now) => {
      machine.connected(now);
      return machine.ended(said(0x8e), now + 9_999);
    });
    expect(steps.map(({ type }) => type)).toEqual(['again', 'again', 'again', 'stop']);
    expect(steps[3]).toMatchObject({ reason: { code: 'take-over-loop', reasonCode: 0x8e } });
  });

  test('now and then does not', () => {
    const machine = reconnect();
    for (let now = 0; now < 1_000_000; now += 20_000) {
      machine.connected(now);
      expect(machine.ended(said(0x8e), now + 15_000).type).toBe('again');
    }
  });
});
