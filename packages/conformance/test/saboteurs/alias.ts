/** Owns what breaks each check of topic aliases. */

import type { Saboteur } from '../support/saboteur.ts';
import { altering, misreading } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

/** Aliases belong to the client and not to its connection. */
const carrying: Saboteur = () => {
  const topics = new Map<string, string>();
  return () => ({
    fromClient: ({ packet }, link) => {
      const alias = packet?.type === 'publish' ? packet.properties.topicAlias : undefined;
      if (packet?.type !== 'publish' || alias === undefined) return undefined;
      const key = `${link.connect?.clientId} ${alias}`;
      const topic = topics.get(key);
      if (packet.topic !== '') topics.set(key, packet.topic);
      else if (topic !== undefined) return [{ ...packet, topic: topic as typeof packet.topic }];
      return undefined;
    },
  });
};

export const ALIAS: Saboteurs = {
  'alias/ends-with-connection': carrying,
  // What is set last is what every alias stands for.
  'alias/every-one-taken': misreading('publish', (packet) =>
    packet.properties.topicAlias === undefined
      ? packet
      : { ...packet, properties: { ...packet.properties, topicAlias: 1 } },
  ),
  'alias/within-what-the-client-takes': altering('publish', (packet) => ({
    ...packet,
    properties: { ...packet.properties, topicAlias: 3 },
  })),
};
