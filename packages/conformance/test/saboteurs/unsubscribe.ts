/** Owns what breaks each check of UNSUBSCRIBE and of UNSUBACK. */

import { NO_PROPERTIES, type TopicFilter } from '@anax/protocol';
import type { Saboteur } from '../support/saboteur.ts';
import { altering, always, bytesOf, doubling, dropping, lenient, misreading } from '../support/tricks.ts';
import type { Saboteurs, WatchSaboteurs } from './saboteurs.ts';

/** UNSUBSCRIBE is answered, and nothing is removed. */
const unsubscribesNothing: Saboteur = always({
  fromClient: ({ packet }, link) => {
    if (packet?.type !== 'unsubscribe') return undefined;
    const reasonCodes = packet.topicFilters.map(() => 0 as const);
    link.toClient({ type: 'unsuback', packetId: packet.packetId, reasonCodes, properties: NO_PROPERTIES });
    return [];
  },
});

/** UNSUBSCRIBE removes all that the client holds below the same three levels, whatever follows. */
const unsubscribesAlike: Saboteur = () => () => {
  const held = new Set<TopicFilter>();
  const alike = (filter: string): string => filter.split('/').slice(0, 3).join('/');
  return {
    fromClient: ({ packet }) => {
      if (packet?.type === 'subscribe')
        for (const { topicFilter } of packet.subscriptions) held.add(topicFilter);
      if (packet?.type !== 'unsubscribe') return undefined;
      const named = packet.topicFilters.map(alike);
      const topicFilters = [...held].filter((filter) => named.includes(alike(filter)));
      return topicFilters.length === 0 ? undefined : [{ ...packet, topicFilters }];
    },
  };
};

/** What is under way is forgotten with the subscription: acknowledgements of it are not answered, it never comes again. */
const forgetsWhatIsUnderWay: Saboteur = () => {
  const forgetful = new Set<string>();
  return (link) => ({
    fromClient: ({ packet }) => {
      if (packet?.type === 'unsubscribe') forgetful.add(link.connect?.clientId ?? '');
      return undefined;
    },
    fromBroker: ({ packet }) => {
      const underWay = packet?.type === 'pubrel' || (packet?.type === 'publish' && packet.dup);
      return underWay && forgetful.has(link.connect?.clientId ?? '') ? [] : undefined;
    },
  });
};

export const UNSUBSCRIBE: Saboteurs = {
  'unsubscribe/filter-not-utf8': lenient,
  'unsubscribe/compared-character-by-character': unsubscribesAlike,
  'unsubscribe/wildcards-compared-as-characters': unsubscribesAlike,
  'unsubscribe/nothing-more-comes': unsubscribesNothing,
  'unsubscribe/qos-1-still-completed': forgetsWhatIsUnderWay,
  'unsubscribe/qos-2-still-completed': forgetsWhatIsUnderWay,
  'unsubscribe/answered': dropping('unsuback', ({ packetId }) => packetId === 65_535),
  'unsubscribe/answered-by-identifier': altering('unsuback', (packet) => ({
    ...packet,
    packetId: (packet.packetId % 256) + 1,
  })),
  // The broker does not answer where nothing is removed: before 5.0 its codes do not show it, so the filters do.
  'unsubscribe/answered-where-nothing-is-removed': () => () => {
    const held = new Set<string>();
    return {
      fromClient: ({ packet }) => {
        if (packet?.type === 'subscribe')
          for (const { topicFilter } of packet.subscriptions) held.add(topicFilter);
        if (packet?.type !== 'unsubscribe') return undefined;
        return packet.topicFilters.some((filter) => held.delete(filter)) ? undefined : [];
      },
    };
  },
  'unsubscribe/several-filters-one-unsuback': doubling('unsuback'),
  'unsubscribe/several-filters-all-removed': misreading('unsubscribe', (packet) => ({
    ...packet,
    topicFilters: packet.topicFilters.slice(0, 2),
  })),
};

export const UNSUBACK: Saboteurs = {
  'unsuback/reason-string-within-maximum': altering('unsuback', (packet) => ({
    ...packet,
    properties: { reasonString: 'removed' },
  })),
  'unsuback/user-properties-within-maximum': altering('unsuback', (packet) => ({
    ...packet,
    properties: { userProperties: [['name', 'value']] },
  })),
  'unsuback/codes-in-order': altering('unsuback', (packet) => ({
    ...packet,
    reasonCodes: [...packet.reasonCodes].sort(),
  })),
  'unsuback/code-for-each-filter': altering('unsuback', (packet) => ({
    ...packet,
    reasonCodes: packet.reasonCodes.slice(0, 5),
  })),
};

export const UNSUBACK_WATCHES: WatchSaboteurs = {
  'unsuback/codes': {
    saboteur: bytesOf('unsuback', (bytes) => Uint8Array.of(...bytes.subarray(0, -1), 0x10)),
    during: ['unsubscribe/answered'],
  },
};
