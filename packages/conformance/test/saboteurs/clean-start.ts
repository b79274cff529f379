/** Owns what breaks each check of Clean Start and CleanSession. */

import type { TopicName } from '@anax/protocol';
import { publish } from '../../src/wire/packets.ts';
import type { Saboteur } from '../support/saboteur.ts';
import { hangingUpAt, misreading } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

const forgetting = misreading('connect', (packet) => ({ ...packet, cleanStart: true }));
const remembering = misreading('connect', (packet) => ({ ...packet, cleanStart: false }));

/** Retained messages end with the connection that brought them. */
const emptying: Saboteur = () => () => {
  const retained = new Set<TopicName>();
  return {
    fromClient: ({ packet, bytes }) => {
      if (packet?.type === 'publish' && packet.retain && packet.topic !== '') retained.add(packet.topic);
      if (packet?.type !== 'disconnect') return undefined;
      return [...[...retained].map((topic) => publish({ topic, retain: true })), bytes];
    },
  };
};

export const CLEAN_START: Saboteurs = {
  'clean-start/continues-subscriptions': forgetting,
  'clean-start/keeps-qos1': forgetting,
  'clean-start/keeps-qos2': forgetting,
  'clean-start/continues-what-it-sent': forgetting,
  'clean-start/continues-what-it-got': forgetting,
  'clean-start/begins-where-nothing-is': hangingUpAt('connect', ({ cleanStart }) => !cleanStart),
  'clean-start/wipes': remembering,
  'clean-start/clean-session-ends': remembering,
  'clean-start/leaves-retained': emptying,
  'clean-start/one-session-for-each-client-id': misreading('connect', (packet) => ({
    ...packet,
    clientId: packet.clientId.toLowerCase(),
  })),
};
