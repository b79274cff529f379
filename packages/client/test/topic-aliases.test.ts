// Topic aliases that the client gives of its own accord, by bytes.

import { describe, expect, test } from 'vitest';
import { type ConnectOptions, Session } from '../src/index.ts';
import { type Bench, connected, connecting } from './support.ts';

/** The server takes so many aliases. */
const taking = (maximum: number): string => `20 06 00 00 03 22 00 ${maximum.toString(16).padStart(2, '0')}`;
/** The same, and packets of so many bytes. */
const small = (bytes: number): string =>
  `20 0b 00 00 08 22 00 05 27 00 00 00 ${bytes.toString(16).padStart(2, '0')}`;

const TOPIC = 'sensor';
const NAME = '00 06 73 65 6e 73 6f 72';
const OTHER = 'second';
const OTHER_NAME = '00 06 73 65 63 6f 6e 64';
const alias = (n: number): string => `03 23 00 0${n}`;

function open(connack: string, options: ConnectOptions = {}, session?: Session): Bench & { say: typeof say } {
  const bench = connected(options, connack, session);
  let ticket = 100;
  function say(topic: string, more: object = {}): string {
    bench.machine.publish({ topic, payload: 'x', ...more }, ++ticket, 0);
    return bench.sink.taken().join(' | ');
  }
  return { ...bench, say };
}

describe('a topic', () => {
  test('is said in full, then with its alias, then by its alias [5:3.3.2.3.4] [5:MQTT-3.3.2-9]', () => {
    const { say } = open(taking(5));
    expect(say(TOPIC)).toBe(`30 0a ${NAME} 00 78`);
    expect(say(TOPIC)).toBe(`30 0d ${NAME} ${alias(1)} 78`);
    expect(say(TOPIC)).toBe(`30 07 00 00 ${alias(1)} 78`);
    expect(say(TOPIC, { retain: true })).toBe(`31 07 00 00 ${alias(1)} 78`);
    expect(say(OTHER)).toBe(`30 0a ${OTHER_NAME} 00 78`);
    expect(say(OTHER)).toBe(`30 0d ${OTHER_NAME} ${alias(2)} 78`);
    expect(say(TOPIC)).toBe(`30 07 00 00 ${alias(1)} 78`);
  });

  test('keeps the properties of its message, and each QoS has its identifier', () => {
    const { say } = open(taking(5));
    const properties = { contentType: 't' };
    say(TOPIC);
    expect(say(TOPIC, { qos: 1, properties })).toBe(`32 13 ${NAME} 00 01 07 03 00 01 74 23 00 01 78`);
    expect(say(TOPIC, { qos: 2, properties })).toBe('34 0d 00 00 00 02 07 03 00 01 74 23 00 01 78');
    expect(properties).toEqual({ contentType: 't' });
  });

  test.each([
    ['where the server takes none [5:MQTT-3.2.2-17] [5:MQTT-3.2.2-18]', '20 03 00 00 00', {}],
    ['where it is turned off', taking(5), { topicAliasesMax: 0 }],
    ['in 3.1.1', '20 02 00 00', { dialect: '3.1.1' }],
  ] as const)('is always said in full %s', (_, connack, options) => {
    const { say } = open(connack, options);
    const first = say(TOPIC);
    expect(first).toContain(NAME);
    for (let n = 0; n < 3; n++) expect(say(TOPIC)).toBe(first);
  });

  test('that is as short as an alias has none', () => {
    const { say } = open(taking(5));
    for (let n = 0; n < 4; n++) expect(say('abcde')).toContain('00 05 61 62 63 64 65');
  });

  test('that is never sent again costs nothing', () => {
    const { say } = open(taking(5));
    for (let n = 100; n < 200; n++) expect(say(`topic/${n}`)).toMatch(/ 00 78$/);
  });
});

describe('aliases', () => {
  test('are never more than the server takes, or than the option says [5:MQTT-3.3.2-9]', () => {
    for (const [connack, options] of [
      [taking(2), {}],
      [taking(9), { topicAliasesMax: 2 }],
    ] as const) {
      const { say } = open(connack, options);
      const used = new Set<string>();
      for (let round = 0; round < 40; round++) {
        for (const name of ['one/topic', 'two/topic', 'three/topic', 'four/topic']) {
          const [found] = say(name).match(/23 00 \w\w/) ?? [];
          if (found !== undefined) used.add(found);
        }
      }
      expect([...used].toSorted()).toEqual(['23 00 01', '23 00 02']);
    }
  });

  test('stand for what they were set to last, whatever is published', () => {
    const { say } = open(taking(3));
    const names = Array.from({ length: 9 }, (_, n) => `topic/number/${n}`);
    const known = new Map<string, string>();
    let short = 0;
    // A fixed sequence that looks like none: some topics come often, some seldom.
    for (let n = 1, seed = 7; n < 2000; n++) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      const name = names[Math.min(seed % 9, (seed >> 8) % 9)] as string;
      const packet = Buffer.from(say(name).replaceAll(' ', ''), 'hex');
      const length = packet.readUInt16BE(2);
      const topic = packet.toString('utf8', 4, 4 + length);
      const has = packet[4 + length] === 3;
      const number = has ? packet.toString('hex', 6 + length, 8 + length) : '';
      if (has && topic !== '') known.set(number, topic);
      if (topic === '') short += 1;
      expect(topic === '' ? known.get(number) : topic).toBe(name);
    }
    expect(short).toBeGreaterThan(500);
  });

  test('end with their connection; what is sent again with DUP says its topic and sets none [5:MQTT-3.3.2-7]', () => {
    const session = new Session();
    const options = { clientId: 'c', cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    const first = open(taking(5), options, session);
    for (let n = 0; n < 3; n++) first.say(TOPIC, { qos: 1 });
    first.machine.ended(undefined, 0);
    expect(first.sink.taken()).toEqual([]);
    const { sink, machine, ...bench } = connecting(options, session);
    sink.taken();
    bench.in('20 06 01 00 03 22 00 05');
    const again = [1, 2, 3].map((id) => `3a 0c ${NAME} 00 0${id} 00 78`);
    expect(sink.taken()).toEqual(again);
    // The server has been told of no alias yet.
    for (const said of [
      `30 0a ${NAME} 00 78`,
      `30 0d ${NAME} ${alias(1)} 78`,
      `30 07 00 00 ${alias(1)} 78`,
    ]) {
      machine.publish({ topic: TOPIC, payload: 'x' }, 1000, 0);
      expect(sink.taken()).toEqual([said]);
      sink.outcomes.clear();
    }
  });

  test("are the application's as soon as it gives one", () => {
    const { say } = open(taking(5));
    say(TOPIC);
    expect(say(TOPIC)).toContain(alias(1));
    expect(say(OTHER, { properties: { topicAlias: 1 } })).toBe(`30 0d ${OTHER_NAME} ${alias(1)} 78`);
    for (let n = 0; n < 3; n++) expect(say(TOPIC)).toBe(`30 0a ${NAME} 00 78`);
    for (let n = 0; n < 3; n++) expect(say(OTHER)).toBe(`30 0a ${OTHER_NAME} 00 78`);
  });

  test('are not set by a message that could not be said', () => {
    const { machine, sink, say } = open(taking(5));
    say(TOPIC);
    const properties = { contentType: '\ud800' };
    expect(() => machine.publish({ topic: TOPIC, payload: '', properties }, 1, 0)).toThrow();
    expect(sink.taken()).toEqual([]);
    expect(say(TOPIC)).toBe(`30 0a ${NAME} 00 78`);
    expect(say(TOPIC)).toBe(`30 0d ${NAME} ${alias(2)} 78`);
    expect(say(TOPIC)).toBe(`30 07 00 00 ${alias(2)} 78`);
  });
});

describe('a server that takes packets of 12 bytes [5:MQTT-3.2.2-15]', () => {
  test('is sent the topic in full where that fits and the alias beside it does not', () => {
    const { say } = open(small(12));
    for (let n = 0; n < 4; n++) expect(say(TOPIC)).toBe(`30 0a ${NAME} 00 78`);
  });

  test('gets no message that fits by its alias only: it could not be sent again', () => {
    const { machine, sink, say } = open(small(15));
    say(TOPIC);
    expect(say(TOPIC)).toContain(alias(1));
    const code = expect.objectContaining({ code: 'packet-too-large' });
    expect(say(TOPIC, { payload: 'xxxx' })).toBe(`30 0a 00 00 ${alias(1)} 78 78 78 78`);
    for (const qos of [0, 1, 2] as const)
      expect(() => machine.publish({ topic: TOPIC, payload: 'xxxxx', qos }, 1, 0)).toThrow(code);
    expect(sink.taken()).toEqual([]);
    expect(say(TOPIC)).toBe(`30 07 00 00 ${alias(1)} 78`);
  });
});
