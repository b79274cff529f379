/** Owns what breaks each check of the representation of data. */

import type { TopicName } from '@anax/protocol';
import { altering } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

export const DATA: Saboteurs = {
  'data/byte-order-mark-stays': altering('publish', (packet) => ({
    ...packet,
    topic: packet.topic.replaceAll('\u{feff}', '') as TopicName,
  })),
};
