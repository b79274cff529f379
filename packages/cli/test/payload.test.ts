/** Owns what the payload formats take, what they give, and what they say of what they do not take. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cborOf,
  diagnosticOf,
  FormatFault,
  payloadMember,
  payloadOf,
  type ShownFormat,
  shownPayload,
  TYPED_FORMATS,
  type TypedFormat,
} from '../src/payload/index.ts';
import { text } from './support.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hexOf = (some: Uint8Array): string => Buffer.from(some).toString('hex');
const shown = (payload: Uint8Array, format: ShownFormat, terminal = true, contentType?: string): string =>
  Buffer.from(shownPayload({ payload, contentType }, format, terminal)).toString('utf8');

describe('what is typed', () => {
  it.each<[TypedFormat | undefined, string, string]>([
    [undefined, 'hé', '68c3a9'],
    ['text', 'hé', '68c3a9'],
    ['json', ' {"a": 12345678901234567890}', '207b2261223a2031323334353637383930313233343536373839307d'],
    ['hex', '0xFF:00 0a', 'ff000a'],
    ['hex', '', ''],
    ['base64', 'AP8K', '00ff0a'],
    ['base64', '-_8', 'fbff'],
    ['base64', '+/\n8=', 'fbff'],
    ['cbor', '{"a": [1, -2, 1.5, true, null, "x"]}', 'a16161860121f93e00f5f66178'],
    ['cbor', '12345678901234567890', '1bab54a98ceb1f0ad2'],
    ['cbor', '{"__proto__":1}', 'a1695f5f70726f746f5f5f01'],
  ])('as %s: %j is these bytes', (format, typed, expected) => {
    expect(hexOf(payloadOf(text(typed), format))).toBe(expected);
  });

  it.each<[TypedFormat, Uint8Array, string]>([
    ['text', bytes('ff'), 'is not UTF-8 text'],
    ['json', text('{"a"}'), 'is not JSON: '],
    ['json', bytes('22ff22'), 'is not UTF-8 text'],
    ['hex', text('0g'), 'is not hex: "g" at character 2 is not a hex digit'],
    ['hex', text('012'), 'is not hex: "2" at character 3 is half a byte'],
    ['base64', text('AP8!'), 'is not base64: "!" is none of its characters'],
    ['base64', text('AP8KA'), 'is not base64: it ends in the middle of a byte'],
    ['base64', text('AB'), 'is not base64: it ends in the middle of a byte'],
    ['cbor', text('{a:1}'), 'is no JSON that CBOR can hold: '],
    ['cbor', text('{"a":1,"a":2}'), 'is no JSON that CBOR can hold: '],
    ['cbor', text('[123456789012345678901234567890]'), 'is no JSON that CBOR can hold: '],
    ['cbor', text('['.repeat(100_000)), 'is no JSON that CBOR can hold: '],
  ])('as %s that it is not is told', (format, typed, message) => {
    expect(() => payloadOf(typed, format)).toThrow(FormatFault);
    expect(() => payloadOf(typed, format)).toThrow(message);
  });
});

describe('what is shown', () => {
  it.each<[ShownFormat, string, string]>([
    ['text', '61 1b 5b 0a', 'a\\u{1b}[\n'],
    ['json', '7b 20 22 61 20 22 20 3a 20 5b 31 2c 0a 32 5d 7d', '{"a ":[1,2]}'],
    ['json', '22 5c 22 20 5c 5c 22', '"\\" \\\\"'],
    ['json', '22 e2 80 ae 22', '"\\u202e"'],
    ['hex', '00 ff', '00ff'],
    ['base64', '00 ff 0a', 'AP8K'],
    ['cbor', 'a2 61 61 82 01 20 61 62 f9 3e 00', '{"a":[1,-1],"b":1.5}'],
    ['cbor', '9f 01 bf ff ff', '[1,{}]'],
    ['cbor', 'c0 62 68 69', '0("hi")'],
    ['cbor', '42 00 ff', "h'00ff'"],
    ['cbor', 'a1 01 f7', '{1:undefined}'],
    ['cbor', '83 f9 7e 00 f9 fc 00 f9 3c 00', '[NaN,-Infinity,1.0]'],
    ['cbor', '1b ab 54 a9 8c eb 1f 0a d2', '12345678901234567890'],
    ['cbor', '61 1b', '"\\u001b"'],
    ['auto', '61 07', 'a\\u{7}'],
    ['auto', 'ff 00', 'ff 00'],
  ])('as %s: %s is %j', (format, payload, expected) => {
    expect(shown(bytes(payload), format)).toBe(expected);
  });

  it('is what Content Type says, where it fits [5:3.3.2.3.9]', () => {
    expect(shown(bytes('a0'), 'auto', true, 'application/senml+cbor; x=y')).toBe('{}');
    expect(shown(bytes('a1'), 'auto', true, 'application/cbor')).toBe('a1');
    expect(shown(text('a'), 'auto', true, 'application/cbor')).toBe('a');
  });

  it('is byte for byte as it came in raw, and as text where it is for no terminal', () => {
    const payload = bytes('1b 5b 61');
    expect(shownPayload({ payload, contentType: undefined }, 'raw', true)).toBe(payload);
    expect(shownPayload({ payload, contentType: undefined }, 'text', false)).toBe(payload);
    expect(shown(bytes('ff 00'), 'auto', false)).toBe('ff00');
  });

  it.each<[ShownFormat, string, string]>([
    ['text', 'ff', 'is not UTF-8 text'],
    ['json', 'ff', 'is not JSON: it is not UTF-8 text'],
    ['json', '7b', 'is not JSON: '],
    ['cbor', '', 'is not CBOR: it ends before it is complete'],
    ['cbor', '82 01', 'is not CBOR: it ends before it is complete'],
    ['cbor', '62 61', 'is not CBOR: '],
    ['cbor', '01 02', 'is not CBOR: more follows after its 1 bytes'],
    ['cbor', 'ff', 'is not CBOR: a break where nothing can end'],
    ['cbor', 'bf 01 ff', 'is not CBOR: a break where nothing can end'],
    ['cbor', '81'.repeat(200), 'has more than 128 levels of CBOR'],
    ['cbor', '9b 7f ff ff ff ff ff ff ff', 'is not CBOR'],
    ['cbor', '9a ff ff ff ff', 'is not CBOR: it ends before it is complete'],
  ])('as %s that %s is not is told', (format, payload, message) => {
    expect(() => shown(bytes(payload), format)).toThrow(FormatFault);
    expect(() => shown(bytes(payload), format)).toThrow(message);
  });
});

describe('as a member of an object in JSON', () => {
  it.each<[Exclude<ShownFormat, 'raw'>, Uint8Array, string]>([
    ['auto', text('a'), 'payload "a"'],
    ['auto', bytes('ff'), 'payloadHex "ff"'],
    ['hex', text('a'), 'payloadHex "61"'],
    ['base64', text('a'), 'payloadBase64 "YQ=="'],
    ['json', text('{ "a": 1 }'), 'payloadJson {"a":1}'],
    ['json', text('{'), 'payload "{"'],
    ['cbor', bytes('a1616101'), 'payloadCbor {"a":1}'],
    ['cbor', bytes('4100'), 'payloadHex "4100"'],
    ['text', bytes('ff'), 'payloadHex "ff"'],
  ])('as %s', (format, payload, expected) => {
    const { name, json } = payloadMember({ payload, contentType: undefined }, format);
    expect(`${name} ${json}`).toBe(expected);
  });
});

describe('whatever bytes come', () => {
  it('are shown, or a fault; nothing reaches a terminal', () => {
    const formats = fc.constantFrom<ShownFormat>('auto', ...TYPED_FORMATS);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), formats, (payload, format) => {
        try {
          expect(shown(payload, format)).not.toMatch(/[^\P{Cc}\n\t]/u);
        } catch (error) {
          if (!(error instanceof FormatFault)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('come back from hex and base64 as they were', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('hex', 'base64'), (payload, format) => {
        expect(payloadOf(text(shown(payload, format)), format)).toEqual(payload);
      }),
    );
  });

  it('come back from JSON through CBOR as they were', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value);
        // More than 64 bits, as of 1e20.
        fc.pre(!/\d{20}/.test(json));
        const diagnostic = diagnosticOf(cborOf(text(json)));
        expect(diagnostic.json).toBe(true);
        expect(JSON.parse(diagnostic.text)).toEqual(JSON.parse(json));
      }),
    );
  });
});
