// A message as the application sees it: its own bytes, independent of the connection it came on.

import type { PropertiesOf, PublishPacket, QoS, TopicName } from '@anax/protocol';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Message {
  readonly topic: TopicName;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly dup: boolean;
  /** 0 at QoS 0. */
  readonly packetId: number;
  readonly properties: PropertiesOf<'publish'>;

  /** Copies what a packet only shows: its payload and its Correlation Data. */
  constructor(packet: PublishPacket, topic: TopicName) {
    const { properties } = packet;
    this.topic = topic;
    this.payload = packet.payload.slice();
    this.qos = packet.qos;
    this.retain = packet.retain;
    this.dup = packet.dup;
    this.packetId = packet.packetId;
    this.properties =
      properties.correlationData === undefined
        ? properties
        : { ...properties, correlationData: properties.correlationData.slice() };
  }

  /** The payload as UTF-8 text. @throws TypeError where it is none. */
  text(): string {
    return decoder.decode(this.payload);
  }

  /** The payload as JSON. @throws SyntaxError or TypeError where it is none. */
  json(): unknown {
    return JSON.parse(this.text());
  }
}
