/** Owns every reason a CONNECT is refused for: its code in 5.0, its return code in 3.x, and the close. */

import { encodePacket, MQTT_3_1_1, MQTT_5_0, utf8Bytes } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { userAuthenticator } from '../../src/access/users.ts';
import { Bench, type BenchOptions, connect, fromHex, joined, type Peer, type Type, will } from '../bench.ts';

type Facts = Partial<Type<'connect'>>;

const users = userAuthenticator({ users: [{ name: 'ann', password: 'right' }], anonymous: 'never' });
const as = (userName: string, password: string): Facts => ({ userName, password: utf8Bytes(password) });
const elsewhere = { serverReference: 'other.example:1883' };

type Cause = readonly [
  cause: string,
  code: number,
  returnCode: number | undefined,
  options: BenchOptions,
  facts: Facts,
  before?: (bench: Bench) => void,
];

const CAUSES: readonly Cause[] = [
  ['the server is shutting down', 0x88, 3, {}, {}, (bench) => bench.admission.shutDown()],
  [
    'too many clients are connected',
    0x89,
    3,
    { limits: { connectionsMax: 1 } },
    {},
    (bench) => bench.peer().connected({ clientId: 'first' }),
  ],
  ['the password is wrong', 0x86, 4, { authenticate: users }, as('ann', 'wrong')],
  ['the user name is unknown', 0x86, 4, { authenticate: users }, as('bob', 'right')],
  ['anonymous clients are not let in', 0x87, 5, { authenticate: users }, {}],
  [
    'a rule keeps the client identifier out',
    0x87,
    5,
    { admission: { denied: [{ clientId: 'client' }] } },
    {},
  ],
  ['a rule keeps the address out', 0x87, 5, { admission: { denied: [{ address: '192.0.2.1' }] } }, {}],
  [
    'the session belongs to another user',
    0x87,
    5,
    {},
    { userName: 'eve', cleanStart: false },
    (bench) =>
      bench
        .peer()
        .connected({ userName: 'ann', properties: { sessionExpiryInterval: 60 } })
        .lost(),
  ],
  [
    'the client is banned by its identifier',
    0x8a,
    5,
    { admission: { banned: [{ clientId: 'client' }] } },
    {},
  ],
  [
    'the client is banned by its user name',
    0x8a,
    5,
    { admission: { banned: [{ userName: 'eve' }] } },
    { userName: 'eve' },
  ],
  [
    'no more sessions are kept',
    0x97,
    3,
    { limits: { sessionsMax: 1 } },
    {},
    (bench) => bench.peer().connected({ clientId: 'first' }),
  ],
  [
    'the server refers to another for now [5:4.13.2]',
    0x9c,
    3,
    { admission: { redirect: { ...elsewhere, permanent: false } } },
    {},
  ],
  [
    'the server has moved for good [5:4.13.2]',
    0x9d,
    3,
    { admission: { redirect: { ...elsewhere, permanent: true } } },
    {},
  ],
  [
    'too many connect in one second',
    0x9f,
    3,
    { limits: { connectionsPerSecondMax: 1 } },
    {},
    (bench) => bench.peer().connected({ clientId: 'first' }),
  ],
  [
    'Will QoS is above Maximum QoS [5:MQTT-3.2.2-12]',
    0x9b,
    undefined,
    { limits: { maximumQos: 1 } },
    { will: will('w', 'x', { qos: 2 }) },
  ],
  [
    'Will Retain is set where nothing is retained [5:MQTT-3.2.2-13]',
    0x9a,
    undefined,
    { limits: { retainAvailable: false } },
    { will: will('w', 'x', { retain: true }) },
  ],
  ['the will may not be published', 0x87, 5, {}, { will: will('$SYS/broker') }],
  ['the authenticator throws', 0x80, undefined, { authenticate: () => JSON.parse('{') }, {}],
  ['the authenticator answers nonsense', 0x80, undefined, { authenticate: () => JSON.parse('{}') }, {}],
  [
    'the authenticator refuses with a code that is no refusal',
    0x80,
    undefined,
    { authenticate: () => ({ refused: { reasonCode: 0, text: 'yes' } }) },
    {},
  ],
];

function refused([, , , options, facts, before]: Cause, dialect: typeof MQTT_5_0): Peer {
  const bench = new Bench(options);
  before?.(bench);
  const sessions = bench.hub.sessionCount;
  const peer = bench.peer(dialect).connect(facts);
  expect(peer.closed).toBe(true);
  expect(bench.hub.sessionCount).toBe(sessions);
  expect(bench.hub.counters.connectsRefused).toBe(1);
  return peer;
}

describe.each(CAUSES.map((row) => ({ cause: row[0], row })))('$cause', ({ row }) => {
  const [, code, returnCode] = row;

  test('in 5.0 its code, a reason and the close [5:MQTT-3.1.4-2] [5:MQTT-3.2.2-7]', () => {
    const connack = refused(row, MQTT_5_0).only('connack');
    expect(connack.reasonCode).toBe(code);
    expect(connack.sessionPresent).toBe(false);
    expect(connack.properties.reasonString).toMatch(/\w/);
    const referred = code === 0x9c || code === 0x9d ? elsewhere.serverReference : undefined;
    expect(connack.properties.serverReference).toBe(referred);
  });

  test('in 3.1.1 its return code, or only the close [3.1.1:MQTT-3.2.2-5] [3.1.1:MQTT-3.2.2-6]', () => {
    const raw = refused(row, MQTT_3_1_1).raw();
    expect([...raw]).toEqual(returnCode === undefined ? [] : [0x20, 2, 0, returnCode]);
  });
});

describe('a rule', () => {
  test('of several fields needs all of them', () => {
    const bench = new Bench({ admission: { banned: [{ clientId: 'client', address: '192.0.2.9' }, {}] } });
    expect(bench.peer().connect().only('connack').reasonCode).toBe(0);
    expect(bench.peer(MQTT_5_0, '192.0.2.9').connect().only('connack').reasonCode).toBe(0x8a);
  });
});

describe('the connection rate', () => {
  test('counts anew every second', () => {
    const bench = new Bench({ limits: { connectionsPerSecondMax: 2 } });
    const codes = () => bench.peer().connect({ clientId: '' }).only('connack').reasonCode;
    expect([codes(), codes(), codes()]).toEqual([0, 0, 0x9f]);
    bench.pass(1);
    expect(codes()).toBe(0);
  });
});

test('another user may go on with a session where the settings allow it, and then owns it', () => {
  const bench = new Bench({ limits: { sessionOwnerMayChange: true } });
  const properties = { sessionExpiryInterval: 60 };
  bench.peer().connected({ userName: 'ada', properties }).disconnect();
  const codes = (userName: string) => {
    const peer = bench.peer().connect({ userName, cleanStart: false, properties });
    const { sessionPresent, reasonCode } = peer.only('connack');
    peer.disconnect();
    return [sessionPresent, reasonCode];
  };
  expect(codes('eve')).toEqual([true, 0]);
  expect(codes('ada')).toEqual([true, 0]);
});

describe('the connection limit', () => {
  test('does not keep a client from taking over its own connection', () => {
    const bench = new Bench({ limits: { connectionsMax: 1 } });
    const old = bench.peer().connected({ clientId: 'mine' });
    expect(bench.peer().connect({ clientId: 'mine' }).only('connack').reasonCode).toBe(0);
    expect(old.closed).toBe(true);
    expect(bench.context.clients.connected).toBe(1);
    expect(bench.peer().connect({ clientId: 'other' }).only('connack').reasonCode).toBe(0x89);
  });

  test('has room again when a client has gone', () => {
    const bench = new Bench({ limits: { connectionsMax: 1 } });
    const first = bench.peer().connected({ clientId: 'first' });
    expect(bench.peer().connect().only('connack').reasonCode).toBe(0x89);
    first.disconnect();
    expect(bench.peer().connect().only('connack').reasonCode).toBe(0);
  });
});

describe('an anonymous client', () => {
  const answer = (loopback: boolean, anonymous: 'always' | 'never' | 'loopback') => {
    const bench = new Bench({ authenticate: userAuthenticator({ users: [], anonymous }) });
    return bench.peer(MQTT_5_0, '192.0.2.1', loopback).connect().only('connack').reasonCode;
  };

  test('is let in from this machine only, where so set', () => {
    expect(answer(true, 'loopback')).toBe(0);
    expect(answer(false, 'loopback')).toBe(0x87);
    expect(answer(false, 'always')).toBe(0);
    expect(answer(true, 'never')).toBe(0x87);
  });
});

describe('a CONNECT larger than the limit', () => {
  const limits = { connectPacketBytesMax: 200 };
  const large = { clientId: 'x'.repeat(300) };

  test('is answered with 0x95 in 5.0 where its name and level came with the header', () => {
    const peer = new Bench({ limits }).peer().connect(large);
    expect(peer.only('connack').reasonCode).toBe(0x95);
    expect(peer.closed).toBe(true);
  });

  test('is answered with a plain close where they did not, or in 3.1.1', () => {
    const header = new Bench({ limits }).peer().hex('10 ff 7f');
    expect(header.closed).toBe(true);
    expect(header.raw()).toHaveLength(0);
    const cut = new Bench({ limits }).peer().hex('10 ff 7f 00 04 4d 51');
    expect(cut.closed).toBe(true);
    expect(cut.raw()).toHaveLength(0);
    const old = new Bench({ limits }).peer(MQTT_3_1_1).connect(large);
    expect(old.closed).toBe(true);
    expect(old.raw()).toHaveLength(0);
  });

  test('is refused from its header: nothing of it is kept', () => {
    const bench = new Bench({ limits });
    const peer = bench.peer().hex('10 ff ff ff 7f 00 04 4d 51 54 54 05');
    expect(peer.only('connack').reasonCode).toBe(0x95);
  });

  test('leaves a smaller limit to what is not CONNECT alone', () => {
    const peer = new Bench({ limits }).peer().connected();
    peer.publish('a', 'x'.repeat(1000));
    expect(peer.closed).toBe(false);
  });
});

test('0x81 and 0x82 answer a CONNECT that is malformed or against the rules [5:MQTT-3.1.4-1]', () => {
  const bad = new Bench().peer().hex('10 0e 0004 4d515454 05 03 003c 00 0001 78');
  expect(bad.only('connack').reasonCode).toBe(0x81);
  const twice = new Bench().peer().hex('10 14 0004 4d515454 05 02 003c 06 21 0005 21 0005 0001 78');
  expect(twice.only('connack').reasonCode).toBe(0x82);
});

test('a CONNECT that is cut off and taken up again is one CONNECT', () => {
  const bytes = encodePacket(connect(MQTT_5_0, { will: will('w') }), MQTT_5_0);
  const peer = new Bench().peer();
  for (const byte of bytes) peer.bytes(Uint8Array.of(byte));
  expect(peer.only('connack').reasonCode).toBe(0);
});

test('nothing behind a refused CONNECT is looked at [5:MQTT-3.1.4-6]', () => {
  const bench = new Bench({ admission: { banned: [{ clientId: 'client' }] } });
  const other = bench.peer().connected({ clientId: 'other' }).subscribed('#');
  bench.peer().bytes(joined([encodePacket(connect(MQTT_5_0), MQTT_5_0), fromHex('30 05 0001 61 00 78')]));
  expect(other.take()).toEqual([]);
});
