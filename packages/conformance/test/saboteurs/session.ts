/** Owns what breaks each check of session state. */

import type { TopicFilter } from '@anax/protocol';
import type { Saboteur } from '../support/saboteur.ts';
import { altering, dropping, misreading } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

/** The packet identifier of an UNSUBSCRIBE that no client sent. */
const OURS = 54_321;

/** A subscription is dropped a moment after it was made, while the connection is open. */
const dropsSubscriptions: Saboteur = () => (link) => {
  const filters: TopicFilter[] = [];
  return {
    fromClient: ({ packet }) => {
      if (packet?.type === 'subscribe')
        filters.push(...packet.subscriptions.map(({ topicFilter }) => topicFilter));
      return undefined;
    },
    fromBroker: ({ packet, bytes }) => {
      if (packet?.type === 'unsuback' && packet.packetId === OURS) return [];
      if (packet?.type !== 'suback') return undefined;
      link.toBroker({ type: 'unsubscribe', packetId: OURS, topicFilters: filters, properties: {} });
      return [bytes];
    },
  };
};

/** Every session is a new one. */
const startsClean: Saboteur = misreading('connect', (packet) => ({ ...packet, cleanStart: true }));

/** Sessions last longer than was asked for. */
const lastsLonger: Saboteur = misreading('connect', (packet) => ({
  ...packet,
  properties: { ...packet.properties, sessionExpiryInterval: 300 },
}));

export const SESSION: Saboteurs = {
  'session/subscriptions-kept': startsClean,
  'session/outgoing-state-kept': startsClean,
  'session/incoming-state-kept': startsClean,
  'session/subscriptions-last-while-connected': dropsSubscriptions,
  // As one that does not know the identifier any more: with 0x92, or, where there are no codes, with nothing.
  'session/messages-last-while-connected': (() => {
    const underWay = ({ packetId }: { readonly packetId: number }): boolean => packetId === 9;
    const unknown = altering('pubcomp', (packet) => ({ ...packet, reasonCode: 0x92 }), underWay);
    const nothing = dropping('pubcomp', underWay);
    return () => (link) => {
      const of5 = unknown()(link);
      const of3 = nothing()(link);
      return {
        fromBroker: (passing) => (link.dialect.reasonCodes ? of5 : of3).fromBroker?.(passing, link),
      };
    };
  })(),
  'session/gone-with-connection': lastsLonger,
  'session/gone-after-expiry': lastsLonger,
};
