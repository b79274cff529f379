// Owns that options which cannot become a CONNECT are refused before anything is opened or sent.

import { expect, test } from 'vitest';
import { type ConnectOptions, Machine, open, Session } from '../src/index.ts';
import { Recorder } from './support.ts';

const HALF = '\ud800';

const WRONG: readonly (readonly [string, string, ConnectOptions])[] = [
  ['invalid-string', '[5:MQTT-1.5.4-1]', { clientId: HALF }],
  ['invalid-string', '[5:MQTT-1.5.4-1]', { userName: HALF }],
  ['invalid-topic-name', '[5:MQTT-1.5.4-1]', { will: { topic: HALF } }],
  ['invalid-string', '[3.1.1:MQTT-1.5.3-1]', { dialect: '3.1.1', clientId: HALF }],
  ['invalid-string', '[3.1.1:MQTT-1.5.3-1]', { dialect: '3.1.1', userName: HALF }],
  ['invalid-topic-name', '[3.1.1:MQTT-1.5.3-1]', { dialect: '3.1.1', will: { topic: HALF } }],
  ['invalid-string', '[5:MQTT-1.5.4-2]', { clientId: 'a\0' }],
  ['too-long', '[5:1.5.4]', { clientId: 'a'.repeat(65_536) }],
  ['invalid-topic-name', '[5:MQTT-4.7.0-1]', { will: { topic: 'a/+' } }],
  ['invalid-topic-name', '[3.1.1:MQTT-4.7.1-1]', { dialect: '3.1.1', will: { topic: '#' } }],
  ['invalid-qos', '[5:MQTT-3.1.2-12]', { will: { topic: 'a', qos: 3 as 2 } }],
  ['invalid-qos', '[3.1.1:MQTT-3.1.2-14]', { dialect: '3.1.1', will: { topic: 'a', qos: 3 as 2 } }],
  ['client-id-required', '[3.1.1:MQTT-3.1.3-7]', { dialect: '3.1.1', cleanStart: false }],
];

test.each(WRONG)(
  '%s %s: %j [5:MQTT-3.1.2-12] [5:MQTT-3.1.3-4] [5:MQTT-3.1.3-11] [5:MQTT-3.1.3-12] [3.1.1:MQTT-3.1.2-14] [3.1.1:MQTT-3.1.3-4] [3.1.1:MQTT-3.1.3-7] [3.1.1:MQTT-3.1.3-10] [3.1.1:MQTT-3.1.3-11]',
  async (code, clause, options) => {
    const sink = new Recorder();
    const refusal = expect.objectContaining({ code, clause: expect.stringContaining(clause) });
    expect(() => new Machine(options, new Session(), sink)).toThrow(refusal);
    expect(sink.sent).toEqual([]);
    const opened: string[] = [];
    const dial = async () => [
      () => {
        opened.push('a pipe');
        throw new Error('nothing is to be opened');
      },
    ];
    await expect(open(dial, options)).rejects.toEqual(refusal);
    expect(opened).toEqual([]);
  },
);
