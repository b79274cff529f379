/** Owns what breaks each check of SUBSCRIBE, of the same filter again, and of SUBACK. */

import { NO_PROPERTIES, type PublishPacket, type QoS } from '@anax/protocol';
import type { Link, Saboteur } from '../support/saboteur.ts';
import { altering, bytesOf, doubling, dropping, lenient, misreading } from '../support/tricks.ts';
import type { Saboteurs, WatchSaboteurs } from './saboteurs.ts';

/** The first SUBSCRIBE of a connection counts; later ones are answered, and forgotten. */
const firstOnly: Saboteur = () => (link: Link) => {
  const known = new Set<string>();
  return {
    fromClient: ({ packet }) => {
      if (packet?.type !== 'subscribe') return undefined;
      const { packetId, subscriptions } = packet;
      const again = subscriptions.every(({ topicFilter }) => known.has(topicFilter));
      for (const { topicFilter } of subscriptions) known.add(topicFilter);
      if (!again) return undefined;
      const reasonCodes = subscriptions.map(({ qos }) => qos);
      link.toClient({ type: 'suback', packetId, reasonCodes, properties: NO_PROPERTIES });
      return [];
    },
  };
};

/** While a subscription is replaced, a message falls between the two. */
const lossyReplacement: Saboteur = () => () => {
  let subscribes = 0;
  let lossy = false;
  return {
    fromClient: ({ packet }) => {
      if (packet?.type === 'subscribe') {
        subscribes += 1;
        lossy = subscribes === 5;
      }
      return undefined;
    },
    fromBroker: ({ packet }) => {
      if (packet?.type !== 'publish' || !lossy) return undefined;
      lossy = false;
      return [];
    },
  };
};

function atQos(packet: PublishPacket, qos: QoS): PublishPacket {
  return { ...packet, qos, packetId: qos === 0 ? 0 : packet.packetId || 1, dup: false };
}

export const SUBSCRIBE: Saboteurs = {
  'subscribe/filter-not-utf8': lenient,
  'subscribe/answered': dropping('suback', ({ packetId }) => packetId === 65_535),
  'subscribe/answered-by-identifier': altering('suback', (packet) => ({
    ...packet,
    packetId: (packet.packetId % 256) + 1,
  })),
  'subscribe/several-filters-one-suback': doubling('suback'),
  'subscribe/several-filters-in-sequence': misreading('subscribe', (packet) => ({
    ...packet,
    subscriptions: [...packet.subscriptions].reverse(),
  })),
  'subscribe/several-filters-each-delivers': misreading('subscribe', (packet) => {
    const [first] = packet.subscriptions;
    return { ...packet, subscriptions: packet.subscriptions.map((one) => first ?? one) };
  }),
  'subscribe/code-for-each-filter': altering('suback', (packet) => ({
    ...packet,
    reasonCodes: packet.reasonCodes.slice(0, 5),
  })),
  'subscribe/code-is-granted-qos': altering('suback', (packet) => ({
    ...packet,
    reasonCodes: packet.reasonCodes.map(() => 2),
  })),
  'subscribe/lower-qos-delivers': altering('publish', (packet) => atQos(packet, 1)),
  'subscribe/no-local': misreading('subscribe', (packet) => ({
    ...packet,
    subscriptions: packet.subscriptions.map((one) => ({ ...one, noLocal: false })),
  })),
};

export const RESUBSCRIBE: Saboteurs = {
  'resubscribe/replaces': firstOnly,
  'resubscribe/replaces-options': firstOnly,
  'resubscribe/replaces-identifier': firstOnly,
  'resubscribe/retained-again': firstOnly,
  'resubscribe/loses-nothing': lossyReplacement,
};

export const SUBACK: Saboteurs = {
  'suback/reason-string-within-maximum': altering('suback', (packet) => ({
    ...packet,
    properties: { reasonString: 'granted' },
  })),
  'suback/user-properties-within-maximum': altering('suback', (packet) => ({
    ...packet,
    properties: { userProperties: [['name', 'value']] },
  })),
  'suback/codes-in-order': altering('suback', (packet) => ({
    ...packet,
    reasonCodes: [...packet.reasonCodes].sort(),
  })),
};

export const SUBACK_WATCHES: WatchSaboteurs = {
  'suback/codes': {
    saboteur: bytesOf('suback', (bytes) => Uint8Array.of(...bytes.subarray(0, -1), 0x03)),
    during: ['subscribe/answered'],
  },
};
