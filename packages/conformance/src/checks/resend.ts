// What is sent again, and when: on the next connection of a session and at no other time. [5:4.4] [3.1.1:4.4] [3.1:4.2]

import { publishAck, Reason } from '@anax/protocol';
import { must } from '../wire/broken.ts';
import { arrive, publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import type { Peer } from '../wire/peer.ts';
import { sleep } from '../wire/waits.ts';
import type { Check, Context } from './check.ts';
import { type KeptPair, keptPair, qosUpTo, untilBarrier } from './parties.ts';

/** As long an unanswered packet is left lying on an open connection, in ms. */
const UNANSWERED_MS = 3000;

export const RESEND: readonly Check[] = [
  {
    name: 'resend/dup',
    proves: '[5:MQTT-3.3.1-1] [3.1.1:MQTT-3.3.1-1] [3.1:2.1]',
    sentence: 'a PUBLISH that is sent again has DUP 1',
    needs: ['qos1'],
    async run(context) {
      const qos = qosUpTo(context, 2);
      for (const level of new Set([1, qos] as const)) {
        const { subscriber, publisher, topic, resume } = await keptPair(context, { qos: level });
        await publishTo(publisher, { topic, qos: level });
        await arrive(subscriber, { topic });
        subscriber.cut();
        const { dup } = await receive(await resume(), { topic });
        must(dup, 'DUP 1 in a PUBLISH that is sent again', 'DUP 0');
      }
    },
  },
  {
    name: 'resend/when-resumed',
    proves: '[5:MQTT-4.4.0-1] [3.1.1:MQTT-4.4.0-1] [3.1:4.2]',
    sentence:
      'what is unacknowledged is sent again on the next connection of the session, with its packet identifier',
    needs: ['qos1'],
    async run(context) {
      const { announced } = context;
      const levels = announced.maximumQos === 2 ? ([1, 2] as const) : ([1] as const);
      for (const qos of levels) {
        const { subscriber, publisher, topic, resume } = await keptPair(context, { qos });
        await publishTo(publisher, { topic, qos });
        const { packetId } = await arrive(subscriber, { topic });
        subscriber.cut();
        const message = await arrive(await resume(), { topic, what: 'the PUBLISH once more' });
        must(
          message.packetId === packetId,
          `the PUBLISH once more with packet identifier ${packetId}`,
          `${message.packetId}`,
        );
      }
      if (announced.maximumQos < 2) return;
      const { subscriber, publisher, topic, resume } = await keptPair(context, { qos: 2 });
      await publishTo(publisher, { topic, qos: 2 });
      const { packetId } = await arrive(subscriber, { topic });
      subscriber.send(publishAck('pubrec', packetId));
      await subscriber.expect('pubrel');
      subscriber.cut();
      const pubrel = await (await resume()).expect('pubrel', { what: 'the PUBREL once more' });
      must(
        pubrel.packetId === packetId,
        `the PUBREL once more with packet identifier ${packetId}`,
        `${pubrel.packetId}`,
      );
    },
  },
  {
    name: 'resend/only-when-resumed',
    proves: '[5:MQTT-4.4.0-1]',
    sentence: 'nothing is sent again on an open connection, nor to a session that begins anew',
    needs: ['qos1'],
    seconds: 3,
    async run(context) {
      const lying = [await unanswered(context, 1)];
      if (context.announced.maximumQos === 2) lying.push(await unanswered(context, 2));
      await sleep(UNANSWERED_MS);
      for (const { subscriber } of lying) {
        await subscriber.fence();
        nothingOf(subscriber, 'on an open connection');
      }
      for (const { subscriber, publisher, topic, restart } of lying) {
        subscriber.cut();
        const anew = await restart();
        await subscribeTo(anew, { filter: topic, qos: 1 });
        await publishTo(publisher, { topic, payload: 'new', qos: 1 });
        await receive(anew, { topic, payload: 'new' });
        nothingOf(anew, 'to a session that begins anew');
      }
    },
  },
  {
    name: 'resend/refused-is-over',
    proves: '[5:MQTT-4.4.0-2]',
    sentence: 'a PUBLISH answered by 0x80 or above is not sent again',
    needs: ['qos1'],
    async run(context) {
      for (const qos of [1, 2] as const) {
        if (qos > context.announced.maximumQos) continue;
        const { subscriber, publisher, topic, resume } = await keptPair(context, { qos });
        await publishTo(publisher, { topic, qos, payload: 'refused' });
        const { packetId } = await arrive(subscriber, { topic });
        subscriber.send(publishAck(qos === 1 ? 'puback' : 'pubrec', packetId, Reason.unspecifiedError));
        await subscriber.fence();
        subscriber.cut();
        const back = await resume();
        const [again] = await untilBarrier(back, publisher, topic, qos);
        must(again === undefined, `nothing of what was refused at QoS ${qos}`, 'the PUBLISH once more');
      }
    },
  },
];

/** A message that waits for PUBACK, or a PUBREL that waits for PUBCOMP. */
async function unanswered(context: Context, qos: 1 | 2): Promise<KeptPair> {
  const waiting = await keptPair(context, { qos });
  const { subscriber, publisher, topic } = waiting;
  await publishTo(publisher, { topic, qos });
  const { packetId } = await arrive(subscriber, { topic });
  if (qos === 1) return waiting;
  subscriber.send(publishAck('pubrec', packetId));
  await subscriber.expect('pubrel');
  return waiting;
}

function nothingOf(peer: Peer, where: string): void {
  for (const type of ['publish', 'pubrel'] as const) {
    const name = type.toUpperCase();
    must(peer.takeAll(type).length === 0, `no ${name} once more ${where}`, `a ${name}`);
  }
}
