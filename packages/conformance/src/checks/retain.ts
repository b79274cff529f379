// RETAIN: what is kept for those who come later, and how it is told apart. [5:3.3.1.3] [3.1.1:3.3.1.3] [3.1:3.3]

import type { PublishPacket } from '@anax/protocol';
import { Broken, must } from '../wire/broken.ts';
import { arrive, publishTo, receive, subscribeTo, textOf } from '../wire/exchanges.ts';
import type { Check } from './check.ts';
import { late, pair, qosUpTo, receiveRetained, untilBarrier } from './parties.ts';

/** A message of QoS 0 may be dropped at any time even where it is retained, so these are of QoS 1. */
const needs = ['retain', 'qos1'] as const;

export const RETAIN: readonly Check[] = [
  {
    name: 'retain/kept-for-later',
    proves: '[5:MQTT-3.3.1-5] [3.1.1:MQTT-3.3.1-5] [3.1:3.3]',
    sentence: 'a message with RETAIN 1 comes to those who subscribe later',
    needs,
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      const topic = context.topic();
      await publishTo(publisher, { topic, payload: 'kept', qos: 1, retain: true });
      for (let round = 0; round < 2; round++)
        await receive(await late(context, topic), { topic, payload: 'kept' });
    },
  },
  {
    name: 'retain/replaced',
    proves: '[5:MQTT-3.3.1-5] [3.1.1:MQTT-3.3.1-6] [3.1:3.3]',
    sentence: 'of two messages with RETAIN 1 the later one is kept',
    needs,
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      const topic = context.topic();
      await publishTo(publisher, { topic, payload: 'earlier', qos: 1, retain: true });
      await publishTo(publisher, { topic, payload: 'later', qos: 1, retain: true });
      const subscriber = await late(context, topic);
      const message = textOf(await receive(subscriber));
      must(message === 'later', 'the retained message that replaced the earlier one', `"${message}"`);
      const [more] = await untilBarrier(subscriber, publisher, topic);
      if (more !== undefined) throw new Broken('one retained message of a topic', `also "${textOf(more)}"`);
    },
  },
  {
    name: 'retain/kept-with-its-qos',
    proves: '[3.1.1:MQTT-3.3.1-5]',
    sentence: 'a retained message keeps its QoS',
    needs,
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      for (const qos of [1, 2] as const) {
        const topic = context.topic();
        await publishTo(publisher, { topic, qos, payload: 'kept', retain: true });
        const subscriber = await context.connect({ label: `subscriber of QoS ${qos}` });
        const { reasonCodes } = await subscribeTo(subscriber, { filter: topic, qos: 2 });
        const wanted = Math.min(qos, reasonCodes[0] ?? 0);
        const message = await receive(subscriber, { topic });
        must(message.qos === wanted, `the retained message with QoS ${wanted}`, `QoS ${message.qos}`);
      }
    },
  },
  {
    name: 'retain/every-topic',
    proves: '[5:MQTT-3.3.1-9] [3.1.1:MQTT-3.3.1-6]',
    sentence: 'a new subscription brings the retained message of every topic that it matches',
    needs: [...needs, 'wildcards'],
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      const base = context.topic();
      const topics = ['a', 'b', 'c/d'].map((level) => `${base}/${level}`);
      for (const topic of topics)
        await publishTo(publisher, { topic, payload: 'kept', qos: 1, retain: true });
      const subscriber = await late(context, `${base}/#`);
      for (const topic of topics) await receive(subscriber, { topic, payload: 'kept' });
      const one = await late(context, `${base}/+`);
      for (const topic of topics.slice(0, 2)) await receive(one, { topic, payload: 'kept' });
    },
  },
  {
    name: 'retain/qos-0-discards',
    proves: '[5:MQTT-3.3.1-5] [3.1.1:MQTT-3.3.1-7]',
    sentence: 'a message of QoS 0 with RETAIN 1 does away with the retained message that was there',
    needs,
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      const topic = context.topic();
      await publishTo(publisher, { topic, payload: 'earlier', qos: 1, retain: true });
      await publishTo(publisher, { topic, payload: 'later', qos: 0, retain: true });
      const wrongNow = async (): Promise<PublishPacket | undefined> => {
        const came = await untilBarrier(await late(context, topic), publisher, topic);
        return came.find((message) => textOf(message) !== 'later');
      };
      if ((await wrongNow()) === undefined) return;
      // Nothing tells when a message of QoS 0 has been dealt with: a broker may have answered others meanwhile.
      await publisher.expectNothing('publish');
      const wrong = await wrongNow();
      if (wrong !== undefined)
        throw new Broken('the retained message of QoS 0, or none', `"${textOf(wrong)}"`);
    },
  },
  {
    name: 'retain/marked-for-new-subscriptions',
    proves: '[3.1.1:MQTT-3.3.1-8] [3.1:3.3]',
    sentence: 'a message that comes because of a new subscription has RETAIN 1',
    needs,
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      const topic = context.topic();
      await publishTo(publisher, { topic, payload: 'kept', qos: 1, retain: true });
      await receiveRetained(await late(context, topic), topic, 'what a new subscription brings');
    },
  },
  {
    name: 'retain/unmarked-for-those-there',
    proves: '[5:MQTT-3.3.1-12] [3.1.1:MQTT-3.3.1-9]',
    sentence: 'a message that comes to a subscription that was there has RETAIN 0',
    needs: ['retain'],
    async run(context) {
      const qos = qosUpTo(context, 1);
      const { subscriber, publisher, topic } = await pair(context, { qos });
      for (const retain of [true, false]) {
        await publishTo(publisher, { topic, qos, retain, payload: `${retain}` });
        const message = await receive(subscriber, { topic, payload: `${retain}` });
        must(!message.retain, 'RETAIN 0 towards a subscription that was there', 'RETAIN 1');
      }
    },
  },
  {
    name: 'retain/as-published',
    proves: '[5:MQTT-3.3.1-13]',
    sentence: 'with Retain As Published 1 RETAIN comes as the publisher set it',
    needs: ['retain'],
    async run(context) {
      const qos = qosUpTo(context, 1);
      const { subscriber, publisher, topic } = await pair(context, {
        qos,
        options: { retainAsPublished: true },
      });
      for (const retain of [true, false]) {
        await publishTo(publisher, { topic, qos, retain, payload: `${retain}` });
        const message = await receive(subscriber, { topic, payload: `${retain}` });
        must(
          message.retain === retain,
          `RETAIN ${Number(retain)}, as published`,
          `RETAIN ${Number(!retain)}`,
        );
      }
    },
  },
  {
    name: 'retain/empty-erases',
    proves: '[5:MQTT-3.3.1-6] [3.1.1:MQTT-3.3.1-10]',
    sentence: 'an empty message with RETAIN 1 is delivered, and erases what was retained',
    needs,
    async run(context) {
      const { subscriber, publisher, topic } = await pair(context, { qos: 1 });
      await publishTo(publisher, { topic, payload: 'kept', qos: 1, retain: true });
      await receive(subscriber, { topic, payload: 'kept' });
      await publishTo(publisher, { topic, payload: '', qos: 1, retain: true });
      await receive(subscriber, { topic, payload: '', what: 'the empty PUBLISH, delivered like any other' });
      const came = await untilBarrier(await late(context, topic), publisher, topic);
      const erased = came.find(({ payload }) => payload.length > 0);
      if (erased !== undefined)
        throw new Broken('no retained message once it was erased', `"${textOf(erased)}"`);
    },
  },
  {
    name: 'retain/empty-not-kept',
    proves: '[5:MQTT-3.3.1-7] [3.1.1:MQTT-3.3.1-11]',
    sentence: 'an empty message with RETAIN 1 is not kept',
    needs,
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      for (const before of ['kept', undefined]) {
        const topic = context.topic();
        if (before !== undefined)
          await publishTo(publisher, { topic, payload: before, qos: 1, retain: true });
        await publishTo(publisher, { topic, payload: '', qos: 1, retain: true });
        const came = await untilBarrier(await late(context, topic), publisher, topic);
        const empty = came.some(({ payload }) => payload.length === 0);
        must(!empty, 'no empty message for who subscribes later', 'an empty PUBLISH');
      }
    },
  },
  {
    name: 'retain/plain-changes-nothing',
    proves: '[5:MQTT-3.3.1-8] [3.1.1:MQTT-3.3.1-12]',
    sentence: 'a message with RETAIN 0 is not kept and leaves what was',
    needs,
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      const [topic, other] = [context.topic(), context.topic()];
      await publishTo(publisher, { topic, payload: 'kept', qos: 1, retain: true });
      for (const payload of ['passing', '']) await publishTo(publisher, { topic, payload, qos: 1 });
      const subscriber = await late(context, topic);
      await receive(subscriber, { topic, payload: 'kept', what: 'the retained message, as it was' });
      const [more] = await untilBarrier(subscriber, publisher, topic);
      must(more === undefined, 'the retained message alone', 'more than that');
      await publishTo(publisher, { topic: other, payload: 'passing', qos: 1 });
      const [kept] = await untilBarrier(await late(context, other), publisher, other);
      must(kept === undefined, 'nothing where nothing was published with RETAIN 1', 'a message');
    },
  },
  {
    name: 'retain/handling-0',
    proves: '[5:MQTT-3.3.1-9]',
    sentence: 'with Retain Handling 0 every SUBSCRIBE brings what is retained',
    needs,
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      const topic = context.topic();
      await publishTo(publisher, { topic, payload: 'kept', qos: 1, retain: true });
      const subscriber = await late(context, topic, { retainHandling: 0 });
      await receive(subscriber, { topic, payload: 'kept' });
      await subscribeTo(subscriber, { filter: topic, qos: 2, retainHandling: 0 }, { packetId: 2 });
      await receive(subscriber, { topic, payload: 'kept', what: 'the retained message once more' });
    },
  },
  {
    name: 'retain/handling-1',
    proves: '[5:MQTT-3.3.1-10]',
    sentence: 'with Retain Handling 1 what is retained comes to a new subscription only',
    needs,
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      const topic = context.topic();
      await publishTo(publisher, { topic, payload: 'kept', qos: 1, retain: true });
      const subscriber = await late(context, topic, { retainHandling: 1 });
      await receive(subscriber, { topic, payload: 'kept' });
      await subscribeTo(subscriber, { filter: topic, qos: 2, retainHandling: 1 }, { packetId: 2 });
      const [again] = await untilBarrier(subscriber, publisher, topic);
      must(again === undefined, 'nothing retained for a subscription that was there', 'a message');
    },
  },
  {
    name: 'retain/handling-2',
    proves: '[5:MQTT-3.3.1-11]',
    sentence: 'with Retain Handling 2 nothing comes of what is retained',
    needs,
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      const topic = context.topic();
      await publishTo(publisher, { topic, payload: 'kept', qos: 1, retain: true });
      const subscriber = await late(context, topic, { retainHandling: 2 });
      const [came] = await untilBarrier(subscriber, publisher, topic);
      must(came === undefined, 'no retained message with Retain Handling 2', 'a message');
      // It is there: the absence was the option's doing.
      await arrive(await late(context, topic), { payload: 'kept' });
    },
  },
];
