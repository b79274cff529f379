// Rules for everything that a broker sends, on whatever connection.

import { reasonTitle } from '@anax/protocol';
import type { Watch } from './check.ts';

export const TRAFFIC: readonly Watch[] = [
  {
    name: 'traffic/well-formed',
    proves:
      '[5:MQTT-1.5.4-1] [5:MQTT-1.5.4-2] [5:MQTT-1.5.5-1] [5:MQTT-1.5.7-1] [5:MQTT-2.1.3-1] [5:MQTT-2.2.2-1] [5:MQTT-3.2.2-1] [5:MQTT-3.3.1-2] [5:MQTT-3.4.2-1] [5:MQTT-3.14.2-1] [3.1.1:MQTT-1.5.3-1] [3.1.1:MQTT-1.5.3-2] [3.1.1:MQTT-2.2.2-1] [3.1.1:MQTT-3.3.1-2] [3.1:2.1]',
    sentence: 'every packet from the broker can be read by the letter of the standard',
    open: () => (seen) =>
      seen.type === 'fault'
        ? {
            expected: `packets as the standard has them ${seen.clause}`,
            seen: `0x${seen.reasonCode.toString(16)} ${reasonTitle(seen.reasonCode)}: ${seen.message}`,
          }
        : 'kept',
  },
];
