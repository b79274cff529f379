/** Owns what a header of the PROXY protocol may be: byte by byte, and hostile. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PROXY_HEADER_BYTES_MAX, readProxyHeader } from '../../src/listeners/proxy-header.ts';

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const TCP4 = [192, 0, 2, 7, 192, 0, 2, 1, 0xdc, 0x04, 0x07, 0x5b];
const TCP6 = [
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7],
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...[0xdc, 0x04, 0x07, 0x5b],
];

const size = (length: number): readonly number[] => [length >> 8, length & 0xff];
const version2 = (
  command: number,
  family: number,
  body: readonly number[],
  length = body.length,
): Uint8Array => Uint8Array.from([...SIGNATURE, command, family, ...size(length), ...body]);
const extension = (type: number, value: readonly number[]): readonly number[] => [
  type,
  ...size(value.length),
  ...value,
];
const ascii = (text: string): readonly number[] => [...Buffer.from(text)];
const version1 = (line: string): Uint8Array => Buffer.from(`${line}\r\n`, 'latin1');

/** `PP2_TYPE_SSL` */
const ssl = (client: number, verify: number, ...inner: (readonly number[])[]): readonly number[] =>
  extension(0x20, [client, verify >>> 24, 0, 0, verify & 0xff, ...inner.flat()]);
const NAME = extension(0x22, ascii('device-1'));

const proven = (commonName: string | undefined) => ({
  commonName,
  subjectAlternativeNames: [],
  fingerprint: undefined,
  serialNumber: undefined,
  validUntil: undefined,
});

type Case = readonly [string, Uint8Array, { address?: string; certificate?: unknown }];

const GOOD: readonly Case[] = [
  ['1, TCP4', version1('PROXY TCP4 192.0.2.7 192.0.2.1 56324 1883'), { address: '192.0.2.7' }],
  ['1, TCP6', version1('PROXY TCP6 2001:db8::7 2001:db8::1 0 65535'), { address: '2001:db8::7' }],
  ['1, mapped', version1('PROXY TCP6 ::FFFF:C000:0207 ::1 1 2'), { address: '192.0.2.7' }],
  ['1, not the usual way', version1('PROXY TCP6 2001:DB8:0:0:0:0:0:7 ::1 1 2'), { address: '2001:db8::7' }],
  ['1, unknown', version1('PROXY UNKNOWN'), {}],
  ['1, unknown with more', version1('PROXY UNKNOWN ffff:f...f ffff:f...f 65535 65535'), {}],
  ['2, TCP4', version2(0x21, 0x11, TCP4), { address: '192.0.2.7' }],
  ['2, TCP6', version2(0x21, 0x21, TCP6), { address: '2001:db8::7' }],
  [
    '2, mapped',
    version2(0x21, 0x21, [...Array(10).fill(0), 255, 255, 192, 0, 2, 7, ...TCP6.slice(16)]),
    { address: '192.0.2.7' },
  ],
  ['2, Unix', version2(0x21, 0x31, Array(216).fill(0)), {}],
  ['2, unspecified', version2(0x21, 0x00, []), {}],
  ['2, local', version2(0x20, 0x00, []), {}],
  ['2, local, whatever follows', version2(0x20, 0xff, [1, 2, 3]), {}],
  [
    '2, unknown extensions',
    version2(0x21, 0x11, [...TCP4, ...extension(0xee, [1, 2, 3]), ...extension(0x04, [])]),
    { address: '192.0.2.7' },
  ],
  [
    '2, a verified certificate',
    version2(0x21, 0x11, [
      ...TCP4,
      ...extension(0x04, [0]),
      ...ssl(0x07, 0, extension(0x21, ascii('TLSv1.3')), NAME),
    ]),
    { address: '192.0.2.7', certificate: proven('device-1') },
  ],
  [
    '2, one of an earlier connection of the session',
    version2(0x21, 0x11, [...TCP4, ...ssl(0x05, 0, NAME)]),
    { address: '192.0.2.7', certificate: proven('device-1') },
  ],
  [
    '2, a certificate without a name',
    version2(0x21, 0x11, [...TCP4, ...ssl(0x03, 0)]),
    { address: '192.0.2.7', certificate: proven(undefined) },
  ],
  [
    '2, two names',
    version2(0x21, 0x11, [...TCP4, ...ssl(0x03, 0, NAME, NAME)]),
    { address: '192.0.2.7', certificate: proven(undefined) },
  ],
  [
    '2, a name with a line feed',
    version2(0x21, 0x11, [...TCP4, ...ssl(0x03, 0, extension(0x22, ascii('a\nb')))]),
    { address: '192.0.2.7', certificate: proven(undefined) },
  ],
  [
    '2, a name that is no UTF-8',
    version2(0x21, 0x11, [...TCP4, ...ssl(0x03, 0, extension(0x22, [0xff, 0xfe]))]),
    { address: '192.0.2.7', certificate: proven(undefined) },
  ],
  // Nothing below has been proved to anybody.
  [
    '2, a certificate that was not verified',
    version2(0x21, 0x11, [...TCP4, ...ssl(0x07, 1, NAME)]),
    { address: '192.0.2.7' },
  ],
  [
    '2, one whose check failed in its high byte',
    version2(0x21, 0x11, [...TCP4, ...ssl(0x07, 0x01000000, NAME)]),
    { address: '192.0.2.7' },
  ],
  [
    '2, TLS without a certificate',
    version2(0x21, 0x11, [...TCP4, ...ssl(0x01, 0, NAME)]),
    { address: '192.0.2.7' },
  ],
  [
    '2, a certificate without TLS',
    version2(0x21, 0x11, [...TCP4, ...ssl(0x06, 0, NAME)]),
    { address: '192.0.2.7' },
  ],
];

const BAD: readonly (readonly [string, Uint8Array])[] = [
  ['no header', Buffer.from([0x10, 0x0c, 0x00, 0x04])],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
  ['lower case', version1('proxy TCP4 192.0.2.7 192.0.2.1 1 2')],
  ['1, no family', version1('PROXY  192.0.2.7 192.0.2.1 1 2')],
  ['1, UDP', version1('PROXY UDP4 192.0.2.7 192.0.2.1 1 2')],
  ['1, one address', version1('PROXY TCP4 192.0.2.7 1 2')],
  ['1, the wrong family', version1('PROXY TCP4 2001:db8::7 2001:db8::1 1 2')],
  ['1, no address', version1('PROXY TCP4 localhost 192.0.2.1 1 2')],
  ['1, a zone', version1('PROXY TCP6 fe80::1%eth0 ::1 1 2')],
  ['1, a port that is none', version1('PROXY TCP4 192.0.2.7 192.0.2.1 65536 2')],
  ['1, a port with a sign', version1('PROXY TCP4 192.0.2.7 192.0.2.1 +1 2')],
  ['1, a port with a zero before it', version1('PROXY TCP4 192.0.2.7 192.0.2.1 01 2')],
  ['1, more words', version1('PROXY TCP4 192.0.2.7 192.0.2.1 1 2 3')],
  ['1, two spaces', version1('PROXY TCP4  192.0.2.7 192.0.2.1 1 2')],
  ['1, without CR', Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 1 2\n')],
  ['1, without an end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(93)}`)],
  ['2, another version', version2(0x11, 0x11, TCP4)],
  ['2, another command', version2(0x22, 0x11, TCP4)],
  ['2, UDP', version2(0x21, 0x12, TCP4)],
  ['2, no family of this world', version2(0x21, 0x41, TCP4)],
  ['2, half an address', version2(0x21, 0x11, TCP4.slice(0, 8))],
  ['2, an address of the other family', version2(0x21, 0x21, TCP4)],
  ['2, longer than any', version2(0x21, 0x11, TCP4, 0xffff)],
  ['2, longer than is taken', version2(0x21, 0x11, TCP4, PROXY_HEADER_BYTES_MAX - 15)],
  ['2, an extension that lies', version2(0x21, 0x11, [...TCP4, 0x04, 0, 5, 1])],
  ['2, half an extension', version2(0x21, 0x11, [...TCP4, 0x04, 0])],
  ['2, SSL too short', version2(0x21, 0x11, [...TCP4, ...extension(0x20, [7, 0, 0, 0])])],
  [
    '2, SSL that lies inside',
    version2(0x21, 0x11, [...TCP4, ...extension(0x20, [7, 0, 0, 0, 0, 0x22, 0, 9, 65])]),
  ],
];

const AFTER = Uint8Array.of(0x10, 0x0c, 0x00);

describe('a header that is taken', () => {
  test.each(GOOD)('%s', (_, bytes, expected) => {
    const all = Buffer.concat([bytes, AFTER]);
    const header = { address: undefined, certificate: undefined, bytes: bytes.length, ...expected };
    expect(readProxyHeader(all)).toEqual(header);
    // Whatever has come of it says either nothing, or the same.
    for (let length = 0; length < bytes.length; length++) {
      expect(readProxyHeader(all.subarray(0, length))).toBe('incomplete');
    }
  });
});

describe('a header that is refused', () => {
  test.each(BAD)('%s', (_, bytes) => {
    expect(readProxyHeader(bytes)).toEqual({ fault: expect.any(String) });
    for (let length = 0; length < bytes.length; length++) {
      const early = readProxyHeader(bytes.subarray(0, length));
      if (early !== 'incomplete') expect(early).toEqual({ fault: expect.any(String) });
    }
  });
});

test('any bytes are a header, a fault, or not all there yet; and are decided on before they are many', () => {
  const start = fc.constantFrom<readonly number[]>(
    [],
    SIGNATURE,
    [...SIGNATURE, 0x21, 0x11],
    ascii('PROXY '),
  );
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 400 }), (head, tail) => {
      const bytes = Uint8Array.from([...head, ...tail]);
      const result = readProxyHeader(bytes);
      if (result === 'incomplete') return bytes.length < PROXY_HEADER_BYTES_MAX;
      return 'fault' in result || result.bytes <= bytes.length;
    }),
  );
  expect(readProxyHeader(Buffer.alloc(PROXY_HEADER_BYTES_MAX, 'PROXY '))).not.toBe('incomplete');
});
