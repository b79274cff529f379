// Enhanced authentication and re-authentication by bytes: what the machine says, and what it refuses.

import { MqttError } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { type Bench, bytes, connecting, failure } from './support.ts';

/** Of the method `M1`, without and with the data `c`. */
const MORE = 'f0 0b 18 09 15 00 02 4d 31 16 00 01 63';
const DONE = 'f0 0b 00 09 15 00 02 4d 31 16 00 01 63';
const ACCEPTED = '20 0c 00 00 09 15 00 02 4d 31 16 00 01 63';
const M1 = { properties: { authenticationMethod: 'M1' } };
const DATA = { authenticationData: Uint8Array.of(0x64) };

/** A machine that has authenticated. */
function open(): Bench {
  const bench = connecting(M1);
  bench.in(ACCEPTED);
  bench.sink.taken();
  return bench;
}

describe('the machine', () => {
  test('tells what CONNACK proves, and reads nothing behind it until this end is content [5:4.12]', () => {
    const { machine, sink, ...bench } = connecting(M1);
    sink.ended = () => {};
    bench.in(`${ACCEPTED} | 30 04 00 01 61 00`);
    expect(sink.steps).toEqual([
      { type: 'end', properties: expect.objectContaining({ authenticationData: Uint8Array.of(0x63) }) },
    ]);
    expect([machine.phase.name, sink.negotiated, sink.messages]).toEqual(['verifying', undefined, []]);
    bench.in('30 04 00 01 62 00');
    machine.verified(5);
    expect(sink.negotiated?.authenticationMethod).toBe('M1');
    expect(sink.messages.map(({ topic }) => topic)).toEqual(['a', 'b']);
  });

  test('waits for that no longer than for CONNACK', () => {
    const { machine, sink, ...bench } = connecting({ ...M1, connectTimeoutMs: 50 });
    sink.ended = () => {};
    bench.in(ACCEPTED, 49);
    expect(machine.deadline()).toBe(50);
    machine.wake(50);
    machine.ended(undefined, 50);
    expect(sink.reason?.code).toBe('connect-timeout');
    machine.verified(51);
    expect(sink.negotiated).toBeUndefined();
  });

  test('authenticates again: AUTH 0x19, answers 0x18, until Success [5:MQTT-4.12.1-1] [5:MQTT-4.12.0-3]', () => {
    const { machine, sink, ...bench } = open();
    machine.reauthenticate(DATA, 0);
    expect(sink.taken()).toEqual(['f0 0b 19 09 15 00 02 4d 31 16 00 01 64']);
    bench.in(MORE);
    machine.authenticate(DATA, 1);
    bench.in(MORE);
    machine.authenticate({}, 1);
    expect(sink.taken()).toEqual(['f0 0b 18 09 15 00 02 4d 31 16 00 01 64', 'f0 07 18 05 15 00 02 4d 31']);
    bench.in(DONE);
    expect(sink.steps.slice(1).map(({ type }) => type)).toEqual(['challenge', 'challenge', 'end']);
    expect(machine.phase.name).toBe('connected');
    machine.reauthenticate({}, 2);
    bench.in(DONE, 2);
    expect(machine.deadline()).toBe(60_002);
  });

  test('goes on with all else meanwhile [5:4.12.1]', () => {
    const { machine, sink, ...bench } = open();
    machine.reauthenticate(DATA, 0);
    sink.taken();
    machine.publish({ topic: 'a', payload: 'x', qos: 1 }, 1, 0);
    machine.publish({ topic: 'a', payload: 'x', qos: 2 }, 2, 0);
    bench.in('40 02 00 01 | 50 02 00 02');
    bench.in(MORE);
    bench.in('70 02 00 02 | 32 06 00 01 61 00 09 00');
    expect(sink.outcomes.size).toBe(2);
    expect(sink.messages).toHaveLength(1);
    machine.authenticate(DATA, 1);
    expect(sink.taken()).toEqual([
      '32 07 00 01 61 00 01 00 78',
      '34 07 00 01 61 00 02 00 78',
      '62 02 00 02',
      '40 02 00 09',
      'f0 0b 18 09 15 00 02 4d 31 16 00 01 64',
    ]);
  });

  test.each([
    ['that nobody began', [], MORE],
    ['that says Success although nobody began', [], DONE],
    ['of another method', ['again'], 'f0 06 18 04 15 00 01 41'],
    ['before the last one was answered', ['again', MORE], MORE],
    ['that begins one', ['again'], 'f0 07 19 05 15 00 02 4d 31'],
    ['after the one that ended it', ['again', DONE], DONE],
  ])(
    'ends the connection for an AUTH %s, with DISCONNECT [5:MQTT-4.12.0-5] [5:MQTT-4.13.2-1]',
    (_, before, last) => {
      const { machine, sink, ...bench } = open();
      for (const step of before) {
        if (step === 'again') machine.reauthenticate({}, 0);
        else bench.in(step);
      }
      sink.taken();
      bench.in(last);
      expect(sink.taken()).toEqual(['e0 01 82']);
      expect(machine.phase).toMatchObject({ name: 'closing', reason: { code: 'protocol-violation' } });
    },
  );

  test('ends the attempt where CONNACK says Success before AUTH has been answered [5:MQTT-4.12.0-2]', () => {
    const { machine, sink, ...bench } = connecting(M1);
    bench.in(`${MORE} | ${ACCEPTED}`);
    expect(sink.negotiated).toBeUndefined();
    expect(machine.phase).toMatchObject({ name: 'closing', reason: { code: 'protocol-violation' } });
  });

  test('still hears a refusal then [5:MQTT-4.12.0-4]', () => {
    const { machine, ...bench } = connecting(M1);
    bench.in(`${MORE} | 20 03 00 87 00`);
    expect(machine.phase).toMatchObject({
      name: 'closing',
      reason: { code: 'connection-refused', reasonCode: 0x87 },
    });
  });

  test('says why it ends a connection whose server is not the one [5:MQTT-4.12.1-2]', () => {
    const { machine, sink, ...bench } = open();
    machine.reauthenticate({}, 0);
    bench.in(MORE);
    sink.taken();
    const error = new MqttError('server-not-authenticated', 'no');
    machine.failAuthentication('server-not-authenticated', error, 1);
    expect(sink.taken()).toEqual(['e0 01 80']);
    machine.ended(undefined, 1);
    expect(sink.reason).toMatchObject({ code: 'server-not-authenticated', error });
  });

  test('gives a re-authentication up that the server does not end', () => {
    const { machine, sink } = open();
    machine.reauthenticate({}, 10);
    expect(machine.deadline()).toBe(30_010);
    machine.wake(30_009);
    expect(machine.phase.name).toBe('connected');
    machine.wake(30_010);
    machine.ended(undefined, 30_010);
    expect(sink.reason?.code).toBe('authentication-failed');
  });

  test('refuses one without a method, and a second one at once [5:MQTT-4.12.0-7]', () => {
    const plain = connecting();
    const code = (what: string): unknown => expect.objectContaining({ code: what });
    expect(() => plain.machine.reauthenticate({}, 0)).toThrow(code('not-connected'));
    plain.in('20 03 00 00 00');
    plain.sink.taken();
    expect(() => plain.machine.reauthenticate({}, 0)).toThrow(code('not-authenticating'));
    expect(plain.sink.taken()).toEqual([]);
    const { machine } = open();
    machine.reauthenticate({}, 0);
    expect(() => machine.reauthenticate({}, 0)).toThrow(code('already-authenticating'));
  });

  test('keeps what is under way where the connection is lost within one', () => {
    const { machine, sink } = open();
    machine.reauthenticate({}, 0);
    machine.publish({ topic: 'a', payload: 'x', qos: 1 }, 7, 0);
    machine.ended(undefined, 1);
    expect(failure(sink, 7)).toBeUndefined();
    expect(sink.reason?.code).toBe('connection-lost');
  });
});

test('AUTH after CONNACK means the same wherever the bytes are split', () => {
  const all = bytes(`${ACCEPTED} | ${MORE.replaceAll('|', '')}`);
  for (let at = 1; at < all.length; at++) {
    const { machine, sink } = connecting(M1);
    machine.receive(all.subarray(0, at), 0);
    machine.receive(all.subarray(at), 0);
    expect(machine.phase).toMatchObject({ name: 'closing', reason: { code: 'protocol-violation' } });
    expect(sink.negotiated).toBeDefined();
  }
});
