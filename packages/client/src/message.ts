// A message as the application sees it: its own bytes, independent of the connection it came on.

import {
  type PropertiesOf,
  type PublishPacket,
  type QoS,
  Reason,
  type ReasonCode,
  type TopicName,
} from '@anax/protocol';
import { type Decode, decoded } from './codecs.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What became of a message: Success, or 0x80 and above. */
type Answer = (reasonCode: ReasonCode) => void;

export class Message<T = Uint8Array> {
  readonly topic: TopicName;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly dup: boolean;
  /** 0 at QoS 0. */
  readonly packetId: number;
  readonly properties: PropertiesOf<'publish'>;
  /** What the subscription's `decode` made of the payload; without one, the payload. */
  readonly value: T;
  #answer: Answer | undefined;

  constructor(
    { topic, payload, qos, retain, dup, packetId, properties }: Fields,
    value: T,
    answer: Answer | undefined,
  ) {
    this.topic = topic;
    this.payload = payload;
    this.qos = qos;
    this.retain = retain;
    this.dup = dup;
    this.packetId = packetId;
    this.properties = properties;
    this.value = value;
    this.#answer = answer;
  }

  /** The payload as UTF-8 text. @throws TypeError where it is none. */
  text(): string {
    return decoder.decode(this.payload);
  }

  /** The payload as JSON. @throws SyntaxError or TypeError where it is none. */
  json(): unknown {
    return JSON.parse(this.text());
  }

  /** The same with the value that this makes of it. @throws UndecodableError */
  as<V>(decode: Decode<V>): Message<V> {
    return new Message(this, decoded(this.payload, decode, this.topic), undefined);
  }

  /**
   * With `acknowledge: 'manual'`: the application is done with it. Nothing happens at QoS 0, for the second time, or
   * when the connection it came on has ended: the server sends it again.
   */
  acknowledge(): void {
    this.#settle(Reason.success);
  }

  /**
   * The same, but says no: PUBACK or PUBREC with a reason code of 0x80 and above. The server does not send it again.
   * @throws MqttError `invalid-reason-code`, or `reason-codes-not-supported` in 3.x; it is not acknowledged then.
   */
  reject(reasonCode: ReasonCode): void {
    this.#settle(reasonCode);
  }

  #settle(reasonCode: ReasonCode): void {
    this.#answer?.(reasonCode);
    this.#answer = undefined;
  }
}

type Fields = Pick<Message, 'topic' | 'payload' | 'qos' | 'retain' | 'dup' | 'packetId' | 'properties'>;

/** Copies what a packet only shows: its payload and its Correlation Data. */
export function received(packet: PublishPacket, topic: TopicName): Message {
  const { qos, retain, dup, packetId, properties } = packet;
  const payload = packet.payload.slice();
  const own =
    properties.correlationData === undefined
      ? properties
      : { ...properties, correlationData: properties.correlationData.slice() };
  return new Message({ topic, payload, qos, retain, dup, packetId, properties: own }, payload, undefined);
}
