// SUBACK: its codes, their order, and its size. [5:3.9] [3.1.1:3.9] [3.1:3.9]

import { Reason } from '@anax/protocol';
import { must } from '../wire/broken.ts';
import { variable } from '../wire/bytes.ts';
import { publishTo, receive } from '../wire/exchanges.ts';
import { subscribe, unsubscribe } from '../wire/packets.ts';
import type { Check, Context, Watch } from './check.ts';

/** No other order of them is the same. */
const REQUESTED = [2, 0, 1, 0, 2, 1, 1] as const;

export const SUBACK: readonly Check[] = [
  {
    name: 'suback/reason-string-within-maximum',
    proves: '[5:MQTT-3.9.2-1]',
    sentence: 'SUBACK comes without Reason String where it would be too large with it',
    run: (context) => withinMaximum(context, 'suback', 'reasonString'),
  },
  {
    name: 'suback/user-properties-within-maximum',
    proves: '[5:MQTT-3.9.2-2]',
    sentence: 'SUBACK comes without User Properties where it would be too large with them',
    run: (context) => withinMaximum(context, 'suback', 'userProperties'),
  },
  {
    name: 'suback/codes-in-order',
    proves: '[5:MQTT-3.9.3-1] [3.1.1:MQTT-3.9.3-1] [3.1:3.9]',
    sentence: 'codes in SUBACK stand in the order of the filters: messages come at the QoS at their place',
    async run({ connect, topic, announced }) {
      const peer = await connect();
      const filters = REQUESTED.map((qos) => ({ filter: topic(), qos }));
      peer.send(subscribe(1, filters));
      const { reasonCodes } = await peer.expect('suback');
      for (const [index, { filter, qos: requested }] of filters.entries()) {
        const code = reasonCodes[index] ?? Reason.unspecifiedError;
        if (code >= 0x80) continue;
        const place = `at place ${index + 1}, where QoS ${requested} was asked for`;
        must(code <= requested, `QoS ${requested} at most ${place}`, `QoS ${code}`);
        const published = announced.maximumQos;
        await publishTo(peer, { topic: filter, qos: published });
        const { qos } = await receive(peer, { topic: filter });
        const lower = Math.min(published, code);
        must(qos === lower, `a message at QoS ${lower} for the code ${code} ${place}`, `QoS ${qos}`);
      }
    },
  },
];

export const SUBACK_WATCHES: readonly Watch[] = [
  {
    name: 'suback/codes',
    proves: '[5:MQTT-3.9.3-2] [3.1.1:MQTT-3.9.3-2]',
    sentence: 'every code in a SUBACK is one that SUBACK may have',
    open: () => (seen) => {
      if (seen.type === 'suback') return 'kept';
      if (seen.type !== 'fault' || !seen.clause.includes('MQTT-3.9.3-2')) return undefined;
      return { expected: 'only codes that SUBACK may have', seen: seen.message };
    },
  },
];

/** An answer that is as large as the client takes when it has nothing but its codes: no property fits in. */
export async function withinMaximum(
  { connect, topic, facts }: Context,
  type: 'suback' | 'unsuback',
  property: 'reasonString' | 'userProperties',
): Promise<void> {
  const connackBytes = (await connect({ label: 'to see how large CONNACK is' })).frames[0]?.length ?? 0;
  const remaining = Math.max(100, connackBytes);
  const limit = 1 + variable(remaining).length + remaining;
  const peer = await connect({ properties: { maximumPacketSize: limit } });
  // Packet identifier and Property Length take three bytes.
  const filters = Array.from({ length: remaining - 3 }, () => topic());
  if (facts.deniedFilter !== undefined) filters[0] = facts.deniedFilter;
  peer.send(type === 'suback' ? subscribe(1, filters) : unsubscribe(1, filters));
  const answer = await peer.expect(type);
  const bytes = peer.frames[peer.packets.indexOf(answer)]?.length ?? 0;
  const title = property === 'reasonString' ? 'Reason String' : 'User Properties';
  must(
    answer.properties[property] === undefined || bytes <= limit,
    `${type.toUpperCase()} without ${title}: the client takes ${limit} bytes`,
    `one with ${title}, of ${bytes} bytes`,
  );
}
