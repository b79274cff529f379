/** Owns that a fan-out's shared bytes are those of a direct encode, in every layout. */

import {
  DIALECTS,
  encodePacket,
  GrowingOutput,
  message,
  PACKET_BYTES_MAX,
  publishPacket,
  type QoS,
  type TopicName,
} from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { Frames } from '../../src/hub/frames.ts';
import { Link } from '../../src/hub/link.ts';
import { Counters } from '../../src/hub/notes.ts';
import { outgoingProperties } from '../../src/hub/outgoing.ts';

const TOPICS = ['a', 'x'.repeat(126), 'é/'.repeat(5000)];
const PAYLOADS = [0, 1, 120, 4000];
const PROPERTIES = [
  {},
  { messageExpiryInterval: 60, userProperties: [['k', 'v']], correlationData: new Uint8Array(300) } as const,
];
const LAYOUTS = DIALECTS.flatMap((dialect) =>
  ([0, 1, 2] as const).flatMap((qos) => [true, false].map((retain) => ({ dialect, qos, retain }))),
);

function linkTo(dialect: Link['dialect'], maximumPacketSize = PACKET_BYTES_MAX) {
  const out = new GrowingOutput();
  const nothing = () => undefined;
  const counters = new Counters();
  const wire = {
    out,
    address: '',
    counters,
    congested: false,
    close: nothing,
    hold: nothing,
    pause: nothing,
    resume: nothing,
  };
  return { out, link: new Link(wire, dialect, maximumPacketSize, 0, nothing) };
}

describe('a frame', () => {
  test('is what encoding the PUBLISH for this receiver gives, whatever was in it before', () => {
    const frames = new Frames();
    for (const topic of TOPICS) {
      for (const size of PAYLOADS) {
        for (const properties of PROPERTIES) {
          const expiresAt = 'messageExpiryInterval' in properties ? 30_500 : Number.POSITIVE_INFINITY;
          const sent = message(
            topic as TopicName,
            new Uint8Array(size).fill(7),
            2,
            true,
            properties,
            'p',
            expiresAt,
          );
          frames.begin(sent, 0);
          for (const packetId of [1, 0x1234, 0xffff]) {
            for (const { dialect, qos, retain } of LAYOUTS) {
              const { out, link } = linkTo(dialect);
              expect(frames.send(link, qos, retain, packetId)).toBe(true);
              const own = outgoingProperties(sent, undefined, 0);
              const id = qos === 0 ? 0 : packetId;
              const packet = publishPacket(sent.topic, sent.payload, qos as QoS, retain, false, id, own);
              expect(Buffer.compare(out.written(), encodePacket(packet, dialect))).toBe(0);
            }
          }
        }
      }
    }
  });

  test('larger than the client takes is not written', () => {
    const frames = new Frames();
    frames.begin(
      message('a' as TopicName, new Uint8Array(20), 0, false, {}, 'p', Number.POSITIVE_INFINITY),
      0,
    );
    for (const dialect of DIALECTS) {
      const { out, link } = linkTo(dialect, 24);
      expect(frames.send(link, 0, false, 0)).toBe(false);
      expect(out.length).toBe(0);
    }
  });
});
