/** Owns what breaks each check of topic names and topic filters. */

import type { TopicFilter, TopicName } from '@anax/protocol';
import type { Saboteur } from '../support/saboteur.ts';
import { always, lenient, misreading } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

function filtersRead(change: (filter: string) => string): Saboteur {
  return misreading('subscribe', (packet) => ({
    ...packet,
    subscriptions: packet.subscriptions.map((one) => ({
      ...one,
      topicFilter: change(one.topicFilter) as TopicFilter,
    })),
  }));
}

/** Topics are brought into one form of Unicode on their way in, and filters too. */
const normalizes: Saboteur = always({
  fromClient: ({ packet }) => {
    if (packet?.type === 'publish') return [{ ...packet, topic: packet.topic.normalize() as TopicName }];
    if (packet?.type !== 'subscribe') return undefined;
    const subscriptions = packet.subscriptions.map((one) => ({
      ...one,
      topicFilter: one.topicFilter.normalize() as TopicFilter,
    }));
    return [{ ...packet, subscriptions }];
  },
});

export const TOPICS: Saboteurs = {
  'topics/names-compared-as-they-are': normalizes,
  // Levels behind the one before # only, as if it were "one or more".
  'topics/hash-matches': filtersRead((filter) => filter.replace(/\/#$/, '/+/#')),
  // An empty level is no level.
  'topics/plus-matches': filtersRead((filter) => filter.replace(/\+$/, '#')),
  // A subscriber to # gets $ topics too: it is subscribed to them behind its back.
  'topics/wildcard-first-matches-no-dollar': misreading('subscribe', (packet) => {
    const [first] = packet.subscriptions;
    if (first?.topicFilter !== '#') return packet;
    const below = { ...first, topicFilter: '$anax-conform/#' as TopicFilter };
    return { ...packet, subscriptions: [...packet.subscriptions, below] };
  }),
  'topics/null-character': lenient,
};
