// From CONNECT to CONNACK: what this client says first, and what the server's answers to it mean.
// Decides; sends nothing and keeps no phase.

import { type AuthPacket, type ConnackPacket, type ConnectPacket, type Packet, Reason } from '@anax/protocol';
import { ConnectionRefusedError, type Violation, violation } from './errors.ts';
import {
  type ClientLimits,
  clientLimits,
  connackViolation,
  type Negotiated,
  negotiate,
} from './negotiated.ts';

/** What a CONNACK is to the CONNECT before it. */
export type Answer =
  | { readonly type: 'accepted'; readonly negotiated: Negotiated }
  | { readonly type: 'refused'; readonly error: ConnectionRefusedError }
  | { readonly type: 'violation'; readonly violation: Violation };

export class Handshake {
  readonly connect: ConnectPacket;
  readonly limits: ClientLimits;

  constructor(connect: ConnectPacket, packetBytesMax: number) {
    this.connect = connect;
    this.limits = clientLimits(connect, packetBytesMax);
  }

  connack(packet: ConnackPacket): Answer {
    const { connect } = this;
    if (packet.reasonCode !== Reason.success) {
      const error = new ConnectionRefusedError(packet.reasonCode, connect.dialect, packet.properties);
      return { type: 'refused', error };
    }
    const broken = connackViolation(connect, packet);
    if (broken !== undefined) return { type: 'violation', violation: broken };
    return { type: 'accepted', negotiated: negotiate(connect, packet, this.limits) };
  }

  /** The rule that an AUTH breaks, if it breaks one. [5:MQTT-4.12.0-2] [5:MQTT-4.12.0-5] [5:MQTT-4.12.0-6] */
  auth(packet: AuthPacket, expected: boolean): Violation | undefined {
    const method = this.connect.properties.authenticationMethod;
    if (method === undefined) {
      return violation(
        Reason.protocolError,
        'AUTH to a CONNECT without Authentication Method',
        '[5:MQTT-4.12.0-6]',
      );
    }
    if (packet.properties.authenticationMethod !== method) {
      return violation(Reason.protocolError, 'AUTH has another Authentication Method', '[5:MQTT-4.12.0-5]');
    }
    if (expected && packet.reasonCode === Reason.continueAuthentication) return undefined;
    return violation(Reason.protocolError, 'an AUTH that nobody expects now', '[5:MQTT-4.12.0-2]');
  }

  /** Before CONNACK only CONNACK and AUTH may come. [5:MQTT-3.2.0-1] [3.1.1:MQTT-3.2.0-1] */
  tooEarly({ type }: Packet): Violation {
    const clause = '[5:MQTT-3.2.0-1] [3.1.1:MQTT-3.2.0-1]';
    return violation(Reason.protocolError, `${type.toUpperCase()} before CONNACK`, clause);
  }
}
