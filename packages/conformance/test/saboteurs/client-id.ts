/** Owns what breaks each check of client identifiers. */

import { altering, hangingUpAt, misreading } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

export const CLIENT_ID: Saboteurs = {
  'client-id/letters-and-digits': hangingUpAt('connect', ({ clientId }) => clientId.length === 23),
  'client-id/empty-is-unique': misreading(
    'connect',
    (packet) => ({ ...packet, clientId: 'nameless' }),
    ({ clientId }) => clientId === '',
  ),
  'client-id/assigned-is-told': altering('connack', (packet) => {
    const { assignedClientIdentifier: _, ...properties } = packet.properties;
    return { ...packet, properties };
  }),
  'client-id/assigned-is-used': altering('connack', (packet) => ({
    ...packet,
    properties: { ...packet.properties, assignedClientIdentifier: 'somebody' },
  })),
};
