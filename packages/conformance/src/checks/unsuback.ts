// UNSUBACK: its codes, their order, and its size. Before 5.0 it has none. [5:3.11]

import { Reason } from '@anax/protocol';
import { must } from '../wire/broken.ts';
import { subscribeTo } from '../wire/exchanges.ts';
import { unsubscribe } from '../wire/packets.ts';
import type { Check, Watch } from './check.ts';
import { withinMaximum } from './suback.ts';

/** Which of the filters the client holds; no other order of them is the same. */
const HELD = [true, false, false, true, false, true, true] as const;

export const UNSUBACK: readonly Check[] = [
  {
    name: 'unsuback/reason-string-within-maximum',
    proves: '[5:MQTT-3.11.2-1]',
    sentence: 'UNSUBACK comes without Reason String where it would be too large with it',
    run: (context) => withinMaximum(context, 'unsuback', 'reasonString'),
  },
  {
    name: 'unsuback/user-properties-within-maximum',
    proves: '[5:MQTT-3.11.2-2]',
    sentence: 'UNSUBACK comes without User Properties where it would be too large with them',
    run: (context) => withinMaximum(context, 'unsuback', 'userProperties'),
  },
  {
    name: 'unsuback/codes-in-order',
    proves: '[5:MQTT-3.11.3-1]',
    sentence: 'codes in UNSUBACK stand in the order of the filters: 0x11 never stands where one was held',
    async run({ connect, topic }) {
      const peer = await connect();
      const filters = HELD.map(() => topic());
      await subscribeTo(
        peer,
        filters.filter((_, index) => HELD[index]),
      );
      peer.send(unsubscribe(2, filters));
      const { reasonCodes } = await peer.expect('unsuback');
      for (const [index, code] of reasonCodes.entries()) {
        const wrong = HELD[index] === true && code === Reason.noSubscriptionExisted;
        must(!wrong, `another code than 0x11 at place ${index + 1}, whose filter the client held`, '0x11');
      }
    },
  },
  {
    name: 'unsuback/code-for-each-filter',
    proves: '[5:MQTT-3.11.3-2]',
    sentence: 'UNSUBACK has as many codes as UNSUBSCRIBE had filters',
    async run({ connect, topic }) {
      const peer = await connect();
      for (const count of [1, 2, 5, 40]) {
        const filters = Array.from({ length: count }, () => topic());
        peer.send(unsubscribe(count, filters));
        const { length } = (await peer.expect('unsuback')).reasonCodes;
        must(length === count, `an UNSUBACK with ${count} codes for ${count} filters`, `${length} codes`);
      }
    },
  },
];

export const UNSUBACK_WATCHES: readonly Watch[] = [
  {
    name: 'unsuback/codes',
    proves: '[5:MQTT-3.11.3-2]',
    sentence: 'every code in an UNSUBACK is one that UNSUBACK may have',
    open: () => (seen) => {
      if (seen.type === 'unsuback') return 'kept';
      if (seen.type !== 'fault' || !seen.clause.includes('MQTT-3.11.3-2')) return undefined;
      return { expected: 'only codes that UNSUBACK may have', seen: seen.message };
    },
  },
];
