/** Owns what a CONNECT must be, who may come and with which client identifier. */

import { MQTT_3_1, MQTT_3_1_1, MQTT_5_0, utf8Bytes } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { ALL, Bench, connect, publish } from '../bench.ts';

describe.each(ALL)('CONNECT in MQTT $name', (dialect) => {
  test('is answered with CONNACK 0 and no session [5:MQTT-3.1.4-5] [5:MQTT-3.2.2-2] [3.1.1:MQTT-3.1.4-4]', () => {
    const peer = new Bench().peer(dialect).connect();
    expect(peer.only('connack')).toMatchObject({ reasonCode: 0, sessionPresent: false });
    expect(peer.closed).toBe(false);
  });

  test('a second one ends the connection [5:MQTT-3.1.0-2] [3.1.1:MQTT-3.1.0-2]', () => {
    const peer = new Bench().peer(dialect).connected().connect();
    expect(peer.closed).toBe(true);
    expect(peer.take()).toMatchObject(
      dialect.serverDisconnect ? [{ type: 'disconnect', reasonCode: 0x82 }] : [],
    );
  });

  test('anything before it closes without an answer [5:MQTT-3.1.0-1] [3.1.1:MQTT-3.1.0-1]', () => {
    const peer = new Bench().peer(dialect).send(publish('a'));
    expect(peer.raw()).toHaveLength(0);
    expect(peer.closed).toBe(true);
  });

  test('may come in one chunk with what follows it [5:MQTT-3.1.4-6] [3.1.1:MQTT-3.1.4-5]', () => {
    const peer = new Bench().peer(dialect);
    peer.sendAtOnce(connect(dialect), { type: 'pingreq' });
    expect(peer.take().map(({ type }) => type)).toEqual(['connack', 'pingresp']);
  });

  test('that does not come in time closes the connection without a word [5:3.1.4] [3.1.1:3.1.4]', () => {
    const bench = new Bench();
    const peer = bench.peer(dialect).hex('10');
    bench.pass(9.9);
    expect(peer.closed).toBe(false);
    bench.pass(0.2);
    expect(peer.closed).toBe(true);
    expect(peer.raw()).toHaveLength(0);
    expect(bench.hub.counters.connectTimeouts).toBe(1);
    expect(bench.hub.wheel.size).toBe(0);
  });

  test('in time puts the time-out away', () => {
    const bench = new Bench();
    const peer = bench.peer(dialect).connected();
    bench.pass(60);
    expect(peer.closed).toBe(false);
  });
});

describe('an unknown protocol', () => {
  test.each([
    ['level 6 of MQTT: 0x84 [5:MQTT-3.1.2-2]', '10 0d 0004 4d515454 06 02 003c 0001 78', '20 .. 00 84'],
    ['level 2 of MQTT: 0x01 [3.1.1:MQTT-3.1.2-2]', '10 0d 0004 4d515454 02 02 003c 0001 78', '20 02 00 01'],
    ['level 4 of MQIsdp: 0x01', '10 0f 0006 4d5149736470 04 02 003c 0001 78', '20 02 00 01'],
    ['another name at level 4: nothing [3.1.1:MQTT-3.1.2-1]', '10 0d 0004 4d515458 04 02 003c 0001 78', ''],
    [
      'another name at level 5: 0x84 [5:MQTT-3.1.2-1]',
      '10 0e 0004 4d515458 05 02 003c 00 0001 78',
      '20 .. 00 84',
    ],
  ])('%s', (_, sent, answer) => {
    const peer = new Bench().peer().hex(sent);
    const hex = Array.from(peer.raw(), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    expect(hex).toMatch(new RegExp(`^${answer}${answer.endsWith('84') ? '.*' : ''}$`));
    expect(peer.closed).toBe(true);
  });
});

describe('a password', () => {
  const password = utf8Bytes('secret');

  test('without a user name is taken in 5.0 [5:3.1.2.9]', () => {
    expect(new Bench().peer().connect({ password }).only('connack').reasonCode).toBe(0);
  });

  test('without a user name is refused in 3.1.1 [3.1.1:MQTT-3.1.2-22]', () => {
    const peer = new Bench().peer(MQTT_3_1_1);
    peer.hex('10 11 0004 4d515454 04 42 003c 0001 78 0002 7077');
    expect(peer.raw()).toHaveLength(0);
    expect(peer.closed).toBe(true);
  });
});

describe('a greeting of another protocol is noted as such and not answered', () => {
  test.each([
    ['TLS', '16 03 01 02 00 01', 'a TLS greeting on a plain MQTT port'],
    ['HTTP', '47 45 54 20 2f 20 48 54 54 50', 'an HTTP request on an MQTT port'],
    ['HTTP with a body', '50 4f 53 54 20 2f 20 48', 'an HTTP request on an MQTT port'],
    ['SSH', '53 53 48 2d 32 2e 30', 'an SSH greeting on an MQTT port'],
    ['PROXY', '50 52 4f 58 59 20 54 43 50 34', 'a PROXY protocol header on a port that expects none'],
  ])('%s', (_, hex, note) => {
    const bench = new Bench();
    const peer = bench.peer().hex(hex);
    expect(bench.notes.map((one) => one.text)).toContain(note);
    expect(peer.closed).toBe(true);
    expect(peer.raw()).toHaveLength(0);
  });
});

describe.each(ALL)('a client identifier in MQTT $name', (dialect) => {
  const answer = (bench: Bench, clientId: string) =>
    bench.peer(dialect).connect({ clientId }).only('connack').reasonCode;

  test('of 1 to 23 letters and digits is taken even where it is strict [5:MQTT-3.1.3-5] [3.1.1:MQTT-3.1.3-5]', () => {
    const bench = new Bench({ limits: { clientIdStrict: true } });
    expect(answer(bench, 'a')).toBe(0);
    expect(answer(bench, 'ABCDEFGHIJKLMNOpqrstu09')).toBe(0);
  });

  test('that is longer or has other characters is taken by default', () => {
    expect(answer(new Bench(), `sensor/é ${'x'.repeat(100)}`)).toBe(0);
  });

  test('that is longer or has other characters is refused where it is strict [5:MQTT-3.1.3-8] [3.1.1:MQTT-3.1.3-9]', () => {
    const bench = new Bench({ limits: { clientIdStrict: true } });
    expect(answer(bench, 'x'.repeat(24))).toBe(0x85);
    expect(answer(bench, 'a-b')).toBe(0x85);
  });

  test('has a limit that counts bytes and not characters', () => {
    const bench = new Bench({ limits: { clientIdBytesMax: 30 } });
    expect(answer(bench, 'é'.repeat(15))).toBe(0);
    expect(answer(bench, `${'é'.repeat(15)}x`)).toBe(0x85);
  });
});

describe('an empty client identifier', () => {
  test('is answered in 5.0 with one that is unique [5:MQTT-3.1.3-6] [5:MQTT-3.1.3-7] [5:MQTT-3.2.2-16]', () => {
    const bench = new Bench();
    const ids = [1, 2, 3].map(
      () =>
        bench.peer().connect({ clientId: '' }).only('connack').properties.assignedClientIdentifier as string,
    );
    for (const id of ids) expect(id).toMatch(/^[0-9A-Za-z]{23}$/);
    expect(new Set(ids).size).toBe(3);
  });

  test('gets another one where chance repeats itself', () => {
    const bench = new Bench();
    const chances = [...Array(46).fill(0), ...Array(23).fill(0.5)];
    Object.assign(bench.context, { random: () => chances.shift() ?? 0.9 });
    const first = bench.peer().connect({ clientId: '' }).only('connack');
    const second = bench.peer().connect({ clientId: '' }).only('connack');
    expect(first.properties.assignedClientIdentifier).toBe('0'.repeat(23));
    expect(second.properties.assignedClientIdentifier).toBe('V'.repeat(23));
  });

  test('stands for a session that is there for its assigned identifier until it expires [5:MQTT-3.1.3-6]', () => {
    const bench = new Bench();
    const peer = bench.peer().connect({ clientId: '', properties: { sessionExpiryInterval: 60 } });
    const clientId = peer.only('connack').properties.assignedClientIdentifier as string;
    peer.lost();
    bench.pass(59);
    const again = { clientId, cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    const back = bench.peer().connect(again);
    expect(back.only('connack').sessionPresent).toBe(true);
    back.lost();
    bench.pass(61);
    expect(bench.peer().connect(again).only('connack').sessionPresent).toBe(false);
  });

  test('is taken in 3.1.1 with CleanSession 1, and no two are the same session [3.1.1:MQTT-3.1.3-6]', () => {
    const bench = new Bench();
    const one = bench.peer(MQTT_3_1_1).connected({ clientId: '' });
    bench.peer(MQTT_3_1_1).connected({ clientId: '' });
    expect(one.closed).toBe(false);
    expect(bench.hub.sessionCount).toBe(2);
  });

  test('is refused in 3.1.1 with CleanSession 0 [3.1.1:MQTT-3.1.3-8]', () => {
    const peer = new Bench().peer(MQTT_3_1_1).connect({ clientId: '', cleanStart: false });
    expect(peer.only('connack').reasonCode).toBe(0x85);
    expect(peer.closed).toBe(true);
  });

  test('is refused in 3.1', () => {
    const peer = new Bench().peer(MQTT_3_1).connect({ clientId: '' });
    expect(peer.only('connack').reasonCode).toBe(0x85);
    expect(peer.closed).toBe(true);
  });
});

test('a topic filter as long as it is wrong ends one connection and not the broker', () => {
  const peer = new Bench().peer(MQTT_5_0).connected();
  const filter = utf8Bytes(`"#${'"'.repeat(65_000)}`);
  const length = filter.length + 6;
  peer.bytes(
    Uint8Array.of(0x82, (length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14, 0, 1, 0),
    Uint8Array.of(filter.length >> 8, filter.length & 0xff),
    filter,
    Uint8Array.of(0),
  );
  const { reasonCode, properties } = peer.only('disconnect');
  expect(reasonCode).toBe(0x82);
  expect(properties.reasonString?.length).toBeLessThan(300);
});
