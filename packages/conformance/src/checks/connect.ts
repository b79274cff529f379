// CONNECT: what a server takes and what it refuses. [5:3.1] [3.1.1:3.1]

import { Reason } from '@anax/protocol';
import { must } from '../wire/broken.ts';
import { PINGREQ, publish } from '../wire/packets.ts';
import type { Check } from './check.ts';

export const CONNECT: readonly Check[] = [
  {
    name: 'connect/other-packet-first',
    proves: '[5:MQTT-3.1.0-1] [3.1.1:MQTT-3.1.0-1] [3.1:3.1]',
    sentence: 'a first packet that is not CONNECT closes the connection, and nothing is sent',
    async run({ open, topic }) {
      for (const first of [PINGREQ, publish({ topic: topic() })]) {
        const peer = await open();
        peer.send(first);
        await peer.expectClosed();
        must(peer.frames.length === 0, `nothing before the close at ${peer.label}`, 'a packet');
      }
    },
  },
  {
    name: 'connect/twice',
    proves: '[5:MQTT-3.1.0-2] [3.1.1:MQTT-3.1.0-2] [3.1:3.1]',
    sentence: 'a second CONNECT on a connection closes it',
    async run({ connect, connectPacket }) {
      const packet = connectPacket();
      const peer = await connect(packet);
      peer.send(packet);
      await peer.expectClosed([Reason.protocolError]);
    },
  },
];
