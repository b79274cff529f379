/** Owns what breaks each check of Keep Alive, of the client's limits and of the server's. */

import type { PropertiesOf } from '@anax/protocol';
import type { Saboteur } from '../support/saboteur.ts';
import { altering, misreading, stayingOpen } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

export const KEEP_ALIVE: Saboteurs = {
  'keep-alive/silent-client': stayingOpen,
  'keep-alive/as-asked': misreading('connect', (packet) => ({ ...packet, keepAlive: 1 })),
};

/** Reads other properties than CONNECT has. */
function misreadingProperties(
  change: (properties: PropertiesOf<'connect'>) => PropertiesOf<'connect'>,
): Saboteur {
  return misreading('connect', (packet) => ({ ...packet, properties: change(packet.properties) }));
}

function aliasing(topicAlias: number): Saboteur {
  return altering(
    'publish',
    (packet) => ({ ...packet, properties: { ...packet.properties, topicAlias } }),
    ({ topic }) => topic !== '',
  );
}

/** More than the messages of the check that fit, in bytes. */
const LARGE_BYTES = 700;

/** Nothing more for a client that takes one at a time, once there was a message too large for it. */
const losingQuota: Saboteur = () => {
  let lost = false;
  return (link) => ({
    fromClient: ({ packet }) => {
      if (packet?.type === 'publish' && packet.payload.length > LARGE_BYTES) lost = true;
      return undefined;
    },
    fromBroker: ({ packet }) =>
      lost && packet?.type === 'publish' && link.connect?.properties.receiveMaximum === 1 ? [] : undefined,
  });
};

export const CLIENT_LIMITS: Saboteurs = {
  'client-limits/packet-too-large': misreadingProperties(({ maximumPacketSize: _, ...rest }) => rest),
  'client-limits/packet-of-maximum-size': misreadingProperties(({ maximumPacketSize, ...rest }) =>
    maximumPacketSize === undefined ? rest : { ...rest, maximumPacketSize: maximumPacketSize - 1 },
  ),
  'client-limits/too-large-counts-as-delivered': losingQuota,
  'client-limits/topic-alias-maximum': aliasing(3),
  'client-limits/no-topic-alias': aliasing(1),
  'client-limits/no-response-information': altering('connack', (packet) => ({
    ...packet,
    properties: { ...packet.properties, responseInformation: 'answers' },
  })),
  'client-limits/no-problem-information': altering('suback', (packet) => ({
    ...packet,
    properties: { reasonString: 'explained' },
  })),
};

export const SERVER_LIMITS: Saboteurs = {
  // It says less than it takes.
  'server-limits/packet-too-large': altering('connack', (packet) => ({
    ...packet,
    properties: { ...packet.properties, maximumPacketSize: 2000 },
  })),
  'server-limits/topic-alias-above-maximum': stayingOpen,
  'server-limits/no-topic-alias': stayingOpen,
  'server-limits/qos-above-maximum': stayingOpen,
  'server-limits/no-retain': stayingOpen,
};
