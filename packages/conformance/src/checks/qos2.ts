// QoS 2, the server as sender and as receiver. [5:4.3.3] [3.1.1:4.3.3] [3.1:4.1]

import { publishAck, Reason } from '@anax/protocol';
import { Broken, must, Unsuitable } from '../wire/broken.ts';
import { arrive, publishTo, receive } from '../wire/exchanges.ts';
import { publish } from '../wire/packets.ts';
import type { Check } from './check.ts';
import { arrivesSoon, distinctWhileHeld, keptPair, pair, untilBarrier } from './parties.ts';

const needs = ['qos2'] as const;

export const QOS2: readonly Check[] = [
  {
    name: 'qos2/new-identifiers',
    proves: '[5:MQTT-4.3.3-1] [3.1.1:MQTT-4.3.3-1] [3.1:2.4]',
    sentence: 'each new message of QoS 2 has a packet identifier that is not in use',
    needs,
    run: (context) => distinctWhileHeld(context, 2),
  },
  {
    name: 'qos2/first-sending',
    proves: '[5:MQTT-4.3.3-2] [3.1.1:MQTT-4.3.3-1] [3.1:4.1]',
    sentence: 'a new message of QoS 2 goes out with a packet identifier, QoS 2 and DUP 0',
    needs,
    async run(context) {
      const { subscriber, publisher, topic } = await pair(context, { qos: 2 });
      for (const payload of ['first', 'second']) {
        await publishTo(publisher, { topic, payload, qos: 2 });
        const { qos, dup } = await receive(subscriber, { topic, payload });
        must(qos === 2 && !dup, 'a PUBLISH with QoS 2 and DUP 0', `QoS ${qos}, DUP ${Number(dup)}`);
      }
    },
  },
  {
    name: 'qos2/held-until-pubrec',
    proves: '[5:MQTT-4.3.3-3] [3.1.1:MQTT-4.3.3-1] [3.1:4.1]',
    sentence: 'a message of QoS 2 is unacknowledged until its PUBREC',
    needs,
    async run(context) {
      const { subscriber, publisher, topic, resume } = await keptPair(context, { qos: 2 });
      await publishTo(publisher, { topic, payload: 'held', qos: 2 });
      await arrive(subscriber, { topic, payload: 'held' });
      subscriber.cut();
      const what = 'the PUBLISH that had no PUBREC';
      await receive(await resume(), { topic, payload: 'held', what });
    },
  },
  {
    name: 'qos2/released',
    proves: '[5:MQTT-4.3.3-4] [3.1.1:MQTT-4.3.3-1] [3.1:3.6] [3.1:4.1]',
    sentence: 'PUBREC is answered by PUBREL with its packet identifier',
    needs,
    async run(context) {
      const { subscriber, publisher, topic } = await pair(context, { qos: 2 });
      // In 5.0 any code below 0x80 says that the message was received.
      const codes = [Reason.success, Reason.noMatchingSubscribers];
      for (const reasonCode of context.dialect.reasonCodes ? codes : codes.slice(0, 1)) {
        await publishTo(publisher, { topic, qos: 2 });
        const { packetId } = await arrive(subscriber, { topic });
        subscriber.send(publishAck('pubrec', packetId, reasonCode));
        const pubrel = await subscriber.expect('pubrel');
        must(
          pubrel.packetId === packetId,
          `a PUBREL with packet identifier ${packetId}`,
          `${pubrel.packetId}`,
        );
        subscriber.send(publishAck('pubcomp', packetId));
      }
    },
  },
  {
    name: 'qos2/refused-not-released',
    proves: '[5:MQTT-4.3.3-4]',
    sentence: 'PUBREC of 0x80 or above is not answered by PUBREL',
    needs,
    async run(context) {
      const { subscriber, publisher, topic } = await pair(context, { qos: 2 });
      await publishTo(publisher, { topic, qos: 2 });
      const { packetId } = await arrive(subscriber, { topic });
      subscriber.send(publishAck('pubrec', packetId, Reason.unspecifiedError));
      await subscriber.fence();
      const [pubrel] = subscriber.takeAll('pubrel');
      must(pubrel === undefined, 'no PUBREL for a PUBREC of 0x80', 'a PUBREL');
    },
  },
  {
    name: 'qos2/held-until-pubcomp',
    proves: '[5:MQTT-4.3.3-5] [3.1.1:MQTT-4.3.3-1] [3.1:4.1]',
    sentence: 'PUBREL is unacknowledged, and its packet identifier held, until its PUBCOMP',
    needs,
    async run(context) {
      const { subscriber, publisher, topic, resume } = await keptPair(context, { qos: 2 });
      await publishTo(publisher, { topic, payload: 'held', qos: 2 });
      const { packetId } = await arrive(subscriber, { topic, payload: 'held' });
      subscriber.send(publishAck('pubrec', packetId));
      await subscriber.expect('pubrel');
      await publishTo(publisher, { topic, payload: 'other', qos: 2 });
      const other = await arrivesSoon(subscriber);
      must(
        other?.packetId !== packetId,
        'a packet identifier that is not in use',
        `${packetId}, which waits for PUBCOMP`,
      );
      subscriber.cut();
      const what = `the PUBREL with packet identifier ${packetId} once more, as it had no PUBCOMP`;
      await (await resume()).expect('pubrel', { where: (one) => one.packetId === packetId, what });
    },
  },
  {
    name: 'qos2/not-published-after-pubrel',
    proves: '[5:MQTT-4.3.3-6] [3.1.1:MQTT-4.3.3-1] [3.1:4.1]',
    sentence: 'once PUBREL has been sent the PUBLISH is not sent again',
    needs,
    async run(context) {
      const { subscriber, publisher, topic, resume } = await keptPair(context, { qos: 2 });
      await publishTo(publisher, { topic, payload: 'released', qos: 2 });
      const { packetId } = await arrive(subscriber, { topic, payload: 'released' });
      subscriber.send(publishAck('pubrec', packetId));
      await subscriber.expect('pubrel');
      subscriber.cut();
      const back = await resume();
      await back.expect('pubrel', { where: (one) => one.packetId === packetId });
      back.send(publishAck('pubcomp', packetId));
      const [again] = await untilBarrier(back, publisher, topic, 2);
      must(again === undefined, 'PUBREL alone on the next connection', 'the PUBLISH once more');
    },
  },
  {
    name: 'qos2/answered',
    proves: '[5:MQTT-4.3.3-8] [3.1.1:MQTT-4.3.3-2] [3.1:3.5] [3.1:4.1]',
    sentence: 'PUBLISH of QoS 2 is answered by PUBREC with its packet identifier',
    needs,
    async run({ connect, topic }) {
      const peer = await connect({ label: 'publisher' });
      const name = topic();
      for (const packetId of [1, 7, 256, 65_535]) {
        peer.send(publish({ topic: name, qos: 2, packetId }));
        const pubrec = await peer.expect('pubrec');
        must(
          pubrec.packetId === packetId,
          `a PUBREC with packet identifier ${packetId}`,
          `${pubrec.packetId}`,
        );
        peer.send(publishAck('pubrel', packetId));
        await peer.expect('pubcomp');
      }
    },
  },
  {
    name: 'qos2/refused-identifier-used-again',
    proves: '[5:MQTT-4.3.3-9]',
    sentence: 'after PUBREC of 0x80 or above a PUBLISH with the identifier is a new message',
    needs: [...needs, 'deniedTopic'],
    async run(context) {
      const { subscriber, publisher, topic } = await pair(context, { qos: 2 });
      const { deniedTopic = '' } = context.facts;
      publisher.send(publish({ topic: deniedTopic, qos: 2, packetId: 5 }));
      const { reasonCode } = await publisher.expect('pubrec');
      if (reasonCode < 0x80)
        throw new Unsuitable('not applicable', 'the broker acknowledges what it does not let in, as it may');
      await publishTo(publisher, { topic, payload: 'new', qos: 2, packetId: 5 });
      await receive(subscriber, { topic, payload: 'new' });
    },
  },
  {
    name: 'qos2/passed-on-once',
    proves: '[5:MQTT-4.3.3-10] [3.1.1:MQTT-4.3.3-2] [3.1:4.1]',
    sentence: 'before PUBREL a PUBLISH sent again gets its PUBREC and is not passed on once more',
    needs,
    async run(context) {
      const { connect } = context;
      const { subscriber, topic } = await pair(context, { qos: 2 });
      const who = { keep: true, clientId: context.clientId() };
      const first = await connect({ ...who, label: 'publisher' });
      const message = { topic, payload: 'once', qos: 2, packetId: 3 } as const;
      const pubrec = { where: (ack: { readonly packetId: number }) => ack.packetId === 3 };
      first.send(publish(message));
      await first.expect('pubrec', pubrec);
      first.cut();
      const second = await connect({ ...who, label: 'publisher, back' });
      second.send(publish({ ...message, dup: true }));
      await second.expect('pubrec', { ...pubrec, what: 'a PUBREC for the PUBLISH sent again' });
      second.send(publishAck('pubrel', 3));
      await second.expect('pubcomp');
      await receive(subscriber, { topic, payload: 'once' });
      const [more] = await untilBarrier(subscriber, second, topic, 2);
      if (more !== undefined) throw new Broken('the message once', 'the message twice');
    },
  },
  {
    name: 'qos2/completed',
    proves: '[5:MQTT-4.3.3-11] [3.1.1:MQTT-4.3.3-2] [3.1:3.7] [3.1:4.1]',
    sentence: 'PUBREL is answered by PUBCOMP with its packet identifier',
    needs,
    async run({ connect, topic, announced }) {
      const peer = await connect({ label: 'publisher' });
      const name = topic();
      const ids = [1, 7, 256, 65_535].slice(0, announced.receiveMaximum);
      for (const packetId of ids) {
        peer.send(publish({ topic: name, qos: 2, packetId }));
        await peer.expect('pubrec', { where: (ack) => ack.packetId === packetId });
      }
      for (const packetId of ids) {
        peer.send(publishAck('pubrel', packetId));
        const pubcomp = await peer.expect('pubcomp');
        must(
          pubcomp.packetId === packetId,
          `a PUBCOMP with packet identifier ${packetId}`,
          `${pubcomp.packetId}`,
        );
      }
    },
  },
  {
    name: 'qos2/identifier-used-again',
    proves: '[5:MQTT-4.3.3-12] [3.1.1:MQTT-4.3.3-2] [3.1:4.1]',
    sentence: 'after PUBCOMP a PUBLISH with the identifier is a new message',
    needs,
    async run(context) {
      const { subscriber, publisher, topic } = await pair(context, { qos: 2 });
      for (const payload of ['first', 'second', 'third']) {
        await publishTo(publisher, { topic, payload, qos: 2, packetId: 9 });
        await receive(subscriber, {
          topic,
          payload,
          what: `the ${payload} message with packet identifier 9`,
        });
      }
    },
  },
];
