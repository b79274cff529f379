// Packets to bytes: what only servers send; the rest stands with what clients send.

import type { Dialect } from '../spec/dialects.ts';
import { PACKET_BYTES_MAX } from '../spec/limits.ts';
import { writeConnack } from './connack.ts';
import { encodeFromClient } from './encode-from-client.ts';
import { begin } from './header.ts';
import { GrowingOutput, type Output } from './output.ts';
import type { Packet } from './packets.ts';
import { writeSuback } from './suback.ts';

/**
 * Writes one packet: its size is computed, `out.reserve(size)` is called once, then the bytes are written.
 * Returns the size in bytes, or 0 where the packet is larger than `maximumPacketSize` (bytes) even without what only
 * explains (Reason String, User Properties of answers): then nothing is written. CONNECT goes by its own dialect.
 * The flags of every type but PUBLISH are the fixed ones. [3.1.1:MQTT-2.2.2-1]
 * @throws MqttError for a packet that the dialect cannot say; bytes written so far stay as they were.
 */
export function encode(
  packet: Packet,
  dialect: Dialect,
  out: Output,
  maximumPacketSize = PACKET_BYTES_MAX,
): number {
  switch (packet.type) {
    case 'connack':
      return writeConnack(packet, dialect, out, maximumPacketSize);
    case 'suback':
    case 'unsuback':
      return writeSuback(packet, dialect, out, maximumPacketSize);
    case 'pingresp':
      return begin(0xd0, 0, out, maximumPacketSize);
    default:
      return encodeFromClient(packet, dialect, out, maximumPacketSize);
  }
}

/** One packet as an array of its own: for tools and tests; a hot path encodes into an `Output` it keeps. */
export function encodePacket(packet: Packet, dialect: Dialect): Uint8Array {
  const out = new GrowingOutput();
  encode(packet, dialect, out);
  return out.bytes.slice(0, out.length);
}
