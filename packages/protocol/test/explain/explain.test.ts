/** Owns what `explain` says of single fields and of packets that are not good. */

import { describe, expect, it } from 'vitest';
import { explain, leavesOf } from '../../src/explain/index.ts';
import { MQTT_3_1, MQTT_3_1_1, MQTT_5_0 } from '../../src/spec/index.ts';
import { bytesOf } from '../codec/rows.ts';
import { allOf, coverageProblems, named } from './trees.ts';

describe('what a field means', () => {
  it.each([
    [
      'Keep Alive 0',
      '10 0d 00 04 4d 51 54 54 05 02 00 00 00 00 00',
      'Keep Alive',
      'off: silence never closes the connection',
    ],
    [
      'no client id',
      '10 0d 00 04 4d 51 54 54 05 02 00 00 00 00 00',
      'Client Identifier',
      'empty: the server makes one up',
    ],
    ['a short PUBACK', '40 02 00 15', 'Reason Code', '0x00: Success'],
    ['a short DISCONNECT', 'e0 00', 'Disconnect Reason Code', '0x00: Normal disconnection'],
    ['a reason code', '40 03 00 15 10', 'Reason Code', 'No matching subscribers'],
    ['QoS 2', '34 08 00 02 71 32 ff ff 00 00', 'QoS', 'exactly once delivery'],
    [
      'a topic by alias',
      '30 0b 00 00 03 23 00 03 61 67 61 69 6e',
      'Topic Name',
      'empty: the Topic Alias stands for it',
    ],
    [
      'an empty retained payload',
      '31 06 00 03 72 2f 31 00',
      'Application Message',
      'empty: removes the retained message of this topic',
    ],
    [
      'a wildcard',
      '82 09 00 01 00 00 03 61 2f 23 01',
      'Topic Filter',
      '# takes in the level above it and all below',
    ],
    [
      'Retain Handling 1',
      '82 07 00 01 00 00 01 61 11',
      'Retain Handling',
      'retained messages are sent only if the subscription is new',
    ],
    [
      'a Session Expiry that never ends',
      '20 08 00 00 05 11 ff ff ff ff',
      'Session Expiry Interval',
      'the session never expires',
    ],
  ])('%s', (_what, hex, name, meaning) => {
    expect(named(explain(bytesOf(hex)), name).meaning).toBe(meaning);
  });

  it('is told in the words of the dialect', () => {
    const refused = bytesOf('20 02 00 05');
    expect(named(explain(refused, MQTT_3_1_1), 'Connect Return code').meaning).toBe(
      'Connection Refused, not authorized',
    );
    expect(named(explain(refused, { dialect: MQTT_3_1 }), 'Reserved').meaning).toBe('not used in MQTT 3.1');
  });

  it('shows a payload as text if it is printable UTF-8, else in hex', () => {
    const payload = (hex: string) => named(explain(bytesOf(`30 ${hex}`)), 'Application Message').value;
    expect(payload('08 00 01 61 00 68 c3 a9 0a')).toBe("'hé\\n'");
    expect(payload('07 00 01 61 00 68 00 ff')).toBe('68 00 ff');
    expect(payload('06 00 01 61 00 1b 5b')).toBe('1b 5b');
  });

  it('shows control, invisible and reordering characters of a topic escaped', () => {
    // ESC ] 0, then U+202E, then U+009B
    const packet = explain(bytesOf('30 0c 00 09 1b 5d 30 e2 80 ae c2 9b 61 00'));
    expect(named(packet, 'Topic Name').value).toBe("'\\u{1b}]0\\u{202e}\\u{9b}a'");
    expect(named(packet, 'Topic Name').raw).toBe('\u001b]0\u202e\u009ba');
    expect(packet.summary).toContain("'\\u{1b}]0\\u{202e}\\u{9b}a'");
  });

  it('shortens what is long and says how long it is, while the raw value stays whole', () => {
    const bytes = new Uint8Array(70_000 + 8).fill(0x78);
    bytes.set(bytesOf('30 f4 a2 04 00 01 61 00'));
    const packet = explain(bytes);
    const message = named(packet, 'Application Message');
    expect(message.value.length).toBeLessThan(250);
    expect(message.meaning).toBe('70000 bytes, text');
    expect(message.raw).toHaveLength(70_000);
    expect(packet.summary.length).toBeLessThan(120);
  });
});

describe('a malformed packet', () => {
  it('is shown up to its fault, and the bytes behind that are not read', () => {
    const packet = explain(bytesOf('30 09 00 01 61 03 02 00 00 00 05'));
    expect(packet.state).toBe('malformed');
    expect(packet.summary).toBe(
      'PUBLISH, malformed: 0x81 Malformed Packet, the packet ends before Message Expiry Interval',
    );
    expect(named(packet, 'Property Length').value).toBe('3');
    expect(named(packet, 'Not read')).toMatchObject({ kind: 'unread', offset: 7, length: 4 });
  });

  it('with the wrong flags still has its header told', () => {
    const packet = explain(bytesOf('c1 00'));
    expect(named(packet, 'Flags')).toMatchObject({ value: '0001', meaning: 'reserved, must be 0000' });
    expect(coverageProblems(packet)).toEqual([]);
  });

  it('with a wildcard in its topic name has that name shown', () => {
    const packet = explain(bytesOf('30 07 00 03 61 2f 23 00 78'));
    expect(named(packet, 'Topic Name').value).toBe("'a/#'");
    expect(named(packet, 'Not read')).toMatchObject({ offset: 7, length: 2 });
  });

  it('with a property that does not exist names it by its identifier', () => {
    const packet = explain(bytesOf('10 10 00 04 4d 51 54 54 05 02 00 3c 02 7f 00 00 01 78'));
    expect(named(packet, 'Identifier')).toMatchObject({
      value: '0x7f',
      meaning: 'MQTT 5.0 defines no such property',
    });
  });

  it('is said to be good in another dialect if it is and nobody told which one it is in', () => {
    expect(explain(bytesOf('20 02 00 00')).goodIn).toEqual(['3.1', '3.1.1']);
    expect(explain(bytesOf('20 02 00 00'), { dialect: MQTT_5_0 }).goodIn).toEqual([]);
  });

  it('is told by the sender who got further where nobody told who it is', () => {
    // Session Expiry Interval only a client may send in DISCONNECT, Server Reference only a server: neither may both.
    const packet = explain(bytesOf('e0 0a 00 08 11 00 00 00 00 1c 00 00'));
    expect(packet.fault?.message).toBe('Server Reference in a DISCONNECT from a client');
    expect(packet.sender).toBeUndefined();
  });
});

describe('CONNECT of 3.1 whose user name and password are flagged and missing', () => {
  it('is good, and says that they are absent', () => {
    const packet = explain(bytesOf('10 0f 00 06 4d 51 49 73 64 70 03 c2 00 3c 00 01 78'));
    expect(packet.state).toBe('good');
    expect(named(packet, 'User Name')).toMatchObject({ kind: 'absent', value: 'absent' });
    expect(named(packet, 'Password')).toMatchObject({ kind: 'absent', value: 'absent' });
    expect(coverageProblems(packet)).toEqual([]);
  });

  it('says nothing of them while they may still arrive', () => {
    const packet = explain(bytesOf('10 12 00 06 4d 51 49 73 64 70 03 c2 00 3c 00 01 78'));
    expect(packet.state).toBe('incomplete');
    expect(allOf(packet.tree).filter(({ kind }) => kind === 'absent')).toEqual([]);
  });
});

describe('a sender', () => {
  const withSubscriptionId = bytesOf('31 09 00 03 61 2f 62 03 0b 80 01');

  it('is found where only one side may send the packet', () => {
    expect(explain(withSubscriptionId).sender).toBe('server');
    expect(explain(bytesOf('c0 00')).sender).toBe('client');
    expect(explain(bytesOf('40 02 00 15')).sender).toBeUndefined();
  });

  it('that is told is held to what it may send [5:MQTT-3.3.4-6]', () => {
    expect(explain(withSubscriptionId, { sender: 'client' }).fault?.clause).toBe('[5:MQTT-3.3.4-6]');
    expect(explain(bytesOf('10 00'), { sender: 'server' }).fault?.message).toBe(
      'CONNECT is never sent by a server',
    );
  });
});

describe('an incomplete packet', () => {
  it.each([
    ['', 'Nothing, incomplete: 0 bytes of the header, which is not whole'],
    ['30', 'PUBLISH, incomplete: 1 byte of the header, which is not whole'],
    ['30 ff ff', 'PUBLISH, incomplete: 3 bytes of the header, which is not whole'],
    ['30 08 00', 'PUBLISH, incomplete: 3 of 10 bytes have arrived'],
  ])('%s', (hex, summary) => {
    const packet = explain(bytesOf(hex));
    expect(packet).toMatchObject({ state: 'incomplete', summary, fault: undefined, packet: undefined });
    expect(coverageProblems(packet)).toEqual([]);
  });

  it.each([
    ['3.1', '10 20 00 06 4d 51 49 73 64 70 03 02 00 3c 00 01 61'],
    ['3.1.1', '10 20 00 04 4d 51 54 54 04 02 00 3c 00 01 61'],
    ['5.0', '10 20 00 04 4d 51 54 54 05 02 00 3c 00 00 01 61'],
  ])('that is a CONNECT of %s is told in that version', (version, hex) => {
    const packet = explain(bytesOf(hex));
    expect([packet.state, packet.dialect.name]).toEqual(['incomplete', version]);
    expect(named(packet, 'Client Identifier').value).toBe("'a'");
  });

  it('shows the fields that have arrived whole and no half of a payload', () => {
    const packet = explain(bytesOf('30 0b 00 03 61 2f 62 00 68 65'));
    expect(leavesOf(packet.tree).at(-1)).toMatchObject({
      kind: 'unread',
      name: 'Not whole',
      offset: 8,
      length: 2,
    });
    expect(named(packet, 'Topic Name').value).toBe("'a/b'");
  });
});
