// The fixed header: first byte and Remaining Length, and what every writer begins with. [5:2.1]

import { MqttError } from '../spec/fault.ts';
import { PACKET_ID_MAX, VARIABLE_BYTE_INTEGER_MAX } from '../spec/limits.ts';
import { type Output, variableSize } from './output.ts';
import type { Reader } from './reader.ts';
import { protocolError } from './refuse.ts';

/**
 * Makes room for a packet and writes its fixed header.
 * Returns the size of the whole packet, or 0 if it is larger than `maximumPacketSize`: then nothing is written.
 * @param referencedBytes those of the payload that will not be copied, so that no room is needed for them
 */
export function begin(
  firstByte: number,
  remainingLength: number,
  out: Output,
  maximumPacketSize: number,
  referencedBytes = 0,
): number {
  const size = 1 + variableSize(remainingLength) + remainingLength;
  if (size > maximumPacketSize) return 0;
  if (remainingLength > VARIABLE_BYTE_INTEGER_MAX) {
    throw new MqttError('packet-too-large', `a packet of ${size} bytes is beyond what MQTT can say`, {
      clause: '[5:2.1.4]',
    });
  }
  out.reserve(size - referencedBytes);
  out.uint8(firstByte);
  out.variable(remainingLength);
  return size;
}

/** A packet identifier, which is never 0. [5:MQTT-2.2.1-3] [3.1.1:MQTT-2.3.1-1] */
export function readPacketId(reader: Reader): number {
  const packetId = reader.uint16('the packet identifier');
  if (packetId === 0) protocolError('the packet identifier is 0', '[5:MQTT-2.2.1-3] [3.1.1:MQTT-2.3.1-1]');
  return packetId;
}

/** Throws MqttError where `packetId` could not stand on the wire. */
export function checkPacketId(packetId: number): void {
  if (Number.isInteger(packetId) && packetId >= 1 && packetId <= PACKET_ID_MAX) return;
  throw new MqttError(
    'invalid-packet-id',
    `packet identifier ${packetId} is not from 1 to ${PACKET_ID_MAX}`,
    {
      clause: '[5:MQTT-2.2.1-3] [3.1.1:MQTT-2.3.1-1]',
    },
  );
}
