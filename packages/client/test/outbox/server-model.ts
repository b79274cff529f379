// A server in memory that keeps its one session for ever: acknowledges what comes, hands each QoS 2 message on once.

import {
  Decoder,
  encodePacket,
  MQTT_5_0,
  NO_PROPERTIES,
  PACKET_BYTES_MAX,
  type Packet,
  publishAck,
} from '@anax/protocol';
import { bytes, hex } from '../support.ts';

export class ServerModel {
  /** Texts, in the order in which they arrived, by QoS. */
  readonly arrived: Readonly<Record<1 | 2, string[]>> = { 1: [], 2: [] };
  readonly #unreleased = new Set<number>();
  #hasSession = false;

  /** Takes one packet of the client; gives the answer, in hex. */
  take(packet: string): string | undefined {
    const decoder = new Decoder({
      sender: 'client',
      dialect: undefined,
      maximumPacketSize: PACKET_BYTES_MAX,
    });
    const later = new Decoder({ sender: 'client', dialect: MQTT_5_0, maximumPacketSize: PACKET_BYTES_MAX });
    const chosen = packet.startsWith('10') ? decoder : later;
    chosen.push(bytes(packet));
    const read = chosen.next();
    if (read === undefined || read.type === 'fault') throw new Error(`no packet: ${packet}`);
    const answer = this.#answer(read);
    return answer === undefined ? undefined : hex(encodePacket(answer, MQTT_5_0));
  }

  #answer(packet: Packet): Packet | undefined {
    switch (packet.type) {
      case 'connect': {
        if (packet.cleanStart) this.#unreleased.clear();
        const sessionPresent = this.#hasSession && !packet.cleanStart;
        this.#hasSession = true;
        return { type: 'connack', sessionPresent, reasonCode: 0, properties: NO_PROPERTIES };
      }
      case 'publish':
        return this.#publish(packet);
      case 'pubrel':
        return publishAck('pubcomp', packet.packetId, this.#unreleased.delete(packet.packetId) ? 0 : 0x92);
      default:
        return undefined;
    }
  }

  #publish({ qos, packetId, payload }: Extract<Packet, { type: 'publish' }>): Packet | undefined {
    if (qos === 0) return undefined;
    const isNew = qos === 1 || !this.#unreleased.has(packetId);
    if (isNew) this.arrived[qos].push(new TextDecoder().decode(payload));
    if (qos === 2) this.#unreleased.add(packetId);
    return publishAck(qos === 1 ? 'puback' : 'pubrec', packetId);
  }
}
