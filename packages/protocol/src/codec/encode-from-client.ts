// What a client sends to bytes: which writer writes which packet.

import type { Dialect } from '../spec/dialects.ts';
import { MqttError } from '../spec/fault.ts';
import { PACKET_BYTES_MAX } from '../spec/limits.ts';
import { writeConnect } from './connect.ts';
import { writeDisconnect } from './disconnect.ts';
import { begin } from './header.ts';
import type { Output } from './output.ts';
import type { ClientPacket } from './packets.ts';
import { writePublish } from './publish.ts';
import { writePublishAck } from './publish-ack.ts';
import { writeSubscribe, writeUnsubscribe } from './subscribe.ts';

/** As `encode`, for what a client sends: who writes nothing else can leave the rest out. */
export function encodeFromClient(
  packet: ClientPacket,
  dialect: Dialect,
  out: Output,
  maximumPacketSize = PACKET_BYTES_MAX,
): number {
  switch (packet.type) {
    case 'publish':
      return writePublish(packet, dialect, out, maximumPacketSize);
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return writePublishAck(packet, dialect, out, maximumPacketSize);
    case 'connect':
      return writeConnect(packet, out, maximumPacketSize);
    case 'subscribe':
      return writeSubscribe(packet, dialect, out, maximumPacketSize);
    case 'unsubscribe':
      return writeUnsubscribe(packet, dialect, out, maximumPacketSize);
    case 'pingreq':
      return begin(0xc0, 0, out, maximumPacketSize);
    case 'auth':
      if (!dialect.enhancedAuthentication) {
        throw new MqttError('unsayable', `MQTT ${dialect.name} has no AUTH packet`);
      }
      if (packet.properties.authenticationMethod === undefined) {
        throw new MqttError('invalid-property', 'AUTH has no Authentication Method', {
          clause: '[5:3.15.2.2.2]',
        });
      }
      return writeDisconnect(packet, dialect, out, maximumPacketSize);
    case 'disconnect':
      return writeDisconnect(packet, dialect, out, maximumPacketSize);
  }
}
