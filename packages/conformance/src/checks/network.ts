// The network connection: bytes in order, none lost, both ways. [5:4.2] [3.1.1:7.1]

import { encodePacket } from '@anax/protocol';
import { must } from '../wire/broken.ts';
import { sameBytes } from '../wire/bytes.ts';
import { arrive, subscribeTo } from '../wire/exchanges.ts';
import { PINGREQ, publish } from '../wire/packets.ts';
import type { Check } from './check.ts';

/** Large enough for many reads and writes at both ends. */
const PAYLOAD_BYTES = 200_000;
/** What a packet has beside its payload here, at most. */
const AROUND_BYTES = 200;

export const NETWORK: readonly Check[] = [
  {
    name: 'network/ordered-and-lossless',
    proves: '[5:MQTT-4.2.0-1] [3.1.1:MQTT-7.1.1-1]',
    sentence: 'a stream of packets cut anywhere arrives whole and in order, and so does what comes back',
    async run({ connect, dialect, topic, announced }) {
      const peer = await connect();
      const name = topic();
      await subscribeTo(peer, name);
      const most = announced.maximumPacketSize ?? Number.POSITIVE_INFINITY;
      const size = Math.max(1, Math.min(PAYLOAD_BYTES, most - AROUND_BYTES));
      const payload = Uint8Array.from({ length: size }, (_, index) => (index * 31) % 251);
      const bytes = encodePacket(publish({ topic: name, payload }), dialect);
      for (const byte of bytes.subarray(0, 5)) peer.send(Uint8Array.of(byte));
      peer.send(bytes.subarray(5, 1000), bytes.subarray(1000), PINGREQ);
      const message = await arrive(peer, { topic: name });
      must(sameBytes(message.payload, payload), 'the bytes of the payload as they were sent', 'others');
      await peer.expect('pingresp');
    },
  },
];
