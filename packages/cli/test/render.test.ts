/** Owns how an explained packet looks as lines of text and as JSON. */

import { explain } from '@anax/protocol';
import { describe, expect, it } from 'vitest';
import { bitRow, hexRows } from '../src/render/hex.ts';
import { parseHex } from '../src/render/hex-input.ts';
import {
  columnsOf,
  packetJson,
  packetLines,
  padded,
  painter,
  printable,
  printableJson,
} from '../src/render/index.ts';

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function linesOf(hex: string, colour = false): readonly string[] {
  return packetLines(explain(bytesOf(hex)), { colour });
}

/** Characters that a terminal would obey: C0 but for the colours of our own, DEL, C1. */
const CONTROL = /[\p{Cc}]/u;

describe('the text of a packet', () => {
  it('has offset, bytes, field, value, meaning and clause in columns', () => {
    expect(linesOf('40 03 00 15 10')).toEqual([
      'PUBACK packet id 21, 0x10 No matching subscribers',
      '                                Fixed Header                                                                  [5:2.1.1]',
      '    0  40                         Packet Type and Flags       0x40    PUBACK                                  [5:2.1.2]',
      '       0100 ....                    MQTT Control Packet type  4       PUBACK: Publish acknowledgment (QoS 1)  [5:2.1.2]',
      '       .... 0000                    Flags                     0000    reserved, as they must be               [5:2.1.3]',
      '    1  03                         Remaining Length            3       3 bytes follow, the packet has 5        [5:2.1.4]',
      '                                Variable Header                                                               [5:3.4.2]',
      '    2  00 15                      Packet Identifier           21                                              [5:2.2.1]',
      '    4  10                         Reason Code                 0x10    No matching subscribers                 [5:3.4.2.1]',
      '                                  Property Length             absent  0: no properties                        [5:3.4.2.2.1]',
    ]);
  });

  it('lines its columns up', () => {
    const lines = linesOf('40 03 00 15 10').slice(1);
    expect(new Set(lines.map((line) => line.indexOf('[5:'))).size).toBe(1);
    const values = [/ 0x40 /, / 21 /, / 0x10 /, / absent /].map((value) =>
      lines.find((line) => value.test(line))?.search(value),
    );
    expect(new Set(values).size).toBe(1);
  });

  it('keeps its columns where a text is in wide characters', () => {
    // The topic is U+6E29 U+5EA6, four columns in a terminal.
    const lines = linesOf('30 0a 00 06 e6 b8 a9 e5 ba a6 00 78').slice(1);
    const clauses = lines.map((line) => columnsOf(line.slice(0, line.indexOf('[5:'))));
    expect(lines.some((line) => line.includes("'温度'"))).toBe(true);
    expect(new Set(clauses).size).toBe(1);
  });

  it('wraps the bytes of a field in rows of eight', () => {
    const lines = linesOf('30 0f 00 0c 61 62 63 64 65 66 67 68 69 6a 6b 6c 00');
    expect(lines.some((line) => line.startsWith('    4  61 62 63 64 65 66 67 68  '))).toBe(true);
    expect(lines).toContain('       69 6a 6b 6c');
  });

  it('shows every byte of a field of 256 bytes', () => {
    const lines = linesOf(`30 84 02 00 01 61 00 ${'79 '.repeat(256)}`);
    expect(lines.join(' ').match(/\b79\b/g)).toHaveLength(256);
  });

  it('leaves out the end of a payload above 256 bytes and says how much', () => {
    const lines = linesOf(`30 94 03 00 01 61 00 ${'78 '.repeat(400)}`);
    expect(lines.at(-1)?.trim()).toBe('… 152 more bytes');
  });

  it('shows a fault where it was seen, before what was not read', () => {
    const lines = linesOf('30 09 00 01 61 03 02 00 00 00 05');
    const at = lines.findIndex((line) => line.startsWith('!!'));
    expect(lines[at]).toBe(
      '!!  at byte 9: 0x81 Malformed Packet: the packet ends before Message Expiry Interval [5:2.1.4] [3.1.1:2.2.3]',
    );
    expect(lines[at + 1]).toMatch(/^ {4}7 {2}00 00 00 05 +Not read +4 bytes +behind the fault$/);
  });

  it('shows a fault behind the last byte, too', () => {
    expect(linesOf('c1 00').at(-1)).toMatch(/^!! {2}at byte 0: 0x81 Malformed Packet: the flags of PINGREQ/);
  });

  it('holds no character that a terminal would obey, wherever a peer put one', () => {
    const evil = '1b 5d 30 3b 78 07 c2 9b 33 31 6d e2 80 ae 0d 0a';
    const packets = [
      `30 15 00 10 ${evil} 00 78 79`,
      // In a topic filter that is refused, and so in the decoder's message.
      `82 17 00 01 00 00 11 ${evil} 23 00`,
      `40 18 00 15 10 14 26 00 0f ${evil.slice(0, -3)} 00 00`,
    ];
    for (const packet of packets) {
      const shown = linesOf(packet).join('');
      expect(shown).not.toMatch(CONTROL);
      expect(shown).not.toContain('\u202e');
      expect(shown).toContain('\\u{1b}');
      expect(packetJson(explain(bytesOf(packet)))).not.toMatch(CONTROL);
    }
  });

  it('is coloured only where asked, and then says the same', () => {
    const plain = linesOf('40 03 00 15 10');
    const coloured = linesOf('40 03 00 15 10', true);
    expect(plain.join('')).not.toContain('\u001b');
    expect(coloured.join('')).toContain('\u001b[36m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the escape sequences of colours
    const bare = coloured.map((line) => line.replace(/\u001b\[[\d;]*m/g, '').trimEnd());
    expect(bare).toEqual(plain);
  });
});

describe('the JSON of a packet', () => {
  it('has the tree with the bytes of every field in hex', () => {
    const json = JSON.parse(packetJson(explain(bytesOf('40 02 00 15'))));
    expect(json).toMatchObject({
      state: 'good',
      type: 'puback',
      mqttVersion: '5.0',
      hex: '40 02 00 15',
      length: 4,
    });
    expect(json.fields[1].children[0]).toEqual({
      kind: 'field',
      offset: 2,
      length: 2,
      hex: '00 15',
      name: 'Packet Identifier',
      value: '21',
      raw: 21,
      clause: '[5:2.2.1]',
    });
    expect(json.fields[0].children[0].children[0].bits).toEqual({ mask: 0xf0, shift: 4 });
  });

  it('has the fault of a malformed packet', () => {
    const json = JSON.parse(packetJson(explain(bytesOf('c1 00'))));
    expect(json).toMatchObject({
      state: 'malformed',
      fault: {
        reasonCode: 0x81,
        reason: 'Malformed Packet',
        offset: 0,
        clause: '[5:MQTT-2.1.3-1] [3.1.1:MQTT-2.2.2-2]',
      },
    });
  });

  it('keeps what it escapes', () => {
    const text = 'a\u009b\u202e\u{e0001}é"';
    const json = printableJson({ text });
    expect(json).not.toMatch(/[\u009b\u202e]/);
    expect(JSON.parse(json)).toEqual({ text });
  });
});

describe('small pieces', () => {
  it('bits are shown in their place in the byte', () => {
    expect([bitRow(0xc2, 0x80), bitRow(0xc2, 0x18), bitRow(0x5a, 0xf0)]).toEqual([
      '1... ....',
      '...0 0...',
      '0101 ....',
    ]);
  });

  it('hex of no bytes is one empty row', () => {
    expect(hexRows(new Uint8Array(0))).toEqual(['']);
  });

  it('columns count wide characters twice and combining ones not at all', () => {
    expect([
      columnsOf('abc'),
      columnsOf('温度'),
      columnsOf('e\u0301'),
      columnsOf('ｱ'),
      columnsOf('👍'),
    ]).toEqual([3, 4, 1, 1, 2]);
    expect(padded('温', 4)).toBe('温  ');
  });

  it('printable text keeps letters of every script', () => {
    expect(printable('Grüße 温度 👍\u0007\n')).toBe('Grüße 温度 👍\\u{7}\\u{a}');
  });

  it('paint without colour is the text', () => {
    expect([painter(false)('fault', 'x'), painter(true)('fault', 'x')]).toEqual([
      'x',
      '\u001b[1;31mx\u001b[0m',
    ]);
  });

  it.each(['c000', 'C0 00', '0xc0 0x00', '0xc000', 'c0:00', 'c0,00\n', '\tc0 | 00\r\n', '\ufeffc0 00'])(
    '%j is hex',
    (text) => {
      expect(parseHex(text)).toEqual(Uint8Array.of(0xc0, 0));
    },
  );

  it.each([
    ['c0 0g', '"g" at character 5 is not a hex digit'],
    ['c0 zz', '"z" at character 4 is not a hex digit'],
    ['c0 0', '"0" at character 4 is half a byte: its second digit is missing'],
    ['c 0', '"c" at character 1 is half a byte: its second digit is missing'],
    ['c0 00\nd0 –0', '"–" in line 2 at character 4 is not a hex digit'],
  ])('%j is not', (text, message) => {
    expect(parseHex(text)).toEqual({ message });
  });
});
