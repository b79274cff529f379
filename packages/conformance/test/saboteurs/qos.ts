/** Owns what breaks each check of QoS 0 and QoS 1. */

import type { Saboteur } from '../support/saboteur.ts';
import { altering, bytesOf, dropping } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

/** A PUBLISH with an identifier that has come before is taken for a repetition: answered, and not passed on. */
const rememberingIdentifiers: Saboteur = () => () => {
  const seen = new Set<number>();
  return {
    fromClient: ({ packet }, link) => {
      if (packet?.type !== 'publish' || packet.qos !== 1) return undefined;
      const { packetId } = packet;
      if (!seen.has(packetId)) {
        seen.add(packetId);
        return undefined;
      }
      link.toClient({ type: 'puback', packetId, reasonCode: 0, properties: {} });
      return [];
    },
  };
};

export const QOS: Saboteurs = {
  'qos/0-sent-as-such': bytesOf('publish', (bytes) =>
    Uint8Array.from(bytes, (byte, at) => (at === 0 ? byte | 0x08 : byte)),
  ),
  'qos/1-new-identifiers': altering('publish', (packet) => ({ ...packet, packetId: 1 })),
  'qos/1-first-sending': altering('publish', (packet) => ({ ...packet, dup: true })),
  'qos/1-held-until-puback': dropping('publish', ({ dup }) => dup),
  'qos/1-answered': altering('puback', (packet) => ({ ...packet, packetId: packet.packetId & 0xff || 1 })),
  'qos/1-identifier-used-again': rememberingIdentifiers,
};
