// What came before a barrier: the messages that a subscriber got until one came that was published behind them.

import type { PublishPacket, QoS } from '@anax/protocol';
import { publishTo, receive } from './exchanges.ts';
import { type PublishInput, publish } from './packets.ts';
import type { Peer } from './peer.ts';

/** Out of the way of those that a check picks by hand. */
const BARRIER_PACKET_ID = 60_000;

/**
 * Publishes to a topic to which the subscriber is subscribed already, waits until it comes, and takes what came.
 * What was published at the same QoS by the same publisher is among it, or does not come.
 */
export async function upToBarrier(
  subscriber: Peer,
  publisher: Peer,
  topic: string,
  qos: QoS = 0,
): Promise<readonly PublishPacket[]> {
  await publishTo(publisher, {
    topic,
    payload: 'barrier',
    qos,
    ...(qos > 0 ? { packetId: BARRIER_PACKET_ID } : {}),
  });
  await receive(subscriber, { topic, payload: 'barrier' });
  return subscriber.takeAll('publish');
}

/**
 * Publishes many at QoS 0 or 1, a few at a time, in order, and waits for every PUBACK.
 * @returns those that no PUBACK refuses
 */
export async function publishAll<T extends PublishInput>(
  peer: Peer,
  inputs: readonly T[],
  receiveMaximum: number,
): Promise<readonly T[]> {
  const taken: T[] = [];
  const chunk = Math.min(receiveMaximum, 16);
  for (let at = 0; at < inputs.length; at += chunk) {
    const some = inputs.slice(at, at + chunk).map((input, index) => ({
      input,
      packet: publish({ ...input, ...(input.qos === 1 ? { packetId: index + 1 } : {}) }),
    }));
    peer.send(...some.map(({ packet }) => packet));
    for (const { input, packet } of some) {
      const { qos, packetId } = packet;
      const ack =
        qos === 1
          ? await peer.expect('puback', { where: (puback) => puback.packetId === packetId })
          : undefined;
      if (ack === undefined || ack.reasonCode < 0x80) taken.push(input);
    }
  }
  await peer.fence();
  return taken;
}
