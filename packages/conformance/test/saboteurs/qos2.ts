/** Owns what breaks each check of QoS 2. */

import { publishAck } from '@anax/protocol';
import type { Saboteur } from '../support/saboteur.ts';
import { altering, always, dropping } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

/** A PUBLISH with an identifier that has come before is answered to the end, and not passed on. */
function rememberingIdentifiers(alsoRefused: boolean): Saboteur {
  return () => () => {
    const seen = new Set<number>();
    return {
      fromClient: ({ packet }, link) => {
        if (packet?.type !== 'publish' || packet.qos !== 2) return undefined;
        const { packetId } = packet;
        if (!seen.has(packetId)) {
          seen.add(packetId);
          return undefined;
        }
        link.toClient(publishAck('pubrec', packetId));
        return [];
      },
      fromBroker: ({ packet }) => {
        if (packet?.type === 'pubrec' && packet.reasonCode >= 0x80 && !alsoRefused)
          seen.delete(packet.packetId);
        return undefined;
      },
    };
  };
}

/** On the next connection of a client its last message comes again in full. */
const publishingAgain: Saboteur = () => {
  const last = new Map<string, Uint8Array>();
  return (link) => ({
    fromBroker: ({ packet, bytes }) => {
      const client = link.connect?.clientId ?? '';
      if (packet?.type === 'publish') last.set(client, bytes);
      const again = packet?.type === 'connack' ? last.get(client) : undefined;
      return again === undefined ? undefined : [bytes, again];
    },
  });
};

/** What is sent again is a message of its own to the broker. */
const takingTwice: Saboteur = () => () => ({
  fromClient: ({ packet }) =>
    packet?.type === 'publish' && packet.dup ? [{ ...packet, dup: false, packetId: 77 }] : undefined,
  fromBroker: ({ packet }) =>
    packet?.type === 'pubrec' && packet.packetId === 77 ? [{ ...packet, packetId: 3 }] : undefined,
});

/** On the next connection nothing is known of what was released. */
const forgettingReleases: Saboteur = () => {
  const seen = new Set<string>();
  return () => {
    let back = false;
    return {
      fromClient: ({ packet }) => {
        if (packet?.type === 'connect') {
          back = seen.has(packet.clientId);
          seen.add(packet.clientId);
        }
        return undefined;
      },
      fromBroker: ({ packet }) => (back && packet?.type === 'pubrel' ? [] : undefined),
    };
  };
};

export const QOS2: Saboteurs = {
  'qos2/new-identifiers': altering('publish', (packet) => ({ ...packet, packetId: 1 })),
  'qos2/first-sending': altering('publish', (packet) => ({ ...packet, dup: true })),
  'qos2/held-until-pubrec': dropping('publish', ({ dup }) => dup),
  'qos2/released': altering('pubrel', (packet) => ({ ...packet, packetId: packet.packetId + 1 })),
  'qos2/refused-not-released': always({
    fromClient: ({ packet }) =>
      packet?.type === 'pubrec' ? [publishAck('pubrec', packet.packetId)] : undefined,
  }),
  'qos2/held-until-pubcomp': forgettingReleases,
  'qos2/not-published-after-pubrel': publishingAgain,
  'qos2/answered': altering('pubrec', (packet) => ({ ...packet, packetId: packet.packetId & 0xff || 1 })),
  'qos2/refused-identifier-used-again': rememberingIdentifiers(true),
  'qos2/passed-on-once': takingTwice,
  'qos2/completed': altering('pubcomp', (packet) => ({ ...packet, packetId: packet.packetId & 0xff || 1 })),
  'qos2/identifier-used-again': rememberingIdentifiers(false),
};
