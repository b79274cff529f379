// From CONNECT to CONNACK: what this client says first, and what the server's answers to it mean.
// Decides; sends nothing and keeps no phase.

import {
  type ConnackPacket,
  type ConnectPacket,
  MQTT_3_1_1,
  NO_PROPERTIES,
  type Packet,
  Reason,
} from '@anax/protocol';
import { connectionRefused, type Violation, violation } from './errors.ts';
import {
  type ClientLimits,
  clientLimits,
  connackViolation,
  type Negotiated,
  negotiate,
} from './negotiated.ts';
import type { ConnectionRefusedError } from './typed-errors.ts';

/** What a CONNACK is to the CONNECT before it. */
export type Answer =
  | { readonly type: 'accepted'; readonly negotiated: Negotiated }
  | { readonly type: 'refused'; readonly error: ConnectionRefusedError }
  | { readonly type: 'violation'; readonly violation: Violation };

/** How a server that knows nothing younger than 3.1.1 refuses every other version. [3.1.1:MQTT-3.1.2-2] */
const OLDER_REFUSAL = [0x20, 2, 0, 1];

export class Handshake {
  readonly connect: ConnectPacket;
  readonly limits: ClientLimits;
  /** The first bytes of the server, as many as that refusal has. */
  readonly #head: number[] = [];

  constructor(connect: ConnectPacket, packetBytesMax: number) {
    this.connect = connect;
    this.limits = clientLimits(connect, packetBytesMax);
  }

  /** Bytes of the server, before they are read. */
  hear(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && this.#head.length < OLDER_REFUSAL.length; at++)
      this.#head.push(chunk[at] as number);
  }

  /** What cannot be read is the refusal of an older server: no CONNACK of 5.0 has this form. [5:3.2.2] */
  olderRefusal(): ConnectionRefusedError | undefined {
    const { properties } = this.connect.dialect;
    if (!properties || OLDER_REFUSAL.some((byte, at) => byte !== this.#head[at])) return undefined;
    return connectionRefused(Reason.unsupportedProtocolVersion, MQTT_3_1_1, NO_PROPERTIES);
  }

  /** @param asked the server's AUTH waits for this end: an answer that it needs, so that success comes too early. */
  connack(packet: ConnackPacket, asked: boolean): Answer {
    const { connect } = this;
    if (packet.reasonCode !== Reason.success) {
      const error = connectionRefused(packet.reasonCode, connect.dialect, packet.properties);
      return { type: 'refused', error };
    }
    const broken = asked ? SUCCESS_TOO_EARLY : connackViolation(connect, packet);
    if (broken !== undefined) return { type: 'violation', violation: broken };
    return { type: 'accepted', negotiated: negotiate(connect, packet, this.limits) };
  }

  /** Before CONNACK only CONNACK and AUTH may come. [5:MQTT-3.2.0-1] [3.1.1:MQTT-3.2.0-1] */
  tooEarly({ type }: Packet): Violation {
    const clause = '[5:MQTT-3.2.0-1] [3.1.1:MQTT-3.2.0-1]';
    return violation(Reason.protocolError, `${type.toUpperCase()} before CONNACK`, clause);
  }
}

const SUCCESS_TOO_EARLY = violation(
  Reason.protocolError,
  'CONNACK says Success although the AUTH before it has not been answered',
  '[5:MQTT-4.12.0-2]',
);
