/** Owns the proof that the tables say what the standard says: written a second time here, from its own lists. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  DIALECTS,
  type Dialect,
  dialectFromText,
  findDialect,
  MQTT_3_1,
  MQTT_3_1_1,
  MQTT_5_0,
  NO_PROPERTIES,
  PACKET_TYPES,
  type PacketTypeName,
  PROPERTIES,
  PROPERTY_BY_ID,
  PROPERTY_BY_NAME,
  packetType,
  REASON_CODES,
  RETURN_CODES,
  Reason,
  reasonCodeAllowed,
  reasonCodeFact,
  reasonTitle,
  type Side,
} from '../../src/spec/index.ts';

/** Table 2-4 of MQTT 5: identifier, name, type, where it may stand. */
const TABLE_2_4 = `
01|Payload Format Indicator|bit|publish will
02|Message Expiry Interval|uint32|publish will
03|Content Type|string|publish will
08|Response Topic|topic|publish will
09|Correlation Data|binary|publish will
0b|Subscription Identifier|variable|publish subscribe
11|Session Expiry Interval|uint32|connect connack disconnect
12|Assigned Client Identifier|string|connack
13|Server Keep Alive|uint16|connack
15|Authentication Method|string|connect connack auth
16|Authentication Data|binary|connect connack auth
17|Request Problem Information|boolean|connect
18|Will Delay Interval|uint32|will
19|Request Response Information|boolean|connect
1a|Response Information|string|connack
1c|Server Reference|string|connack disconnect
1f|Reason String|string|connack puback pubrec pubrel pubcomp suback unsuback disconnect auth
21|Receive Maximum|uint16|connect connack
22|Topic Alias Maximum|uint16|connect connack
23|Topic Alias|uint16|publish
24|Maximum QoS|bit|connack
25|Retain Available|boolean|connack
26|User Property|pair|connect connack publish will puback pubrec pubrel pubcomp subscribe suback unsubscribe unsuback disconnect auth
27|Maximum Packet Size|uint32|connect connack
28|Wildcard Subscription Available|boolean|connack
29|Subscription Identifiers Available|boolean|connack
2a|Shared Subscription Available|boolean|connack`;

/** The statement that lists the reason codes of a packet, and what "as tabled per sender" means where it says so. */
const LISTED_IN: readonly (readonly [PacketTypeName, string])[] = [
  ['connack', 'MQTT-3.2.2-8'],
  ['puback', 'MQTT-3.4.2-1'],
  ['pubrec', 'MQTT-3.5.2-1'],
  ['pubrel', 'MQTT-3.6.2-1'],
  ['pubcomp', 'MQTT-3.7.2-1'],
  ['suback', 'MQTT-3.9.3-2'],
  ['unsuback', 'MQTT-3.11.3-2'],
  ['disconnect', 'MQTT-3.14.2-1'],
  ['auth', 'MQTT-3.15.2-1'],
];
/** Codes that only one side may send, from the tables of 3.14.2.1 and 3.15.2.1. */
const ONLY_FROM: Readonly<Partial<Record<PacketTypeName, Readonly<Record<Side, readonly number[]>>>>> = {
  disconnect: {
    client: [0x04],
    server: [0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2],
  },
  auth: { client: [0x19], server: [0x00] },
};

const statements = readFileSync(
  new URL('../../../conformance/data/mqtt-5.0-statements.tsv', import.meta.url),
  'utf8',
).split('\n');

/** The codes that a statement lists, ranges spelled out: `00 80-8A 8C`. */
function listed(id: string): readonly number[] {
  const text = statements.find((line) => line.startsWith(`${id}\t`))?.split('\t')[2] ?? '';
  const codes = text.slice(text.indexOf(':') + 1).match(/\b[0-9A-F]{2}(-[0-9A-F]{2})?\b/g) ?? [];
  const all = codes.flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map((hex) => Number.parseInt(hex, 16));
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
  return [...new Set(all)];
}

describe('the properties', () => {
  it('are the 27 of table 2-4, each with its name, type and places [5:2.2.2.2]', () => {
    const rows = Object.values(PROPERTIES).map(({ id, title, type, places }) => {
      return `${id.toString(16).padStart(2, '0')}|${title}|${type}|${[...places].sort().join(' ')}`;
    });
    const table = TABLE_2_4.trim().split('\n');
    const wanted = table.map((line) => {
      const [id, title, type, places = ''] = line.split('|');
      return [id, title, type, places.split(' ').sort().join(' ')].join('|');
    });
    expect(rows).toEqual(wanted);
    expect(rows).toHaveLength(27);
  });

  it('are found by identifier and by name, and nothing else is', () => {
    for (const [name, { id }] of Object.entries(PROPERTIES)) {
      expect(PROPERTY_BY_ID[id]?.name).toBe(name);
      expect(PROPERTY_BY_NAME.get(name)?.id).toBe(id);
    }
    expect(PROPERTY_BY_ID.filter((fact) => fact !== undefined)).toHaveLength(27);
    expect(PROPERTY_BY_NAME.get('constructor')).toBeUndefined();
  });

  it('have one bit each', () => {
    const bits = [...PROPERTY_BY_NAME.values()].map((fact) => fact.bit);
    expect(bits.reduce((all, bit) => all | bit, 0)).toBe(2 ** 27 - 1);
    expect(new Set(bits).size).toBe(27);
  });

  it('repeat or exclude 0 where the standard says so', () => {
    const names = (having: 'repeats' | 'nonZero'): readonly string[] =>
      [...PROPERTY_BY_NAME.values()].filter((fact) => fact[having]).map((fact) => fact.name);
    expect(names('repeats')).toEqual(['subscriptionIdentifiers', 'userProperties']);
    expect(names('nonZero')).toEqual([
      'subscriptionIdentifiers',
      'receiveMaximum',
      'topicAlias',
      'maximumPacketSize',
    ]);
  });

  it('are absent in one frozen set', () => {
    expect(Object.isFrozen(NO_PROPERTIES)).toBe(true);
  });
});

describe('the reason codes', () => {
  it.each(LISTED_IN)('of %s are those that [5:%s] lists, per sender', (packet, id) => {
    const codes = listed(id);
    const fact = packetType(packet);
    for (const sender of ['client', 'server'] as const) {
      const other = ONLY_FROM[packet]?.[sender === 'client' ? 'server' : 'client'] ?? [];
      const wanted = fact.senders.includes(sender) ? codes.filter((code) => !other.includes(code)) : [];
      const allowed = Array.from({ length: 256 }, (_, code) => code).filter((code) =>
        reasonCodeAllowed(code, packet, sender),
      );
      expect(allowed, sender).toEqual([...wanted].sort((a, b) => a - b));
    }
  });

  it('are all in some packet, in order, once, with the title of their name', () => {
    expect(REASON_CODES.map(({ code }) => code)).toEqual(
      [...new Set(Object.values(Reason))].sort((a, b) => a - b),
    );
    for (const { code, title, fromClient, fromServer } of REASON_CODES) {
      expect(fromClient.length + fromServer.length).toBeGreaterThan(0);
      const name = Object.entries(Reason).find(([, value]) => value === code)?.[0];
      expect(title.toLowerCase().replace(/[^a-z0-9]/g, '')).toBe(name?.toLowerCase());
    }
    expect(reasonCodeFact(0x03)).toBeUndefined();
    expect(reasonCodeFact(-1)).toBeUndefined();
  });

  it('are told in the words of the packet at hand', () => {
    expect(reasonTitle(0)).toBe('Success');
    expect(reasonTitle(0, 'disconnect')).toBe('Normal disconnection');
    expect(reasonTitle(0, 'suback')).toBe('Granted QoS 0');
    expect(reasonTitle(0x8e, 'disconnect')).toBe('Session taken over');
    expect(reasonTitle(3)).toBe('Unknown reason code 0x03');
  });

  it('are the return codes 0 to 5 in 3.x, there and back [3.1.1:3.2.2.3]', () => {
    expect(RETURN_CODES).toEqual([0x00, 0x84, 0x85, 0x88, 0x86, 0x87]);
    for (const [returnCode, reason] of RETURN_CODES.entries())
      expect(reasonCodeFact(reason)?.returnCode).toBe(returnCode);
    for (const { code, fromServer, returnCode } of REASON_CODES) {
      if (returnCode !== undefined) expect(fromServer, `0x${code.toString(16)}`).toContain('connack');
    }
  });
});

describe('the packet types', () => {
  it('have the code, the flags and the senders of tables 2-1 and 2-2 [5:2.1.2] [5:2.1.3]', () => {
    const rows = PACKET_TYPES.map((fact, code) => [code, fact?.title, fact?.flags, fact?.senders.join('+')]);
    const both = 'client+server';
    expect(rows).toEqual([
      [0, undefined, undefined, undefined],
      [1, 'CONNECT', 0, 'client'],
      [2, 'CONNACK', 0, 'server'],
      [3, 'PUBLISH', undefined, both],
      [4, 'PUBACK', 0, both],
      [5, 'PUBREC', 0, both],
      [6, 'PUBREL', 2, both],
      [7, 'PUBCOMP', 0, both],
      [8, 'SUBSCRIBE', 2, 'client'],
      [9, 'SUBACK', 0, 'server'],
      [10, 'UNSUBSCRIBE', 2, 'client'],
      [11, 'UNSUBACK', 0, 'server'],
      [12, 'PINGREQ', 0, 'client'],
      [13, 'PINGRESP', 0, 'server'],
      [14, 'DISCONNECT', 0, both],
      [15, 'AUTH', 0, both],
    ]);
    for (const fact of PACKET_TYPES) if (fact !== undefined) expect(packetType(fact.name)).toBe(fact);
  });
});

describe('the dialects', () => {
  it('are found by protocol name and level, and only by both', () => {
    expect(findDialect('MQIsdp', 3)).toBe(MQTT_3_1);
    expect(findDialect('MQTT', 4)).toBe(MQTT_3_1_1);
    expect(findDialect('MQTT', 5)).toBe(MQTT_5_0);
    for (const [name, level] of [
      ['MQTT', 3],
      ['MQIsdp', 4],
      ['mqtt', 4],
      ['MQTT', 6],
      ['', 0],
    ] as const) {
      expect(findDialect(name, level)).toBeUndefined();
    }
  });

  it('cannot be changed', () => {
    for (const dialect of DIALECTS) expect(Object.isFrozen(dialect)).toBe(true);
  });

  it('are understood as people write them', () => {
    const written: readonly (readonly [Dialect | undefined, readonly string[]])[] = [
      [MQTT_3_1, ['3.1', '3', '31', 'v3.1', 'mqttv31', 'MQTT 3.1']],
      [MQTT_3_1_1, ['3.1.1', '4', '311', 'v3.1.1', 'mqttv311', 'MQTT-3.1.1']],
      [MQTT_5_0, ['5', '5.0', '50', 'v5', 'mqttv5', 'MQTT 5.0', 'mqtt5']],
      [undefined, ['', '2', '6', '3.2', 'five', '5.1', 'xmqtt5']],
    ];
    for (const [dialect, texts] of written)
      for (const text of texts) expect(dialectFromText(text), text).toBe(dialect);
  });
});
