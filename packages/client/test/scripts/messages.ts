// PUBLISH and its acknowledgements. [5:3.3] [5:3.4] [5:3.5] [5:3.6] [5:3.7] [3.1.1:3.3]

import {
  broken,
  byteHex,
  closes,
  each,
  malformed,
  message,
  publishHex,
  refused,
  type Script,
} from './script.ts';

const OLD = { dialect: '3.1.1' } as const;

const TOPICS: readonly Script[] = [
  {
    says: 'both QoS bits are malformed [5:MQTT-3.3.1-4]',
    steps: malformed('36 07 00 01 61 00 01 00 78', '[5:MQTT-3.3.1-4]'),
  },
  {
    says: 'both QoS bits close the connection [3.1.1:MQTT-3.3.1-4]',
    options: OLD,
    steps: closes('36 06 00 01 61 00 01 78', '[3.1.1:MQTT-3.3.1-4]'),
  },
  ...each([['5.0'], ['3.1.1']] as const, (dialect) => ({
    says: `there is no QoS 3 to publish or subscribe with, in ${dialect} [5:MQTT-3.3.1-4] [3.1.1:MQTT-3.3.1-4]`,
    options: { dialect },
    steps: [
      refused({ publish: message(3 as 2) }, 'invalid-qos'),
      refused({ subscribe: [{ topicFilter: 'a', qos: 3 as 2 }] }, 'invalid-qos'),
    ],
  })),
  {
    says: 'DUP at QoS 0 is a protocol error [5:MQTT-3.3.1-2]',
    steps: broken('38 05 00 01 61 00 78', 0x82, '[5:MQTT-3.3.1-2]'),
  },
  {
    says: 'DUP at QoS 0 closes the connection [3.1.1:MQTT-3.3.1-2]',
    options: OLD,
    steps: closes('38 04 00 01 61 78', '[3.1.1:MQTT-3.3.1-2]'),
  },
  ...each(
    [
      ['a topic name', '30 06 00 03 61 2f 23 00', '[5:MQTT-4.7.0-1]'],
      ['a topic name', '30 06 00 03 2b 2f 61 00', '[5:MQTT-4.7.0-1]'],
      ['a Response Topic', '30 08 00 01 61 04 08 00 01 23', '[5:MQTT-4.7.0-1]'],
      ['a Response Topic', '30 08 00 01 61 04 08 00 01 2b', '[5:MQTT-4.7.0-1]'],
    ] as const,
    (what, text, clause) => ({
      says: `${what} of a server with a wildcard is an error: ${text} [5:MQTT-4.7.0-1] [5:MQTT-3.3.2-2] [5:MQTT-3.3.2-14]`,
      steps: broken(text, 0x82, clause),
    }),
  ),
  ...each([['30 06 00 03 61 2f 23 78'], ['30 04 00 01 2b 78']] as const, (text) => ({
    says: `a topic name of a server with a wildcard closes the connection: ${text} [3.1.1:MQTT-3.3.2-2] [3.1.1:MQTT-4.7.1-1]`,
    options: OLD,
    steps: closes(text, '[3.1.1:MQTT-4.7.1-1]'),
  })),
  {
    says: 'an empty topic name closes the connection [3.1.1:MQTT-4.7.3-1]',
    options: OLD,
    steps: closes('30 03 00 00 78', '[3.1.1:MQTT-4.7.3-1]'),
  },
  {
    says: 'an empty topic name without an alias is a protocol error [5:MQTT-4.7.3-1]',
    steps: broken('30 04 00 00 00 78', 0x82),
  },
  ...each([['5.0'], ['3.1.1']] as const, (dialect) => ({
    says: `what is no topic name is not sent, in ${dialect} [5:MQTT-3.3.2-2] [5:MQTT-4.7.0-1] [5:MQTT-4.7.3-1] [5:MQTT-4.7.3-2] [5:MQTT-4.7.3-3] [3.1.1:MQTT-3.3.2-2] [3.1.1:MQTT-4.7.1-1] [3.1.1:MQTT-4.7.3-1] [3.1.1:MQTT-4.7.3-2] [3.1.1:MQTT-4.7.3-3]`,
    options: { dialect },
    steps: [
      refused({ publish: message(0, 'a/#') }, 'invalid-topic-name', '[3.1.1:MQTT-4.7.1-1]'),
      refused({ publish: message(0, '+') }, 'invalid-topic-name', '[3.1.1:MQTT-4.7.1-1]'),
      refused({ publish: message(0, '') }, 'invalid-topic-name', '[3.1.1:MQTT-4.7.3-1]'),
      refused({ publish: message(0, 'a\0') }, 'invalid-topic-name', '[3.1.1:MQTT-4.7.3-2]'),
      refused({ publish: message(0, 'a'.repeat(65_536)) }, 'invalid-topic-name', '[3.1.1:MQTT-4.7.3-3]'),
    ],
  })),
  {
    says: 'the longest topic name is sent [5:MQTT-4.7.3-3]',
    steps: [{ publish: message(0, 'a'.repeat(65_535)) }, `C 30 83 80 04 ff ff${' 61'.repeat(65_535)} 00 78`],
  },
  {
    says: 'a Response Topic with a wildcard is not sent [5:MQTT-3.3.2-14] [5:MQTT-4.7.0-1]',
    steps: [
      refused(
        { publish: message(0, 'a', { responseTopic: 'b/+' }) },
        'invalid-topic-name',
        '[5:MQTT-4.7.0-1]',
      ),
    ],
  },
  {
    says: 'a Subscription Identifier is not sent [5:MQTT-3.3.4-6]',
    steps: [
      refused(
        { publish: message(0, 'a', { subscriptionIdentifiers: [1] }) },
        'subscription-identifier-in-publish',
        '[5:MQTT-3.3.4-6]',
      ),
    ],
  },
];

const ALIASES: readonly Script[] = [
  {
    says: 'every alias up to our Topic Alias Maximum is understood [5:MQTT-3.3.2-10]',
    options: { properties: { topicAliasMaximum: 2 } },
    steps: [
      'S 30 07 00 01 61 03 23 00 01 | 30 07 00 01 62 03 23 00 02 | 30 06 00 00 03 23 00 01 | 30 06 00 00 03 23 00 02',
      { got: ['a=', 'b=', 'a=', 'b='] },
    ],
  },
  {
    says: 'an alias above our Topic Alias Maximum is refused [5:MQTT-3.1.2-26] [5:MQTT-3.3.2-11]',
    options: { properties: { topicAliasMaximum: 2 } },
    steps: broken('30 07 00 01 61 03 23 00 03', 0x94),
  },
  {
    says: 'an alias is refused where we have no Topic Alias Maximum [5:MQTT-3.1.2-27]',
    steps: broken('30 07 00 01 61 03 23 00 01', 0x94),
  },
  {
    says: 'alias 0 is refused [5:MQTT-3.3.2-8]',
    options: { properties: { topicAliasMaximum: 2 } },
    steps: broken('30 07 00 01 61 03 23 00 00', 0x94, '[5:MQTT-3.3.2-8]'),
  },
  {
    says: 'an alias ends with its connection, on the way in [5:MQTT-3.3.2-7]',
    options: { clientId: 'c', properties: { sessionExpiryInterval: 60, topicAliasMaximum: 1 } },
    steps: [
      'S 30 07 00 01 61 03 23 00 01',
      { got: ['a='] },
      'cut',
      'S 20 03 01 00 00',
      ...broken('30 06 00 00 03 23 00 01', 0x82),
    ],
  },
  {
    says: 'an alias ends with its connection, on the way out [5:MQTT-3.3.2-7]',
    options: { clientId: 'c', properties: { sessionExpiryInterval: 60 } },
    connack: '20 06 00 00 03 22 00 01',
    steps: [
      { publish: message(1, 'a', { topicAlias: 1 }) },
      'C 32 0a 00 01 61 00 01 03 23 00 01 78',
      'cut',
      'S 20 03 01 00 00',
      `C ${publishHex('5.0', 1, 1, true)}`,
    ],
  },
];

const QUOTA: readonly Script[] = [
  {
    says: 'no more than the Receive Maximum of the server is under way [5:MQTT-3.3.4-7] [5:MQTT-4.9.0-1] [5:MQTT-4.9.0-2]',
    connack: '20 06 00 00 03 21 00 02',
    steps: [
      { publish: message(1) },
      { publish: message(2) },
      { publish: message(1) },
      `C ${publishHex('5.0', 1, 1)} | ${publishHex('5.0', 2, 2)}`,
      'S 50 02 00 02',
      'C 62 02 00 02',
      'S 70 02 00 02',
      `C ${publishHex('5.0', 1, 3)}`,
    ],
  },
  {
    says: 'a used up quota holds nothing else back [5:MQTT-3.3.4-8] [5:MQTT-4.9.0-3]',
    options: { keepAlive: 10 },
    connack: '20 08 00 00 05 21 00 01 29 00',
    steps: [
      { publish: message(2) },
      { publish: message(1) },
      `C ${publishHex('5.0', 2, 1)}`,
      { subscribe: [{ topicFilter: 'a' }] },
      'C 82 07 00 02 00 00 01 61 00',
      { unsubscribe: ['a'] },
      'C a2 06 00 03 00 00 01 61',
      { publish: message(0) },
      'C 30 05 00 01 61 00 78',
      `S ${publishHex('5.0', 1, 7)}`,
      'C 40 02 00 07',
      `S ${publishHex('5.0', 2, 8)}`,
      'C 50 02 00 08',
      'S 62 02 00 08',
      'C 70 02 00 08',
      'S 50 02 00 01',
      'C 62 02 00 01',
      { pass: 10_001 },
      'C c0 00',
    ],
  },
  {
    says: 'a server keeps to our Receive Maximum [5:MQTT-3.3.4-9]',
    options: { properties: { receiveMaximum: 1 } },
    steps: [
      `S ${publishHex('5.0', 2, 1)}`,
      'C 50 02 00 01',
      `S 62 02 00 01 | ${publishHex('5.0', 2, 2)}`,
      'C 70 02 00 01 | 50 02 00 02',
      ...broken(publishHex('5.0', 2, 3), 0x93, '[5:MQTT-3.3.4-9]'),
    ],
  },
];

const PUBLISH_CODES = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

const CODES: readonly Script[] = [
  ...each(
    PUBLISH_CODES.map((code) => [code] as const),
    (code) => ({
      says: `PUBACK and PUBREC may have reason code 0x${byteHex(code)} [5:MQTT-3.4.2-1] [5:MQTT-3.5.2-1] [5:MQTT-4.3.3-4]`,
      steps: [
        { publish: message(1), ticket: 1 },
        `C ${publishHex('5.0', 1, 1)}`,
        `S 40 03 00 01 ${byteHex(code)}`,
        { settled: 1, as: code < 0x80 ? code : 'publish-refused' },
        { publish: message(2), ticket: 2 },
        `C ${publishHex('5.0', 2, 2)}`,
        `S 50 03 00 02 ${byteHex(code)}`,
        ...(code < 0x80
          ? ([`C 62 02 00 02`, 'S 70 02 00 02', { settled: 2, as: 0 }] as const)
          : ([{ settled: 2, as: 'publish-refused' }] as const)),
      ],
    }),
  ),
  ...each([[0x01], [0x92], [0x9b]] as const, (code) => ({
    says: `PUBACK and PUBREC may not have reason code 0x${byteHex(code)} [5:MQTT-3.4.2-1] [5:MQTT-3.5.2-1]`,
    steps: [
      { publish: message(code === 0x92 ? 2 : 1) },
      `C ${publishHex('5.0', code === 0x92 ? 2 : 1, 1)}`,
      ...broken(`${code === 0x92 ? 50 : 40} 03 00 01 ${byteHex(code)}`, 0x82),
    ],
  })),
  {
    says: 'PUBREL and PUBCOMP may have 0x92, and have it where nobody waits [5:MQTT-3.6.2-1] [5:MQTT-3.7.2-1]',
    steps: [
      'S 62 03 00 09 92',
      'C 70 03 00 09 92',
      'S 50 02 00 09',
      'C 62 03 00 09 92',
      'S 70 03 00 09 92',
      { publish: message(2), ticket: 1 },
      `C ${publishHex('5.0', 2, 1)}`,
      'S 50 02 00 01',
      'C 62 02 00 01',
      'S 70 03 00 01 92',
      { settled: 1, as: 0x92 },
    ],
  },
  { says: 'PUBREL may not have 0x10 [5:MQTT-3.6.2-1]', steps: broken('62 03 00 09 10', 0x82) },
  { says: 'PUBCOMP may not have 0x10 [5:MQTT-3.7.2-1]', steps: broken('70 03 00 09 10', 0x82) },
  {
    says: 'acknowledgements explain nothing, and fit into the smallest Maximum Packet Size [5:MQTT-3.4.2-2] [5:MQTT-3.4.2-3] [5:MQTT-3.5.2-2] [5:MQTT-3.5.2-3] [5:MQTT-3.6.2-2] [5:MQTT-3.6.2-3] [5:MQTT-3.7.2-2] [5:MQTT-3.7.2-3]',
    connack: '20 08 00 00 05 27 00 00 00 09',
    steps: [
      `S ${publishHex('5.0', 1, 7)}`,
      'C 40 02 00 07',
      `S ${publishHex('5.0', 2, 8)}`,
      'C 50 02 00 08',
      'S 62 02 00 08',
      'C 70 02 00 08',
      { publish: message(2) },
      `C ${publishHex('5.0', 2, 1)}`,
      'S 50 02 00 01',
      'C 62 02 00 01',
    ],
  },
];

export const MESSAGES: readonly Script[] = [...TOPICS, ...ALIASES, ...QUOTA, ...CODES];
