/** Owns what breaks each check of packet identifiers. */

import type { PublishAckPacket, SubackPacket, UnsubackPacket } from '@anax/protocol';
import { altering, always } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

type Answer = PublishAckPacket | SubackPacket | UnsubackPacket;

/** Answers with the identifier after the right one. */
function withAnother<T extends Answer>(packet: T): T {
  return { ...packet, packetId: (packet.packetId % 65_535) + 1 };
}

/** Two bytes more behind the topic; Remaining Length is of one byte in this check. */
function withPacketId(bytes: Uint8Array): Uint8Array {
  const [first = 0, remaining = 0, high = 0, low = 0] = bytes;
  const behindTopic = 4 + high * 256 + low;
  const rest = bytes.subarray(behindTopic);
  return Uint8Array.of(first, remaining + 2, ...bytes.subarray(2, behindTopic), 0, 1, ...rest);
}

export const PACKET_ID: Saboteurs = {
  'packet-id/qos0-has-none': always({
    fromBroker: ({ packet, bytes }) =>
      packet?.type === 'publish' && packet.qos === 0 ? [withPacketId(bytes)] : undefined,
  }),
  'packet-id/in-puback': altering('puback', withAnother),
  'packet-id/in-pubrec': altering('pubrec', withAnother),
  'packet-id/in-pubcomp': altering('pubcomp', withAnother),
  'packet-id/in-pubrel': altering('pubrel', withAnother),
  'packet-id/in-suback': altering('suback', withAnother),
  'packet-id/in-unsuback': altering('unsuback', withAnother),
  'packet-id/unused': altering(
    'publish',
    (packet) => ({ ...packet, packetId: 7 }),
    ({ qos }) => qos > 0,
  ),
  'packet-id/kept-when-sent-again': altering(
    'publish',
    (packet) => ({ ...packet, packetId: packet.packetId + 1 }),
    ({ dup }) => dup,
  ),
};
