/** Owns what breaks each check of Receive Maximum. */

import type { Saboteur } from '../support/saboteur.ts';
import { misreading, stayingOpen } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

/** The broker does not hear how little the client takes. */
const withoutMeasure = misreading('connect', (packet) => {
  const { receiveMaximum: _, ...properties } = packet.properties;
  return { ...packet, properties };
});

/** As long as a message is under way nothing but its acknowledgement is looked at. */
const stalling: Saboteur = () => () => {
  let underWay = 0;
  return {
    fromBroker: ({ packet }) => {
      if (packet?.type === 'publish' && packet.qos > 0) underWay += 1;
      return undefined;
    },
    fromClient: ({ packet }) => {
      if (packet?.type === 'puback') underWay -= 1;
      return underWay > 0 && packet?.type !== 'puback' ? [] : undefined;
    },
  };
};

/** As long as a message is under way no other goes out, of whatever QoS. */
const delaying: Saboteur = () => () => {
  let underWay = false;
  return {
    fromBroker: ({ packet }) => {
      if (packet?.type !== 'publish') return undefined;
      if (underWay) return [];
      underWay = packet.qos > 0;
      return undefined;
    },
  };
};

export const FLOW: Saboteurs = {
  'flow/client-exceeds': stayingOpen,
  'flow/within-receive-maximum': withoutMeasure,
  'flow/first-quota': withoutMeasure,
  'flow/others-not-delayed': delaying,
  'flow/others-processed': stalling,
};
