/** Owns what breaks each check of what is sent again. */

import type { Saboteur } from '../support/saboteur.ts';
import { adding, altering, always } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

/** An identifier of its own for what is sent again. */
const renumbering: Saboteur = altering(
  'publish',
  (packet) => ({ ...packet, packetId: packet.packetId + 1000 }),
  ({ dup }) => dup,
);

export const RESEND: Saboteurs = {
  'resend/dup': altering(
    'publish',
    (packet) => ({ ...packet, dup: false }),
    ({ dup }) => dup,
  ),
  'resend/when-resumed': renumbering,
  'resend/only-when-resumed': adding('publish', (packet) =>
    packet.qos === 0 ? [] : [{ ...packet, dup: true }],
  ),
  'resend/refused-is-over': always({
    fromClient: ({ packet }) =>
      (packet?.type === 'puback' || packet?.type === 'pubrec') && packet.reasonCode >= 0x80 ? [] : undefined,
  }),
};
