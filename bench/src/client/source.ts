// Publishes for a contestant that receives: packets encoded beforehand, as many as it is told.

import type { Socket } from 'node:net';
import { encodePacket, MQTT_5_0, publishPacket, type TopicName } from '@anax/protocol';
import { plainClient } from '../plain-client.ts';
import { PAYLOAD_BYTES, TOPIC } from './workloads.ts';

const BURST = 1000;

export class Source {
  readonly #socket: Socket;
  readonly #burst: Buffer;
  #owed = 0;

  private constructor(socket: Socket, qos: 0 | 1 | 2) {
    this.#socket = socket;
    const payload = new Uint8Array(Buffer.alloc(PAYLOAD_BYTES, 'x'));
    const one = (packetId: number): Uint8Array =>
      encodePacket(publishPacket(TOPIC as TopicName, payload, qos, false, false, packetId, {}), MQTT_5_0);
    // The same identifiers again and again: each burst is answered long before its turn comes round.
    this.#burst = Buffer.concat(Array.from({ length: BURST }, (_, i) => one(qos === 0 ? 0 : i + 1)));
    socket.resume();
    socket.on('drain', () => this.#write());
  }

  static async open(port: number, qos: 0 | 1 | 2): Promise<Source> {
    return new Source(await plainClient(port, MQTT_5_0, 'source'), qos);
  }

  /** So many more may be under way. */
  allow(messages: number): void {
    this.#owed += messages;
    this.#write();
  }

  close(): void {
    this.#socket.destroy();
  }

  #write(): void {
    while (this.#owed >= BURST && !this.#socket.writableNeedDrain) {
      this.#owed -= BURST;
      this.#socket.write(this.#burst);
    }
  }
}
