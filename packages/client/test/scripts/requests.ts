// SUBSCRIBE, UNSUBSCRIBE, DISCONNECT. [5:3.8] [5:3.10] [5:3.14] [3.1.1:3.8] [3.1.1:3.10] [3.1.1:3.14]

import { broken, byteHex, each, NO_IDENTIFIERS, publishHex, refused, type Script } from './script.ts';

const WRONG = [
  ['a#', 'MQTT-4.7.1-1', 'MQTT-4.7.1-2'],
  ['a/#/b', 'MQTT-4.7.1-1', 'MQTT-4.7.1-2'],
  ['#/a', 'MQTT-4.7.1-1', 'MQTT-4.7.1-2'],
  ['a+', 'MQTT-4.7.1-2', 'MQTT-4.7.1-3'],
  ['a/b+/c', 'MQTT-4.7.1-2', 'MQTT-4.7.1-3'],
  ['', 'MQTT-4.7.3-1', 'MQTT-4.7.3-1'],
  ['a\0', 'MQTT-4.7.3-2', 'MQTT-4.7.3-2'],
  ['a'.repeat(65_536), 'MQTT-4.7.3-3', 'MQTT-4.7.3-3'],
] as const;

const FILTERS: readonly Script[] = [
  {
    says: 'what is no topic filter is not sent [5:MQTT-4.7.1-1] [5:MQTT-4.7.1-2] [5:MQTT-4.7.3-1] [5:MQTT-4.7.3-2] [5:MQTT-4.7.3-3]',
    steps: WRONG.flatMap(([topicFilter, clause]) => [
      refused({ subscribe: [{ topicFilter }] }, 'invalid-topic-filter', `[5:${clause}]`),
      refused({ unsubscribe: [topicFilter] }, 'invalid-topic-filter', `[5:${clause}]`),
    ]),
  },
  {
    says: 'what is no topic filter is not sent [3.1.1:MQTT-4.7.1-2] [3.1.1:MQTT-4.7.1-3] [3.1.1:MQTT-4.7.3-1] [3.1.1:MQTT-4.7.3-2] [3.1.1:MQTT-4.7.3-3]',
    options: { dialect: '3.1.1' },
    steps: WRONG.flatMap(([topicFilter, , clause]) => [
      refused({ subscribe: [{ topicFilter }] }, 'invalid-topic-filter', `[3.1.1:${clause}]`),
      refused({ unsubscribe: [topicFilter] }, 'invalid-topic-filter', `[3.1.1:${clause}]`),
    ]),
  },
  ...each([['#'], ['+'], ['/'], ['a/#'], ['+/a/+'], ['a//b']] as const, (topicFilter) => ({
    says: `the filter ${topicFilter} is sent [5:MQTT-4.7.1-1] [5:MQTT-4.7.1-2]`,
    connack: NO_IDENTIFIERS,
    steps: [
      { subscribe: [{ topicFilter }] },
      `C 82 ${byteHex(topicFilter.length + 6)} 00 01 00 00 ${byteHex(topicFilter.length)} ${hexOf(topicFilter)} 00`,
    ],
  })),
  ...each(
    [
      ['$share//a', '[5:MQTT-4.8.2-1]'],
      ['$share/g', '[5:MQTT-4.8.2-2]'],
      ['$share/g/', '[5:MQTT-4.8.2-2]'],
      ['$share/+/a', '[5:MQTT-4.8.2-2]'],
      ['$share/g#/a', '[5:MQTT-4.8.2-2]'],
    ] as const,
    (topicFilter, clause) => ({
      says: `${topicFilter} is no shared filter [5:MQTT-4.8.2-1] [5:MQTT-4.8.2-2]`,
      steps: [
        refused({ subscribe: [{ topicFilter }] }, 'invalid-topic-filter', clause),
        refused({ unsubscribe: [topicFilter] }, 'invalid-topic-filter', clause),
      ],
    }),
  ),
  {
    says: 'No Local on a shared subscription is not sent [5:MQTT-3.8.3-4]',
    steps: [
      refused(
        { subscribe: [{ topicFilter: '$share/g/a', noLocal: true }] },
        'no-local-on-shared',
        '[5:MQTT-3.8.3-4]',
      ),
    ],
  },
  ...each([['5.0'], ['3.1.1']] as const, (dialect) => ({
    says: `a request without a filter is not sent, in ${dialect} [5:MQTT-3.8.3-2] [5:MQTT-3.10.3-2] [3.1.1:MQTT-3.8.3-3] [3.1.1:MQTT-3.10.3-2]`,
    options: { dialect },
    steps: [
      refused({ subscribe: [] }, 'no-topic-filter', '[3.1.1:MQTT-3.8.3-3]'),
      refused({ unsubscribe: [] }, 'no-topic-filter', '[3.1.1:MQTT-3.10.3-2]'),
    ],
  })),
];

const REASON = { reasonString: 'abcd', userProperties: [['a', 'b']] } as const;

const ENDS: readonly Script[] = [
  ...each([['5.0'], ['3.1.1']] as const, (dialect) => ({
    says: `DISCONNECT is the last packet, and the connection is closed behind it, in ${dialect} [5:MQTT-3.14.4-1] [5:MQTT-3.14.4-2] [3.1.1:MQTT-3.14.4-1] [3.1.1:MQTT-3.14.4-2]`,
    options: { dialect },
    steps: [{ disconnect: {} }, 'C e0 00', `S ${publishHex(dialect, 1, 1)}`, { ends: 'disconnected' }],
  })),
  {
    says: 'a server may not disconnect with 0x04 [5:MQTT-3.14.2-1]',
    steps: broken('e0 01 04', 0x82, '[5:MQTT-3.14.2-1]'),
  },
  {
    says: 'a server may not disconnect with 0x01 [5:MQTT-3.14.2-1]',
    steps: broken('e0 01 01', 0x82, '[5:MQTT-3.14.2-1]'),
  },
  {
    says: 'a client does not disconnect with a code of servers [5:MQTT-3.14.2-1]',
    steps: [refused({ disconnect: { reasonCode: 0x8e } }, 'invalid-reason-code', '[5:MQTT-3.14.2-1]')],
  },
  {
    says: 'DISCONNECT explains itself where there is room [5:MQTT-3.14.2-3] [5:MQTT-3.14.2-4]',
    steps: [
      { disconnect: { reasonCode: 0x04, properties: REASON } },
      'C e0 10 04 0e 1f 00 04 61 62 63 64 26 00 01 61 00 01 62',
      { ends: 'disconnected', reasonCode: 4 },
    ],
  },
  {
    says: 'DISCONNECT leaves out User Properties and Reason String for which there is no room [5:MQTT-3.14.2-3] [5:MQTT-3.14.2-4]',
    connack: '20 08 00 00 05 27 00 00 00 04',
    steps: [
      { disconnect: { reasonCode: 0x04, properties: REASON } },
      'C e0 01 04',
      { ends: 'disconnected', reasonCode: 4 },
    ],
  },
  {
    says: 'DISCONNECT of the server is the end [5:MQTT-4.13.2-1]',
    steps: ['S e0 01 8e', { ends: 'server-disconnected', reasonCode: 0x8e }],
  },
];

function hexOf(text: string): string {
  return [...text].map((char) => byteHex(char.charCodeAt(0))).join(' ');
}

export const REQUESTS: readonly Script[] = [...FILTERS, ...ENDS];
