// UNSUBSCRIBE: it is answered, removes what it names and nothing else. [5:3.10] [3.1.1:3.10] [3.1:3.10]

import type { QoS } from '@anax/protocol';
import { upToBarrier } from '../wire/barrier.ts';
import { must } from '../wire/broken.ts';
import { arrive, publishTo, receive, subscribeTo, unsubscribeFrom } from '../wire/exchanges.ts';
import { unsubscribe } from '../wire/packets.ts';
import { BAD_UTF8, unsubscribeBytes } from './bad-filters.ts';
import type { Check, Context } from './check.ts';

const PACKET_IDS: readonly number[] = [7, 256, 255, 65_535, 1];

export const UNSUBSCRIBE: readonly Check[] = [
  {
    name: 'unsubscribe/filter-not-utf8',
    proves: '[5:MQTT-3.10.3-1] [3.1.1:MQTT-3.10.3-1]',
    sentence: 'a topic filter in UNSUBSCRIBE that is not valid UTF-8 closes the connection',
    async run({ connect, dialect }) {
      for (const { bytes, why } of BAD_UTF8) {
        const peer = await connect();
        peer.send(unsubscribeBytes(dialect, bytes));
        await peer.expectClosed([0x81], `the broker closes: a topic filter with ${why}`);
      }
    },
  },
  {
    name: 'unsubscribe/compared-character-by-character',
    proves: '[5:MQTT-3.10.4-1] [3.1.1:MQTT-3.10.4-1]',
    sentence:
      'UNSUBSCRIBE removes the subscription with the same filter, and none whose filter is merely like it',
    run: (context) => onlyTheSame(context, 'a/b', ['a/B', 'a/b/', 'a', '/a/b', 'a/bb', 'a//b']),
  },
  {
    name: 'unsubscribe/wildcards-compared-as-characters',
    proves: '[5:MQTT-3.10.4-1] [3.1.1:MQTT-3.10.4-1]',
    sentence: 'wildcards in UNSUBSCRIBE match nothing, and nothing matches those of a subscription',
    needs: ['wildcards'],
    async run(context) {
      await onlyTheSame(context, 'a/b', ['a/+', 'a/#', '#', '+/b', '+/+']);
      await onlyTheSame(context, 'a/+', ['a/b', 'a/#', '#', '+/+', 'A/+']);
      await onlyTheSame(context, 'a/#', ['a/b', 'a/+', '#', 'a', 'a/b/#']);
    },
  },
  {
    name: 'unsubscribe/nothing-more-comes',
    proves: '[5:MQTT-3.10.4-2] [3.1.1:MQTT-3.10.4-2] [3.1:3.10]',
    sentence: 'after UNSUBACK no message comes that was published behind it',
    async run({ connect, topic, announced }) {
      const [subscriber, publisher] = [
        await connect({ label: 'subscriber' }),
        await connect({ label: 'publisher' }),
      ];
      for (let qos: QoS = 0; qos <= announced.maximumQos; qos++) {
        const level = qos as QoS;
        const [filter, barrier] = [topic('gone'), topic('barrier')];
        await subscribeTo(subscriber, [
          { filter, qos: level },
          { filter: barrier, qos: level },
        ]);
        await unsubscribeFrom(subscriber, [filter]);
        await publishTo(publisher, { topic: filter, qos: level });
        const more = await upToBarrier(subscriber, publisher, barrier, level);
        must(more.length === 0, `no PUBLISH at QoS ${qos} after UNSUBACK`, `${more.length}`);
      }
    },
  },
  {
    name: 'unsubscribe/qos-1-still-completed',
    proves: '[5:MQTT-3.10.4-3] [3.1.1:MQTT-3.10.4-3]',
    sentence:
      'a message at QoS 1 that was sent and not acknowledged before UNSUBSCRIBE comes again on a new connection',
    needs: ['qos1'],
    async run({ connect, clientId, topic }) {
      const input = { clientId: clientId(), keep: true, label: 'subscriber' };
      const before = await connect(input);
      const publisher = await connect({ label: 'publisher' });
      const filter = topic();
      await subscribeTo(before, { filter, qos: 1 });
      await publishTo(publisher, { topic: filter, payload: 'sent', qos: 1 });
      const { packetId } = await arrive(before, { payload: 'sent' });
      await unsubscribeFrom(before, [filter]);
      before.cut();
      const after = await connect({ ...input, label: 'subscriber again' });
      const again = await receive(after, { payload: 'sent' });
      must(again.packetId === packetId, `packet identifier ${packetId} again`, `${again.packetId}`);
    },
  },
  {
    name: 'unsubscribe/qos-2-still-completed',
    proves: '[5:MQTT-3.10.4-3] [3.1.1:MQTT-3.10.4-3]',
    sentence: 'a message at QoS 2 that was sent before UNSUBSCRIBE goes on to PUBREL and PUBCOMP',
    needs: ['qos2'],
    async run({ connect, topic }) {
      const [subscriber, publisher] = [
        await connect({ label: 'subscriber' }),
        await connect({ label: 'publisher' }),
      ];
      const filter = topic();
      await subscribeTo(subscriber, { filter, qos: 2 });
      await publishTo(publisher, { topic: filter, payload: 'sent', qos: 2 });
      const message = await arrive(subscriber, { payload: 'sent' });
      await unsubscribeFrom(subscriber, [filter], 100);
      const plain = { packetId: message.packetId, reasonCode: 0, properties: {} } as const;
      subscriber.send({ type: 'pubrec', ...plain });
      const { reasonCode } = await subscriber.expect('pubrel', {
        where: (release) => release.packetId === message.packetId,
        what: 'PUBREL for the PUBREC that came after UNSUBSCRIBE',
      });
      must(reasonCode === 0, 'a PUBREL of success', `0x${reasonCode.toString(16)}`);
      subscriber.send({ type: 'pubcomp', ...plain });
      await subscriber.fence();
    },
  },
  {
    name: 'unsubscribe/answered',
    proves: '[5:MQTT-3.10.4-4] [3.1.1:MQTT-3.10.4-4] [3.1:3.10]',
    sentence: 'every UNSUBSCRIBE is answered by UNSUBACK',
    async run({ connect, topic }) {
      const peer = await connect();
      const filters = PACKET_IDS.map(() => topic());
      await subscribeTo(peer, filters);
      peer.send(...PACKET_IDS.map((packetId, index) => unsubscribe(packetId, [filters[index] ?? ''])));
      for (const [index] of PACKET_IDS.entries())
        await peer.expect('unsuback', { what: `UNSUBACK ${index + 1} of ${PACKET_IDS.length}` });
    },
  },
  {
    name: 'unsubscribe/answered-by-identifier',
    proves: '[5:MQTT-3.10.4-5] [3.1.1:MQTT-3.10.4-4] [3.1:3.11]',
    sentence: 'UNSUBACK has the packet identifier of its UNSUBSCRIBE',
    async run({ connect, topic }) {
      const peer = await connect();
      const filter = topic();
      for (const packetId of PACKET_IDS) {
        await subscribeTo(peer, filter);
        peer.send(unsubscribe(packetId, [filter]));
        const unsuback = await peer.expect('unsuback');
        must(unsuback.packetId === packetId, `an UNSUBACK for ${packetId}`, `one for ${unsuback.packetId}`);
      }
    },
  },
  {
    name: 'unsubscribe/answered-where-nothing-is-removed',
    proves: '[5:MQTT-3.10.4-5] [3.1.1:MQTT-3.10.4-5]',
    sentence: 'UNSUBSCRIBE of a filter that the client does not hold is answered by UNSUBACK all the same',
    async run({ connect, topic }) {
      const peer = await connect();
      await unsubscribeFrom(peer, [topic()], 3);
      const filter = topic();
      await subscribeTo(peer, filter);
      await unsubscribeFrom(peer, [filter], 4);
      await unsubscribeFrom(peer, [filter], 5);
    },
  },
  {
    name: 'unsubscribe/several-filters-one-unsuback',
    proves: '[5:MQTT-3.10.4-6] [3.1.1:MQTT-3.10.4-6] [3.1:3.11]',
    sentence: 'an UNSUBSCRIBE with several filters gets one UNSUBACK',
    async run({ connect, topic }) {
      const peer = await connect();
      const filters = [topic(), topic(), topic()];
      await subscribeTo(peer, filters);
      await unsubscribeFrom(peer, filters);
      await peer.fence();
      const more = peer.takeAll('unsuback').length;
      must(more === 0, 'one UNSUBACK for an UNSUBSCRIBE with three filters', `${more + 1}`);
    },
  },
  {
    name: 'unsubscribe/several-filters-all-removed',
    proves: '[5:MQTT-3.10.4-6] [3.1.1:MQTT-3.10.4-6] [3.1:3.10]',
    sentence:
      'every filter of an UNSUBSCRIBE with several is removed, and one it does not hold is no hindrance',
    async run({ connect, topic }) {
      const peer = await connect();
      const [first, second, notHeld, last, barrier] = [topic(), topic(), topic(), topic(), topic('barrier')];
      await subscribeTo(peer, [first, second, last, barrier]);
      await unsubscribeFrom(peer, [first, second, notHeld, last]);
      for (const one of [first, second, last]) await publishTo(peer, { topic: one });
      const more = await upToBarrier(peer, peer, barrier);
      must(
        more.length === 0,
        'no message for the filters that were removed',
        more.map((one) => one.topic).join(', '),
      );
    },
  },
];

/** Others than the filter held are unsubscribed: it stays. Then the filter itself: it goes. */
async function onlyTheSame(
  { connect, topic }: Context,
  held: string,
  others: readonly string[],
): Promise<void> {
  const peer = await connect();
  const base = topic();
  const [filter, matching, barrier] = [`${base}/${held}`, `${base}/a/b`, topic('barrier')];
  await subscribeTo(peer, [filter, barrier]);
  await unsubscribeFrom(
    peer,
    others.map((other) => `${base}/${other}`),
  );
  await publishTo(peer, { topic: matching, payload: 'held' });
  const what = `a message for ${held}, of which UNSUBSCRIBE named only ${others.join(', ')}`;
  await receive(peer, { topic: matching, payload: 'held', what });
  await unsubscribeFrom(peer, [filter]);
  await publishTo(peer, { topic: matching, payload: 'removed' });
  const more = await upToBarrier(peer, peer, barrier);
  must(more.length === 0, `no message after UNSUBSCRIBE of ${held}, which was held`, `${more.length}`);
}
