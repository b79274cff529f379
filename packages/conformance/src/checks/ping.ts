// PINGREQ and PINGRESP. [5:3.12] [3.1.1:3.12]

import type { Check } from './check.ts';

export const PING: readonly Check[] = [
  {
    name: 'ping/answered',
    proves: '[5:MQTT-3.12.4-1] [3.1.1:MQTT-3.12.4-1] [3.1:3.12] [3.1:3.13]',
    sentence: 'PINGREQ is answered by PINGRESP, each of three by one',
    async run({ connect }) {
      const peer = await connect();
      for (let round = 0; round < 3; round++) await peer.fence();
      await peer.expectNothing('pingresp', { what: 'no PINGRESP without a PINGREQ' });
    },
  },
];
