import { describe, expect, test } from 'vitest';
import { connected, connecting, failure } from './support.ts';

describe('DISCONNECT', () => {
  test('carries reason code and properties in 5.0', () => {
    const { machine, sink } = connected({ properties: { sessionExpiryInterval: 1 } });
    machine.disconnect({ reasonCode: 0x04, properties: { sessionExpiryInterval: 7 } }, 0);
    expect(sink.taken()).toEqual(['e0 07 04 05 11 00 00 00 07']);
  });

  test.each([
    ['session-expiry-raised', {}, { properties: { sessionExpiryInterval: 1 } }],
    ['invalid-reason-code', {}, { reasonCode: 0x8e }],
    ['reason-codes-not-supported', { dialect: '3.1.1' }, { reasonCode: 0x04 }],
    ['properties-not-supported', { dialect: '3.1.1' }, { properties: { reasonString: 'a' } }],
  ] as const)('%s is refused here, and the connection stays', (code, options, request) => {
    const { machine, sink } = connected(options);
    expect(() => machine.disconnect(request, 0)).toThrow(expect.objectContaining({ code }));
    expect(sink.taken()).toEqual([]);
    expect(machine.phase.name).toBe('connected');
  });

  test('from the server tells its code and Reason String', () => {
    const { machine, sink, ...bench } = connected();
    machine.subscribe([{ topicFilter: 'a' }], {}, 1, 0);
    sink.taken();
    bench.in('e0 07 8e 05 1f 00 02 6e 6f | 30 04 00 01 61 00');
    expect(sink.closes).toBe(1);
    expect(sink.messages).toEqual([]);
    machine.ended(undefined, 0);
    expect(sink.reason).toMatchObject({
      code: 'server-disconnected',
      reasonCode: 0x8e,
      properties: { reasonString: 'no' },
      error: { code: 'server-disconnected', side: 'server' },
    });
    expect(failure(sink, 1)).toBe(sink.reason?.error);
    expect(sink.taken()).toEqual([]);
  });
});

test('a stream that ends is a lost connection, before and after CONNACK', () => {
  for (const bench of [connecting(), connected()]) {
    bench.machine.ended(undefined, 0);
    expect(bench.sink.reason?.code).toBe('connection-lost');
    expect(bench.machine.phase.name).toBe('closed');
    bench.machine.ended(undefined, 0);
    bench.machine.disconnect({}, 0);
    bench.in('20 03 00 00 00');
    expect(bench.sink.closes).toBe(1);
  }
});

describe('AUTH', () => {
  const options = { properties: { authenticationMethod: 'M1' } };
  const challenge = 'f0 0b 18 09 15 00 02 4d 31 16 00 01 63';
  const accepted = '20 08 00 00 05 15 00 02 4d 31';

  test('is answered with the method that CONNECT named, and then CONNACK comes [5:MQTT-4.12.0-3] [5:MQTT-4.12.0-5]', () => {
    const { machine, sink, ...bench } = connecting(options);
    sink.taken();
    bench.in(challenge);
    expect(sink.steps[0]?.properties.authenticationData).toEqual(Uint8Array.of(0x63));
    expect(machine.phase.name).toBe('authenticating');
    machine.authenticate({ authenticationData: Uint8Array.of(0x64) }, 1);
    expect(sink.taken()).toEqual(['f0 0b 18 09 15 00 02 4d 31 16 00 01 64']);
    bench.in(accepted);
    expect(sink.negotiated?.authenticationMethod).toBe('M1');
  });

  test.each([
    ['another method', 'f0 06 18 04 15 00 01 41'],
    ['success instead of CONNACK', 'f0 07 00 05 15 00 02 4d 31'],
    ['a second challenge before the answer', `${challenge} | ${challenge}`],
    ['CONNACK without the method', '20 03 00 00 00'],
  ])('%s ends the attempt, without DISCONNECT', (_, text) => {
    const { machine, sink, ...bench } = connecting(options);
    sink.taken();
    bench.in(text);
    expect(machine.phase).toMatchObject({
      name: 'closing',
      reason: { code: 'protocol-violation', reasonCode: 0x82 },
    });
    expect(sink.taken()).toEqual([]);
  });

  test('that nobody asked for is not answered [5:MQTT-4.12.0-7]', () => {
    const { machine } = connected();
    expect(() => machine.authenticate({}, 0)).toThrow(
      expect.objectContaining({ code: 'not-authenticating' }),
    );
  });
});
