/** Owns what `encode` refuses, what it leaves out to fit, and that a refusal leaves no trace. */

import { describe, expect, it } from 'vitest';
import {
  encode,
  encodePacket,
  GrowingOutput,
  type Packet,
  publishAck,
  publishPacket,
} from '../../src/codec/index.ts';
import { MQTT_3_1, MQTT_3_1_1, MQTT_5_0, MqttError, NO_PROPERTIES } from '../../src/spec/index.ts';
import { nameOf } from '../topic/generators.ts';
import { nothing, publish, refusals, subscribe } from './refusals.ts';
import { decodeOne, decoderFor, hexOf } from './rows.ts';

describe('encode', () => {
  it.each(refusals)(
    'refuses $what, and leaves the output as it was',
    ({ packet, dialect = MQTT_5_0, code }) => {
      const out = new GrowingOutput(16);
      encode({ type: 'pingreq' }, dialect, out);
      let thrown: unknown;
      try {
        encode(packet, dialect, out);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(MqttError);
      expect(thrown).toMatchObject({ code, side: 'local' });
      expect(hexOf(out.written())).toBe('c0 00');
      encode({ type: 'pingresp' }, dialect, out);
      expect(hexOf(out.written())).toBe('c0 00 d0 00');
    },
  );

  it('writes $share filters of 3.1.1 as they are: there they are ordinary', () => {
    expect(hexOf(encodePacket(subscribe('$share//a'), MQTT_3_1_1))).toContain('24 73 68 61 72 65 2f 2f 61');
  });

  it('writes packet after packet behind each other and grows its output', () => {
    const out = new GrowingOutput(1);
    const packet = publish({ topic: 'a', qos: 1, packetId: 258 });
    for (let i = 0; i < 50; i++) expect(encode(packet, MQTT_3_1_1, out)).toBe(7);
    expect(hexOf(out.written())).toBe(Array(50).fill('32 05 00 01 61 01 02').join(' '));
  });

  it('leaves properties and reason codes out where the dialect has none', () => {
    const properties = { reasonString: 'no', userProperties: [['a', 'b']] } as const;
    expect(hexOf(encodePacket(publishAck('pubrec', 1, 0x97, properties), MQTT_3_1_1))).toBe('50 02 00 01');
    const disconnect = { type: 'disconnect', reasonCode: 0x04, properties } as const;
    expect(hexOf(encodePacket(disconnect, MQTT_3_1))).toBe('e0 00');
    const suback = { type: 'suback', packetId: 1, reasonCodes: [2, 0x8f], properties } as const;
    expect(hexOf(encodePacket(suback, MQTT_3_1_1))).toBe('90 04 00 01 02 80');
    const unsuback = { type: 'unsuback', packetId: 1, reasonCodes: [0x11], properties } as const;
    expect(hexOf(encodePacket(unsuback, MQTT_3_1_1))).toBe('b0 02 00 01');
  });

  it('says Session Present only of a connection that stands [5:MQTT-3.2.2-6] [3.1.1:MQTT-3.2.2-4]', () => {
    const connack = { type: 'connack', sessionPresent: true, properties: NO_PROPERTIES } as const;
    expect(hexOf(encodePacket({ ...connack, reasonCode: 0 }, MQTT_5_0))).toBe('20 03 01 00 00');
    expect(hexOf(encodePacket({ ...connack, reasonCode: 0x87 }, MQTT_5_0))).toBe('20 03 00 87 00');
    expect(hexOf(encodePacket({ ...connack, reasonCode: 0x87 }, MQTT_3_1_1))).toBe('20 02 00 05');
    expect(hexOf(encodePacket({ ...connack, reasonCode: 0 }, MQTT_3_1))).toBe('20 02 00 00');
  });

  it('sets DUP only above QoS 0 [5:MQTT-3.3.1-2] [3.1.1:MQTT-3.3.1-2]', () => {
    const at = (qos: 0 | 1 | 2): number =>
      encodePacket(publishPacket(nameOf('a'), nothing, qos, false, true, 1, NO_PROPERTIES), MQTT_3_1_1)[0] ??
      0;
    expect([at(0), at(1), at(2)]).toEqual([0x30, 0x3a, 0x3c]);
  });

  it.each([
    [127, 'one byte'],
    [128, 'two'],
    [16_383, 'two'],
    [16_384, 'three'],
    [2_097_151, 'three'],
    [2_097_152, 'four'],
  ])('writes a Remaining Length of %i in %s and reads it again [5:MQTT-1.5.5-1]', (remaining) => {
    const packet = publishPacket(
      nameOf('a'),
      new Uint8Array(remaining - 3),
      0,
      false,
      false,
      0,
      NO_PROPERTIES,
    );
    const bytes = encodePacket(packet, MQTT_3_1_1);
    const header = remaining < 128 ? 2 : remaining < 16_384 ? 3 : remaining < 2_097_152 ? 4 : 5;
    expect(bytes.length).toBe(header + remaining);
    const read = decodeOne(decoderFor('client', MQTT_3_1_1), bytes);
    expect(read.type === 'publish' && read.payload.length).toBe(remaining - 3);
  });

  it('refuses a Remaining Length above 268,435,455 without making room for it', () => {
    const payload = Object.assign(Object.create(Uint8Array.prototype), {}) as Uint8Array;
    Object.defineProperty(payload, 'length', { value: 268_435_456 });
    const packet = publishPacket(nameOf('a'), payload, 0, false, false, 0, NO_PROPERTIES);
    const out = new GrowingOutput(16);
    expect(encode(packet, MQTT_3_1_1, out)).toBe(0);
    expect(() => encode(packet, MQTT_3_1_1, out, Number.MAX_SAFE_INTEGER)).toThrow(MqttError);
    expect([out.length, out.bytes.length]).toEqual([0, 16]);
  });
});

describe('maximumPacketSize', () => {
  const explained = { reasonString: 'why', userProperties: [['n', 'v']] } as const;
  const clauses = [
    '[5:MQTT-3.2.2-19] [5:MQTT-3.2.2-20] [5:MQTT-3.4.2-2] [5:MQTT-3.4.2-3] [5:MQTT-3.5.2-2]',
    '[5:MQTT-3.5.2-3] [5:MQTT-3.9.2-1] [5:MQTT-3.9.2-2] [5:MQTT-3.14.2-3] [5:MQTT-3.14.2-4]',
  ].join(' ');
  const reasonOnly = { reasonString: 'why' } as const;
  const answers: readonly (readonly [string, Packet, Packet, Packet])[] = [
    ...(['puback', 'pubrec'] as const).map(
      (type) =>
        [
          type,
          publishAck(type, 21, 0x97, explained),
          publishAck(type, 21, 0x97, reasonOnly),
          publishAck(type, 21, 0x97),
        ] as const,
    ),
    [
      'connack',
      {
        type: 'connack',
        sessionPresent: false,
        reasonCode: 0x87,
        properties: { ...explained, serverReference: 's' },
      },
      {
        type: 'connack',
        sessionPresent: false,
        reasonCode: 0x87,
        properties: { ...reasonOnly, serverReference: 's' },
      },
      { type: 'connack', sessionPresent: false, reasonCode: 0x87, properties: { serverReference: 's' } },
    ],
    [
      'suback',
      { type: 'suback', packetId: 1, reasonCodes: [0x87], properties: explained },
      { type: 'suback', packetId: 1, reasonCodes: [0x87], properties: reasonOnly },
      { type: 'suback', packetId: 1, reasonCodes: [0x87], properties: NO_PROPERTIES },
    ],
    [
      'disconnect',
      { type: 'disconnect', reasonCode: 0x8e, properties: explained },
      { type: 'disconnect', reasonCode: 0x8e, properties: reasonOnly },
      { type: 'disconnect', reasonCode: 0x8e, properties: NO_PROPERTIES },
    ],
  ];

  it.each(answers)(
    `leaves out of %s what only explains, as far as needed ${clauses}`,
    (_, whole, shorter, least) => {
      const sizes = [whole, shorter, least].map((packet) => encodePacket(packet, MQTT_5_0).length);
      const [wholeSize = 0, shorterSize = 0, leastSize = 0] = sizes;
      expect(leastSize).toBeLessThan(shorterSize);
      const fitting = (most: number): string => {
        const out = new GrowingOutput();
        expect(encode(whole, MQTT_5_0, out, most)).toBe(out.length);
        return hexOf(out.written());
      };
      const hex = (packet: Packet): string => hexOf(encodePacket(packet, MQTT_5_0));
      expect(fitting(wholeSize)).toBe(hex(whole));
      expect(fitting(wholeSize - 1)).toBe(hex(shorter));
      expect(fitting(shorterSize)).toBe(hex(shorter));
      expect(fitting(shorterSize - 1)).toBe(hex(least));
      expect(fitting(leastSize)).toBe(hex(least));
      expect(fitting(leastSize - 1)).toBe('');
    },
  );

  it('writes nothing of a PUBLISH that is larger, whose properties are not only explanation', () => {
    const packet = publish({ properties: { userProperties: [['n', 'v']] } });
    const size = encodePacket(packet, MQTT_5_0).length;
    const out = new GrowingOutput();
    expect(encode(packet, MQTT_5_0, out, size - 1)).toBe(0);
    expect(out.length).toBe(0);
    expect(encode(packet, MQTT_5_0, out, size)).toBe(size);
  });
});
