// Message ordering, towards every subscriber. [5:4.6] [3.1.1:4.6] [3.1:4.3]

import { type PublishPacket, publishAck, type QoS } from '@anax/protocol';
import { Broken, must } from '../wire/broken.ts';
import { arrive, publishTo, receive, textOf } from '../wire/exchanges.ts';
import type { PublishInput } from '../wire/packets.ts';
import { publish } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check, Context } from './check.ts';
import { arrivesSoon, keptPair, pair } from './parties.ts';

const MESSAGES = 60;
/** So many at a time, unless the broker takes fewer. */
const AT_ONCE = 12;
const RESENT = 5;

export const ORDER: readonly Check[] = [
  {
    name: 'order/as-published',
    proves: '[5:MQTT-4.6.0-5] [5:MQTT-4.6.0-6] [3.1.1:MQTT-4.6.0-5] [3.1.1:MQTT-4.6.0-6] [3.1:4.3]',
    sentence:
      'messages of one publisher to one topic at one QoS come in the order in which they were published',
    async run(context) {
      const { maximumQos } = context.announced;
      const { subscriber, publisher, topic } = await pair(context, { qos: maximumQos });
      const inputs = Array.from({ length: MESSAGES }, (_, number) => {
        const qos = (number % (maximumQos + 1)) as QoS;
        return { topic, qos, payload: `${number}`, packetId: qos === 0 ? 0 : number + 1 };
      });
      const wanted = inputs.filter(({ qos }) => qos === maximumQos).length;
      await Promise.all([
        publishAll(context, publisher, inputs),
        takeInOrder(subscriber, topic, ({ qos }) => qos === maximumQos, wanted),
      ]);
    },
  },
  {
    name: 'order/held-back',
    proves: '[5:MQTT-4.6.0-5] [3.1.1:MQTT-4.6.0-6] [3.1:4.3]',
    sentence: 'what waited for an absent client comes in the order in which it was published',
    needs: ['qos1'],
    async run(context) {
      for (const qos of [1, 2] as const) {
        if (qos > context.announced.maximumQos) continue;
        const { subscriber, publisher, topic, resume } = await keptPair(context, { qos });
        await subscriber.disconnect();
        const inputs = Array.from({ length: 20 }, (_, number) => {
          return { topic, qos, payload: `${number}`, packetId: number + 1 };
        });
        await publishAll(context, publisher, inputs);
        const back = await resume();
        await takeInOrder(back, topic, () => true, inputs.length);
      }
    },
  },
  {
    name: 'order/sent-again',
    proves: '[3.1.1:MQTT-4.6.0-6] [3.1:4.3]',
    sentence: 'what is sent again comes in the order in which it was sent first',
    needs: ['qos1'],
    async run(context) {
      for (const qos of [1, 2] as const) {
        if (qos > context.announced.maximumQos) continue;
        const { subscriber, publisher, topic, resume } = await keptPair(context, { qos });
        for (let number = 0; number < RESENT; number++)
          await publishTo(publisher, { topic, qos, payload: `${number}`, packetId: number + 1 });
        await arrive(subscriber, { topic, payload: '0' });
        await subscriber.fence();
        subscriber.cut();
        const back = await resume();
        await takeInOrder(back, topic, () => true, RESENT);
      }
    },
  },
  {
    name: 'order/released',
    proves: '[3.1.1:MQTT-4.6.0-6]',
    sentence: 'PUBREL packets come in the order of their PUBRECs',
    needs: ['qos2'],
    async run(context) {
      const { subscriber, publisher, topic } = await pair(context, { qos: 2 });
      const ids: number[] = [];
      for (let number = 0; number < RESENT; number++) {
        await publishTo(publisher, { topic, qos: 2, payload: `${number}`, packetId: number + 1 });
        // A broker may have fewer under way.
        const message = await arrivesSoon(subscriber);
        if (message === undefined) break;
        ids.push(message.packetId);
      }
      subscriber.send(...ids.map((packetId) => publishAck('pubrec', packetId)));
      const released: number[] = [];
      for (const _ of ids) released.push((await subscriber.expect('pubrel')).packetId);
      must(
        released.join() === ids.join(),
        `PUBREL for ${ids.join(', ')}`,
        `PUBREL for ${released.join(', ')}`,
      );
    },
  },
];

/** Publishes without waiting for each answer, as many at a time as the broker takes, each to its end. */
async function publishAll(
  { announced }: Context,
  publisher: Peer,
  inputs: readonly PublishInput[],
): Promise<void> {
  const atOnce = Math.min(AT_ONCE, announced.receiveMaximum);
  for (let from = 0; from < inputs.length; from += atOnce) {
    const some = inputs.slice(from, from + atOnce).map((input) => publish(input));
    publisher.send(...some);
    for (const { qos, packetId } of some) {
      if (qos === 1) await publisher.expect('puback', { where: (ack) => ack.packetId === packetId });
      if (qos < 2) continue;
      await publisher.expect('pubrec', { where: (ack) => ack.packetId === packetId });
      publisher.send(publishAck('pubrel', packetId));
      await publisher.expect('pubcomp', { where: (ack) => ack.packetId === packetId });
    }
  }
}

/**
 * Takes messages whose payloads are numbers until as many have come that count. At QoS 0 one may be lost on its way: only
 * the order of those that come is asked for.
 */
async function takeInOrder(
  subscriber: Peer,
  topic: string,
  counts: (message: PublishPacket) => boolean,
  wanted: number,
): Promise<void> {
  const last = new Map<QoS, number>();
  for (let count = 0; count < wanted; ) {
    const message = await receive(subscriber, { topic });
    const { qos } = message;
    const [number, before] = [Number(textOf(message)), last.get(qos) ?? -1];
    if (number <= before)
      throw new Broken(`at QoS ${qos} a message behind number ${before}`, `number ${number}`);
    last.set(qos, number);
    if (counts(message)) count += 1;
  }
}
