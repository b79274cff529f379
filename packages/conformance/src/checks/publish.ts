// PUBLISH: who gets it, as what, and how it is answered. [5:3.3] [5:4.5] [3.1.1:3.3] [3.1.1:4.5] [3.1:3.3]

import { type QoS, Reason, type TopicFilter, type TopicName, topicMatchesFilter } from '@anax/protocol';
import { must } from '../wire/broken.ts';
import { field, frame } from '../wire/bytes.ts';
import { publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import { publish } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check, Context } from './check.ts';
import { keptPair, pair, qosUpTo } from './parties.ts';

/** The QoS that there are. */
function allQos({ announced }: Context): readonly QoS[] {
  return ([0, 1, 2] as const).filter((qos) => qos <= announced.maximumQos);
}

export const PUBLISH: readonly Check[] = [
  {
    name: 'publish/to-every-subscriber',
    proves: '[5:MQTT-4.5.0-1] [3.1.1:MQTT-4.5.0-1] [3.1:3.3] [3.1:4.1]',
    sentence: 'a message comes to every client with a subscription that matches, its publisher too',
    needs: ['wildcards'],
    async run(context) {
      const { connect } = context;
      const publisher = await connect({ label: 'publisher' });
      const base = context.topic();
      const topic = `${base}/a/b`;
      const filters = [topic, `${base}/+/b`, `${base}/#`, topic];
      const subscribers: Peer[] = [publisher];
      for (const filter of filters) {
        const peer = await connect({ label: `subscriber to ${filter}` });
        await subscribeTo(peer, { filter, qos: 2 });
        subscribers.push(peer);
      }
      await subscribeTo(publisher, { filter: topic, qos: 2 });
      for (const qos of allQos(context)) {
        const payload = `QoS ${qos}`;
        await publishTo(publisher, { topic, payload, qos, packetId: qos === 0 ? 0 : 100 + qos });
        for (const peer of subscribers) await receive(peer, { topic, payload });
      }
    },
  },
  {
    name: 'publish/to-absent-sessions',
    proves: '[5:MQTT-4.5.0-1] [3.1.1:MQTT-4.5.0-1] [3.1:4.2]',
    sentence: 'a message waits for the client whose session has a subscription that matches',
    needs: ['qos1'],
    async run(context) {
      const qos = qosUpTo(context, 2);
      const { subscriber, publisher, topic, resume } = await keptPair(context, { qos });
      await subscriber.disconnect();
      for (const level of [1, qos] as const)
        await publishTo(publisher, { topic, qos: level, payload: `while away, QoS ${level}` });
      const back = await resume();
      for (const level of [1, qos] as const)
        await receive(back, { topic, payload: `while away, QoS ${level}` });
    },
  },
  {
    name: 'publish/topic-matches-filter',
    proves: '[5:MQTT-3.3.2-3] [3.1.1:MQTT-3.3.2-3] [3.1:3.3]',
    sentence: 'every message has a topic that matches a filter of who gets it',
    needs: ['wildcards'],
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      const subscriber = await context.connect({ label: 'subscriber' });
      const base = context.topic();
      const filters = [`${base}/+/x`, `${base}/deep/#`] as TopicFilter[];
      await subscribeTo(subscriber, filters);
      const inside = ['a/x', 'b/x', 'deep', 'deep/er/still'];
      const outside = ['a/y', 'x', 'a/b/x', 'deeper', 'a/X', ''];
      for (const levels of [...outside, ...inside])
        await publishTo(publisher, { topic: `${base}/${levels}`, payload: levels });
      // A server may map a topic to another one, so the payload tells which message it is. [5:3.3.2.1]
      for (const levels of inside) await receive(subscriber, { payload: levels });
      for (const packet of subscriber.packets) {
        if (packet.type !== 'publish') continue;
        const fits = filters.some((filter) => topicMatchesFilter(packet.topic as TopicName, filter));
        must(fits, `a topic that matches ${filters.join(' or ')}`, JSON.stringify(packet.topic));
      }
    },
  },
  {
    name: 'publish/dup-not-passed-on',
    proves: '[5:MQTT-3.3.1-3] [3.1.1:MQTT-3.3.1-3] [3.1:2.1]',
    sentence: 'DUP of the publisher is not passed on',
    needs: ['qos1'],
    async run(context) {
      const qos = qosUpTo(context, 2);
      const { subscriber, publisher, topic } = await pair(context, { qos });
      for (const level of [1, qos] as const) {
        await publishTo(publisher, { topic, qos: level, dup: true, payload: `QoS ${level}` });
        const { dup } = await receive(subscriber, { topic, payload: `QoS ${level}` });
        must(!dup, 'DUP 0 in what is sent for the first time', 'DUP 1');
      }
    },
  },
  {
    name: 'publish/topic-not-utf8',
    proves: '[5:MQTT-3.3.2-1] [3.1.1:MQTT-3.3.2-1]',
    sentence: 'a topic name that is not UTF-8 closes the connection',
    async run({ connect, dialect }) {
      for (const name of [
        [0x61, 0xff],
        [0xc3, 0x28],
        [0xed, 0xa0, 0x80],
      ]) {
        const peer = await connect();
        const noProperties = dialect.properties ? [0] : [];
        peer.send(frame(0x30, field(Uint8Array.from(name)), noProperties, [0x78]));
        await peer.expectClosed([Reason.malformedPacket]);
      }
    },
  },
  {
    name: 'publish/answered-by-qos',
    proves: '[5:MQTT-3.3.4-1] [3.1.1:MQTT-3.3.4-1] [3.1:3.3]',
    sentence: 'PUBLISH is answered by nothing, PUBACK or PUBREC, as its QoS says',
    async run(context) {
      const peer = await context.connect({ label: 'publisher' });
      const topic = context.topic();
      const answers = [undefined, 'puback', 'pubrec'] as const;
      for (const qos of allQos(context)) {
        const packetId = qos === 0 ? 0 : 7 + qos;
        peer.send(publish({ topic, qos, packetId }));
        const wanted = answers[qos];
        if (wanted !== undefined) await peer.expect(wanted, { where: (ack) => ack.packetId === packetId });
        await peer.fence();
        const [puback] = peer.takeAll('puback');
        const [pubrec] = peer.takeAll('pubrec');
        const other = puback ?? pubrec;
        must(
          other === undefined,
          `${wanted?.toUpperCase() ?? 'no answer'} alone to QoS ${qos}`,
          `${other?.type}`,
        );
      }
    },
  },
];
