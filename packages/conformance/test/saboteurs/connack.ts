/** Owns what breaks each check and each watch of CONNACK. */

import type { Saboteur } from '../support/saboteur.ts';
import { altering, always, bytesOf, doubling, misreading, stayingOpen } from '../support/tricks.ts';
import type { Saboteurs, WatchSaboteurs } from './saboteurs.ts';

const CODE_AT = 3;
const FLAGS_AT = 2;

const sayingPresent = (sessionPresent: boolean): Saboteur =>
  altering('connack', (packet) => ({ ...packet, sessionPresent }));

const speakingFirst = always({
  fromBroker: ({ packet, bytes }) => (packet?.type === 'connack' ? [{ type: 'pingresp' }, bytes] : undefined),
});

export const CONNACK: Saboteurs = {
  'connack/before-what-is-owed': speakingFirst,
  'connack/before-other-answers': speakingFirst,
  'connack/no-session-at-clean-start': sayingPresent(true),
  'connack/session-present': sayingPresent(false),
  'connack/no-session-present': sayingPresent(true),
  'connack/no-session-in-a-refusal': bytesOf('connack', (bytes) =>
    bytes[CODE_AT] === 0 ? bytes : bytes.with(FLAGS_AT, 1),
  ),
  'connack/closes-behind-a-refusal': stayingOpen,
  'connack/reason-string-fits': misreading('connect', (packet) => {
    const { maximumPacketSize: _, ...properties } = packet.properties;
    return { ...packet, properties };
  }),
  'connack/user-properties-fit': altering('connack', (packet) => ({
    ...packet,
    properties: { ...packet.properties, userProperties: [['server', 'with much to say']] },
  })),
};

export const CONNACK_WATCHES: WatchSaboteurs = {
  'connack/comes-first': { saboteur: speakingFirst, during: ['ping/answered'] },
  'connack/only-one': { saboteur: doubling('connack'), during: ['ping/answered'] },
  'connack/reason-codes': {
    saboteur: bytesOf('connack', (bytes) => bytes.with(CODE_AT, 1)),
    during: ['ping/answered'],
  },
};
