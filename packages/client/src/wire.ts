// Packets out: encodes into one buffer, hands the bytes on, and knows when the last one left.
// Lives as long as the connection; after `shut` nothing more goes out.
// [5:MQTT-3.14.4-1] [3.1.1:MQTT-3.14.4-2]

import {
  type ClientPacket,
  type Dialect,
  encodeFromClient,
  GrowingOutput,
  PACKET_BYTES_MAX,
  type PublishPacket,
} from '@anax/protocol';
import { STORE } from './features.ts';
import type { Sink } from './sink.ts';

/** A buffer larger than this was made for one packet and is given back. */
const KEPT_BYTES_MAX = 64 * 1024;

export class Wire {
  readonly dialect: Dialect;
  /** The server's Maximum Packet Size in bytes. [5:MQTT-3.2.2-15] */
  maximumPacketSize = PACKET_BYTES_MAX;
  /** When the last packet was sent, in ms. */
  lastSentAt = Number.NEGATIVE_INFINITY;
  readonly #sink: Sink;
  readonly #isStored: boolean;
  #out = new GrowingOutput(1024);
  #open = true;

  /** @param isStored whether somebody keeps the session beyond the process */
  constructor(dialect: Dialect, sink: Sink, isStored: boolean) {
    this.dialect = dialect;
    this.#sink = sink;
    this.#isStored = isStored;
  }

  /** False where nothing was sent: the packet is larger than the server takes, or the connection is shut. */
  send(packet: ClientPacket, now: number): boolean {
    if (!this.#open || !this.#encode(packet)) return false;
    this.lastSentAt = now;
    this.#sink.send(this.#out.written());
    if (this.#out.bytes.length > KEPT_BYTES_MAX) this.#out = new GrowingOutput(1024);
    return true;
  }

  /** The same for what promises something: it leaves when what the session has told of it is durable. */
  promise(packet: ClientPacket, now: number): boolean {
    if (STORE && this.#isStored) this.#sink.hold();
    return this.send(packet, now);
  }

  /** A message above QoS 0 is a promise. */
  publish(packet: PublishPacket, now: number): boolean {
    return packet.qos === 0 ? this.send(packet, now) : this.promise(packet, now);
  }

  /** Whether the server takes a packet of this size. @throws MqttError for what the dialect cannot say. */
  fits(packet: ClientPacket): boolean {
    return this.#encode(packet);
  }

  get isOpen(): boolean {
    return this.#open;
  }

  shut(): void {
    this.#open = false;
  }

  /**
   * In the one form that the codec has: well-formed strings, fixed flags, shortest lengths; an answer that would be too
   * large loses what only explains.
   * [5:MQTT-1.5.4-1] [5:MQTT-1.5.4-2] [5:MQTT-1.5.4-3] [5:MQTT-1.5.5-1] [5:MQTT-1.5.7-1] [5:MQTT-2.1.3-1]
   * [5:MQTT-2.2.1-2] [5:MQTT-2.2.2-1] [5:MQTT-3.3.2-1] [5:MQTT-3.3.2-13] [5:MQTT-3.3.2-19]
   * [5:MQTT-3.4.2-2] [5:MQTT-3.4.2-3] [5:MQTT-3.5.2-2] [5:MQTT-3.5.2-3] [5:MQTT-3.6.1-1] [5:MQTT-3.6.2-2]
   * [5:MQTT-3.6.2-3]
   * [5:MQTT-3.7.2-2] [5:MQTT-3.7.2-3] [5:MQTT-3.8.1-1] [5:MQTT-3.10.1-1]
   * [5:MQTT-3.14.1-1] [5:MQTT-3.14.2-3] [5:MQTT-3.14.2-4] [5:MQTT-3.15.1-1] [5:MQTT-3.15.2-2] [5:MQTT-3.15.2-3]
   * [3.1.1:MQTT-1.5.3-1] [3.1.1:MQTT-1.5.3-2] [3.1.1:MQTT-1.5.3-3] [3.1.1:MQTT-2.2.2-1] [3.1.1:MQTT-2.3.1-5]
   * [3.1.1:MQTT-3.3.2-1] [3.1.1:MQTT-3.6.1-1] [3.1.1:MQTT-3.8.1-1] [3.1.1:MQTT-3.10.1-1]
   */
  #encode(packet: ClientPacket): boolean {
    this.#out.length = 0;
    return encodeFromClient(packet, this.dialect, this.#out, this.maximumPacketSize) > 0;
  }
}
