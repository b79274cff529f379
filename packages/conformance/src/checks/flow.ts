// Receive Maximum both ways, and what goes on meanwhile. [5:3.3.4] [5:4.9]

import { type PublishPacket, publishAck, Reason } from '@anax/protocol';
import { Broken, must, Unsuitable } from '../wire/broken.ts';
import { acknowledge, arrive, publishTo, receive, subscribeTo, unsubscribeFrom } from '../wire/exchanges.ts';
import { publish } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import { sleep } from '../wire/waits.ts';
import type { Check, Context } from './check.ts';
import { type Pair, pair, qosUpTo } from './parties.ts';

/** There are no more packet identifiers than that. */
const PACKET_IDS = 65_535;
const RECEIVE_MAXIMUM = 3;

export const FLOW: readonly Check[] = [
  {
    name: 'flow/client-exceeds',
    proves: '[5:MQTT-3.3.4-7]',
    sentence:
      'a client with more messages of QoS 2 under way than Receive Maximum of CONNACK is sent away, or refused',
    needs: ['qos2'],
    async run({ connect, topic }) {
      const peer = await connect({ label: 'publisher' });
      const { receiveMaximum = PACKET_IDS } = peer.connack.properties;
      if (receiveMaximum === PACKET_IDS)
        throw new Unsuitable(
          'not applicable',
          'CONNACK has no Receive Maximum below the number of packet identifiers',
        );
      const name = topic();
      // None of them is released, so none is done with, whatever the broker answers meanwhile.
      for (let packetId = 1; packetId <= receiveMaximum + 1; packetId++)
        peer.send(publish({ topic: name, qos: 2, packetId }));
      // That the server "uses a DISCONNECT" is no MUST: one that refuses what is too much has kept its Receive Maximum.
      if (await refusesOne(peer)) return;
      await peer.expectClosed(
        [Reason.receiveMaximumExceeded],
        'the broker closes, or refuses one with PUBREC',
      );
    },
  },
  {
    name: 'flow/within-receive-maximum',
    proves: '[5:MQTT-3.3.4-9] [5:MQTT-4.9.0-2]',
    sentence: 'no more messages are under way to a client than Receive Maximum of its CONNECT',
    needs: ['qos1'],
    async run(context) {
      const { subscriber, publisher, topic } = await taking(context, RECEIVE_MAXIMUM);
      const top = qosUpTo(context, 2);
      const total = 3 * RECEIVE_MAXIMUM;
      for (let number = 0; number < total; number++) {
        const qos = number % 2 === 0 ? 1 : top;
        await publishTo(publisher, { topic, qos, payload: `${number}`, packetId: number + 1 });
      }
      const held: PublishPacket[] = [];
      const take = (messages: readonly PublishPacket[]): void => {
        held.push(...messages);
        const most = `at most ${RECEIVE_MAXIMUM} messages under way`;
        must(held.length <= RECEIVE_MAXIMUM, most, `${held.length}`);
      };
      for (let over = 0; over < total; over++) {
        if (held.length === 0) take([await arrive(subscriber, { topic })]);
        // A broker may have fewer under way than it may.
        await (over === 0 ? sleep(subscriber.waits.quietMs) : subscriber.fence());
        take(subscriber.takeAll('publish'));
        const [oldest] = held;
        if (oldest === undefined) return;
        if (oldest.qos === 2) {
          // PUBREC gives nothing back of what may be under way, PUBCOMP does. [5:4.9]
          subscriber.send(publishAck('pubrec', oldest.packetId));
          await subscriber.expect('pubrel');
          await subscriber.fence();
          take(subscriber.takeAll('publish'));
        }
        held.shift();
        subscriber.send(publishAck(oldest.qos === 2 ? 'pubcomp' : 'puback', oldest.packetId));
      }
    },
  },
  {
    name: 'flow/first-quota',
    proves: '[5:MQTT-4.9.0-1]',
    sentence: 'where Receive Maximum is 1 one message comes, and the next when it is acknowledged',
    needs: ['qos1'],
    async run(context) {
      const { subscriber, publisher, topic } = await taking(context, 1);
      for (const payload of ['first', 'second']) await publishTo(publisher, { topic, payload, qos: 1 });
      const first = await arrive(subscriber, { topic, payload: 'first' });
      await subscriber.expectNothing('publish', { what: 'no second PUBLISH before PUBACK' });
      await acknowledge(subscriber, first);
      await receive(subscriber, { topic, payload: 'second' });
    },
  },
  {
    name: 'flow/others-not-delayed',
    proves: '[5:MQTT-3.3.4-10]',
    sentence: 'a server that has as many messages under way as it may still sends everything else',
    needs: ['qos1'],
    async run(context) {
      const { subscriber, publisher, topic } = await stopped(context);
      const own = context.topic();
      await subscriber.fence();
      await publishTo(subscriber, { topic: own, qos: 1, packetId: 11 });
      if (context.announced.maximumQos === 2)
        await publishTo(subscriber, { topic: own, qos: 2, packetId: 12 });
      await subscribeTo(subscriber, own, { packetId: 2 });
      await publishTo(publisher, { topic: own, payload: 'QoS 0' });
      const what = 'a PUBLISH of QoS 0, which Receive Maximum does not count';
      await arrive(subscriber, { topic: own, payload: 'QoS 0', what });
      await unsubscribeFrom(subscriber, [own], 3);
      const [more] = subscriber.takeAll('publish');
      must(more === undefined, `no further PUBLISH of QoS 1 to ${topic}`, 'one');
    },
  },
  {
    name: 'flow/others-processed',
    proves: '[5:MQTT-4.9.0-3]',
    sentence: 'what a client sends is processed and answered though its Receive Maximum is reached',
    needs: ['qos1'],
    async run(context) {
      const { subscriber, publisher } = await stopped(context);
      const [own, theirs] = [context.topic(), context.topic()];
      await subscribeTo(publisher, { filter: theirs, qos: 1 });
      await publishTo(subscriber, { topic: theirs, payload: 'from the stopped one', qos: 1, packetId: 11 });
      await receive(publisher, { topic: theirs, payload: 'from the stopped one' });
      await subscribeTo(subscriber, own, { packetId: 2 });
      await publishTo(publisher, { topic: own, payload: 'subscribed' });
      await arrive(subscriber, { topic: own, payload: 'subscribed' });
      await unsubscribeFrom(subscriber, [own], 3);
      await publishTo(publisher, { topic: own, payload: 'unsubscribed', qos: 1 });
      await subscriber.fence();
      const late = subscriber.takeAll('publish', (message) => message.topic === own);
      must(late.length === 0, 'nothing behind UNSUBACK', 'a PUBLISH');
    },
  },
];

/** A subscriber that takes so many messages at once. */
function taking(context: Context, receiveMaximum: number): Promise<Pair> {
  return pair(context, { qos: qosUpTo(context, 2), properties: { receiveMaximum } });
}

/** A subscriber that takes one message at a time, has one, and does not acknowledge it; another waits. */
async function stopped(context: Context): Promise<Pair> {
  const waiting = await taking(context, 1);
  const { subscriber, publisher, topic } = waiting;
  for (const payload of ['held', 'waiting']) await publishTo(publisher, { topic, payload, qos: 1 });
  await arrive(subscriber, { topic, payload: 'held' });
  return waiting;
}

/** False, too, where the broker closes. */
async function refusesOne(peer: Peer): Promise<boolean> {
  try {
    await peer.expect('pubrec', { where: ({ reasonCode }) => reasonCode >= 0x80 });
    return true;
  } catch (error) {
    if (error instanceof Broken) return false;
    throw error;
  }
}
