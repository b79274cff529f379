// Subscriptions of one client that overlap, and Subscription Identifiers. [5:3.3.4] [3.1.1:3.3.5]

import type { PublishPacket } from '@anax/protocol';
import { Broken, must } from '../wire/broken.ts';
import { arrive, publishTo, subscribeTo, textOf } from '../wire/exchanges.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check, Context } from './check.ts';
import { arrivesSoon, qosUpTo } from './parties.ts';

const needs = ['wildcards', 'subscriptionIdentifiers'] as const;

export const OVERLAP: readonly Check[] = [
  {
    name: 'overlap/highest-qos',
    proves: '[5:MQTT-3.3.4-2] [3.1.1:MQTT-3.3.5-1]',
    sentence: 'where subscriptions overlap the message comes with the highest QoS that they allow',
    needs: ['wildcards', 'qos1'],
    async run(context) {
      const high = qosUpTo(context, 2);
      const subscriber = await context.connect({ label: 'subscriber' });
      const publisher = await context.connect({ label: 'publisher' });
      const base = context.topic();
      // Whichever of exact and wildcard, first and second, a broker may prefer.
      const pairs = [
        [`${base}/a/x`, `${base}/a/+`],
        [`${base}/b/+`, `${base}/b/x`],
        [`${base}/c/x`, `${base}/c/#`],
      ] as const;
      for (const [low, most] of pairs) {
        const { reasonCodes } = await subscribeTo(subscriber, [
          { filter: low, qos: 0 },
          { filter: most, qos: high },
        ]);
        const granted = reasonCodes[1] ?? 0;
        const topic = low.replace('+', 'x');
        await publishTo(publisher, { topic, qos: high });
        await subscriber.expect('publish', {
          where: (packet) => packet.topic === topic && packet.qos === granted,
          what: `a PUBLISH to ${JSON.stringify(topic)} with QoS ${granted}`,
        });
      }
    },
  },
  {
    name: 'overlap/identifiers-told',
    proves: '[5:MQTT-3.3.4-3]',
    sentence: 'a message comes with the identifiers of the subscriptions that brought it',
    needs,
    async run(context) {
      const where = await overlapping(context);
      const copies = [...(await copiesOf(where))];
      const missing = (): readonly number[] =>
        IDENTIFIERS.filter((id) => !copies.some((copy) => identifiersOf(copy).includes(id)));
      while (missing().length > 0) {
        // Copies for single subscriptions may be late.
        const more = await arrivesSoon(where.subscriber);
        const wanted = `PUBLISH with Subscription Identifiers ${IDENTIFIERS.join(' and ')}`;
        if (more === undefined) throw new Broken(wanted, shownIn(copies));
        if (textOf(more) === 'copy') copies.push(more);
      }
    },
  },
  {
    name: 'overlap/one-copy-has-all',
    proves: '[5:MQTT-3.3.4-4]',
    sentence: 'a message that comes once for several subscriptions has the identifiers of all',
    needs,
    async run(context) {
      const copies = await copiesOf(await overlapping(context));
      const [only] = copies;
      if (only === undefined || copies.length > 1) return;
      const told = [...identifiersOf(only)].sort((a, b) => a - b).join(', ');
      must(told === IDENTIFIERS.join(', '), `Subscription Identifiers ${IDENTIFIERS.join(', ')}`, told);
    },
  },
  {
    name: 'overlap/each-copy-has-its-own',
    proves: '[5:MQTT-3.3.4-5]',
    sentence: 'of a message that comes once for each subscription, each copy has the identifier of its own',
    needs,
    async run(context) {
      const copies = await copiesOf(await overlapping(context));
      if (copies.length === 1) return;
      // A copy of its own for each identifier; the third subscription has none.
      const left = [...copies];
      for (const id of IDENTIFIERS) {
        const at = left.findIndex((copy) => identifiersOf(copy).includes(id));
        if (at < 0) throw new Broken(`a copy with Subscription Identifier ${id} of its own`, shownIn(copies));
        left.splice(at, 1);
      }
    },
  },
];

const IDENTIFIERS: readonly number[] = [7, 268_435_455];

interface Overlapping {
  readonly subscriber: Peer;
  readonly publisher: Peer;
  readonly topic: string;
}

/** Three subscriptions that match a topic, two of them with an identifier. */
async function overlapping({ connect, topic }: Context): Promise<Overlapping> {
  const subscriber = await connect({ label: 'subscriber' });
  const publisher = await connect({ label: 'publisher' });
  const base = topic();
  const filters = [`${base}/x`, `${base}/+`];
  for (const [index, id] of IDENTIFIERS.entries()) {
    await subscribeTo(subscriber, filters[index] ?? base, {
      packetId: index + 1,
      properties: { subscriptionIdentifiers: [id] },
    });
  }
  await subscribeTo(subscriber, `${base}/#`, { packetId: IDENTIFIERS.length + 1 });
  return { subscriber, publisher, topic: `${base}/x` };
}

/** The copies in which one message comes, a second message to the same topic being the end of them. */
async function copiesOf({ subscriber, publisher, topic }: Overlapping): Promise<readonly PublishPacket[]> {
  await publishTo(publisher, { topic, payload: 'copy' });
  await publishTo(publisher, { topic, payload: 'end' });
  await arrive(subscriber, { topic, payload: 'end' });
  await subscriber.fence();
  return subscriber.takeAll('publish', (message) => textOf(message) === 'copy');
}

function identifiersOf({ properties }: PublishPacket): readonly number[] {
  return properties.subscriptionIdentifiers ?? [];
}

function shownIn(copies: readonly PublishPacket[]): string {
  const lists = copies.map((copy) => `[${identifiersOf(copy).join(', ')}]`);
  return `${copies.length === 1 ? 'one copy' : `${copies.length} copies`} with ${lists.join(' ')}`;
}
