/** Owns what must not be held against a broker: what other checks send, its pace, and the choice that the standard leaves. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audit, CHECKS, type Check, type CheckResult, dialTcp, WATCHES } from '../src/index.ts';
import { fromHex } from '../src/wire/bytes.ts';
import { type UnderAudit, underAudit } from './support/broker.ts';
import { dialThrough, type Saboteur } from './support/saboteur.ts';
import { altering } from './support/tricks.ts';

let under: UnderAudit;
beforeAll(async () => {
  under = await underAudit();
});
afterAll(() => under.close());

async function judged(name: string, dialect: '3.1.1' | '5.0', saboteur: Saboteur): Promise<CheckResult> {
  const { checks } = await audit(
    {
      dial: dialThrough(under.broker, saboteur),
      address: 'x',
      dialects: [dialect],
      waits: { answerMs: 300, quietMs: 50 },
    },
    { checks: CHECKS.filter((check) => check.name === name), watches: [] },
  );
  const [result] = checks;
  if (checks.length !== 1 || result === undefined) throw new Error(`${name} has ${checks.length} results`);
  return result;
}

test('a check that subscribes to everything runs before the others, and with nothing beside it', async () => {
  const events: string[] = [];
  const check = (name: string, alone: boolean): Check => ({
    name,
    proves: '[5:MQTT-3.12.4-1] [3.1.1:MQTT-3.12.4-1]',
    sentence: name,
    ...(alone ? { alone } : {}),
    run: async ({ connect }) => {
      events.push(`${name} begins`);
      await (await connect()).fence();
      events.push(`${name} ends`);
    },
  });
  const checks = [check('a', false), check('b', true), check('c', false), check('d', true)];
  const options = { dial: dialTcp('127.0.0.1', under.port), address: 'x' };
  const found = await audit({ ...options, dialects: ['3.1.1', '5.0'] }, { checks, watches: [] });
  const once = ['b begins', 'b ends', 'd begins', 'd ends'];
  expect(events.slice(0, 8)).toEqual([...once, ...once]);
  expect(events.slice(8, 12).every((event) => event.endsWith('begins'))).toBe(true);
  expect(found.checks.map(({ verdict }) => verdict)).toEqual(Array(8).fill('kept'));
});

test('every check that subscribes to # or to +/... at the first level runs alone', () => {
  const alone = CHECKS.filter((check) => check.alone).map(({ name }) => name);
  expect(alone).toEqual(['topics/hash-matches', 'topics/wildcard-first-matches-no-dollar']);
});

describe('a code that is general', () => {
  const told = (reasonCode: 0x81 | 0x82 | 0x83): Saboteur =>
    altering('disconnect', (packet) => ({ ...packet, reasonCode }));

  test.each(['subscribe-no-filter-5', 'topic-alias-0-5'])(
    'is as good as the fitting one: %s',
    async (row) => {
      for (const code of [0x81, 0x82] as const)
        expect(await judged(`malformed/${row}`, '5.0', told(code))).toMatchObject({ verdict: 'kept' });
    },
  );

  test('is not any code', async () => {
    expect(await judged('malformed/subscribe-no-filter-5', '5.0', told(0x83))).toMatchObject({
      verdict: 'broken',
      finding: { seen: 'the code 0x83 Implementation specific error' },
    });
  });
});

describe('a retained message of QoS 0', () => {
  /** Subscribers are sent what was retained before, so many times. */
  const lagging = (times: number): Saboteur => {
    return () => {
      let seen = 0;
      return () => ({
        fromBroker: ({ packet }) => {
          if (packet?.type !== 'publish' || !packet.retain || seen >= times) return undefined;
          seen += 1;
          return [{ ...packet, payload: new TextEncoder().encode('earlier') }];
        },
      });
    };
  };

  test('may take its time to replace another', async () => {
    expect(await judged('retain/qos-0-discards', '3.1.1', lagging(1))).toMatchObject({ verdict: 'kept' });
  });

  test('must replace it', async () => {
    const result = await judged('retain/qos-0-discards', '3.1.1', lagging(2));
    expect(result).toMatchObject({ verdict: 'broken', finding: { seen: '"earlier"' } });
  });
});

test('a server of 3.1.1 that refuses 5.0 in its own form is understood', async () => {
  const old = dialThrough(
    under.broker,
    altering(
      'connack',
      () => fromHex('20 02 00 01'),
      (_, { dialect }) => dialect.reasonCodes,
    ),
    0,
  );
  const found = await audit({ dial: old, address: 'x', only: ['ping/*'] });
  expect(found.protocols.map(({ dialect, refused }) => [dialect, refused])).toEqual([
    ['3.1', undefined],
    ['3.1.1', undefined],
    ['5.0', 'CONNECT was refused in the form of MQTT 3.1.1: return code 0x01 Unsupported Protocol Version'],
  ]);
});

test('what cannot be read is told, also where something else was expected', async () => {
  const saboteur: Saboteur = () => () => ({
    fromBroker: ({ packet }) => (packet?.type === 'suback' ? [fromHex('90 03 00 00 00')] : undefined),
    brokerClosed: () => true,
    fromClient: ({ packet, bytes }) => [packet === undefined ? fromHex('82 06 00 01 00 01 61 00') : bytes],
  });
  const { finding } = await judged('malformed/subscribe-packet-id-0-311', '3.1.1', saboteur);
  expect(finding?.seen).toBe('still open after 300 ms: bytes that are no packet: the packet identifier is 0');
});

test('a sentence on malformed input reads as one', () => {
  const sentences = CHECKS.filter(({ name }) => name.startsWith('malformed/')).map(
    ({ sentence }) => sentence,
  );
  expect(sentences.filter((sentence) => /, close|close or|suback:/.test(sentence))).toEqual([]);
  expect(sentences).toContain('PINGREQ flags 0001, must be 0000 (MQTT-2.2.2-2): the broker closes');
});

describe('a packet that cannot be read', () => {
  const withWatches = async (saboteur: Saboteur, dialect: '3.1' | '3.1.1' | '5.0') => {
    const { checks, statements } = await audit(
      {
        dial: dialThrough(under.broker, saboteur),
        address: 'x',
        dialects: [dialect],
        waits: { answerMs: 300 },
      },
      {
        checks: CHECKS.filter(({ name }) => name === 'ping/answered'),
        watches: WATCHES.filter(({ name }) => name === 'traffic/well-formed'),
      },
    );
    const verdictOf = (id: string) => statements.find(({ statement }) => statement.id === id)?.verdict;
    return { checks, verdictOf };
  };
  const pingresp = (bytes: string): Saboteur => altering('pingresp', () => fromHex(bytes));

  test('breaks the statement that its fault names, and no other', async () => {
    const { verdictOf } = await withWatches(pingresp('d1 00'), '5.0');
    expect(verdictOf('MQTT-2.1.3-1')).toBe('broken');
    expect(verdictOf('MQTT-1.5.4-1')).toBe('kept');
    expect(verdictOf('MQTT-3.3.1-2')).toBe('kept');
  });

  test('breaks no statement where none is named, and is told', async () => {
    const { checks, verdictOf } = await withWatches(pingresp('d0 01 00'), '3.1.1');
    const broken = checks.filter(
      ({ verdict, name }) => verdict === 'broken' && name === 'traffic/well-formed',
    );
    expect(broken).toMatchObject([{ statements: [] }]);
    expect(verdictOf('MQTT-1.5.3-1')).toBe('kept');
  });

  test('breaks the section of 3.1 on the form of packets', async () => {
    const { verdictOf } = await withWatches(pingresp('d1 00'), '3.1');
    expect(verdictOf('2.1')).toBe('broken');
  });
});

test('what binds senders only is not broken by a broker that takes it', () => {
  const row = CHECKS.find(({ name }) => name === 'malformed/publish-qos0-dup-5');
  expect(row?.proves).toBe('[5:MQTT-4.13.1-1]');
});

test.each(['retain/marked-for-new-subscriptions', 'resubscribe/retained-again', 'will/retained'])(
  'a retained message may come once more as it is published: %s',
  async (name) => {
    const saboteur: Saboteur = () => () => ({
      fromBroker: ({ packet, bytes }) =>
        packet?.type === 'publish' && packet.retain
          ? [{ ...packet, qos: 0, packetId: 0, dup: false, retain: false }, bytes]
          : undefined,
    });
    expect(await judged(name, '3.1.1', saboteur)).toMatchObject({ verdict: 'kept' });
  },
);
