// Topic names and topic filters: what matches what. [5:4.7] [3.1.1:4.7] [3.1:A]

import type { QoS } from '@anax/protocol';
import { publishAll, upToBarrier } from '../wire/barrier.ts';
import { Broken, must, Unsuitable } from '../wire/broken.ts';
import { joined } from '../wire/bytes.ts';
import { publishTo, receive, subscribeTo, textOf } from '../wire/exchanges.ts';
import { type PublishInput, publish, subscribe } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import { publishBytes, subscribeBytes, unsubscribeBytes } from './bad-filters.ts';
import type { Check, Context } from './check.ts';
import { BOTH_ROWS, HASH_ROWS, NAME_ROWS, PLUS_ROWS, type TopicRow } from './topic-rows.ts';

export const TOPICS: readonly Check[] = [
  {
    name: 'topics/names-compared-as-they-are',
    proves: '[5:MQTT-4.7.3-4] [3.1.1:MQTT-4.7.3-4] [3.1:A]',
    sentence:
      'a filter without wildcards matches the same characters and no others: case, spaces, slashes, forms of Unicode',
    run: (context) => matched(context, NAME_ROWS),
  },
  {
    name: 'topics/hash-matches',
    proves: '[5:MQTT-4.7.1-1] [3.1.1:MQTT-4.7.1-2] [3.1:A]',
    sentence: '# matches any number of levels at the end, none included, and nothing elsewhere',
    needs: ['wildcards'],
    alone: true,
    run: (context) => matched(context, [...HASH_ROWS, ...BOTH_ROWS]),
  },
  {
    name: 'topics/plus-matches',
    proves: '[5:MQTT-4.7.1-2] [3.1.1:MQTT-4.7.1-3] [3.1:A]',
    sentence: '+ matches one whole level wherever it stands, an empty one included',
    needs: ['wildcards'],
    run: (context) => matched(context, [...PLUS_ROWS, ...BOTH_ROWS]),
  },
  {
    name: 'topics/wildcard-first-matches-no-dollar',
    proves: '[5:MQTT-4.7.2-1] [3.1.1:MQTT-4.7.2-1]',
    sentence: 'a filter that begins with a wildcard brings no topic that begins with $',
    needs: ['wildcards'],
    alone: true,
    run: noDollar,
  },
  {
    name: 'topics/null-character',
    proves: '[5:MQTT-4.7.3-2] [3.1.1:MQTT-4.7.3-2]',
    sentence: 'U+0000 in a topic name or a topic filter closes the connection',
    async run({ connect, dialect, topic }) {
      const bytes = joined(new TextEncoder().encode(topic()), [0], [0x61]);
      const packets = {
        PUBLISH: publishBytes(dialect, bytes),
        SUBSCRIBE: subscribeBytes(dialect, bytes),
        UNSUBSCRIBE: unsubscribeBytes(dialect, bytes),
      };
      for (const [name, packet] of Object.entries(packets)) {
        const peer = await connect();
        peer.send(packet);
        await peer.expectClosed([0x81, 0x82], `the broker closes: U+0000 in the topic of ${name}`);
      }
    },
  },
];

interface Trial extends PublishInput {
  readonly payload: string;
  readonly filter: string;
}

/** The row with topics of its own in place of `{}` and `{flat}`. */
function filledIn({ filter, matches, others }: TopicRow, { topic }: Context): TopicRow {
  const base = topic();
  const flat = base.replaceAll('/', '-');
  const filled = (text: string): string => text.replace('{}', base).replace('{flat}', flat);
  return { filter: filled(filter), matches: matches.map(filled), others: others.map(filled) };
}

/** Rows that have nothing in common share a connection; a filter of wildcards only has one of its own. */
async function matched(context: Context, rows: readonly TopicRow[]): Promise<void> {
  const { connect } = context;
  const publisher = await connect({ label: 'publisher' });
  const apart = rows.filter(({ filter }) => filter.includes('{'));
  const parts = [apart, ...rows.filter((row) => !apart.includes(row)).map((row) => [row])];
  let judgedRows = 0;
  for (const part of parts) judgedRows += await judged(context, part, publisher, await connect());
  if (judgedRows === 0) throw new Unsuitable('not applicable', 'SUBACK refuses every filter of this kind');
}

/** @returns how many of the rows could be judged */
async function judged(
  context: Context,
  rows: readonly TopicRow[],
  publisher: Peer,
  subscriber: Peer,
): Promise<number> {
  const barrier = context.topic('barrier');
  // What everybody publishes comes to a filter of wildcards only: at QoS 0 it needs no answer.
  const qos = rows.length === 1 || context.announced.maximumQos === 0 ? 0 : 1;
  const filled = await granted(
    subscriber,
    rows.map((row) => filledIn(row, context)),
    qos,
  );
  await subscribeTo(subscriber, { filter: barrier, qos });
  const wanted = trialsOf(filled, ({ matches }) => matches, 'matched', qos);
  const unwanted = trialsOf(filled, ({ others }) => others, 'other', qos);
  const published = await publishAll(publisher, [...unwanted, ...wanted], context.announced.receiveMaximum);
  for (const { topic, filter, payload } of wanted.filter((trial) => published.includes(trial))) {
    const what = `PUBLISH to ${shown(topic)}, which ${shown(filter)} matches,`;
    const message = await receive(subscriber, { payload, what });
    must(
      message.topic === topic,
      `the topic as it was published: ${shown(topic)}`,
      `a PUBLISH to ${shown(message.topic)}`,
    );
  }
  for (const message of await upToBarrier(subscriber, publisher, barrier, qos)) {
    const wrong = unwanted.find(({ payload }) => payload === textOf(message));
    if (wrong === undefined) continue;
    const none = `no PUBLISH to ${shown(wrong.topic)}, which ${shown(wrong.filter)} does not match`;
    throw new Broken(none, `a PUBLISH to ${shown(message.topic)}`);
  }
  return filled.length;
}

/** Subscribes to the filters of the rows. A server may refuse any filter: then its row is no matter of matching. */
async function granted(subscriber: Peer, rows: readonly TopicRow[], qos: QoS): Promise<readonly TopicRow[]> {
  subscriber.send(
    subscribe(
      2,
      rows.map(({ filter }) => ({ filter, qos })),
    ),
  );
  const { reasonCodes } = await subscriber.expect('suback');
  return rows.filter((_, index) => (reasonCodes[index] ?? 0x80) < 0x80);
}

/** JSON in ASCII: what looks alike must not be read as the same. */
function shown(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function trialsOf(
  rows: readonly TopicRow[],
  topicsOf: (row: TopicRow) => readonly string[],
  kind: string,
  qos: QoS,
): readonly Trial[] {
  return rows.flatMap((row) =>
    topicsOf(row).map((topic) => ({ topic, qos, filter: row.filter, payload: `${kind} ${topic}` })),
  );
}

/** What clients may publish below `$` is the broker's to say: without it, what the broker publishes itself is seen. */
async function noDollar({ connect, topic, waits }: Context): Promise<void> {
  const base = topic('x');
  const below = base.slice(base.indexOf('/') + 1);
  const dollar = `$${base}`;
  const barrier = topic('barrier');
  const [wild, named] = [await connect({ label: 'wildcards' }), await connect({ label: 'names' })];
  // Filters below $ may be refused.
  named.send(subscribe(1, [barrier, dollar, '$SYS/#']));
  await named.expect('suback');
  await subscribeTo(wild, ['#', `+/${below}`, barrier]);
  let publisher = await connect({ label: 'publisher' });
  publisher.send(publish({ topic: dollar }));
  const refused = await publisher.fence().then(
    () => false,
    (error: unknown) => {
      if (error instanceof Broken) return true;
      throw error;
    },
  );
  if (refused) publisher = await connect({ label: 'publisher, after a topic with $' });
  await publishTo(publisher, { topic: base });
  await receive(wild, { topic: base, what: `PUBLISH to ${base}, which # matches` });
  const seen = (await upToBarrier(wild, publisher, barrier)).find((message) => message.topic.startsWith('$'));
  if (seen !== undefined)
    throw new Broken(
      'no topic that begins with $ at a subscriber to # and +/...',
      JSON.stringify(seen.topic),
    );
  await publishTo(publisher, { topic: barrier, payload: 'for names' });
  await receive(named, { topic: barrier, payload: 'for names' });
  const [control] = named.takeAll('publish', (message) => message.topic.startsWith('$'));
  if (control !== undefined) return;
  const late = await named
    .expect('publish', { where: (message) => message.topic.startsWith('$'), ms: waits.quietMs })
    .catch((error: unknown) => {
      if (error instanceof Broken) return undefined;
      throw error;
    });
  if (late === undefined)
    throw new Unsuitable('not applicable', 'the broker has no topics that begin with $');
}
