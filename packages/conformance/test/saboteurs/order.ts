/** Owns what breaks each check of message ordering. */

import type { Packet } from '@anax/protocol';
import type { Saboteur } from '../support/saboteur.ts';
import type { Saboteurs } from './saboteurs.ts';

/** The first packet that fits waits until the second has gone. */
function swapping(fits: (packet: Packet) => boolean): Saboteur {
  return () => () => {
    let first: Uint8Array | undefined;
    let done = false;
    return {
      fromBroker: ({ packet, bytes }) => {
        if (done || packet === undefined || !fits(packet)) return undefined;
        if (first === undefined) {
          first = bytes;
          return [];
        }
        done = true;
        return [bytes, first];
      },
    };
  };
}

const ofQos1 = swapping((packet) => packet.type === 'publish' && packet.qos === 1);

export const ORDER: Saboteurs = {
  'order/as-published': ofQos1,
  'order/held-back': ofQos1,
  'order/sent-again': swapping((packet) => packet.type === 'publish' && packet.dup),
  'order/released': swapping((packet) => packet.type === 'pubrel'),
};
