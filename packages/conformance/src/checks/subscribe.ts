// SUBSCRIBE: it is answered, filter by filter, and what was granted is what comes. [5:3.8] [3.1.1:3.8] [3.1:3.8]

import { upToBarrier } from '../wire/barrier.ts';
import { Broken, must } from '../wire/broken.ts';
import { publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import { subscribe } from '../wire/packets.ts';
import { BAD_UTF8, subscribeBytes } from './bad-filters.ts';
import type { Check } from './check.ts';

const PACKET_IDS: readonly number[] = [7, 256, 255, 65_535, 1];
const QOS = [0, 1, 2] as const;

export const SUBSCRIBE: readonly Check[] = [
  {
    name: 'subscribe/filter-not-utf8',
    proves: '[5:MQTT-3.8.3-1] [3.1.1:MQTT-3.8.3-1]',
    sentence: 'a topic filter in SUBSCRIBE that is not valid UTF-8 closes the connection',
    async run({ connect, dialect }) {
      for (const { bytes, why } of BAD_UTF8) {
        const peer = await connect();
        peer.send(subscribeBytes(dialect, bytes));
        await peer.expectClosed([0x81], `the broker closes: a topic filter with ${why}`);
      }
    },
  },
  {
    name: 'subscribe/answered',
    proves: '[5:MQTT-3.8.4-1] [3.1.1:MQTT-3.8.4-1] [3.1:3.8]',
    sentence: 'every SUBSCRIBE is answered by SUBACK',
    async run({ connect, topic }) {
      const peer = await connect();
      peer.send(...PACKET_IDS.map((packetId) => subscribe(packetId, [topic()])));
      for (const [index] of PACKET_IDS.entries())
        await peer.expect('suback', { what: `SUBACK ${index + 1} of ${PACKET_IDS.length}` });
    },
  },
  {
    name: 'subscribe/answered-by-identifier',
    proves: '[5:MQTT-3.8.4-2] [3.1.1:MQTT-3.8.4-2] [3.1:3.9]',
    sentence: 'SUBACK has the packet identifier of its SUBSCRIBE',
    async run({ connect, topic }) {
      const peer = await connect();
      for (const packetId of PACKET_IDS) {
        peer.send(subscribe(packetId, [topic()]));
        const suback = await peer.expect('suback');
        must(suback.packetId === packetId, `a SUBACK for ${packetId}`, `one for ${suback.packetId}`);
      }
    },
  },
  {
    name: 'subscribe/several-filters-one-suback',
    proves: '[5:MQTT-3.8.4-5] [3.1.1:MQTT-3.8.4-4] [3.1:3.9]',
    sentence: 'a SUBSCRIBE with several filters gets one SUBACK',
    async run({ connect, topic }) {
      const peer = await connect();
      await subscribeTo(peer, [topic(), topic(), topic()]);
      await peer.fence();
      const more = peer.takeAll('suback').length;
      must(more === 0, 'one SUBACK for a SUBSCRIBE with three filters', `${more + 1}`);
    },
  },
  {
    name: 'subscribe/several-filters-in-sequence',
    proves: '[5:MQTT-3.8.4-5] [3.1.1:MQTT-3.8.4-4]',
    sentence:
      'several filters in a SUBSCRIBE are taken one after another: of two that are the same the last holds',
    needs: ['qos1'],
    async run({ connect, topic }) {
      const peer = await connect();
      const [twice, once] = [topic('twice'), topic('once')];
      await subscribeTo(peer, [
        { filter: twice, qos: 1 },
        { filter: once, qos: 1 },
        { filter: twice, qos: 0 },
      ]);
      await publishTo(peer, { topic: twice, qos: 1 });
      const { qos } = await receive(peer, { topic: twice });
      must(qos === 0, 'a message at QoS 0, which the last of two equal filters asked for', `QoS ${qos}`);
      await publishTo(peer, { topic: once, qos: 1 });
      await receive(peer, { topic: once });
    },
  },
  {
    name: 'subscribe/several-filters-each-delivers',
    proves: '[5:MQTT-3.8.4-5] [3.1.1:MQTT-3.8.4-4] [3.1:3.8]',
    sentence: 'every filter of a SUBSCRIBE with several brings its messages',
    async run({ connect, topic }) {
      const peer = await connect();
      const topics = Array.from({ length: 10 }, () => topic());
      await subscribeTo(peer, topics);
      for (const one of topics) await publishTo(peer, { topic: one });
      for (const one of topics) await receive(peer, { topic: one });
    },
  },
  {
    name: 'subscribe/code-for-each-filter',
    proves: '[5:MQTT-3.8.4-6] [3.1.1:MQTT-3.8.4-5] [3.1:3.9]',
    sentence: 'SUBACK has as many codes as SUBSCRIBE had filters',
    async run({ connect, topic }) {
      const peer = await connect();
      for (const count of [1, 2, 5, 40]) {
        const filters = Array.from({ length: count }, () => topic());
        peer.send(subscribe(count, filters));
        const { reasonCodes } = await peer.expect('suback');
        const { length } = reasonCodes;
        must(length === count, `a SUBACK with ${count} codes for ${count} filters`, `${length} codes`);
      }
    },
  },
  {
    name: 'subscribe/code-is-granted-qos',
    proves: '[5:MQTT-3.8.4-7] [3.1.1:MQTT-3.8.4-5] [3.1:3.9]',
    sentence: 'a code in SUBACK is the QoS granted, at most the one that was asked for, or a failure',
    async run({ connect, topic }) {
      const peer = await connect();
      for (const qos of QOS) {
        peer.send(subscribe(qos + 1, [{ filter: topic(), qos }]));
        const [code = 0] = (await peer.expect('suback')).reasonCodes;
        must(code <= qos || code >= 0x80, `a SUBACK with QoS ${qos} at most, or a failure`, `QoS ${code}`);
      }
    },
  },
  {
    name: 'subscribe/lower-qos-delivers',
    proves: '[5:MQTT-3.8.4-8] [3.1.1:MQTT-3.8.4-6] [3.1:3.8]',
    sentence: 'a message comes at the lower of its own QoS and the one granted',
    async run({ connect, topic, announced }) {
      const [subscriber, publisher] = [
        await connect({ label: 'subscriber' }),
        await connect({ label: 'publisher' }),
      ];
      const filters = QOS.map((qos) => ({ filter: topic(), qos }));
      const { reasonCodes } = await subscribeTo(subscriber, filters);
      for (const published of QOS.filter((qos) => qos <= announced.maximumQos)) {
        for (const [index, { filter }] of filters.entries()) {
          const granted = reasonCodes[index] ?? 0;
          const payload = `published at QoS ${published}`;
          await publishTo(publisher, { topic: filter, qos: published, payload });
          const { qos } = await receive(subscriber, { topic: filter, payload });
          const lower = Math.min(published, granted);
          must(qos === lower, `QoS ${lower}: ${payload}, granted QoS ${granted}`, `QoS ${qos}`);
        }
      }
    },
  },
  {
    name: 'subscribe/no-local',
    proves: '[5:MQTT-3.8.3-3]',
    sentence: 'with No Local 1 a client gets what others publish and not what it publishes itself',
    async run({ connect, topic }) {
      const [self, other] = [await connect({ label: 'No Local' }), await connect({ label: 'another' })];
      const [filter, barrier] = [topic('no-local'), topic('barrier')];
      await subscribeTo(self, [{ filter, noLocal: true }, { filter: barrier }]);
      await publishTo(self, { topic: filter, payload: 'own' });
      const [own] = await upToBarrier(self, self, barrier);
      if (own !== undefined)
        throw new Broken('nothing that the client published itself', JSON.stringify(own.topic));
      await publishTo(other, { topic: filter, payload: 'of another' });
      await receive(self, { topic: filter, payload: 'of another' });
    },
  },
];
