// What is under way: QoS 1 and 2, resending, order, the life of a session. [5:4] [3.1.1:4]

import { message, publishHex, type Script, type Step } from './script.ts';

type Pub = (qos: 0 | 1 | 2, id?: number, dup?: boolean) => string;

/** The same steps in both dialects; `kept` is a CONNACK with Session Present. */
function both(says: string, steps: (pub: Pub, kept: string) => readonly Step[]): readonly Script[] {
  return (['5.0', '3.1.1'] as const).map((dialect) => ({
    says: `${says}, in ${dialect}`,
    options: {
      dialect,
      clientId: 'c',
      keepAlive: 0,
      cleanStart: false,
      ...(dialect === '5.0' ? { properties: { sessionExpiryInterval: 60 } } : {}),
    },
    steps: steps(
      (qos, id, dup) => publishHex(dialect, qos, id, dup),
      dialect === '5.0' ? '20 03 01 00 00' : '20 02 01 00',
    ),
  }));
}

const HOUR_MS = 3_600_000;

const SENDING: readonly Script[] = [
  ...both(
    'QoS 0 goes out once, without DUP [5:MQTT-3.3.1-2] [5:MQTT-4.3.1-1] [3.1.1:MQTT-3.3.1-2] [3.1.1:MQTT-4.3.1-1]',
    (pub, kept) => [
      { publish: message(0), ticket: 1 },
      `C ${pub(0)}`,
      { settled: 1, as: 0 },
      'cut',
      `S ${kept}`,
      { publish: message(0) },
      `C ${pub(0)}`,
    ],
  ),
  ...both(
    'QoS 1: a new identifier, no DUP, under way until PUBACK [5:MQTT-4.3.2-1] [5:MQTT-4.3.2-2] [5:MQTT-4.3.2-3] [5:MQTT-2.2.1-5] [3.1.1:MQTT-4.3.2-1] [3.1.1:MQTT-2.3.1-3]',
    (pub, kept) => [
      { publish: message(1), ticket: 1 },
      { publish: message(1), ticket: 2 },
      `C ${pub(1, 1)} | ${pub(1, 2)}`,
      { settled: 1, as: null },
      'S 40 02 00 02',
      { settled: 2, as: 0 },
      { publish: message(1), ticket: 3 },
      `C ${pub(1, 3)}`,
      'cut',
      `S ${kept}`,
      `C ${pub(1, 1, true)} | ${pub(1, 3, true)}`,
      'S 40 02 00 01 | 40 02 00 03',
      { settled: 1, as: 0 },
      { settled: 3, as: 0 },
    ],
  ),
  ...both(
    'QoS 2: a new identifier, no DUP, PUBLISH until PUBREC, PUBREL until PUBCOMP [5:MQTT-4.3.3-1] [5:MQTT-4.3.3-2] [5:MQTT-4.3.3-3] [5:MQTT-4.3.3-4] [5:MQTT-4.3.3-5] [5:MQTT-4.3.3-6] [5:MQTT-3.6.1-1] [5:MQTT-2.1.3-1] [3.1.1:MQTT-4.3.3-1] [3.1.1:MQTT-2.3.1-6] [3.1.1:MQTT-3.6.1-1] [3.1.1:MQTT-2.2.2-1]',
    (pub, kept) => [
      { publish: message(2), ticket: 1 },
      { publish: message(2), ticket: 2 },
      `C ${pub(2, 1)} | ${pub(2, 2)}`,
      'S 50 02 00 01',
      'C 62 02 00 01',
      { settled: 1, as: null },
      { publish: message(2), ticket: 3 },
      `C ${pub(2, 3)}`,
      'cut',
      `S ${kept}`,
      `C ${pub(2, 2, true)} | 62 02 00 01 | ${pub(2, 3, true)}`,
      'S 70 02 00 01',
      { settled: 1, as: 0 },
      'S 50 02 00 02',
      'C 62 02 00 02',
      'S 70 02 00 02',
      { settled: 2, as: 0 },
    ],
  ),
  ...both(
    'nothing is sent again while the connection lives, however long it takes [5:MQTT-4.4.0-1] [5:MQTT-4.1.0-1] [3.1.1:MQTT-4.4.0-1] [3.1.1:MQTT-4.1.0-2]',
    (pub) => [
      { publish: message(1), ticket: 1 },
      { publish: message(2), ticket: 2 },
      `C ${pub(1, 1)} | ${pub(2, 2)}`,
      { pass: HOUR_MS },
      'S 50 02 00 02',
      'C 62 02 00 02',
      { pass: HOUR_MS },
      'S 70 02 00 02 | 40 02 00 01',
      { settled: 1, as: 0 },
      { settled: 2, as: 0 },
    ],
  ),
  ...both(
    'what is sent again keeps its order, and so do PUBRELs [5:MQTT-3.3.1-1] [5:MQTT-4.4.0-1] [5:MQTT-4.6.0-1] [5:MQTT-4.6.0-4] [3.1.1:MQTT-3.3.1-1] [3.1.1:MQTT-4.4.0-1] [3.1.1:MQTT-4.6.0-1] [3.1.1:MQTT-4.6.0-4]',
    (pub, kept) => [
      { publish: message(2) },
      { publish: message(1) },
      { publish: message(2) },
      { publish: message(2) },
      `C ${pub(2, 1)} | ${pub(1, 2)} | ${pub(2, 3)} | ${pub(2, 4)}`,
      'S 50 02 00 03 | 50 02 00 01',
      'C 62 02 00 03 | 62 02 00 01',
      'cut',
      `S ${kept}`,
      `C ${pub(1, 2, true)} | ${pub(2, 4, true)} | 62 02 00 03 | 62 02 00 01`,
    ],
  ),
];

const RECEIVING: readonly Script[] = [
  ...both(
    'QoS 1: PUBACK, and then the identifier is a new message, even with DUP [5:MQTT-3.3.4-1] [5:MQTT-4.3.2-4] [5:MQTT-4.3.2-5] [5:MQTT-2.2.1-5] [5:MQTT-3.4.2-1] [3.1.1:MQTT-3.3.4-1] [3.1.1:MQTT-4.3.2-2] [3.1.1:MQTT-2.3.1-6]',
    (pub) => [
      `S ${pub(1, 9)}`,
      'C 40 02 00 09',
      `S ${pub(1, 9, true)}`,
      'C 40 02 00 09',
      { got: ['a=x', 'a=x'] },
    ],
  ),
  ...both(
    'QoS 2: PUBREC each time, handed on once until PUBREL, PUBCOMP each time [5:MQTT-3.3.4-1] [5:MQTT-4.3.3-8] [5:MQTT-4.3.3-10] [5:MQTT-4.3.3-11] [5:MQTT-4.3.3-12] [5:MQTT-2.2.1-5] [5:MQTT-3.5.2-1] [5:MQTT-3.7.2-1] [3.1.1:MQTT-3.3.4-1] [3.1.1:MQTT-4.3.3-2] [3.1.1:MQTT-2.3.1-6]',
    (pub, kept) => [
      `S ${pub(2, 9)}`,
      'C 50 02 00 09',
      `S ${pub(2, 9, true)} | ${pub(2, 9)}`,
      'C 50 02 00 09 | 50 02 00 09',
      { got: ['a=x'] },
      'cut',
      `S ${kept}`,
      `S ${pub(2, 9, true)}`,
      'C 50 02 00 09',
      { got: [] },
      'S 62 02 00 09',
      'C 70 02 00 09',
      `S ${pub(2, 9)}`,
      'C 50 02 00 09',
      { got: ['a=x'] },
    ],
  ),
  ...both(
    'a message that nobody here has asked for is acknowledged all the same [5:MQTT-4.5.0-2] [3.1.1:MQTT-4.5.0-2]',
    (pub) => [`S ${pub(1, 1)} | ${pub(2, 2)}`, 'C 40 02 00 01 | 50 02 00 02'],
  ),
  ...both(
    'PUBACKs and PUBRECs go out in the order of their messages, PUBRELs in that of the PUBRECs [5:MQTT-4.6.0-2] [5:MQTT-4.6.0-3] [5:MQTT-4.6.0-4] [3.1.1:MQTT-4.6.0-2] [3.1.1:MQTT-4.6.0-3] [3.1.1:MQTT-4.6.0-4]',
    (pub) => [
      `S ${pub(1, 3)} | ${pub(2, 7)} | ${pub(1, 1)} | ${pub(2, 5)} | ${pub(1, 2)}`,
      'C 40 02 00 03 | 50 02 00 07 | 40 02 00 01 | 50 02 00 05 | 40 02 00 02',
      { publish: message(2) },
      { publish: message(2) },
      { publish: message(2) },
      `C ${pub(2, 1)} | ${pub(2, 2)} | ${pub(2, 3)}`,
      'S 50 02 00 02 | 50 02 00 03 | 50 02 00 01',
      'C 62 02 00 02 | 62 02 00 03 | 62 02 00 01',
    ],
  ),
];

const KEPT = { clientId: 'c', keepAlive: 0, properties: { sessionExpiryInterval: 60 } } as const;

const SESSIONS: readonly Script[] = [
  {
    says: 'PUBACK and PUBREC of 0x80 and above end the exchange: nothing is sent again [5:MQTT-4.4.0-2] [5:MQTT-4.3.3-4]',
    options: KEPT,
    steps: [
      { publish: message(1), ticket: 1 },
      { publish: message(2), ticket: 2 },
      `C ${publishHex('5.0', 1, 1)} | ${publishHex('5.0', 2, 2)}`,
      'S 40 03 00 01 97 | 50 03 00 02 97',
      { settled: 1, as: 'publish-refused' },
      { settled: 2, as: 'publish-refused' },
      'cut',
      'S 20 03 01 00 00',
      { publish: message(0) },
      `C ${publishHex('5.0', 0)}`,
    ],
  },
  {
    says: 'what has been sent expires no more, on the way out [5:MQTT-4.3.3-7]',
    options: KEPT,
    steps: [
      { publish: message(2, 'a', { messageExpiryInterval: 1 }), ticket: 1 },
      'C 34 0c 00 01 61 00 01 05 02 00 00 00 01 78',
      { pass: HOUR_MS },
      'cut',
      'S 20 03 01 00 00',
      'C 3c 0c 00 01 61 00 01 05 02 00 00 00 01 78',
      { pass: HOUR_MS },
      'S 50 02 00 01',
      'C 62 02 00 01',
      { pass: HOUR_MS },
      'S 70 02 00 01',
      { settled: 1, as: 0 },
    ],
  },
  {
    says: 'and on the way in: PUBREC and PUBCOMP follow however late [5:MQTT-4.3.3-13]',
    options: KEPT,
    steps: [
      'S 34 0c 00 01 61 00 05 05 02 00 00 00 01 78',
      'C 50 02 00 05',
      { pass: HOUR_MS },
      'S 3c 0c 00 01 61 00 05 05 02 00 00 00 01 78',
      'C 50 02 00 05',
      { pass: HOUR_MS },
      'S 62 02 00 05',
      'C 70 02 00 05',
      { got: ['a=x'] },
    ],
  },
  {
    says: 'a session that ends with its connection lives as long as the connection [5:MQTT-4.1.0-1]',
    options: { keepAlive: 0 },
    steps: [
      `S ${publishHex('5.0', 2, 9)}`,
      'C 50 02 00 09',
      { publish: message(2), ticket: 1 },
      `C ${publishHex('5.0', 2, 1)}`,
      { pass: HOUR_MS },
      `S ${publishHex('5.0', 2, 9, true)}`,
      'C 50 02 00 09',
      { got: ['a=x'] },
      'S 50 02 00 01',
      'C 62 02 00 01',
      'S 70 02 00 01',
      { settled: 1, as: 0 },
    ],
  },
  {
    says: 'a server without the session: what belonged to it is dropped, nothing is sent again under its identifier [5:MQTT-3.2.2-5] [5:MQTT-4.4.0-1]',
    options: KEPT,
    steps: [
      { publish: message(2), ticket: 1 },
      { publish: message(1), ticket: 2 },
      `C ${publishHex('5.0', 2, 1)} | ${publishHex('5.0', 1, 2)}`,
      'S 50 02 00 01',
      'C 62 02 00 01',
      `S ${publishHex('5.0', 2, 9)}`,
      'C 50 02 00 09',
      { got: ['a=x'] },
      'cut',
      'S 20 03 00 00 00',
      `C ${publishHex('5.0', 1, 3)}`,
      { settled: 1, as: 'session-lost' },
      `S ${publishHex('5.0', 2, 9)}`,
      'C 50 02 00 09',
      { got: ['a=x'] },
      'S 40 02 00 03',
      { settled: 2, as: 0 },
    ],
  },
  {
    says: 'CleanSession 1: nothing of the session is seen again [3.1.1:MQTT-3.1.2-6]',
    options: { dialect: '3.1.1', clientId: 'c', keepAlive: 0 },
    steps: [
      { publish: message(2), ticket: 1 },
      `C ${publishHex('3.1.1', 2, 1)}`,
      'S 50 02 00 01',
      'C 62 02 00 01',
      'cut',
      'C 10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 63',
      'S 20 02 00 00',
      { settled: 1, as: 'session-lost' },
      { publish: message(0) },
      `C ${publishHex('3.1.1', 0)}`,
    ],
  },
  {
    says: 'Clean Start 1 throws the session away [5:MQTT-3.1.2-4]',
    options: { clientId: 'c', keepAlive: 0 },
    steps: [
      { publish: message(2), ticket: 1 },
      `C ${publishHex('5.0', 2, 1)}`,
      'S 50 02 00 01',
      'C 62 02 00 01',
      'cut',
      'C 10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 63',
      'S 20 03 00 00 00',
      { settled: 1, as: 'session-lost' },
      { publish: message(0) },
      `C ${publishHex('5.0', 0)}`,
    ],
  },
];

export const EXCHANGES: readonly Script[] = [...SENDING, ...RECEIVING, ...SESSIONS];
