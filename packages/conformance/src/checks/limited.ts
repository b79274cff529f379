// A broker with features switched off: what it says of that, and what it does about those who use them. [5:3.2.2.3]

import { Reason, type ReasonCode } from '@anax/protocol';
import { Broken, must, Unsuitable } from '../wire/broken.ts';
import { arrive, publishTo } from '../wire/exchanges.ts';
import { PINGREQ, subscribe } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import type { Announced, Check, Context, Limited } from './check.ts';

/** The listener with features off, if it says that this one is. */
function without({ limited }: Context, off: (announced: Announced) => boolean, feature: string): Limited {
  const listener = limited();
  if (!off(listener.announced)) throw new Unsuitable('skipped', `the listener of --limited has ${feature}`);
  return listener;
}

/** CONNECT closes the connection, and CONNACK before that, if there is one, does not let it in. */
async function refusesWill(
  { open, connectPacket }: Limited,
  will: NonNullable<Parameters<Limited['connectPacket']>[0]>['will'],
  why: string,
): Promise<void> {
  const peer = await open();
  peer.send(connectPacket({ will }));
  await peer.expectClosed(undefined, `the broker closes: ${why}`);
  const [connack] = peer.takeAll('connack');
  must(connack === undefined || connack.reasonCode >= 0x80, 'a refusal in CONNACK, if one comes', 'success');
}

/** A SUBSCRIBE that uses what is switched off: refused in SUBACK, or the connection closed. */
async function refusesFilter(
  peer: Peer,
  subscribing: ReturnType<typeof subscribe>,
  code: ReasonCode,
): Promise<void> {
  peer.send(subscribing);
  const suback = await peer.expect('suback', { what: 'a refusal in SUBACK, or a close' }).catch((error) => {
    if (error instanceof Broken && peer.closed) return undefined;
    throw error;
  });
  if (suback === undefined) {
    await peer.expectClosed([code]);
    return;
  }
  const [given = 0] = suback.reasonCodes;
  must(given >= 0x80, 'a refusal in SUBACK, or a close', `SUBACK 0x${given.toString(16)}`);
}

export const LIMITED: readonly Check[] = [
  {
    name: 'limited/maximum-qos-told',
    proves: '[5:MQTT-3.2.2-9]',
    sentence: 'the broker takes PUBLISH at every QoS up to the Maximum QoS of CONNACK, 2 if it says nothing',
    needs: ['limitedListener'],
    async run({ limited, topic }) {
      const { connect } = limited();
      const peer = await connect();
      const most = peer.connack.properties.maximumQos ?? 2;
      for (const qos of [0, 1, 2] as const) {
        if (qos <= most) await publishTo(peer, { topic: topic(), qos, packetId: qos });
      }
      await peer.fence();
    },
  },
  {
    name: 'limited/subscribe-at-any-qos',
    proves: '[5:MQTT-3.2.2-10]',
    sentence: 'a broker with a Maximum QoS takes SUBSCRIBE for QoS 0, 1 and 2 and grants what it has',
    needs: ['limitedListener'],
    async run(context) {
      const { announced, connect } = without(context, (a) => a.maximumQos < 2, 'QoS 2');
      const { topic } = context;
      const peer = await connect();
      const filters = ([0, 1, 2] as const).map((qos) => ({ filter: topic(), qos }));
      peer.send(subscribe(1, filters));
      const { reasonCodes } = await peer.expect('suback');
      const granted = [0, 1, 2].map((qos) => Math.min(qos, announced.maximumQos));
      const kept = reasonCodes.length === 3 && reasonCodes.every((code) => code <= 2);
      const seen = reasonCodes.map((code) => `0x${code.toString(16).padStart(2, '0')}`).join(' ');
      must(kept, `SUBACK that grants all three, as in ${granted.join(' ')}`, seen);
    },
  },
  {
    name: 'limited/will-above-maximum-qos',
    proves: '[5:MQTT-3.2.2-12]',
    sentence: 'a will above the Maximum QoS of the broker is refused, and the connection closed',
    needs: ['limitedListener'],
    async run(context) {
      const listener = without(context, (a) => a.maximumQos < 2, 'QoS 2');
      const will = { topic: context.topic(), qos: 2 } as const;
      await refusesWill(listener, will, `a will at QoS 2 where the most is ${listener.announced.maximumQos}`);
    },
  },
  {
    name: 'limited/retained-will',
    proves: '[5:MQTT-3.2.2-13]',
    sentence:
      'a will with Will Retain 1 is refused by a broker without retained messages, and the connection closed',
    needs: ['limitedListener'],
    async run(context) {
      const listener = without(context, (a) => !a.retainAvailable, 'retained messages');
      const will = { topic: context.topic(), payload: 'x', retain: true };
      await refusesWill(listener, will, 'a will with Will Retain 1 where Retain Available is 0');
    },
  },
  {
    name: 'limited/subscription-identifier',
    proves: '[5:MQTT-4.13.1-1]',
    sentence:
      'a Subscription Identifier where CONNACK says that there are none is refused, or closes the connection',
    needs: ['limitedListener'],
    async run(context) {
      const off = (a: Announced): boolean => !a.subscriptionIdentifiersAvailable;
      const { connect } = without(context, off, 'Subscription Identifiers');
      const packet = subscribe(1, [context.topic()], { subscriptionIdentifiers: [1] });
      await refusesFilter(await connect(), packet, Reason.subscriptionIdentifiersNotSupported);
    },
  },
  {
    name: 'limited/wildcard',
    proves: '[5:MQTT-4.13.1-1]',
    sentence: 'a wildcard where CONNACK says that there are none is refused, or closes the connection',
    needs: ['limitedListener'],
    async run(context) {
      const { connect } = without(context, (a) => !a.wildcardSubscriptionAvailable, 'wildcards');
      const packet = subscribe(1, [context.topic('+')]);
      await refusesFilter(await connect(), packet, Reason.wildcardSubscriptionsNotSupported);
    },
  },
  {
    name: 'limited/shared-subscription',
    proves: '[5:MQTT-4.13.1-1]',
    sentence:
      'a shared subscription where CONNACK says that there are none is refused, or closes the connection',
    needs: ['limitedListener'],
    async run(context) {
      const { connect } = without(context, (a) => !a.sharedSubscriptionAvailable, 'shared subscriptions');
      const packet = subscribe(1, [`$share/anax/${context.topic()}`]);
      await refusesFilter(await connect(), packet, Reason.sharedSubscriptionsNotSupported);
    },
  },
  {
    name: 'limited/wildcards-refused-or-kept',
    proves: '[3.1.1:MQTT-3.8.3-2]',
    sentence:
      'a filter with a wildcard that the broker grants matches; one that it does not support is refused',
    needs: ['limitedListener'],
    async run(context) {
      const { topic, limited } = context;
      const { connect } = limited();
      const peer = await connect();
      const name = topic('a/b');
      for (const [index, filter] of [name.replace(/b$/, '+'), name.replace(/a\/b$/, '#')].entries()) {
        await refusedOrMatching(peer, filter, name, index + 1);
      }
    },
  },
];

async function refusedOrMatching(peer: Peer, filter: string, name: string, packetId: number): Promise<void> {
  peer.send(subscribe(packetId, [filter]));
  const { reasonCodes } = await peer.expect('suback', { where: (suback) => suback.packetId === packetId });
  if ((reasonCodes[0] ?? 0) >= 0x80) return;
  const payload = `to ${filter}`;
  await publishTo(peer, { topic: name, payload });
  peer.send(PINGREQ);
  await arrive(peer, { payload, what: `PUBLISH to ${name}, for the filter ${filter} that was granted` });
}
