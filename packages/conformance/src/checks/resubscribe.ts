// SUBSCRIBE to a filter that the session has already: it replaces what was there. [5:3.8.4] [3.1.1:3.8.4]

import type { QoS } from '@anax/protocol';
import { upToBarrier } from '../wire/barrier.ts';
import { must } from '../wire/broken.ts';
import { publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import { subscribe } from '../wire/packets.ts';
import type { Check } from './check.ts';
import { receiveRetained } from './parties.ts';

/** So many messages while the subscription is replaced each time. */
const ROUNDS = 20;

export const RESUBSCRIBE: readonly Check[] = [
  {
    name: 'resubscribe/replaces',
    proves: '[5:MQTT-3.8.4-3] [3.1.1:MQTT-3.8.4-3]',
    sentence: 'the same filter again replaces the subscription: one message, at the new QoS',
    needs: ['qos1'],
    async run({ connect, topic }) {
      const [subscriber, publisher] = [
        await connect({ label: 'subscriber' }),
        await connect({ label: 'publisher' }),
      ];
      const [filter, barrier] = [topic('twice'), topic('barrier')];
      await subscribeTo(subscriber, { filter: barrier, qos: 1 });
      for (const qos of [0, 1, 0] satisfies QoS[]) {
        const { reasonCodes } = await subscribeTo(subscriber, { filter, qos });
        const granted = reasonCodes[0] ?? 0;
        const payload = `at QoS ${qos}`;
        await publishTo(publisher, { topic: filter, payload, qos: 1 });
        const message = await receive(subscriber, { topic: filter, payload });
        must(message.qos === granted, `QoS ${granted}, as granted last`, `QoS ${message.qos}`);
        const more = await upToBarrier(subscriber, publisher, barrier, 1);
        // A copy more is allowed where QoS 1 becomes QoS 0. [3.1.1:MQTT-3.8.4-6]
        must(granted === 0 || more.length === 0, 'one copy of a message', `${more.length + 1}`);
      }
    },
  },
  {
    name: 'resubscribe/replaces-options',
    proves: '[5:MQTT-3.8.4-3]',
    sentence: 'the same filter again brings its own options: No Local holds no longer, or from now on',
    async run({ connect, topic }) {
      const peer = await connect();
      const [filter, barrier] = [topic('twice'), topic('barrier')];
      await subscribeTo(peer, [barrier, { filter, noLocal: true }]);
      await subscribeTo(peer, { filter, noLocal: false });
      await publishTo(peer, { topic: filter, payload: 'No Local 0' });
      await receive(peer, { topic: filter, payload: 'No Local 0' });
      await subscribeTo(peer, { filter, noLocal: true });
      await publishTo(peer, { topic: filter, payload: 'No Local 1' });
      const more = await upToBarrier(peer, peer, barrier);
      must(more.length === 0, 'no message of its own, with No Local 1 instead of 0', `${more.length}`);
    },
  },
  {
    name: 'resubscribe/replaces-identifier',
    proves: '[5:MQTT-3.8.4-3]',
    sentence: 'the same filter again brings its own Subscription Identifier, or none',
    needs: ['subscriptionIdentifiers'],
    async run({ connect, topic }) {
      const peer = await connect();
      const filter = topic();
      for (const identifier of [1, 2, undefined]) {
        const properties = identifier === undefined ? {} : { subscriptionIdentifiers: [identifier] };
        await subscribeTo(peer, filter, { properties });
        await publishTo(peer, { topic: filter, payload: `${identifier}` });
        const message = await receive(peer, { topic: filter, payload: `${identifier}` });
        const seen = message.properties.subscriptionIdentifiers ?? [];
        const wanted = identifier === undefined ? [] : [identifier];
        must(
          `${seen}` === `${wanted}`,
          `a message with ${named(wanted)}, as in the last SUBSCRIBE`,
          `one with ${named(seen)}`,
        );
      }
    },
  },
  {
    name: 'resubscribe/retained-again',
    proves: '[5:MQTT-3.8.4-4] [3.1.1:MQTT-3.8.4-3]',
    sentence: 'the same filter again brings the retained message again (in 5.0 with Retain Handling 0)',
    needs: ['retain', 'qos1'],
    async run({ connect, topic }) {
      const peer = await connect();
      const filter = topic();
      await publishTo(peer, { topic: filter, payload: 'retained', qos: 1, retain: true });
      for (const round of ['first', 'second', 'third']) {
        await subscribeTo(peer, { filter, qos: 1 });
        const what = `the retained message at the ${round} SUBSCRIBE`;
        await receiveRetained(peer, filter, what);
      }
    },
  },
  {
    name: 'resubscribe/loses-nothing',
    proves: '[5:MQTT-3.8.4-4] [3.1.1:MQTT-3.8.4-3]',
    sentence: 'no message is lost while a subscription is replaced again and again',
    needs: ['qos1'],
    async run({ connect, topic }) {
      const [subscriber, publisher] = [
        await connect({ label: 'subscriber' }),
        await connect({ label: 'publisher' }),
      ];
      const filter = topic();
      await subscribeTo(subscriber, { filter, qos: 1 });
      for (let round = 0; round < ROUNDS; round++) {
        // Sometimes the broker sees the one first, sometimes the other: neither may lose the message.
        subscriber.send(subscribe(round + 1, [{ filter, qos: 1 }]));
        await publishTo(publisher, { topic: filter, payload: `${round}`, qos: 1 });
      }
      for (let round = 0; round < ROUNDS; round++) await receive(subscriber, { payload: `${round}` });
    },
  },
];

function named(identifiers: readonly number[]): string {
  return identifiers.length === 0
    ? 'no Subscription Identifier'
    : `Subscription Identifier ${identifiers.join(', ')}`;
}
