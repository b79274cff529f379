// Which packet goes where, on an open connection.

import { type Packet, Reason } from '@anax/protocol';
import { onPuback, onPubcomp, onPubrec } from './inbound/acknowledge.ts';
import { onAuth } from './inbound/auth.ts';
import { onDisconnect } from './inbound/disconnect.ts';
import { onPublish, onPubrel } from './inbound/publish.ts';
import { onSubscribe, onUnsubscribe } from './inbound/subscribe.ts';
import type { Open } from './open.ts';

export function handle(open: Open, packet: Packet, now: number): void {
  switch (packet.type) {
    case 'publish':
      return onPublish(open, packet, now);
    case 'puback':
      return onPuback(open, packet, now);
    case 'pubrec':
      return onPubrec(open, packet, now);
    case 'pubrel':
      return onPubrel(open, packet);
    case 'pubcomp':
      return onPubcomp(open, packet, now);
    case 'subscribe':
      return onSubscribe(open, packet, now);
    case 'unsubscribe':
      return onUnsubscribe(open, packet, now);
    case 'pingreq':
      return open.send({ type: 'pingresp' }); // [5:MQTT-3.12.4-1] [3.1.1:MQTT-3.12.4-1]
    case 'disconnect':
      return onDisconnect(open, packet);
    case 'auth':
      return onAuth(open, packet, now);
    default:
      // The decoder has refused what only a server sends, and a second CONNECT; this is the second lock.
      return open.refuse(
        Reason.protocolError,
        `${packet.type.toUpperCase()} from a client`,
        '[5:MQTT-4.13.1-1]',
      );
  }
}
