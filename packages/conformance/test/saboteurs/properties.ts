/** Owns what breaks each check of the properties of a message. */

import type { PropertiesOf } from '@anax/protocol';
import type { Saboteur } from '../support/saboteur.ts';
import { altering } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

type Properties = PropertiesOf<'publish'>;

function changing(change: (properties: Properties) => Properties): Saboteur {
  return altering('publish', (packet) => ({ ...packet, properties: change(packet.properties) }));
}

export const PROPERTIES: Saboteurs = {
  'properties/payload-format-indicator': changing(({ payloadFormatIndicator: _, ...rest }) => rest),
  'properties/response-topic': changing((properties) => ({
    ...properties,
    responseTopic: properties.responseTopic?.normalize('NFD') ?? 'none',
  })),
  'properties/correlation-data': changing(({ correlationData, ...rest }) => ({
    ...rest,
    correlationData: correlationData?.slice(1) ?? new Uint8Array(0),
  })),
  'properties/user-properties': changing(({ userProperties = [], ...rest }) => ({
    ...rest,
    // As a map would keep them: the last of each name.
    userProperties: [...new Map(userProperties).entries()],
  })),
  'properties/user-properties-in-order': changing(({ userProperties = [], ...rest }) => ({
    ...rest,
    userProperties: [...userProperties].sort(([a], [b]) => (a < b ? -1 : 1)),
  })),
  'properties/content-type': changing((properties) => ({
    ...properties,
    contentType: properties.contentType?.toUpperCase() ?? '',
  })),
};
