// What is stored of a session, as rows: bytes that are not what they should be, and those of this version.

import { describe, expect, test } from 'vitest';
import {
  FACTS_KEY,
  factsRow,
  messageKey,
  messageRow,
  readRows,
  stateKey,
  stateRow,
  writeState,
} from '../../src/outbox/rows.ts';
import { outgoing } from '../../src/outgoing.ts';
import { bytes, hex } from '../support.ts';

const facts = { clientId: 'c', dialect: '5.0', lasts: true, newAskedFor: false };
const head = { key: FACTS_KEY, value: factsRow(facts) };
const owed = outgoing({ topic: 'a', payload: 'x', qos: 1, retain: true }, 1, 10, 1000);

function message(): Uint8Array {
  const row = messageRow(owed, 90);
  writeState(row, { packetId: 7, phase: 'publish', order: 3 });
  return row;
}

describe('rows of an outbox', () => {
  test('a message has its state, its times and a PUBLISH of MQTT 5.0', () => {
    expect(hex(message())).toBe(
      '00 07 01 40 08 00 00 00 00 00 00 40 59 00 00 00 00 00 00 40 91 30 00 00 00 00 00 33 07 00 01 61 00 01 00 78',
    );
    const [read] = readRows([head, { key: messageKey(5), value: message() }]).messages;
    expect(read).toMatchObject({
      number: 5,
      since: 100,
      due: 1100,
      state: { packetId: 7, phase: 'publish', order: 3 },
      isChanged: false,
      packet: { topic: 'a', qos: 1, retain: true, payload: bytes('78') },
    });
  });

  test('the state beside it counts', () => {
    const state = { packetId: 7, phase: 'release', order: 9 } as const;
    const rows = [
      head,
      { key: 7, value: new Uint8Array(0) },
      { key: messageKey(5), value: message() },
      { key: stateKey(5), value: stateRow(state) },
    ];
    const { facts: read, received, messages } = readRows(rows);
    expect([read, received]).toEqual([facts, [7]]);
    expect(messages).toMatchObject([{ number: 5, state, isChanged: true }]);
  });

  test.each([
    ['no row says whose it is', [{ key: messageKey(5), value: message() }]],
    [
      'a later format',
      [{ key: 0, value: new TextEncoder().encode('{"format":2,"clientId":"c","dialect":"5.0"}') }],
    ],
    ['no JSON', [{ key: 0, value: bytes('00 01') }]],
    ['JSON without a client identifier', [{ key: 0, value: new TextEncoder().encode('{"format":1}') }]],
    ['a message that is cut off', [head, { key: messageKey(5), value: message().subarray(0, 30) }]],
    [
      'a message with something behind it',
      [head, { key: messageKey(5), value: Uint8Array.from([...message(), 0xc0, 0]) }],
    ],
    ['a message without its times', [head, { key: messageKey(5), value: message().subarray(0, 12) }]],
    ['a phase that there is not', [head, { key: messageKey(5), value: message().fill(9, 2, 3) }]],
    ['an identifier without a phase', [head, { key: messageKey(5), value: message().fill(0, 2, 3) }]],
    [
      'a state of no message',
      [head, { key: stateKey(5), value: stateRow({ packetId: 1, phase: 'publish', order: 1 }) }],
    ],
    [
      'a state that is cut off',
      [head, { key: messageKey(5), value: message() }, { key: stateKey(5), value: new Uint8Array(3) }],
    ],
  ])('%s: it is damaged', (_, rows) => {
    expect(() => readRows(rows)).toThrow(expect.objectContaining({ code: 'store-damaged' }));
  });
});
