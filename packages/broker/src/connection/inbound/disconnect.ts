// DISCONNECT from a client. [5:3.14.4] [3.1.1:3.14.4]

import { type DisconnectPacket, Reason } from '@anax/protocol';
import type { Open } from '../open.ts';

export function onDisconnect(open: Open, packet: DisconnectPacket): void {
  const { session } = open;
  const wanted = packet.properties.sessionExpiryInterval;
  if (wanted !== undefined) {
    // [5:3.14.2.2.2]
    if (!open.negotiated.sessionExpiryWanted && wanted > 0) {
      return open.refuse(
        Reason.protocolError,
        'DISCONNECT sets a Session Expiry Interval although CONNECT had none',
        '[5:3.14.2.2.2]',
      );
    }
    session.expirySeconds = Math.min(wanted, open.limits.sessionExpiryMaxSeconds);
  }
  // Only a normal disconnection takes the will back. [5:MQTT-3.1.2-10] [5:MQTT-3.14.4-3] [3.1.1:MQTT-3.14.4-3]
  open.leave(packet.reasonCode === Reason.success ? 'normal' : 'abnormal', packet.reasonCode);
}
