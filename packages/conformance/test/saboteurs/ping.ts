/** Owns what breaks each check of PINGREQ. */

import { dropping } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

export const PING: Saboteurs = {
  'ping/answered': dropping('pingresp'),
};
