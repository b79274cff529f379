// A fan-out's PUBLISH, encoded once per layout (properties or not, QoS, RETAIN) and then copied: only the packet
// identifier differs between receivers.

import {
  type Dialect,
  encode,
  GrowingOutput,
  type Message,
  MQTT_3_1_1,
  MQTT_5_0,
  publishPacket,
  type QoS,
} from '@anax/protocol';
import type { Link } from './link.ts';
import { outgoingProperties } from './outgoing.ts';

/** Payloads from here on are not copied into frames: they go out by reference. */
export const SHARED_FRAME_PAYLOAD_BYTES_MAX = 4096;

/** Memory of a frame that is kept for the next message; properties can make a frame large. */
const FRAME_BYTES_KEPT_MAX = 64 * 1024;

class Frame {
  readonly out = new GrowingOutput(512);
  bytes: Uint8Array = new Uint8Array(0);
  packetIdAt = 0;
  filled = false;
}

export class Frames {
  readonly #frames: readonly Frame[] = Array.from({ length: 12 }, () => new Frame());
  #message: Message | undefined;
  #now = 0;

  /** Starts with a message; frames of the one before are given up. */
  begin(message: Message, now: number): void {
    this.#message = message;
    this.#now = now;
    for (const frame of this.#frames) frame.filled = false;
  }

  /** Writes the message to a link; false where it is larger than the client takes. */
  send(link: Link, qos: QoS, retain: boolean, packetId: number): boolean {
    const frame = this.#frames[(link.dialect.properties ? 6 : 0) + qos * 2 + (retain ? 1 : 0)] as Frame;
    if (!frame.filled) this.#fill(frame, link.dialect.properties ? MQTT_5_0 : MQTT_3_1_1, qos, retain);
    const { bytes } = frame;
    if (bytes.length > link.maximumPacketSize) return false;
    const { out } = link.wire;
    out.reserve(bytes.length);
    const at = out.length + frame.packetIdAt;
    out.raw(bytes);
    link.wire.counters.packetsSent += 1;
    if (qos > 0) {
      out.bytes[at] = packetId >> 8;
      out.bytes[at + 1] = packetId;
    }
    return true;
  }

  #fill(frame: Frame, dialect: Dialect, qos: QoS, retain: boolean): void {
    const message = this.#message as Message;
    const properties = outgoingProperties(message, undefined, this.#now);
    const { out } = frame;
    out.length = 0;
    if (out.bytes.length > FRAME_BYTES_KEPT_MAX) out.bytes = new Uint8Array(512);
    const anyId = qos === 0 ? 0 : 1;
    encode(
      publishPacket(message.topic, message.payload, qos, retain, false, anyId, properties),
      dialect,
      out,
    );
    frame.bytes = out.written();
    let at = 1;
    while ((frame.bytes[at] as number) >= 0x80) at += 1;
    const topicBytes = ((frame.bytes[at + 1] as number) << 8) | (frame.bytes[at + 2] as number);
    frame.packetIdAt = at + 3 + topicBytes;
    frame.filled = true;
  }
}
