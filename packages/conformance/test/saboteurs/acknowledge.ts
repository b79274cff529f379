/** Owns what breaks each check and watch of the acknowledgements of MQTT 5. */

import type { PublishAckType } from '@anax/protocol';
import type { Saboteur } from '../support/saboteur.ts';
import { altering, bytesOf } from '../support/tricks.ts';
import type { Saboteurs, WatchSaboteurs } from './saboteurs.ts';

const TYPES = ['puback', 'pubrec', 'pubrel', 'pubcomp'] as const;

function explaining(type: PublishAckType, properties: { readonly [name: string]: unknown }): Saboteur {
  return altering(type, (packet) => ({ ...packet, properties }) as typeof packet);
}

const LONG = 'why '.repeat(100);

export const ACKNOWLEDGE: Saboteurs = Object.fromEntries(
  TYPES.flatMap((type) => [
    [`acknowledge/${type}-without-reason-string`, explaining(type, { reasonString: LONG })],
    [`acknowledge/${type}-without-user-property`, explaining(type, { userProperties: [['why', LONG]] })],
  ]),
);

export const ACKNOWLEDGE_WATCHES: WatchSaboteurs = Object.fromEntries(
  TYPES.map((type) => [
    `acknowledge/${type}-codes`,
    {
      // First byte, length 3, the packet identifier as it was, a code that none of them has.
      saboteur: bytesOf(type, (bytes) => Uint8Array.of(bytes[0] ?? 0, 3, bytes[2] ?? 0, bytes[3] ?? 0, 0x01)),
      during: [`acknowledge/${type}-without-reason-string`],
    },
  ]),
);
