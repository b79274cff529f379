// What becomes of a session: Clean Start, CleanSession, Session Expiry. [5:3.1.2.4] [3.1.1:3.1.2.4] [3.1:3.1]

import { must } from '../wire/broken.ts';
import { arrive, before, publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import { type FilterInput, publish } from '../wire/packets.ts';
import type { Check, Context } from './check.ts';

/** A session that is kept, with subscriptions, whose client has gone. */
async function leftBehind(
  { connect, clientId }: Context,
  filters: readonly (string | FilterInput)[],
): Promise<string> {
  const id = clientId();
  const peer = await connect({ keep: true, clientId: id, label: 'at first' });
  await subscribeTo(peer, filters);
  await peer.disconnect();
  return id;
}

/** What was published while the client was away arrives when it is back. */
async function queued(context: Context, qos: 1 | 2): Promise<void> {
  const topic = context.topic();
  const id = await leftBehind(context, [{ filter: topic, qos }]);
  const publisher = await context.connect({ label: 'publisher' });
  for (const payload of ['one', 'two']) await publishTo(publisher, { topic, qos, payload });
  const back = await context.connect({ keep: true, clientId: id, label: 'back' });
  for (const payload of ['one', 'two']) await receive(back, { topic, payload });
}

/** Nothing of an earlier session: not what was published while it was away, and not its subscriptions. */
async function nothingLeft(context: Context, id: string, topic: string, keep: boolean): Promise<void> {
  const publisher = await context.connect({ label: 'publisher' });
  await publishTo(publisher, { topic, qos: 1, payload: 'while away' });
  const anew = await context.connect({ clientId: id, keep, cleanStart: !keep, label: 'anew' });
  await publishTo(publisher, { topic, qos: 1, payload: 'when back' });
  const barrier = context.topic('barrier');
  await subscribeTo(anew, { filter: barrier, qos: 1 });
  const [left] = await before(publisher, anew, { topic: barrier, qos: 1 });
  must(left === undefined, 'nothing of the earlier session', `a PUBLISH to its topic ${left?.topic}`);
}

export const CLEAN_START: readonly Check[] = [
  {
    name: 'clean-start/continues-subscriptions',
    proves:
      '[5:MQTT-3.1.2-5] [5:MQTT-3.1.2-23] [5:MQTT-3.1.4-4] [3.1.1:MQTT-3.1.2-4] [3.1.1:MQTT-3.1.4-3] [3.1:3.1]',
    sentence: 'who comes back with Clean Start 0 has the subscriptions of the session',
    async run(context) {
      const topic = context.topic();
      const id = await leftBehind(context, [topic]);
      const back = await context.connect({ keep: true, clientId: id, label: 'back' });
      const publisher = await context.connect({ label: 'publisher' });
      await publishTo(publisher, { topic });
      await arrive(back, { topic });
    },
  },
  {
    name: 'clean-start/keeps-qos1',
    proves: '[5:MQTT-3.1.2-5] [5:MQTT-3.1.2-23] [3.1.1:MQTT-3.1.2-5] [3.1:3.1]',
    sentence: 'messages of QoS 1 for a client that is away are delivered when it comes back',
    needs: ['qos1'],
    run: (context) => queued(context, 1),
  },
  {
    name: 'clean-start/keeps-qos2',
    proves: '[5:MQTT-3.1.2-5] [5:MQTT-3.1.2-23] [3.1.1:MQTT-3.1.2-5] [3.1:3.1]',
    sentence: 'messages of QoS 2 for a client that is away are delivered when it comes back',
    needs: ['qos2'],
    run: (context) => queued(context, 2),
  },
  {
    name: 'clean-start/continues-what-it-sent',
    proves: '[5:MQTT-3.1.2-5] [3.1.1:MQTT-3.1.2-4] [3.1:3.1]',
    sentence: 'a PUBLISH that was not acknowledged is sent again to who comes back with Clean Start 0',
    needs: ['qos1'],
    async run({ connect, clientId, topic }) {
      const session = { keep: true, clientId: clientId() };
      const name = topic();
      const first = await connect({ ...session, label: 'at first' });
      const publisher = await connect({ label: 'publisher' });
      await subscribeTo(first, { filter: name, qos: 1 });
      await publishTo(publisher, { topic: name, qos: 1, payload: 'not acknowledged' });
      await arrive(first, { payload: 'not acknowledged' });
      first.cut();
      const back = await connect({ ...session, label: 'back' });
      await receive(back, { topic: name, payload: 'not acknowledged' });
    },
  },
  {
    name: 'clean-start/continues-what-it-got',
    proves: '[5:MQTT-3.1.2-5] [3.1.1:MQTT-3.1.2-4] [3.1:3.1]',
    sentence: 'a PUBLISH of QoS 2 that got PUBREC is not passed on again when who comes back sends it again',
    needs: ['qos2'],
    async run({ connect, clientId, topic }) {
      const session = { keep: true, clientId: clientId() };
      const [name, barrier] = [topic(), topic('barrier')];
      const subscriber = await connect({ label: 'subscriber' });
      await subscribeTo(subscriber, [
        { filter: name, qos: 2 },
        { filter: barrier, qos: 2 },
      ]);
      const first = await connect({ ...session, label: 'at first' });
      const message = publish({ topic: name, qos: 2, packetId: 7, payload: 'once' });
      first.send(message);
      await first.expect('pubrec');
      first.cut();
      const back = await connect({ ...session, label: 'back' });
      back.send({ ...message, dup: true });
      await back.expect('pubrec');
      back.send({ type: 'pubrel', packetId: 7, reasonCode: 0, properties: {} });
      await back.expect('pubcomp');
      await receive(subscriber, { topic: name });
      const more = await before(back, subscriber, { topic: barrier, qos: 2 });
      must(more.length === 0, 'the message once', 'it came twice');
    },
  },
  {
    name: 'clean-start/begins-where-nothing-is',
    proves: '[5:MQTT-3.1.2-6] [5:MQTT-3.1.4-4] [3.1.1:MQTT-3.1.2-4] [3.1.1:MQTT-3.1.4-3] [3.1:3.1]',
    sentence: 'Clean Start 0 without an earlier session begins one',
    async run({ connect, topic }) {
      const name = topic();
      const peer = await connect({ keep: true });
      await subscribeTo(peer, name);
      await publishTo(peer, { topic: name });
      await arrive(peer, { topic: name });
    },
  },
  {
    name: 'clean-start/wipes',
    proves: '[5:MQTT-3.1.2-4] [5:MQTT-3.1.4-4] [3.1.1:MQTT-3.1.2-6] [3.1.1:MQTT-3.1.4-3] [3.1:3.1]',
    sentence: 'Clean Start 1 throws the earlier session away, with its subscriptions and what waits in it',
    needs: ['qos1'],
    async run(context) {
      const topic = context.topic();
      const id = await leftBehind(context, [{ filter: topic, qos: 1 }]);
      await nothingLeft(context, id, topic, false);
    },
  },
  {
    name: 'clean-start/clean-session-ends',
    proves: '[3.1.1:MQTT-3.1.2-6] [3.1:3.1]',
    sentence: 'a session of CleanSession 1 ends with its connection: CleanSession 0 then finds nothing of it',
    async run(context) {
      const [id, topic] = [context.clientId(), context.topic()];
      const peer = await context.connect({ clientId: id, label: 'at first' });
      await subscribeTo(peer, { filter: topic, qos: 1 });
      await peer.disconnect();
      await nothingLeft(context, id, topic, true);
    },
  },
  {
    name: 'clean-start/leaves-retained',
    proves: '[3.1.1:MQTT-3.1.2-7] [3.1:3.1]',
    sentence: 'what a client retained stays when its session ends',
    async run({ connect, clientId, topic }) {
      const [id, name] = [clientId(), topic()];
      const publisher = await connect({ clientId: id, label: 'publisher' });
      await publishTo(publisher, { topic: name, qos: 1, retain: true, payload: 'stays' });
      await publisher.disconnect();
      const again = await connect({ clientId: id, label: 'publisher, anew' });
      await again.disconnect();
      const subscriber = await connect({ label: 'subscriber' });
      await subscribeTo(subscriber, name);
      await arrive(subscriber, { topic: name, payload: 'stays' });
    },
  },
  {
    name: 'clean-start/one-session-for-each-client-id',
    proves: '[5:MQTT-3.1.3-2] [3.1.1:MQTT-3.1.3-2] [3.1:3.1]',
    sentence: 'client identifiers that differ in one letter, or its case, have sessions of their own',
    async run(context) {
      const { connect, clientId, topic, announced } = context;
      const base = `${clientId()}X`;
      const ids = [base, base.toLowerCase(), `${base.slice(0, -1)}Y`];
      const qos = announced.maximumQos >= 1 ? 1 : 0;
      const names = ids.map(() => topic());
      for (const [index, id] of ids.entries()) {
        const peer = await connect({ keep: true, clientId: id, label: `first of ${id}` });
        await subscribeTo(peer, { filter: names[index] ?? '', qos });
        await peer.disconnect();
      }
      const publisher = await connect({ label: 'publisher' });
      const barrier = topic('barrier');
      for (const [index, id] of ids.entries()) {
        const back = await connect({ keep: true, clientId: id, label: `second of ${id}` });
        await subscribeTo(back, { filter: barrier, qos });
        for (const name of names) await publishTo(publisher, { topic: name, qos });
        await receive(back, { topic: names[index] ?? '' });
        const others = await before(publisher, back, { topic: barrier, qos });
        must(
          others.every(({ topic: name }) => name === names[index]),
          'messages for the subscription of this client identifier alone',
          others.map(({ topic: name }) => name).join(', '),
        );
        await back.disconnect();
      }
    },
  },
];
