import { Decoder, utf8Bytes } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { ConnectionRefusedError, type ConnectOptions, Machine, Session } from '../src/index.ts';
import { bytes, connected, connecting, hex, Recorder, table, vector } from './support.ts';

function connectBytes(options: ConnectOptions): string {
  return connecting(options).sink.sent.join(' | ');
}

describe('CONNECT', () => {
  test('sends exactly the bytes that another client was seen to send', () => {
    const options: ConnectOptions = {
      clientId: 'mqttx_0c668d0d',
      keepAlive: 60,
      userName: 'admin',
      password: 'public',
      properties: { sessionExpiryInterval: 300 },
    };
    expect(connectBytes(options)).toBe(hex(vector('connect-5-captured')));
  });

  test('is the first packet, and is sent once [5:MQTT-3.1.0-1] [5:MQTT-3.1.0-2]', () => {
    const { machine, sink } = connecting();
    expect(sink.sent).toHaveLength(1);
    expect(() => machine.connect(1)).toThrow(expect.objectContaining({ code: 'already-connected' }));
  });

  test('carries every field of a will with its properties in the order they were given [5:MQTT-3.1.2-9] [5:MQTT-3.1.3-1]', () => {
    const will = {
      topic: 'w',
      payload: new Uint8Array([1, 2]),
      qos: 2,
      retain: true,
      properties: {
        userProperties: [
          ['a', '1'],
          ['a', '2'],
        ],
        willDelayInterval: 5,
      },
    } as const;
    expect(connectBytes({ will, keepAlive: 0 })).toBe(
      '10 28 00 04 4d 51 54 54 05 36 00 00 00 00 00 13 26 00 01 61 00 01 31 26 00 01 61 00 01 32 18 00 00 00 05 ' +
        '00 01 77 00 02 01 02',
    );
  });

  const vectors = table('vectors.tsv').filter(({ name = '' }) => name.startsWith('connect-'));
  test.each(vectors)('$name: every field and property can be said with options', ({ hex: text = '' }) => {
    const decoder = new Decoder({ sender: 'client', maximumPacketSize: 1000 });
    decoder.push(bytes(text));
    const packet = decoder.next();
    if (packet?.type !== 'connect') throw new Error('no CONNECT');
    const { dialect, clientId, cleanStart, keepAlive, userName, password, will, properties } = packet;
    const given = { userName, password, will };
    const options = {
      dialect: dialect.name,
      clientId,
      cleanStart,
      keepAlive,
      properties,
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    };
    expect(connectBytes(options)).toBe(text);
  });

  test.each([
    ['3.1', '10 0f 00 06 4d 51 49 73 64 70 03 02 00 3c 00 01 61'],
    ['3.1.1', '10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61'],
    ['5.0', '10 0e 00 04 4d 51 54 54 05 02 00 3c 00 00 01 61'],
  ] as const)(
    'in %s differs by name, level and properties [5:MQTT-3.1.2-1] [5:MQTT-3.1.3-3] [3.1.1:MQTT-3.1.3-3]',
    (dialect, expected) => {
      expect(connectBytes({ dialect, clientId: 'a' })).toBe(expected);
    },
  );

  test('sends a password without user name in 5.0 only [3.1.1:MQTT-3.1.2-22]', () => {
    expect(connectBytes({ password: utf8Bytes('p') })).toBe(
      '10 10 00 04 4d 51 54 54 05 42 00 3c 00 00 00 00 01 70',
    );
    expect(() => connecting({ dialect: '3.1.1', password: 'p' })).toThrow(
      expect.objectContaining({ code: 'password-without-user-name' }),
    );
  });

  test.each([
    ['client-id-required', { dialect: '3.1.1', cleanStart: false }],
    ['client-id-required', { dialect: '3.1' }],
    ['properties-not-supported', { dialect: '3.1.1', properties: { receiveMaximum: 1 } }],
    [
      'properties-not-supported',
      { dialect: '3.1.1', will: { topic: 'a', properties: { willDelayInterval: 1 } } },
    ],
    ['invalid-topic-name', { will: { topic: 'a/#' } }],
    ['invalid-keep-alive', { keepAlive: 65_536 }],
    ['invalid-property', { properties: { receiveMaximum: 0 } }],
    ['invalid-option', { pingTimeoutMs: 0 }],
  ] as const)('refuses %s before anything is sent: %j', (code, options) => {
    const sink = new Recorder();
    expect(() => new Machine(options, new Session(), sink)).toThrow(expect.objectContaining({ code }));
    expect(sink.sent).toEqual([]);
  });
});

describe('CONNACK', () => {
  test('of success fills in every default', () => {
    const { sink } = connected({ clientId: 'me' });
    expect(sink.negotiated).toEqual({
      dialect: '5.0',
      sessionPresent: false,
      clientId: 'me',
      keepAlive: 60,
      sessionExpiryInterval: 0,
      receiveMaximum: 65_535,
      maximumPacketSize: 268_435_460,
      maximumQos: 2,
      retainAvailable: true,
      topicAliasMaximum: 0,
      wildcardSubscriptionAvailable: true,
      subscriptionIdentifiersAvailable: true,
      sharedSubscriptionAvailable: true,
      responseInformation: undefined,
      authenticationMethod: undefined,
      client: {
        receiveMaximum: 65_535,
        maximumPacketSize: 268_435_460,
        topicAliasMaximum: 0,
        requestProblemInformation: true,
        requestResponseInformation: false,
      },
      properties: {},
    });
  });

  test('captured from another server is understood', () => {
    const bench = connecting();
    bench.in(hex(vector('connack-5-captured')));
    expect(bench.sink.negotiated).toMatchObject({
      maximumPacketSize: 1_048_576,
      topicAliasMaximum: 65_535,
      retainAvailable: true,
    });
  });

  test('gives Server Keep Alive and Assigned Client Identifier [5:MQTT-3.1.2-21] [5:MQTT-3.2.2-16]', () => {
    const { sink, session, machine } = connected({}, '20 0a 00 00 07 13 00 05 12 00 01 78');
    expect(sink.negotiated).toMatchObject({ keepAlive: 5, clientId: 'x' });
    expect(session.clientId).toBe('x');
    expect(machine.deadline()).toBe(5000);
  });

  test('of 3.1 has no Session Present', () => {
    const { sink } = connected({ dialect: '3.1', clientId: 'a', cleanStart: false }, '20 02 01 00');
    expect(sink.negotiated).toMatchObject({ dialect: '3.1', sessionPresent: false });
  });

  const refusals = table('vectors.tsv').filter(({ name = '' }) =>
    /^connack-.*(refused|bad|not-auth|another)/.test(name),
  );
  test.each(refusals)('$name ends as a typed error with its code', ({ protocol, hex: text = '' }) => {
    const dialect = protocol as '5.0' | '3.1.1' | '3.1';
    const { machine, sink, ...bench } = connecting({ dialect, clientId: 'a' });
    bench.in(text);
    expect(sink.closes).toBe(1);
    expect(sink.sent).toHaveLength(1);
    machine.ended(undefined, 0);
    expect(sink.reason?.code).toBe('connection-refused');
    const error = sink.reason?.error as ConnectionRefusedError;
    expect(error).toBeInstanceOf(ConnectionRefusedError);
    expect(error.returnCode).toBe(dialect === '5.0' ? undefined : bytes(text)[3]);
    if (dialect === '5.0') expect(error.reasonCode).toBe(bytes(text)[3]);
    expect(error.message).toContain(error.meaning);
  });

  test('with a Server Reference tells it', () => {
    const bench = connecting();
    bench.in(hex(vector('connack-5-use-another')));
    bench.machine.ended(undefined, 0);
    const error = bench.sink.reason?.error as ConnectionRefusedError;
    expect(error.serverReference).toEqual(expect.any(String));
    expect(error.reasonCode).toBe(0x9c);
  });

  test('must not answer questions that were not asked [5:MQTT-3.1.2-28]', () => {
    const bench = connecting();
    bench.in('20 07 00 00 04 1a 00 01 72');
    expect(bench.machine.phase).toMatchObject({ name: 'closing', reason: { reasonCode: 0x82 } });
    expect(
      connected({ properties: { requestResponseInformation: true } }, '20 07 00 00 04 1a 00 01 72').sink
        .negotiated,
    ).toMatchObject({ responseInformation: 'r' });
  });
});
