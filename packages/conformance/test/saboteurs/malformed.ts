/** Owns what breaks the check of each row of malformed input: a broker that does not see what is wrong. */

import { MALFORMED_ROWS } from '../../src/statements/tables.ts';
import { impatient, lenient, stayingOpen } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

/** Their last packet is good as such, and wrong only there where it stands: a broker that overlooks it stays. */
const OUT_OF_PLACE: readonly string[] = [
  'topic-alias-above-maximum-5',
  'topic-alias-unknown-5',
  'disconnect-session-expiry-raised-5',
  'auth-no-method-in-connect-5',
  'connect-twice-5',
  'connect-twice-311',
];

export const MALFORMED: Saboteurs = Object.fromEntries(
  MALFORMED_ROWS.map(({ name, outcomes }) => [
    `malformed/${name}`,
    outcomes.includes('wait') ? impatient : OUT_OF_PLACE.includes(name) ? stayingOpen : lenient,
  ]),
);
