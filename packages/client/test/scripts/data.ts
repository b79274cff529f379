// Chapters 1 and 2: strings, integers, flags, packet identifiers, properties. [5:2] [3.1.1:2]

import {
  broken,
  closes,
  each,
  malformed,
  message,
  NO_IDENTIFIERS,
  publishHex,
  refused,
  type Script,
} from './script.ts';

/** Half of a surrogate pair. */
const HALF = '\ud800';

const STRINGS: readonly Script[] = [
  ...each(
    [
      ['a topic name [5:MQTT-3.3.2-1]', '30 05 00 02 c3 28 00'],
      ['a topic name with a surrogate [5:MQTT-3.3.2-1]', '30 06 00 03 ed a0 80 00'],
      ['a Content Type [5:MQTT-3.3.2-19]', '30 09 00 01 61 05 03 00 02 c3 28'],
      ['a Response Topic [5:MQTT-3.3.2-13]', '30 09 00 01 61 05 08 00 02 c3 28'],
      ['a name in User Property [5:MQTT-1.5.7-1]', '30 0c 00 01 61 08 26 00 02 c3 28 00 01 61'],
      ['a value in User Property [5:MQTT-1.5.7-1]', '30 0c 00 01 61 08 26 00 01 61 00 02 c3 28'],
    ] as const,
    (what, text) => ({
      says: `${what} that is no UTF-8 is malformed [5:MQTT-1.5.4-1]`,
      steps: malformed(text, '[5:MQTT-1.5.4-1]'),
    }),
  ),
  {
    says: 'a string with U+0000 is malformed [5:MQTT-1.5.4-2] [5:MQTT-4.7.3-2]',
    steps: malformed('30 05 00 02 61 00 00', '[5:MQTT-1.5.4-2]'),
  },
  {
    says: 'what is no UTF-8 closes the connection [3.1.1:MQTT-1.5.3-1] [3.1.1:MQTT-3.3.2-1]',
    options: { dialect: '3.1.1' },
    steps: closes('30 04 00 02 c3 28', '[3.1.1:MQTT-1.5.3-1]'),
  },
  {
    says: 'U+0000 closes the connection [3.1.1:MQTT-1.5.3-2] [3.1.1:MQTT-4.7.3-2]',
    options: { dialect: '3.1.1' },
    steps: closes('30 04 00 02 61 00', '[3.1.1:MQTT-1.5.3-2]'),
  },
  ...each(
    [
      ['invalid-topic-name', { publish: message(0, HALF) }],
      ['invalid-string', { publish: message(0, 'a', { contentType: HALF }) }],
      ['invalid-topic-name', { publish: message(0, 'a', { responseTopic: HALF }) }],
      ['invalid-string', { publish: message(0, 'a', { userProperties: [[HALF, 'a']] }) }],
      ['invalid-string', { publish: message(0, 'a', { userProperties: [['a', HALF]] }) }],
      ['invalid-topic-filter', { subscribe: [{ topicFilter: HALF }] }],
      ['invalid-topic-filter', { unsubscribe: [HALF] }],
    ] as const,
    (code, act) => ({
      says: `half a surrogate pair is never sent: ${JSON.stringify(act)} [5:MQTT-1.5.4-1] [5:MQTT-1.5.7-1] [5:MQTT-3.3.2-1] [5:MQTT-3.3.2-13] [5:MQTT-3.3.2-19] [5:MQTT-3.8.3-1] [5:MQTT-3.10.3-1]`,
      steps: [refused(act, code, '[5:MQTT-1.5.4-1]')],
    }),
  ),
  ...each(
    [
      ['invalid-topic-name', { publish: message(0, HALF) }],
      ['invalid-topic-filter', { subscribe: [{ topicFilter: HALF }] }],
      ['invalid-topic-filter', { unsubscribe: [HALF] }],
    ] as const,
    (code, act) => ({
      says: `half a surrogate pair is never sent in 3.1.1: ${JSON.stringify(act)} [3.1.1:MQTT-1.5.3-1] [3.1.1:MQTT-3.3.2-1] [3.1.1:MQTT-3.8.3-1] [3.1.1:MQTT-3.10.3-1]`,
      options: { dialect: '3.1.1' },
      steps: [refused(act, code, '[3.1.1:MQTT-1.5.3-1]')],
    }),
  ),
  {
    says: 'U+FEFF stays where it is, both ways [5:MQTT-1.5.4-3]',
    steps: [
      { publish: message(0, '\ufeffa') },
      'C 30 08 00 04 ef bb bf 61 00 78',
      'S 30 08 00 04 ef bb bf 61 00 78',
      { got: ['\ufeffa=x'] },
    ],
  },
  {
    says: 'U+FEFF stays where it is, both ways [3.1.1:MQTT-1.5.3-3]',
    options: { dialect: '3.1.1' },
    steps: [
      { publish: message(0, '\ufeffa') },
      'C 30 07 00 04 ef bb bf 61 78',
      'S 30 07 00 04 ef bb bf 61 78',
      { got: ['\ufeffa=x'] },
    ],
  },
];

const LENGTHS: readonly Script[] = [
  {
    says: 'a Remaining Length longer than it needs is malformed [5:MQTT-1.5.5-1]',
    steps: malformed('30 85 00 00 01 61 00 78', '[5:MQTT-1.5.5-1]'),
  },
  {
    says: 'a property length longer than it needs is malformed [5:MQTT-1.5.5-1]',
    steps: malformed('30 06 00 01 61 80 00 78', '[5:MQTT-1.5.5-1]'),
  },
  {
    says: 'lengths are as short as can be: 127 in one byte, 128 in two [5:MQTT-1.5.5-1]',
    steps: [
      { publish: { topic: 'a', payload: 'x'.repeat(123) } },
      `C 30 7f 00 01 61 00${' 78'.repeat(123)}`,
      { publish: { topic: 'a', payload: 'x'.repeat(124) } },
      `C 30 80 01 00 01 61 00${' 78'.repeat(124)}`,
    ],
  },
  {
    says: 'CONNACK without a property length is malformed [5:MQTT-2.2.2-1]',
    connack: null,
    steps: closes('20 02 00 00'),
  },
  {
    says: 'PUBLISH without a property length is malformed [5:MQTT-2.2.2-1]',
    steps: malformed('30 03 00 01 61'),
  },
];

/** What a server sends with other flags than the standard has for it, and the statement beside the general one. */
const FLAGS = [
  ['PUBACK', '41 02 00 01', ''],
  ['PUBREC', '51 02 00 01', ''],
  ['PUBREL', '60 02 00 01', ' [5:MQTT-3.6.1-1] [3.1.1:MQTT-3.6.1-1]'],
  ['PUBREL', '63 02 00 01', ' [5:MQTT-3.6.1-1] [3.1.1:MQTT-3.6.1-1]'],
  ['PUBCOMP', '71 02 00 01', ''],
  ['SUBACK', '91 04 00 01 00 00', ''],
  ['UNSUBACK', 'b1 04 00 01 00 00', ''],
  ['PINGRESP', 'd1 00', ''],
  ['DISCONNECT', 'e1 00', ' [5:MQTT-3.14.1-1]'],
  ['AUTH', 'f1 00', ' [5:MQTT-3.15.1-1]'],
] as const;

const HEADERS: readonly Script[] = [
  {
    says: 'CONNACK with reserved flags is refused [5:MQTT-2.1.3-1]',
    connack: null,
    steps: closes('21 03 00 00 00'),
  },
  {
    says: 'CONNACK with reserved flags is refused [3.1.1:MQTT-2.2.2-2]',
    options: { dialect: '3.1.1' },
    connack: null,
    steps: closes('21 02 00 00'),
  },
  ...each(FLAGS, (name, text, more) => ({
    says: `${name} with other flags is malformed: ${text} [5:MQTT-2.1.3-1]${more}`,
    steps: malformed(text, '[5:MQTT-2.1.3-1]'),
  })),
  ...each(FLAGS.slice(0, 8), (name, text, more) => ({
    says: `${name} with other flags closes the connection of 3.1.1: ${text} [3.1.1:MQTT-2.2.2-2] [3.1.1:MQTT-4.8.0-1]${more}`,
    options: { dialect: '3.1.1' },
    steps: closes(text, '[3.1.1:MQTT-2.2.2-2]'),
  })),
];

const IDENTIFIERS: readonly Script[] = [
  {
    says: 'QoS 0 has no packet identifier, both ways [5:MQTT-2.2.1-2] [5:MQTT-3.3.4-1] [5:MQTT-4.3.1-1]',
    steps: [{ publish: message(0) }, 'C 30 05 00 01 61 00 78', 'S 30 05 00 01 61 00 78', { got: ['a=x'] }],
  },
  {
    says: 'QoS 0 has no packet identifier, both ways [3.1.1:MQTT-2.3.1-5] [3.1.1:MQTT-3.3.4-1] [3.1.1:MQTT-4.3.1-1]',
    options: { dialect: '3.1.1' },
    steps: [{ publish: message(0) }, 'C 30 04 00 01 61 78', 'S 30 04 00 01 61 78', { got: ['a=x'] }],
  },
  {
    says: 'packet identifier 0 is a protocol error [5:MQTT-2.2.1-3]',
    steps: broken('32 06 00 01 61 00 00 00', 0x82, '[5:MQTT-2.2.1-3]'),
  },
  ...each(
    ['32 05 00 01 61 00 00', '40 02 00 00', '62 02 00 00', '90 03 00 00 00', 'b0 02 00 00'].map(
      (text) => [text] as const,
    ),
    (text) => ({
      says: `packet identifier 0 closes the connection: ${text} [3.1.1:MQTT-2.3.1-1]`,
      options: { dialect: '3.1.1' },
      steps: closes(text, '[3.1.1:MQTT-2.3.1-1]'),
    }),
  ),
  {
    says: 'messages and requests share the identifiers, each with its fixed flags and a property length [5:MQTT-2.1.3-1] [5:MQTT-2.2.1-3] [5:MQTT-2.2.2-1] [5:MQTT-3.8.1-1] [5:MQTT-3.10.1-1] [5:MQTT-4.3.2-1] [5:MQTT-4.3.3-1]',
    connack: NO_IDENTIFIERS,
    steps: [
      { publish: message(1) },
      `C ${publishHex('5.0', 1, 1)}`,
      { subscribe: [{ topicFilter: 'a' }] },
      'C 82 07 00 02 00 00 01 61 00',
      { unsubscribe: ['a'] },
      'C a2 06 00 03 00 00 01 61',
      { publish: message(2) },
      `C ${publishHex('5.0', 2, 4)}`,
    ],
  },
  {
    says: 'messages and requests share the identifiers, each with its fixed flags [3.1.1:MQTT-2.2.2-1] [3.1.1:MQTT-2.3.1-1] [3.1.1:MQTT-2.3.1-2] [3.1.1:MQTT-3.8.1-1] [3.1.1:MQTT-3.10.1-1] [3.1.1:MQTT-4.3.2-1] [3.1.1:MQTT-4.3.3-1]',
    options: { dialect: '3.1.1' },
    steps: [
      { publish: message(1) },
      `C ${publishHex('3.1.1', 1, 1)}`,
      { subscribe: [{ topicFilter: 'a' }] },
      'C 82 06 00 02 00 01 61 00',
      { unsubscribe: ['a'] },
      'C a2 05 00 03 00 01 61',
      { publish: message(2) },
      `C ${publishHex('3.1.1', 2, 4)}`,
    ],
  },
];

export const DATA: readonly Script[] = [...STRINGS, ...LENGTHS, ...HEADERS, ...IDENTIFIERS];
