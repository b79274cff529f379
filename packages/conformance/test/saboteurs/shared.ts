/** Owns what breaks each check of shared subscriptions. */

import type { Packet, PublishPacket, TopicFilter } from '@anax/protocol';
import type { Link, Saboteur } from '../support/saboteur.ts';
import { altering, dropping, misreading } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

/** The second member gets what the first was sent, as soon as `gives` says that the first has lost it. */
function givesAway(gives: (packet: Packet, link: Link) => boolean): Saboteur {
  return () => {
    let message: PublishPacket | undefined;
    let owner: string | undefined;
    let second: Link | undefined;
    return (link) => ({
      fromClient: ({ packet }) => {
        if (packet?.type === 'subscribe' && owner !== undefined && link.connect?.clientId !== owner)
          second = link;
        if (packet === undefined || message === undefined || link.connect?.clientId !== owner)
          return undefined;
        if (gives(packet, link)) {
          second?.toClient({ ...message, packetId: 40_000 });
          message = undefined;
        }
        return undefined;
      },
      fromBroker: ({ packet }) => {
        if (packet?.type !== 'publish' || message !== undefined) return undefined;
        message = packet;
        owner = link.connect?.clientId;
        return undefined;
      },
    });
  };
}

/** What was under way when the connection ended does not come to the client that returns. */
function forgets(type: 'publish' | 'pubrel'): Saboteur {
  return () => {
    const known = new Set<string>();
    return () => {
      let resumed = false;
      return {
        fromClient: ({ packet }) => {
          if (packet?.type !== 'connect') return undefined;
          resumed = known.has(packet.clientId);
          known.add(packet.clientId);
          return undefined;
        },
        fromBroker: ({ packet }) => (resumed && packet?.type === type ? [] : undefined),
      };
    };
  };
}

const refused = (type: 'puback' | 'pubrec'): Saboteur =>
  givesAway((packet) => packet.type === type && packet.reasonCode >= 0x80);

export const SHARED: Saboteurs = {
  // As if `$share/g/a` were a filter like any other.
  'shared/name-is-no-part-of-the-filter': dropping('publish'),
  'shared/filter-behind-name-matches': misreading('subscribe', (packet) => ({
    ...packet,
    subscriptions: packet.subscriptions.map((one) => ({
      ...one,
      topicFilter: one.topicFilter.replace('$share/g//', '$share/g/') as TopicFilter,
    })),
  })),
  'shared/granted-qos-respected': altering(
    'publish',
    (packet) => ({ ...packet, qos: 2, packetId: packet.packetId || 9 }),
    ({ payload }) => payload.length === 5,
  ),
  'shared/qos-2-sent-again-to-the-same': forgets('publish'),
  'shared/qos-2-released-again-to-the-same': forgets('pubrel'),
  'shared/qos-2-ends-with-the-session': givesAway(({ type }) => type === 'connect'),
  'shared/refused-in-puback': refused('puback'),
  'shared/refused-in-pubrec': refused('pubrec'),
};
