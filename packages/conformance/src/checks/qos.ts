// QoS 0 and QoS 1, the server as sender and as receiver. [5:4.3.1] [5:4.3.2] [3.1.1:4.3.1] [3.1.1:4.3.2] [3.1:4.1]

import { must } from '../wire/broken.ts';
import { arrive, publishTo, receive } from '../wire/exchanges.ts';
import { publish } from '../wire/packets.ts';
import type { Check } from './check.ts';
import { distinctWhileHeld, keptPair, pair, qosUpTo, untilBarrier } from './parties.ts';

const needs = ['qos1'] as const;

export const QOS: readonly Check[] = [
  {
    name: 'qos/0-sent-as-such',
    proves: '[5:MQTT-4.3.1-1] [3.1.1:MQTT-4.3.1-1] [3.1:4.1]',
    sentence: 'what goes out at QoS 0 has QoS 0 and DUP 0',
    async run(context) {
      const qos = qosUpTo(context, 2);
      for (const [published, subscribed] of [
        [0, qos],
        [qos, 0],
      ] as const) {
        const { subscriber, publisher, topic } = await pair(context, { qos: subscribed });
        await publishTo(publisher, { topic, qos: published, payload: 'QoS 0' });
        const message = await arrive(subscriber, { topic });
        must(message.qos === 0 && !message.dup, 'a PUBLISH with QoS 0 and DUP 0', `QoS ${message.qos}`);
      }
    },
  },
  {
    name: 'qos/1-new-identifiers',
    proves: '[5:MQTT-4.3.2-1] [3.1.1:MQTT-4.3.2-1] [3.1:2.4]',
    sentence: 'each new message of QoS 1 has a packet identifier that is not in use',
    needs,
    run: (context) => distinctWhileHeld(context, 1),
  },
  {
    name: 'qos/1-first-sending',
    proves: '[5:MQTT-4.3.2-2] [3.1.1:MQTT-4.3.2-1] [3.1:4.1]',
    sentence: 'a new message of QoS 1 goes out with a packet identifier, QoS 1 and DUP 0',
    needs,
    async run(context) {
      const { subscriber, publisher, topic } = await pair(context, { qos: 1 });
      for (const payload of ['first', 'second']) {
        await publishTo(publisher, { topic, payload, qos: 1 });
        const { qos, dup } = await receive(subscriber, { topic, payload });
        must(qos === 1 && !dup, 'a PUBLISH with QoS 1 and DUP 0', `QoS ${qos}, DUP ${Number(dup)}`);
      }
    },
  },
  {
    name: 'qos/1-held-until-puback',
    proves: '[5:MQTT-4.3.2-3] [3.1.1:MQTT-4.3.2-1] [3.1:4.1]',
    sentence: 'a message of QoS 1 is unacknowledged until its PUBACK, and not longer',
    needs,
    async run(context) {
      const { subscriber, publisher, topic, resume } = await keptPair(context, { qos: 1 });
      await publishTo(publisher, { topic, payload: 'acknowledged', qos: 1 });
      await receive(subscriber, { topic, payload: 'acknowledged' });
      await publishTo(publisher, { topic, payload: 'held', qos: 1 });
      await arrive(subscriber, { topic, payload: 'held' });
      await subscriber.fence();
      subscriber.cut();
      const back = await resume();
      await receive(back, { topic, payload: 'held', what: 'the PUBLISH that was not acknowledged' });
      const [more] = await untilBarrier(back, publisher, topic);
      must(more === undefined, 'nothing of what was acknowledged', 'a PUBLISH once more');
    },
  },
  {
    name: 'qos/1-answered',
    proves: '[5:MQTT-4.3.2-4] [3.1.1:MQTT-4.3.2-2] [3.1:3.4] [3.1:4.1]',
    sentence: 'PUBLISH of QoS 1 is answered by PUBACK with its packet identifier',
    needs,
    async run({ connect, topic }) {
      const peer = await connect({ label: 'publisher' });
      const name = topic();
      for (const packetId of [1, 7, 256, 65_535]) {
        peer.send(publish({ topic: name, qos: 1, packetId }));
        const puback = await peer.expect('puback');
        must(
          puback.packetId === packetId,
          `a PUBACK with packet identifier ${packetId}`,
          `${puback.packetId}`,
        );
      }
    },
  },
  {
    name: 'qos/1-identifier-used-again',
    proves: '[5:MQTT-4.3.2-5] [3.1.1:MQTT-4.3.2-2] [3.1:4.1]',
    sentence: 'after PUBACK a PUBLISH with the identifier is a new message, even with DUP 1',
    needs,
    async run(context) {
      const { subscriber, publisher, topic } = await pair(context, { qos: 1 });
      for (const [payload, dup] of [
        ['first', false],
        ['second', false],
        ['third', true],
      ] as const) {
        await publishTo(publisher, { topic, payload, dup, qos: 1, packetId: 9 });
        await receive(subscriber, {
          topic,
          payload,
          what: `the ${payload} message with packet identifier 9`,
        });
      }
    },
  },
];
