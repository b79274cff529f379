/** Owns what a UTF-8 string may hold, beside the platform's own decoder. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Bytes, utf8Length } from '../../src/codec/index.ts';
import { readUtf8 } from '../../src/codec/utf8.ts';
import { MqttError } from '../../src/spec/index.ts';
import { bytesOf } from './rows.ts';

const platform = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function ours(bytes: Uint8Array): string | undefined {
  try {
    return readUtf8(bytes, 0, bytes.length);
  } catch {
    return undefined;
  }
}

function theirs(bytes: Uint8Array): string | undefined {
  try {
    return platform.decode(bytes);
  } catch {
    return undefined;
  }
}

const pieces = [
  '61', '7f', 'c2 80', 'df bf', 'e0 a0 80', 'ef bb bf', 'ed 9f bf', 'ee 80 80', 'ef bf bf', 'f0 90 80 80', 'f4 8f bf bf',
  '80', 'bf', 'c0', 'c0 af', 'c1 bf', 'e0 80 80', 'e0 9f bf', 'ed a0 80', 'ed bf bf', 'f0 80 80 80', 'f0 8f bf bf',
  'f4 90 80 80', 'f5 80 80 80', 'f8 88 80 80 80', 'fe', 'ff', 'c3', 'e2 82', 'f0 9f 98',
]; // biome-ignore format: a table

const byteString = fc.oneof(
  fc.uint8Array({ min: 1, maxLength: 12 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((some) => bytesOf(some.join(' '))),
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => new Uint8Array(new TextEncoder().encode(text))),
);

describe('UTF-8', () => {
  it('is read as a strict decoder reads it, but for U+0000 [5:MQTT-1.5.4-1] [3.1.1:MQTT-1.5.3-1]', () => {
    let sound = 0;
    fc.assert(
      fc.property(byteString, (bytes) => {
        fc.pre(!bytes.includes(0));
        const wanted = theirs(bytes);
        expect(ours(bytes)).toBe(wanted);
        if (wanted !== undefined) sound += 1;
      }),
      { seed: 7, numRuns: 20_000 },
    );
    expect(sound).toBeGreaterThan(2_000);
  });

  it('is read the same for every one, two and three bytes in a row', () => {
    const tail = [0x61, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
    for (let first = 1; first < 256; first++) {
      for (const second of tail) {
        for (const third of tail) {
          for (const length of [1, 2, 3]) {
            const bytes = Uint8Array.of(first, second, third).subarray(0, length);
            expect(ours(bytes)).toBe(theirs(bytes));
          }
        }
      }
    }
  });

  it('never holds U+0000 [5:MQTT-1.5.4-2] [3.1.1:MQTT-1.5.3-2]', () => {
    for (const hex of ['00', '61 00', '00 61', 'c3 a9 00', '00 c3 a9'])
      expect(ours(bytesOf(hex))).toBeUndefined();
    expect(() => utf8Length('a\0')).toThrow(MqttError);
  });

  it('keeps U+FEFF wherever it stands [5:MQTT-1.5.4-3] [3.1.1:MQTT-1.5.3-3]', () => {
    expect(ours(bytesOf('ef bb bf 61 ef bb bf'))).toBe('\ufeffa\ufeff');
    expect(utf8Bytes('\ufeffa')).toEqual(bytesOf('ef bb bf 61'));
  });

  it('reads strings of 65,535 bytes and every length around the borders of its buffers', () => {
    for (const length of [0, 1, 127, 128, 129, 4095, 4096, 4097, 8192, 65_532, 65_535]) {
      const text = 'x'.repeat(length);
      expect(ours(utf8Bytes(text))).toBe(text);
      const wide = '€'.repeat(Math.floor(length / 3));
      expect(ours(utf8Bytes(wide))).toBe(wide);
      const pairs = `a${'😀'.repeat(Math.floor(length / 4))}`;
      expect(ours(utf8Bytes(pairs))).toBe(pairs);
    }
  });

  it('is written as the platform writes it, and measured before', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        fc.pre(!text.includes('\0'));
        const wanted = new Uint8Array(new TextEncoder().encode(text));
        expect(utf8Length(text)).toBe(wanted.length);
        expect(utf8Bytes(text)).toEqual(wanted);
      }),
      { seed: 8, numRuns: 3_000 },
    );
  });

  it('has no lone surrogates to write', () => {
    for (const text of ['\ud800', 'a\udfff', '\ud83d', '\ud83da', '\ude00\ud83d']) {
      expect(() => utf8Length(text)).toThrow(MqttError);
      expect(() => utf8Bytes(text)).toThrow(MqttError);
    }
  });
});
