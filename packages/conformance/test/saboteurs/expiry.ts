/** Owns what breaks each check of Message Expiry Interval. */

import { publishAck } from '@anax/protocol';
import { altering, dropping, misreading } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

export const EXPIRY: Saboteurs = {
  'expiry/not-delivered-after': misreading('publish', ({ properties, ...packet }) => {
    const { messageExpiryInterval: _, ...rest } = properties;
    return { ...packet, properties: rest };
  }),
  'expiry/counted-down': altering('publish', (packet) => ({
    ...packet,
    properties: { ...packet.properties, messageExpiryInterval: 1000 },
  })),
  'expiry/not-once-sent': dropping('publish', ({ dup }) => dup),
  'expiry/received-goes-on': altering('pubcomp', ({ packetId }) => publishAck('pubcomp', packetId, 0x92)),
};
