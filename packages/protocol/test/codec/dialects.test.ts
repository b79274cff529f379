/** Owns where the dialects are read differently. */

import { describe, expect, it } from 'vitest';
import { type Dialect, MQTT_3_1, MQTT_3_1_1, MQTT_5_0 } from '../../src/spec/index.ts';
import { bytesOf, decodeOne, decoderFor } from './rows.ts';

describe('decode', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'CONNECT of 5.0 with an over-long Remaining Length [5:MQTT-1.5.5-1]',
      '10 8d 00 00 04 4d 51 54 54 05 02 00 3c 00 00 00',
      '0x81',
    ],
    ['MQTT with level 3', '10 0d 00 04 4d 51 54 54 03 02 00 3c 00 01 78', '0x84'],
    ['MQIsdp with level 4', '10 0f 00 06 4d 51 49 73 64 70 04 02 00 3c 00 01 78', '0x84'],
  ];

  it.each(cases)('refuses %s', (_, hex, code) => {
    const decoder = decoderFor('client', undefined);
    decoder.push(bytesOf(hex));
    expect(decoder.next()).toMatchObject({ type: 'fault', reasonCode: Number(code) });
  });

  it('takes an over-long Remaining Length in 3.1.1, which does not forbid it', () => {
    const decoder = decoderFor('client', undefined);
    const packet = decodeOne(decoder, bytesOf('10 8c 00 00 04 4d 51 54 54 04 02 00 3c 00 00'));
    expect(packet).toMatchObject({ type: 'connect', dialect: MQTT_3_1_1 });
  });

  it('answers a client of an unknown level in the dialect nearest to it', () => {
    const answers: readonly (readonly [string, Dialect])[] = [
      ['10 0f 00 06 4d 51 49 73 64 70 09 02 00 3c 00 01 78', MQTT_3_1],
      ['10 0d 00 04 4d 51 54 54 03 02 00 3c 00 01 78', MQTT_3_1_1],
      ['10 0e 00 04 4d 51 54 54 06 02 00 3c 00 00 01 78', MQTT_5_0],
    ];
    for (const [hex, dialect] of answers) {
      const decoder = decoderFor('client', undefined);
      decoder.push(bytesOf(hex));
      expect(decoder.next()).toMatchObject({ type: 'fault' });
      expect(decoder.dialect).toBe(dialect);
    }
  });

  it('takes DUP on what 3.1 resends, and only there', () => {
    const resent = ['6a 02 00 01', '8a 06 00 01 00 01 61 00', 'aa 05 00 01 00 01 61'];
    for (const hex of resent) {
      expect(decodeOne(decoderFor('client', MQTT_3_1), bytesOf(hex))).toMatchObject({ packetId: 1 });
      const decoder = decoderFor('client', MQTT_3_1_1);
      decoder.push(bytesOf(hex));
      expect(decoder.next()).toMatchObject({ type: 'fault', reasonCode: 0x81 });
    }
  });

  const cutShort: readonly (readonly [missing: string, hex: string, found: object])[] = [
    [
      'user name and password',
      '10 0f 00 06 4d 51 49 73 64 70 03 c2 00 3c 00 01 78',
      { userName: undefined, password: undefined },
    ],
    [
      'the password',
      '10 12 00 06 4d 51 49 73 64 70 03 c2 00 3c 00 01 78 00 01 75',
      { userName: 'u', password: undefined },
    ],
  ];

  it.each(cutShort)('takes CONNECT of 3.1 where %s is flagged and missing', (_, hex, found) => {
    const packet = decodeOne(decoderFor('client', undefined), bytesOf(hex));
    expect(packet).toMatchObject({ type: 'connect', clientId: 'x', ...found });
  });

  it('refuses CONNECT of 3.1 that ends within its user name, and of 3.1.1 that ends before it', () => {
    const endings = [
      '10 10 00 06 4d 51 49 73 64 70 03 c2 00 3c 00 01 78 00',
      '10 0d 00 04 4d 51 54 54 04 c2 00 3c 00 01 78',
    ];
    for (const hex of endings) {
      const decoder = decoderFor('client', undefined);
      decoder.push(bytesOf(hex));
      expect(decoder.next()).toMatchObject({ type: 'fault', reasonCode: 0x81 });
    }
  });

  it('does not look at the reserved first byte of CONNACK in 3.1', () => {
    const packet = decodeOne(decoderFor('server', MQTT_3_1), bytesOf('20 02 01 00'));
    expect(packet).toMatchObject({ type: 'connack', sessionPresent: false });
  });
});
