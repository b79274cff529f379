/** Owns random stores whose rows fit together, as facts. Never asserts. */

import { type MessageProperties, message, type QoS, type TopicFilter, type TopicName } from '@anax/protocol';
import fc from 'fast-check';
import type { Fact } from '../../src/inspection/facts.ts';
import type { Content, DeliveryRecord, SessionRecord } from '../../src/records/rows.ts';

const text = fc
  .oneof(fc.string({ maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 20 }))
  .map((some) => some.replaceAll('\0', '-'));
const level = text.map((some) => some.replaceAll(/[/+#$]/g, '-') || 'x');
const topic = fc.array(level, { minLength: 1, maxLength: 3 }).map((levels) => levels.join('/') as TopicName);
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([levels, hash]) => [...levels, ...(hash ? ['#'] : [])].join('/') as TopicFilter);
const qos = fc.constantFrom<QoS>(0, 1, 2);
const instant = fc.integer({ min: -1e12, max: 4e12 });
const word = fc.oneof(fc.constantFrom(0, 0xffff_ffff), fc.nat());
const packetId = fc.integer({ min: 1, max: 65_535 });
const identifier = fc.integer({ min: 1, max: 268_435_455 });
const number = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 ** 48 - 1 }));
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  text.map((some) => new TextEncoder().encode(some)),
  fc.constant(Uint8Array.of(0xef, 0xbb, 0xbf, 0, 0x41)),
);

/** In any order, as they may have come. */
const properties: fc.Arbitrary<MessageProperties> = fc
  .tuple(
    fc.constantFrom<0 | 1>(0, 1),
    word,
    text,
    topic,
    fc.uint8Array({ maxLength: 9 }),
    fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 3 }),
  )
  .chain(([payloadFormatIndicator, messageExpiryInterval, contentType, responseTopic, data, pairs]) =>
    fc.shuffledSubarray(
      Object.entries({
        payloadFormatIndicator,
        messageExpiryInterval,
        contentType,
        responseTopic,
        correlationData: data,
        userProperties: pairs,
      }),
    ),
  )
  .map((entries) => Object.fromEntries(entries) as MessageProperties);

const anyMessage = fc
  .tuple(topic, payload, qos, fc.boolean(), properties, text, fc.option(instant, { nil: Infinity }))
  .map((fields) => message(...fields));

const will = fc.record({
  message: anyMessage,
  messageExpiryMs: fc.oneof(fc.nat(), fc.constant(Number.POSITIVE_INFINITY)),
  delaySeconds: word,
});

const session: fc.Arbitrary<SessionRecord> = fc.record({
  clientId: text,
  owner: fc.option(text, { nil: undefined }),
  expirySeconds: word,
  closedAt: fc.option(instant, { nil: undefined }),
  owesShared: fc.boolean(),
  will: fc.option(will, { nil: undefined }),
});

const subscription = fc.record({
  filter,
  qos,
  noLocal: fc.boolean(),
  retainAsPublished: fc.boolean(),
  shareName: fc.option(level, { nil: undefined }),
  identifier: fc.option(identifier, { nil: undefined }),
});

const delivery: fc.Arbitrary<Omit<DeliveryRecord, 'content' | 'packetId'>> = fc.record({
  qos,
  retain: fc.boolean(),
  bytes: word,
  subscriptionIdentifiers: fc.option(fc.array(identifier, { maxLength: 3 }), { nil: undefined }),
  sharedFilter: fc.option(filter, { nil: undefined }),
});

const unique = <T, U>(one: fc.Arbitrary<T>, by: (value: T) => U, maxLength = 4): fc.Arbitrary<T[]> =>
  fc.uniqueArray(one, { selector: by, maxLength });

const owned = fc.record({
  number,
  is: session,
  subscriptions: unique(subscription, (some) => `${some.shareName} ${some.filter}`),
  places: fc.uniqueArray(number, { maxLength: 6 }),
  deliveries: fc.array(delivery, { minLength: 6, maxLength: 6 }),
  packetIds: fc.uniqueArray(packetId, { minLength: 6, maxLength: 6 }),
  contents: fc.array(fc.oneof(anyMessage, fc.nat()), { minLength: 6, maxLength: 6 }),
  kinds: fc.array(fc.constantFrom('queued', 'sent', 'release'), { minLength: 6, maxLength: 6 }),
  arrivals: fc.uniqueArray(packetId, { maxLength: 3 }),
});

const shape = fc.record({
  sessions: unique(fc.record({ own: owned }), ({ own }) => own.is.clientId).map((all) =>
    all.map(({ own }) => own),
  ),
  messages: unique(fc.record({ number, is: anyMessage }), (one) => one.number),
  inline: unique(anyMessage, (one) => one.topic, 2),
  retained: fc.uniqueArray(number, { minLength: 6, maxLength: 6 }),
});

/** Rows that fit together: every message row is named, by a retained message where by nothing else. */
export const soundStore: fc.Arbitrary<readonly Fact[]> = shape.map(({ sessions, messages, ...rest }) => {
  const facts: Fact[] = [];
  const named = new Set<number>();
  const contentOf = (content: (typeof rest.inline)[number] | number): Content => {
    if (typeof content !== 'number') return { message: content };
    const stored = messages[content % Math.max(1, messages.length)];
    if (stored === undefined)
      return { message: message('x' as TopicName, new Uint8Array(0), 0, false, {}, '', 0) };
    named.add(stored.number);
    return { messageNumber: stored.number };
  };
  const seen = new Set<number>();
  for (const { number: own, is, subscriptions, places, arrivals, ...owes } of sessions) {
    if (seen.has(own)) continue;
    seen.add(own);
    facts.push({ table: 'session', session: own, is });
    for (const [index, { shareName, ...fields }] of subscriptions.entries()) {
      const shared = shareName !== undefined;
      const full = shared ? `$share/${shareName}/${fields.filter}` : fields.filter;
      facts.push({
        table: 'subscription',
        session: own,
        number: index + 1,
        is: { ...fields, filter: full, shared },
      });
    }
    for (const id of arrivals) facts.push({ table: 'arrival', session: own, packetId: id });
    for (const [index, place] of places.entries()) {
      const id = owes.packetIds[index] as number;
      if (owes.kinds[index] === 'release') {
        facts.push({ table: 'release', session: own, place, packetId: id });
        continue;
      }
      const fields = owes.deliveries[index] as (typeof owes.deliveries)[number];
      const content = contentOf(owes.contents[index] as (typeof owes.contents)[number]);
      const sent = owes.kinds[index] === 'sent' ? id : 0;
      facts.push({ table: 'delivery', session: own, place, is: { ...fields, packetId: sent, content } });
    }
  }
  const topics = new Set<string>();
  let next = 0;
  const retain = (on: string, is: Content): void => {
    topics.add(on);
    facts.push({ table: 'retained', number: rest.retained[next++] as number, is });
  };
  for (const own of rest.inline) retain(own.topic, { message: own });
  for (const { number: own, is } of messages) {
    if (!named.has(own) && topics.has(is.topic)) continue;
    if (!named.has(own)) retain(is.topic, { messageNumber: own });
    facts.push({ table: 'message', number: own, is });
  }
  return facts;
});
