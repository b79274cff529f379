/** Owns what breaks each check that needs settings of the broker: a broker that does not do what it was set to. */

import type { ConnectPacket, SubscribePacket, TopicFilter } from '@anax/protocol';
import { altering, dropping, misreading } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

const withoutWill = (packet: ConnectPacket): ConnectPacket => ({ ...packet, will: undefined });

/** The broker reads filters as if they were plain. */
function plainFilters(change: (filter: string) => string) {
  return misreading(
    'subscribe',
    (packet): SubscribePacket => ({
      ...packet,
      subscriptions: packet.subscriptions.map((one) => ({
        ...one,
        topicFilter: change(one.topicFilter) as TopicFilter,
      })),
    }),
  );
}

export const CONFIGURED: Saboteurs = {
  'refused/credentials': misreading('connect', (packet) => ({
    ...packet,
    userName: undefined,
    password: undefined,
  })),
  'refused/client-id': misreading('connect', (packet) => ({ ...packet, clientId: 'short' })),
  'refused/client-id-told': dropping('connack', ({ reasonCode }) => reasonCode !== 0),
  'limited/maximum-qos-told': altering('connack', (packet) => ({ ...packet, properties: {} })),
  'limited/subscribe-at-any-qos': altering('suback', (packet) => ({
    ...packet,
    reasonCodes: [0x00, 0x80, 0x80],
  })),
  'limited/will-above-maximum-qos': misreading('connect', withoutWill),
  'limited/retained-will': misreading('connect', withoutWill),
  'limited/subscription-identifier': misreading('subscribe', (packet) => ({ ...packet, properties: {} })),
  'limited/wildcard': plainFilters((filter) => filter.replaceAll('+', 'plus')),
  'limited/shared-subscription': plainFilters((filter) => filter.replace(/^\$share\/anax\//, '')),
  'limited/wildcards-refused-or-kept': altering('suback', (packet) => ({ ...packet, reasonCodes: [0] })),
  'denied/publish': dropping('puback'),
  'denied/filter-in-its-place': altering('suback', (packet) => ({
    ...packet,
    reasonCodes: [0x80, 0x00, 0x00],
  })),
};
