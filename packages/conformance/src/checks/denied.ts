// What a client that is connected may not do, by the broker's settings. [3.1.1:3.3.5] [5:3.8.4]

import type { QoS } from '@anax/protocol';
import { must, Unsuitable } from '../wire/broken.ts';
import { publish, subscribe } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check } from './check.ts';

/** Publishes what may not be published: whole exchange, or close. */
async function acknowledgedOrClosed(peer: Peer, topic: string, qos: QoS): Promise<void> {
  const packetId = 1;
  peer.send(publish({ topic, qos, packetId }));
  if (qos === 0) {
    peer.send({ type: 'pingreq' });
    await orClosed(peer, 'pingresp');
    return;
  }
  if (!(await orClosed(peer, qos === 1 ? 'puback' : 'pubrec')) || qos === 1) return;
  peer.send({ type: 'pubrel', packetId, reasonCode: 0, properties: {} });
  await orClosed(peer, 'pubcomp');
}

/** False where the connection was closed instead. */
async function orClosed(peer: Peer, type: 'puback' | 'pubrec' | 'pubcomp' | 'pingresp'): Promise<boolean> {
  const what = `${type.toUpperCase()}, or a close`;
  return peer.expect(type, { what }).then(
    () => true,
    (error: unknown) => {
      if (peer.closed && peer.fault === undefined) return false;
      throw error;
    },
  );
}

export const DENIED: readonly Check[] = [
  {
    name: 'denied/publish',
    proves: '[3.1.1:MQTT-3.3.5-2]',
    sentence: 'a PUBLISH that is not allowed is acknowledged as its QoS asks, or closes the connection',
    needs: ['deniedTopic'],
    async run({ connect, facts }) {
      const { deniedTopic = '' } = facts;
      for (const qos of [0, 1, 2] as const) {
        await acknowledgedOrClosed(await connect({ label: `publisher at QoS ${qos}` }), deniedTopic, qos);
      }
    },
  },
  {
    name: 'denied/filter-in-its-place',
    proves: '[5:MQTT-3.8.4-7] [5:MQTT-3.9.3-1] [3.1.1:MQTT-3.8.4-5] [3.1.1:MQTT-3.9.3-1]',
    sentence:
      'of three filters the one that is not allowed is refused in SUBACK, at its place, and the others granted',
    needs: ['deniedFilter'],
    async run({ connect, topic, facts }) {
      const { deniedFilter = '' } = facts;
      const peer = await connect();
      peer.send(subscribe(1, [topic(), deniedFilter, topic()]));
      const { reasonCodes } = await peer.expect('suback');
      if (reasonCodes.every((code) => code < 0x80))
        throw new Unsuitable('skipped', 'the broker grants the filter given by --denied-filter');
      const refused = reasonCodes.map((code) => code >= 0x80);
      const seen = reasonCodes.map((code) => `0x${code.toString(16).padStart(2, '0')}`).join(' ');
      must(refused.join() === 'false,true,false', 'SUBACK that refuses the second of three', seen);
    },
  },
];
