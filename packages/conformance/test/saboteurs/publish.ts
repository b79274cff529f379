/** Owns what breaks each check of PUBLISH as such. */

import type { TopicName } from '@anax/protocol';
import type { Saboteur } from '../support/saboteur.ts';
import { altering, dropping, lenient } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

/** Whoever comes back to a session gets nothing that it missed. */
const forgetful: Saboteur = () => {
  const seen = new Set<string>();
  return () => {
    let back = false;
    return {
      fromClient: ({ packet }) => {
        if (packet?.type !== 'connect') return undefined;
        back = seen.has(packet.clientId);
        seen.add(packet.clientId);
        return undefined;
      },
      fromBroker: ({ packet }) => (back && packet?.type === 'publish' ? [] : undefined),
    };
  };
};

export const PUBLISH: Saboteurs = {
  // A message is not sent to its own publisher.
  'publish/to-every-subscriber': () => () => {
    let publishes = false;
    return {
      fromClient: ({ packet }) => {
        publishes ||= packet?.type === 'publish';
        return undefined;
      },
      fromBroker: ({ packet }) => (publishes && packet?.type === 'publish' ? [] : undefined),
    };
  },
  'publish/to-absent-sessions': forgetful,
  'publish/topic-matches-filter': altering(
    'publish',
    (packet) => ({ ...packet, topic: `${packet.topic.slice(0, -2)}/y` as TopicName }),
    ({ topic }) => topic.endsWith('b/x'),
  ),
  'publish/dup-not-passed-on': altering('publish', (packet) => ({ ...packet, dup: true })),
  'publish/topic-not-utf8': lenient,
  'publish/answered-by-qos': dropping('puback'),
};
