/** Owns what `explainStream` makes of more packets than one. */

import { describe, expect, it } from 'vitest';
import { type ExplainedPacket, type ExplainOptions, explainStream } from '../../src/explain/index.ts';
import { MQTT_3_1_1 } from '../../src/spec/index.ts';
import { bytesOf, malformed } from '../codec/rows.ts';

const CONNECT_311 = '10 10 00 04 4d 51 54 54 04 02 00 3c 00 04 63 33 31 31';

function packetsOf(hex: string, options?: ExplainOptions): readonly ExplainedPacket[] {
  return [...explainStream(bytesOf(hex), options)];
}

describe('a stream', () => {
  it('is read packet by packet, CONNECT setting the dialect of what follows', () => {
    const packets = packetsOf(`${CONNECT_311} 20 02 00 00 82 06 00 01 00 01 61 00 e0 00`);
    expect(packets.map(({ offset, summary }) => `${offset} ${summary}`)).toEqual([
      "0 CONNECT MQTT 3.1.1, client id 'c311', Clean Session, Keep Alive 60 s",
      '18 CONNACK 0x00 Connection Accepted',
      "22 SUBSCRIBE packet id 1, 'a' QoS 0",
      '30 DISCONNECT',
    ]);
    expect(new Set(packets.map((packet) => packet.dialect.name))).toEqual(new Set(['3.1.1']));
  });

  it('without CONNECT is in the dialect told, or in 5.0', () => {
    expect(packetsOf('20 02 00 00', { dialect: MQTT_3_1_1 }).map((packet) => packet.state)).toEqual(['good']);
    expect(packetsOf('20 02 00 00').map((packet) => packet.state)).toEqual(['malformed']);
  });

  it('ends behind a malformed packet, as a receiver would end it', () => {
    const packets = packetsOf('c0 00 c1 00 c0 00');
    expect(packets.map((packet) => packet.state)).toEqual(['good', 'malformed']);
  });

  it('says how much of its last packet has arrived', () => {
    const packets = packetsOf('c0 00 30 08 00');
    expect(packets.at(-1)?.summary).toBe('PUBLISH, incomplete: 3 of 10 bytes have arrived');
  });

  it('may have only one CONNECT, whoever sends it [5:MQTT-3.1.0-2] [3.1.1:MQTT-3.1.0-2]', () => {
    const twice = packetsOf(`${CONNECT_311} ${CONNECT_311}`);
    expect(twice.at(-1)?.fault?.message).toBe('a second CONNECT on the connection');
  });

  it('of the table of malformed input is good up to its last packet', () => {
    for (const row of malformed) {
      const before = bytesOf(
        row.packets
          .slice(0, -1)
          .map((packet) => Buffer.from(packet).toString('hex').replace(/../g, '$& '))
          .join(''),
      );
      const states = [...explainStream(before, { dialect: row.dialect })].map((packet) => packet.state);
      expect(states, row.name).toEqual(row.packets.slice(0, -1).map(() => 'good'));
    }
  });
});
