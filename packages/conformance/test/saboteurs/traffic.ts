/** Owns what breaks each watch, and the checks that bring the traffic in which it is seen. */

import { bytesOf } from '../support/tricks.ts';
import type { WatchSaboteurs } from './saboteurs.ts';

export const TRAFFIC: WatchSaboteurs = {
  'traffic/well-formed': {
    saboteur: bytesOf('pingresp', (bytes) => Uint8Array.of(0xd1, ...bytes.subarray(1))),
    during: ['ping/answered'],
  },
};
