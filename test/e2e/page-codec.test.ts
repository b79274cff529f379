// Owns the proof that the codec of the ready file, of which parts stand in place of faster ones, reads and writes as the
// protocol's does: the same packets, the same refusals, the same bytes. [5:1.5] [5:2.2.2] [5:4.7]

import * as protocol from '@anax/protocol';
import {
  encodePacket,
  type Fault,
  isTopicFilter,
  isTopicName,
  MQTT_5_0,
  type MqttError,
  type Packet,
  parseSharedFilter,
} from '@anax/protocol';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { packetsFrom } from '../../packages/protocol/test/codec/generators.ts';
import { joined, malformed, vectors } from '../../packages/protocol/test/codec/rows.ts';

type Protocol = typeof protocol;

let page: Protocol;
beforeAll(async () => {
  const tool = new URL('../../tools/bundle/page.mjs', import.meta.url).href;
  const { pageProtocol } = (await import(tool)) as { pageProtocol(): Promise<string> };
  const url = `data:text/javascript;base64,${Buffer.from(await pageProtocol()).toString('base64')}`;
  page = (await import(/* @vite-ignore */ url)) as Protocol;
});

/** Packets, and a fault as its reason code: what is said differs. */
function read({ StreamDecoder, FROM_SERVER, MQTT_5_0 }: Protocol, chunks: readonly Uint8Array[]): unknown[] {
  const decoder = new StreamDecoder(FROM_SERVER, { dialect: MQTT_5_0, maximumPacketSize: 0xfff_ffff });
  const found: unknown[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk.slice());
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) found.push(plain(next));
  }
  return found;
}

function plain(next: Packet | Fault): unknown {
  return next.type === 'fault' ? next.reasonCode : JSON.stringify(next);
}

function written({ encodeFromClient, GrowingOutput, MQTT_5_0 }: Protocol, packet: unknown): unknown {
  const out = new GrowingOutput();
  try {
    encodeFromClient(packet as never, MQTT_5_0, out);
    return Buffer.from(out.written()).toString('hex');
  } catch (error) {
    return (error as MqttError).code;
  }
}

const chunked = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, n * size + size));

const rows = [...vectors, ...malformed].filter(
  ({ dialect, sender }) => dialect.name === '5.0' && sender === 'server',
);

test('whatever stands in the tables, whole and byte by byte', () => {
  expect(rows.length).toBe(50);
  for (const { name, packets } of rows) {
    for (const size of [1, 3, 100_000]) {
      const chunks = chunked(joined(packets), size);
      expect([name, read(page, chunks)]).toEqual([name, read(protocol, chunks)]);
    }
  }
});

test('packets of a server, also with a byte changed, in chunks of any size', () => {
  const packets = fc
    .oneof(...packetsFrom('server', MQTT_5_0))
    .map((packet) => encodePacket(packet, MQTT_5_0));
  const several = fc.array(packets, { minLength: 1, maxLength: 3 }).map(joined);
  fc.assert(
    fc.property(several, fc.nat(), fc.nat(255), fc.integer({ min: 1, max: 50 }), (bytes, at, value, size) => {
      expect(read(page, chunked(bytes, size))).toEqual(read(protocol, chunked(bytes, size)));
      const changed = bytes.slice();
      changed[at % bytes.length] = value;
      expect(read(page, chunked(changed, size))).toEqual(read(protocol, chunked(changed, size)));
    }),
    { numRuns: 2000 },
  );
});

test('packets of a client become the same bytes', () => {
  fc.assert(
    fc.property(fc.oneof(...packetsFrom('client', MQTT_5_0)), (packet) => {
      expect(written(page, packet)).toEqual(written(protocol, packet));
    }),
    { numRuns: 1000 },
  );
});

test('properties that cannot be are refused with the same word', () => {
  const values = [
    undefined,
    -1,
    0,
    1,
    2,
    1.5,
    65_536,
    2 ** 32,
    true,
    'text',
    'a/#',
    '\0',
    '\ud800',
    new Uint8Array(70_000),
  ];
  for (const name of Object.keys(protocol.PROPERTIES)) {
    for (const value of values) {
      const properties: Record<string, unknown> = {
        [name]: name === 'userProperties' ? [['a', String(value)]] : value,
      };
      if (name === 'subscriptionIdentifiers') properties[name] = [value];
      const typed = !['string', 'topic', 'binary'].includes(protocol.PROPERTY_BY_NAME.get(name)?.type ?? '');
      // Callers without types can say anything, where only numbers are checked.
      if (!typed && typeof value !== 'string') continue;
      for (const type of ['publish', 'subscribe', 'disconnect'] as const) {
        const packet = { ...SAMPLES[type], properties };
        expect(`${name} ${type} ${written(page, packet)}`).toBe(
          `${name} ${type} ${written(protocol, packet)}`,
        );
      }
    }
  }
});

const SAMPLES = {
  publish: {
    type: 'publish',
    topic: 'a',
    payload: new Uint8Array(1),
    qos: 0,
    retain: false,
    dup: false,
    packetId: 0,
  },
  subscribe: {
    type: 'subscribe',
    packetId: 1,
    subscriptions: [
      { topicFilter: 'a', qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 },
    ],
  },
  disconnect: { type: 'disconnect', reasonCode: 0 },
} as const;

test('topic names and filters are the same ones, and match the same', () => {
  const level = fc.constantFrom(
    '',
    'a',
    'b',
    '+',
    '#',
    '$share',
    '$SYS',
    'a+',
    '#b',
    '\0',
    '\ud800',
    'ü',
    '\n',
  );
  const text = fc.array(level, { maxLength: 5 }).map((levels) => levels.join('/'));
  fc.assert(
    fc.property(text, text, (one, other) => {
      expect(page.isTopicName(one)).toBe(isTopicName(one));
      const shared = parseSharedFilter(one);
      expect(page.parseSharedFilter(one)).toEqual(shared);
      expect(page.sharedFilterProblem(one) === undefined).toBe(shared !== undefined);
      if (!isTopicName(other) || !isTopicFilter(one)) return;
      expect(page.topicMatchesFilter(other, one)).toBe(protocol.topicMatchesFilter(other, one));
    }),
    { numRuns: 5000 },
  );
  for (const length of [65_535, 65_536]) expect(page.isTopicName('x'.repeat(length))).toBe(length === 65_535);
});
