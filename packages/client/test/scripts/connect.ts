// CONNECT and CONNACK. [5:3.1] [5:3.2] [3.1.1:3.1] [3.1.1:3.2]

import type { ConnectOptions } from '../../src/index.ts';
import { broken, closes, each, message, publishHex, refused, type Script } from './script.ts';

const WILL = { topic: 'w', payload: 'x' } as const;
const NAMED = { clientId: 'c' } as const;

/** Options and what they come to: a flag for what is there, a field behind it, and nothing for what is not. */
const FIELDS: readonly (readonly [ConnectOptions, string])[] = [
  [{}, '10 0e 00 04 4d 51 54 54 05 02 00 3c 00 00 01 63'],
  [{ will: WILL }, '10 15 00 04 4d 51 54 54 05 06 00 3c 00 00 01 63 00 00 01 77 00 01 78'],
  [{ will: { ...WILL, qos: 1 } }, '10 15 00 04 4d 51 54 54 05 0e 00 3c 00 00 01 63 00 00 01 77 00 01 78'],
  [{ will: { ...WILL, qos: 2 } }, '10 15 00 04 4d 51 54 54 05 16 00 3c 00 00 01 63 00 00 01 77 00 01 78'],
  [
    { will: { ...WILL, retain: true } },
    '10 15 00 04 4d 51 54 54 05 26 00 3c 00 00 01 63 00 00 01 77 00 01 78',
  ],
  [{ userName: 'u' }, '10 11 00 04 4d 51 54 54 05 82 00 3c 00 00 01 63 00 01 75'],
  [{ password: 'p' }, '10 11 00 04 4d 51 54 54 05 42 00 3c 00 00 01 63 00 01 70'],
  [{ userName: 'u', password: 'p' }, '10 14 00 04 4d 51 54 54 05 c2 00 3c 00 00 01 63 00 01 75 00 01 70'],
  [
    { will: { ...WILL, qos: 1, retain: true }, userName: 'u', password: 'p' },
    '10 1b 00 04 4d 51 54 54 05 ee 00 3c 00 00 01 63 00 00 01 77 00 01 78 00 01 75 00 01 70',
  ],
];

const FIELDS_311: typeof FIELDS = [
  [{}, '10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 63'],
  [{ will: WILL }, '10 13 00 04 4d 51 54 54 04 06 00 3c 00 01 63 00 01 77 00 01 78'],
  [{ will: { ...WILL, qos: 1 } }, '10 13 00 04 4d 51 54 54 04 0e 00 3c 00 01 63 00 01 77 00 01 78'],
  [{ will: { ...WILL, qos: 2 } }, '10 13 00 04 4d 51 54 54 04 16 00 3c 00 01 63 00 01 77 00 01 78'],
  [{ will: { ...WILL, retain: true } }, '10 13 00 04 4d 51 54 54 04 26 00 3c 00 01 63 00 01 77 00 01 78'],
  [{ userName: 'u' }, '10 10 00 04 4d 51 54 54 04 82 00 3c 00 01 63 00 01 75'],
  [{ userName: 'u', password: 'p' }, '10 13 00 04 4d 51 54 54 04 c2 00 3c 00 01 63 00 01 75 00 01 70'],
  [
    { will: { ...WILL, qos: 1, retain: true }, userName: 'u', password: 'p' },
    '10 19 00 04 4d 51 54 54 04 ee 00 3c 00 01 63 00 01 77 00 01 78 00 01 75 00 01 70',
  ],
];

const CONNECTS: readonly Script[] = [
  ...each(FIELDS, (options, connect) => ({
    says: `CONNECT for ${JSON.stringify(options)} is ${connect} [5:MQTT-3.1.0-1] [5:MQTT-3.1.2-1] [5:MQTT-3.1.2-9] [5:MQTT-3.1.2-11] [5:MQTT-3.1.2-12] [5:MQTT-3.1.2-13] [5:MQTT-3.1.2-16] [5:MQTT-3.1.2-17] [5:MQTT-3.1.2-18] [5:MQTT-3.1.2-19] [5:MQTT-3.1.3-1] [5:MQTT-3.1.3-3]`,
    options: { ...NAMED, ...options },
    connect,
    steps: [],
  })),
  ...each(FIELDS_311, (options, connect) => ({
    says: `CONNECT of 3.1.1 for ${JSON.stringify(options)} is ${connect} [3.1.1:MQTT-3.1.0-1] [3.1.1:MQTT-3.1.2-9] [3.1.1:MQTT-3.1.2-11] [3.1.1:MQTT-3.1.2-13] [3.1.1:MQTT-3.1.2-14] [3.1.1:MQTT-3.1.2-15] [3.1.1:MQTT-3.1.2-18] [3.1.1:MQTT-3.1.2-19] [3.1.1:MQTT-3.1.2-20] [3.1.1:MQTT-3.1.2-21] [3.1.1:MQTT-3.1.3-1] [3.1.1:MQTT-3.1.3-3]`,
    options: { ...NAMED, dialect: '3.1.1', ...options },
    connect,
    steps: [],
  })),
  {
    says: 'no client identifier, in 3.1.1 only with CleanSession [3.1.1:MQTT-3.1.3-7]',
    options: { dialect: '3.1.1' },
    connect: '10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00',
    steps: [],
  },
  {
    says: 'a client identifier that the server assigned finds its session again [5:MQTT-3.1.3-2] [5:MQTT-3.1.2-23]',
    options: { properties: { sessionExpiryInterval: 60 } },
    connack: '20 07 00 00 04 12 00 01 78',
    steps: [
      { publish: message(1), ticket: 1 },
      `C ${publishHex('5.0', 1, 1)}`,
      'cut',
      'C 10 13 00 04 4d 51 54 54 05 00 00 3c 05 11 00 00 00 3c 00 01 78',
      'S 20 03 01 00 00',
      `C ${publishHex('5.0', 1, 1, true)}`,
      'S 40 02 00 01',
      { settled: 1, as: 0 },
    ],
  },
  {
    says: 'CleanSession 0 keeps the session, under the same client identifier [3.1.1:MQTT-3.1.2-4] [3.1.1:MQTT-3.1.3-2] [3.1.1:MQTT-4.1.0-1]',
    options: { ...NAMED, dialect: '3.1.1', cleanStart: false },
    connect: '10 0d 00 04 4d 51 54 54 04 00 00 3c 00 01 63',
    steps: [
      { publish: message(1), ticket: 1 },
      `C ${publishHex('3.1.1', 1, 1)}`,
      'cut',
      'C 10 0d 00 04 4d 51 54 54 04 00 00 3c 00 01 63',
      'S 20 02 01 00',
      `C ${publishHex('3.1.1', 1, 1, true)}`,
      'S 40 02 00 01',
      { settled: 1, as: 0 },
    ],
  },
];

const KEEP_ALIVE: readonly Script[] = [
  ...each([['5.0'], ['3.1.1']] as const, (dialect) => ({
    says: `PINGREQ after Keep Alive without a packet, in ${dialect} [5:MQTT-3.1.2-20] [3.1.1:MQTT-3.1.2-23]`,
    options: { dialect, keepAlive: 10 },
    steps: [
      { pass: 9_900 },
      { publish: message(0) },
      `C ${publishHex(dialect, 0)}`,
      { pass: 9_900 },
      { pass: 101 },
      'C c0 00',
      'S d0 00',
      { pass: 10_001 },
      'C c0 00',
    ],
  })),
  {
    says: 'Server Keep Alive takes the place of Keep Alive [5:MQTT-3.1.2-21] [5:MQTT-3.2.2-21]',
    options: { keepAlive: 1000 },
    connack: '20 06 00 00 03 13 00 05',
    steps: [{ pass: 5_001 }, 'C c0 00', 'S d0 00'],
  },
  {
    says: 'a server that does not answer PINGREQ is given up',
    options: { keepAlive: 10, pingTimeoutMs: 500 },
    steps: [{ pass: 10_001 }, 'C c0 00', { pass: 502 }, { ends: 'keep-alive-timeout' }],
  },
];

const METHOD = { properties: { authenticationMethod: 'M' } } as const;

const AUTHENTICATION: readonly Script[] = [
  {
    says: 'AUTH is answered with the same method, and before CONNACK nothing else is sent [5:MQTT-3.1.2-30] [5:MQTT-3.15.2-1] [5:MQTT-4.12.0-3] [5:MQTT-4.12.0-5]',
    options: { ...METHOD, keepAlive: 5, connectTimeoutMs: 60_000 },
    connack: null,
    steps: [
      { pass: 20_000 },
      'S f0 06 18 04 15 00 01 4d',
      'C f0 15 18 13 15 00 01 4d 16 00 01 64 1f 00 01 72 26 00 01 61 00 01 62',
      { pass: 20_000 },
      'S 20 07 00 00 04 15 00 01 4d',
      { publish: message(0) },
      `C ${publishHex('5.0', 0)}`,
    ],
  },
  ...each(
    [
      ['another method', 'f0 06 18 04 15 00 01 41'],
      ['CONNACK without the method', '20 03 00 00 00'],
    ] as const,
    (what, text) => ({
      says: `${what} closes the connection [5:MQTT-4.12.0-5]`,
      options: METHOD,
      connack: null,
      steps: closes(text, '[5:MQTT-4.12.0-5]'),
    }),
  ),
  ...each([['01'], ['19']] as const, (code) => ({
    says: `AUTH with reason code 0x${code} is refused [5:MQTT-3.15.2-1]`,
    options: METHOD,
    connack: null,
    steps: closes(`f0 06 ${code} 04 15 00 01 4d`, '[5:MQTT-3.15.2-1]'),
  })),
  {
    says: 'AUTH leaves out User Properties and Reason String for which there is no room [5:MQTT-3.15.2-2] [5:MQTT-3.15.2-3] [5:MQTT-3.15.2-1] [5:MQTT-4.12.1-1]',
    options: METHOD,
    connack: '20 0c 00 00 09 15 00 01 4d 27 00 00 00 0c',
    steps: [
      { reauthenticate: {} },
      'C f0 06 19 04 15 00 01 4d',
      'S f0 06 18 04 15 00 01 4d',
      'C f0 0a 18 08 15 00 01 4d 16 00 01 64',
      'S f0 06 00 04 15 00 01 4d',
    ],
  },
  {
    says: 'AUTH to a client that named no method is not answered [5:MQTT-4.12.0-7]',
    connack: null,
    steps: closes('f0 06 18 04 15 00 01 4d', '[5:MQTT-4.12.0-6]'),
  },
];

const CONNACKS: readonly Script[] = [
  {
    says: 'Session Present to a client that holds no session closes the connection [5:MQTT-3.2.2-4]',
    connack: null,
    steps: closes('20 03 01 00 00', '[5:MQTT-3.2.2-4]'),
  },
  {
    says: 'a CONNACK that refuses ends in a close [5:MQTT-4.13.2-1]',
    connack: null,
    steps: ['S 20 03 00 87 00', { ends: 'connection-refused', reasonCode: 0x87 }],
  },
  {
    says: 'Maximum QoS 1: QoS 1 is sent, QoS 2 is not [5:MQTT-3.2.2-11]',
    connack: '20 05 00 00 02 24 01',
    steps: [
      refused({ publish: message(2) }, 'qos-not-supported', '[5:MQTT-3.2.2-11]'),
      { publish: message(1) },
      `C ${publishHex('5.0', 1, 1)}`,
    ],
  },
  {
    says: 'Retain Available 0: nothing is retained [5:MQTT-3.2.2-14]',
    connack: '20 05 00 00 02 25 00',
    steps: [
      refused({ publish: { ...message(0), retain: true } }, 'retain-not-supported', '[5:MQTT-3.2.2-14]'),
    ],
  },
  {
    says: 'Maximum Packet Size 9: nine bytes are sent, ten are not [5:MQTT-3.2.2-15]',
    connack: '20 08 00 00 05 27 00 00 00 09',
    steps: [
      { publish: message(1) },
      `C ${publishHex('5.0', 1, 1)}`,
      refused({ publish: message(1, 'aa') }, 'packet-too-large', '[5:MQTT-3.2.2-15]'),
      refused({ subscribe: [{ topicFilter: 'aaaa' }] }, 'packet-too-large', '[5:MQTT-3.2.2-15]'),
    ],
  },
  {
    says: 'Topic Alias Maximum 1: alias 1 is sent, 2 and 0 are not [5:MQTT-3.2.2-17] [5:MQTT-3.3.2-8] [5:MQTT-3.3.2-9]',
    connack: '20 06 00 00 03 22 00 01',
    steps: [
      refused({ publish: message(0, 'a', { topicAlias: 2 }) }, 'topic-alias-invalid', '[5:MQTT-3.2.2-17]'),
      refused({ publish: message(0, 'a', { topicAlias: 0 }) }, 'invalid-property'),
      { publish: message(0, 'a', { topicAlias: 1 }) },
      'C 30 08 00 01 61 03 23 00 01 78',
    ],
  },
  {
    says: 'no Topic Alias Maximum: no alias is sent [5:MQTT-3.2.2-18]',
    steps: [refused({ publish: message(0, 'a', { topicAlias: 1 }) }, 'topic-alias-invalid')],
  },
  {
    says: 'a packet of our Maximum Packet Size is taken, a larger one is not [5:MQTT-3.1.2-24]',
    options: { properties: { maximumPacketSize: 7 } },
    steps: [
      'S 30 05 00 01 61 00 78',
      { got: ['a=x'] },
      ...broken('30 06 00 01 61 00 78 78', 0x95, '[5:MQTT-3.1.2-24]'),
    ],
  },
];

export const CONNECT: readonly Script[] = [...CONNECTS, ...KEEP_ALIVE, ...AUTHENTICATION, ...CONNACKS];
