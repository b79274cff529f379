/** Owns what breaks each check of CONNECT. */

import { always, stayingOpen } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

export const CONNECT: Saboteurs = {
  'connect/other-packet-first': always({
    fromClient: ({ packet }, link) => {
      if (packet === undefined) link.toClient({ type: 'pingresp' });
      return undefined;
    },
  }),
  'connect/twice': stayingOpen,
};
