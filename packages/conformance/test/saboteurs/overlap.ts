/** Owns what breaks each check of overlapping subscriptions. */

import { altering, always } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

export const OVERLAP: Saboteurs = {
  'overlap/highest-qos': altering('publish', (packet) => ({ ...packet, qos: 0, packetId: 0 })),
  'overlap/identifiers-told': altering('publish', (packet) => ({ ...packet, properties: {} })),
  'overlap/one-copy-has-all': altering('publish', (packet) => ({
    ...packet,
    properties: { subscriptionIdentifiers: packet.properties.subscriptionIdentifiers?.slice(0, 1) ?? [] },
  })),
  // A copy for each subscription, all with the identifier of one.
  'overlap/each-copy-has-its-own': always({
    fromBroker: ({ packet }) => {
      if (packet?.type !== 'publish') return undefined;
      const copy = { ...packet, properties: { subscriptionIdentifiers: [7] } };
      return [copy, copy, copy];
    },
  }),
};
