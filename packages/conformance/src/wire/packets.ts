// Packets made short: only what a check is about has to be said. Texts are taken as they are, valid or not: the bytes
// that the encoder refuses are written by hand, with `bytes.ts`.

import {
  type DisconnectPacket,
  NO_PROPERTIES,
  type Packet,
  type PropertiesOf,
  type PublishPacket,
  type QoS,
  Reason,
  type ReasonCode,
  type RetainHandling,
  type SubscribePacket,
  type TopicFilter,
  type TopicName,
  type UnsubscribePacket,
  utf8Bytes,
} from '@anax/protocol';

export type PacketOf<T extends Packet['type']> = Extract<Packet, { readonly type: T }>;

export interface PublishInput {
  readonly topic: string;
  readonly payload?: string | Uint8Array;
  readonly qos?: QoS;
  readonly retain?: boolean;
  readonly dup?: boolean;
  readonly packetId?: number;
  readonly properties?: PropertiesOf<'publish'>;
}

export function publish(input: PublishInput): PublishPacket {
  const { topic, payload = '', qos = 0, retain = false, dup = false, properties = NO_PROPERTIES } = input;
  return {
    type: 'publish',
    topic: topic as TopicName,
    payload: typeof payload === 'string' ? utf8Bytes(payload) : payload,
    qos,
    retain,
    dup,
    packetId: input.packetId ?? (qos === 0 ? 0 : 1),
    properties,
  };
}

export interface FilterInput {
  readonly filter: string;
  readonly qos?: QoS;
  readonly noLocal?: boolean;
  readonly retainAsPublished?: boolean;
  readonly retainHandling?: RetainHandling;
}

export function subscribe(
  packetId: number,
  filters: readonly (string | FilterInput)[],
  properties: PropertiesOf<'subscribe'> = NO_PROPERTIES,
): SubscribePacket {
  const subscriptions = filters.map((one) => {
    const input: FilterInput = typeof one === 'string' ? { filter: one } : one;
    const { filter, qos = 0, noLocal = false, retainAsPublished = false, retainHandling = 0 } = input;
    return { topicFilter: filter as TopicFilter, qos, noLocal, retainAsPublished, retainHandling };
  });
  return { type: 'subscribe', packetId, subscriptions, properties };
}

export function unsubscribe(packetId: number, filters: readonly string[]): UnsubscribePacket {
  return {
    type: 'unsubscribe',
    packetId,
    topicFilters: filters as readonly TopicFilter[],
    properties: NO_PROPERTIES,
  };
}

export const PINGREQ: Packet = { type: 'pingreq' };

export function disconnect(
  reasonCode: ReasonCode = Reason.success,
  properties: PropertiesOf<'disconnect'> = NO_PROPERTIES,
): DisconnectPacket {
  return { type: 'disconnect', reasonCode, properties };
}
