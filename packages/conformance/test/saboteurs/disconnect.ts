/** Owns what breaks each check and each watch of DISCONNECT, of errors and of the network connection. */

import { fromHex } from '../../src/wire/bytes.ts';
import { disconnect } from '../../src/wire/packets.ts';
import { adding, altering, always, misreading, swallowing } from '../support/tricks.ts';
import type { Saboteurs, WatchSaboteurs } from './saboteurs.ts';

/** More than any packet leaves room for that has to be small. */
export const LONG_TEXT = 'x'.repeat(1000);
export const LONG_PAIRS = [[LONG_TEXT, '']] as const;

/** The broker says that it goes, and does not go. */
const lingering = always({ brokerClosed: () => true });

export const DISCONNECT: Saboteurs = {
  'disconnect/takes-back-will': swallowing('disconnect'),
  'disconnect/with-will': misreading('disconnect', (packet) => ({ ...packet, reasonCode: 0 })),
  'disconnect/no-session-expiry': altering('disconnect', () => fromHex('e0 07 82 05 11 00 00 00 3c')),
  'disconnect/then-close': lingering,
  'disconnect/no-reason-string-too-large': altering('disconnect', (packet) => ({
    ...packet,
    properties: { ...packet.properties, reasonString: LONG_TEXT },
  })),
  'disconnect/no-user-properties-too-large': altering('disconnect', (packet) => ({
    ...packet,
    properties: { ...packet.properties, userProperties: LONG_PAIRS },
  })),
  'errors/close': lingering,
  'network/ordered-and-lossless': altering('publish', (packet) => ({
    ...packet,
    payload: packet.payload.slice().reverse(),
  })),
};

export const DISCONNECT_WATCHES: WatchSaboteurs = {
  'disconnect/is-last': {
    saboteur: adding('disconnect', () => [{ type: 'pingresp' }]),
    during: ['connect/twice'],
  },
  'disconnect/after-connack': {
    saboteur: altering(
      'connack',
      ({ reasonCode }) => disconnect(reasonCode),
      ({ reasonCode }) => reasonCode >= 0x80,
    ),
    during: ['auth/unknown-method'],
  },
};
