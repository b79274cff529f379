/** Owns what breaks each check of enhanced authentication. */

import { Reason } from '@anax/protocol';
import { altering, stayingOpen } from '../support/tricks.ts';
import { LONG_PAIRS, LONG_TEXT } from './disconnect.ts';
import type { Saboteurs } from './saboteurs.ts';

export const AUTH: Saboteurs = {
  'auth/unknown-method': stayingOpen,
  'auth/none-asked-for': altering('connack', (packet) => ({
    ...packet,
    properties: { ...packet.properties, authenticationMethod: 'M1' },
  })),
  'auth/continues-with-0x18': altering('auth', (packet) => ({ ...packet, reasonCode: Reason.success })),
  'auth/same-method': altering('auth', (packet) => ({
    ...packet,
    properties: { ...packet.properties, authenticationMethod: 'ANOTHER' },
  })),
  'auth/refused': stayingOpen,
  'auth/re-authentication-refused': stayingOpen,
  'auth/reserved-flags': stayingOpen,
  'auth/reason-codes': stayingOpen,
  'auth/no-reason-string-too-large': altering('auth', (packet) => ({
    ...packet,
    properties: { ...packet.properties, reasonString: LONG_TEXT },
  })),
  'auth/no-user-properties-too-large': altering('auth', (packet) => ({
    ...packet,
    properties: { ...packet.properties, userProperties: LONG_PAIRS },
  })),
};
