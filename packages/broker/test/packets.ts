/** Owns the packets that tests send, with what does not matter left out. */

import {
  type Dialect,
  type Packet,
  type PropertiesOf,
  publishPacket,
  type QoS,
  type TopicName,
  utf8Bytes,
} from '@anax/protocol';

export type Type<T extends Packet['type']> = Extract<Packet, { readonly type: T }>;

export const NO_PAYLOAD = new Uint8Array(0);

export function connect(dialect: Dialect, facts: Partial<Type<'connect'>> = {}): Type<'connect'> {
  return {
    type: 'connect',
    dialect,
    cleanStart: true,
    keepAlive: 0,
    clientId: 'client',
    userName: undefined,
    password: undefined,
    will: undefined,
    properties: {},
    ...facts,
  };
}

export interface SubscribeFacts {
  readonly packetId: number;
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: 0 | 1 | 2;
  readonly properties: PropertiesOf<'subscribe'>;
}

export function subscribe(filter: string, facts: Partial<SubscribeFacts> = {}): Type<'subscribe'> {
  const { packetId = 1, properties = {}, ...options } = facts;
  return {
    type: 'subscribe',
    packetId,
    subscriptions: [
      {
        topicFilter: filter as Type<'subscribe'>['subscriptions'][number]['topicFilter'],
        qos: 2,
        noLocal: false,
        retainAsPublished: false,
        retainHandling: 0,
        ...options,
      },
    ],
    properties,
  };
}

export function unsubscribe(...filters: readonly string[]): Type<'unsubscribe'> {
  return {
    type: 'unsubscribe',
    packetId: 1,
    topicFilters: filters as Type<'unsubscribe'>['topicFilters'],
    properties: {},
  };
}

export interface PublishFacts {
  readonly qos: QoS;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly packetId: number;
  readonly properties: PropertiesOf<'publish'>;
}

export function publish(topic: string, payload = '', facts: Partial<PublishFacts> = {}): Type<'publish'> {
  const { qos = 0, retain = false, dup = false, packetId = qos === 0 ? 0 : 1, properties = {} } = facts;
  return publishPacket(topic as TopicName, utf8Bytes(payload), qos, retain, dup, packetId, properties);
}

export function will(
  topic: string,
  payload = 'gone',
  facts: Partial<NonNullable<Type<'connect'>['will']>> = {},
) {
  return {
    topic: topic as TopicName,
    payload: utf8Bytes(payload),
    qos: 0 as QoS,
    retain: false,
    properties: {},
    ...facts,
  };
}

export function ack(type: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp', packetId = 1, reasonCode = 0): Packet {
  return { type, packetId, reasonCode, properties: {} } as Packet;
}

/** Packets as short texts, to compare a whole stream at a glance: `publish 1 a/b=x retain dup #3`. */
export function told(packets: readonly Packet[]): string[] {
  return packets.map((packet) => {
    if (packet.type === 'publish') {
      const { topic, payload, qos, retain, dup, packetId } = packet;
      const marks = [retain && 'retain', dup && 'dup', packetId > 0 && `#${packetId}`].filter(Boolean);
      return [`publish ${qos} ${topic}=${text(payload)}`, ...marks].join(' ');
    }
    const code =
      'reasonCode' in packet && packet.reasonCode !== 0 ? ` 0x${packet.reasonCode.toString(16)}` : '';
    return `${packet.type}${'packetId' in packet ? ` #${packet.packetId}` : ''}${code}`;
  });
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
