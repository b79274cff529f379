// The checker sees every kind of broken promise that is planted in a history, and none in one that keeps all of them.

import { describe, expect, test } from 'vitest';
import type { Cast, SubscriberRole } from './src/cast.ts';
import { type Fact, History, type Published } from './src/facts.ts';
import { type Carried, judge, NOTHING_CARRIED } from './src/judge.ts';
import { leaks, type RowCounts } from './src/leaks.ts';
import { violationsText } from './src/report.ts';

const role = (clientId: string, more: Partial<SubscriberRole> = {}): SubscriberRole => ({
  clientId,
  dialect: '5.0',
  presence: 'online',
  filters: [{ filter: 'a/#', qos: 2 }],
  lingerMs: 0,
  ...more,
});

const CAST: Cast = {
  publishers: [],
  subscribers: [
    role('two'),
    role('one', { filters: [{ filter: 'a/+', qos: 1 }] }),
    role('left', { group: 'g', filters: [{ filter: 's/#', qos: 2 }] }),
    role('right', { group: 'g', filters: [{ filter: 's/#', qos: 2 }] }),
  ],
};

const published = (value: number, topic: string, more: Partial<Published> = {}): Published => ({
  type: 'published',
  value,
  publisher: 'p',
  order: value,
  topic,
  qos: 2,
  retain: false,
  clears: false,
  ...more,
});
const acknowledged = (value: number): Fact => ({ type: 'acknowledged', value });
const delivered = (
  subscriber: string,
  value: number,
  topic: string,
  more: { readonly qos?: 1 | 2; readonly dup?: boolean; readonly packetId?: number } = {},
): Fact => ({
  type: 'delivered',
  subscriber,
  topic,
  value,
  qos: subscriber === 'one' ? 1 : 2,
  dup: false,
  packetId: value,
  ...more,
});
const found = (topic: string, value: number | undefined): Fact => ({ type: 'found', topic, value });
const retained = (value: number, more: Partial<Published> = {}): Published =>
  published(value, 'r', { retain: true, ...more });

/** Two messages that everybody got, one of them twice at QoS 1, and one that a member of the group got. */
const KEPT: readonly Fact[] = [
  published(1, 'a/x'),
  published(2, 'a/x'),
  published(3, 's/x'),
  acknowledged(1),
  delivered('two', 1, 'a/x'),
  delivered('one', 1, 'a/x'),
  { type: 'killed', round: 1, how: 'random' },
  delivered('one', 1, 'a/x', { dup: true }),
  acknowledged(2),
  acknowledged(3),
  { type: 'again', subscriber: 'two', first: 1, value: 1, dup: true, packetId: 1 },
  delivered('two', 2, 'a/x'),
  delivered('one', 2, 'a/x'),
  delivered('right', 3, 's/x'),
];

const SUBSCRIBED: Carried = {
  ...NOTHING_CARRIED,
  subscribed: new Set(['two', 'one', 'left', 'right']),
};
const kinds = (facts: readonly Fact[], before: Carried = SUBSCRIBED): readonly string[] =>
  judge(CAST, facts, before).violations.map(({ kind }) => kind);
const without = (value: number, subscriber: string): readonly Fact[] =>
  KEPT.filter((fact) => fact.type !== 'delivered' || fact.value !== value || fact.subscriber !== subscriber);

describe('deliveries', () => {
  test('nothing is found where every promise is kept, and the figures are those of the history', () => {
    const { violations, figures } = judge(CAST, KEPT, SUBSCRIBED);
    expect(violations).toEqual([]);
    expect(figures).toEqual({ published: 3, acknowledged: 3, refused: 0, delivered: 5, duplicates: 2 });
  });

  test('lost: acknowledged, and one subscriber never got it', () => {
    expect(kinds(without(2, 'one'))).toEqual(['lost']);
    expect(kinds(without(1, 'two'))).toEqual(['lost']);
  });

  test('lost: acknowledged, and no member of the group got it', () => {
    expect(kinds(without(3, 'right'))).toEqual(['lost']);
  });

  test('lost: what was published after SUBACK; not what was published before, or behind the end of the session', () => {
    const subscribed: Fact = { type: 'subscribed', subscriber: 'two' };
    const left: Fact = { type: 'left', subscriber: 'two' };
    const sent = [published(4, 'a/b/c'), acknowledged(4)];
    expect(kinds([subscribed, ...sent], NOTHING_CARRIED)).toEqual(['lost']);
    expect(kinds([...sent, subscribed], NOTHING_CARRIED)).toEqual([]);
    expect(kinds([left, ...sent])).toEqual([]);
    expect(kinds(sent)).toEqual(['lost']);
    expect([...judge(CAST, [subscribed], NOTHING_CARRIED).carried.subscribed]).toEqual(['two']);
    expect(judge(CAST, [subscribed, left], NOTHING_CARRIED).carried.subscribed.size).toBe(0);
  });

  test('a message without acknowledgement may arrive or not', () => {
    const facts = [...KEPT, published(4, 'a/x'), published(5, 'a/x'), delivered('two', 4, 'a/x')];
    expect(kinds(facts)).toEqual([]);
  });

  test('a message that was refused is owed to nobody', () => {
    expect(kinds([...KEPT, published(4, 'a/x'), { type: 'refused', value: 4, reasonCode: 0x97 }])).toEqual(
      [],
    );
  });

  test('duplicated: QoS 2 twice at one subscriber, or once at each of two members', () => {
    expect(kinds([...KEPT, delivered('two', 1, 'a/x', { dup: true })])).toEqual(['duplicated']);
    expect(kinds([...KEPT, delivered('left', 3, 's/x')])).toEqual(['duplicated']);
  });

  test('duplicated: QoS 2 once more, long after it was judged', () => {
    const { carried } = judge(CAST, KEPT, SUBSCRIBED);
    expect(kinds([delivered('two', 1, 'a/x', { dup: true })], carried)).toEqual(['duplicated']);
    expect(kinds([delivered('one', 1, 'a/x', { dup: true })], carried)).toEqual([]);
  });

  test('a message that was sent as new because the session was lost may come twice: the loss is the violation', () => {
    const facts: readonly Fact[] = [
      ...KEPT,
      { type: 'session-lost', client: 'p' },
      { type: 'repeated', value: 2 },
      delivered('two', 2, 'a/x', { packetId: 9 }),
    ];
    expect(kinds(facts)).toEqual(['session-lost']);
  });

  test('reordered: the later one of a publisher and topic first, also over a judgement', () => {
    const [one, two] = [delivered('two', 4, 'a/x'), delivered('two', 5, 'a/x')];
    const sent = [published(4, 'a/x'), published(5, 'a/x')];
    expect(kinds([...KEPT, ...sent, one, two])).toEqual([]);
    expect(kinds([...KEPT, ...sent, two, one])).toEqual(['reordered']);
    const { carried } = judge(CAST, [published(9, 'a/x'), delivered('two', 9, 'a/x')], SUBSCRIBED);
    const late = [published(10, 'a/x', { order: 8 }), delivered('two', 10, 'a/x')];
    expect(kinds(late, carried)).toEqual(['reordered']);
  });

  test('what was published before SUBACK may come late, as the publisher sends it again', () => {
    const sent = [published(4, 'a/x'), published(5, 'a/x')];
    const came = [delivered('two', 5, 'a/x'), delivered('two', 4, 'a/x')];
    const subscribed: Fact = { type: 'subscribed', subscriber: 'two' };
    expect(kinds([...sent, subscribed, ...came], NOTHING_CARRIED)).toEqual([]);
    expect(kinds([subscribed, ...sent, ...came], NOTHING_CARRIED)).toEqual(['reordered']);
  });

  test('no order holds between publishers, topics, QoS, or the members of a group', () => {
    const facts = [
      published(4, 'a/x'),
      published(5, 'a/y'),
      published(6, 'a/x', { publisher: 'q' }),
      published(7, 'a/x', { qos: 1 }),
      published(8, 's/x'),
      published(9, 's/x'),
      delivered('two', 7, 'a/x', { qos: 1 }),
      delivered('two', 6, 'a/x'),
      delivered('two', 5, 'a/y'),
      delivered('two', 4, 'a/x'),
      delivered('left', 9, 's/x'),
      delivered('left', 8, 's/x'),
    ];
    expect(kinds(facts)).toEqual([]);
  });

  test('resent-as-new: QoS 2 to QoS 1 comes again without DUP or under another identifier', () => {
    expect(kinds([...KEPT, delivered('one', 2, 'a/x')])).toEqual(['resent-as-new']);
    expect(kinds([...KEPT, delivered('one', 2, 'a/x', { dup: true, packetId: 9 })])).toEqual([
      'resent-as-new',
    ]);
  });

  test('strange: damaged, never sent, sent elsewhere, or to somebody else', () => {
    const damaged: Fact = {
      type: 'delivered',
      subscriber: 'two',
      topic: 'a/x',
      value: undefined,
      qos: 1,
      dup: false,
      packetId: 1,
    };
    expect(kinds([...KEPT, damaged])).toEqual(['strange']);
    expect(kinds([...KEPT, delivered('two', 99, 'a/x')])).toEqual(['strange']);
    expect(kinds([...KEPT, published(4, 'a/x'), delivered('two', 4, 'a/y')])).toEqual(['strange']);
    expect(kinds([...KEPT, published(4, 'a/x/y'), delivered('one', 4, 'a/x/y')])).toEqual(['strange']);
  });
});

describe('what is retained', () => {
  const sent = [retained(1), acknowledged(1), retained(2), acknowledged(2)];

  test('the last that was acknowledged, or one that was sent later', () => {
    expect(kinds([found('r', undefined), ...sent, found('r', 2)])).toEqual([]);
    expect(kinds([...sent, retained(3), retained(4), found('r', 2)])).toEqual([]);
    expect(kinds([...sent, retained(3), retained(4), found('r', 3)])).toEqual([]);
    expect(kinds([...sent, retained(3), retained(4), found('r', 4)])).toEqual([]);
  });

  test('wrong-retained: an older one, none, or one that was sent to another topic', () => {
    expect(kinds([...sent, found('r', 1)])).toEqual(['wrong-retained']);
    expect(kinds([...sent, found('r', undefined)])).toEqual(['wrong-retained']);
    expect(kinds([...sent, retained(3), acknowledged(3), found('r', 2)])).toEqual(['wrong-retained']);
    const elsewhere = published(3, 'q', { retain: true });
    expect(kinds([...sent, elsewhere, acknowledged(3), found('r', 3)])).toEqual(['wrong-retained']);
  });

  test('wrong-retained: what was removed is there again', () => {
    const removed = [...sent, retained(3, { clears: true }), acknowledged(3)];
    expect(kinds([...removed, found('r', undefined)])).toEqual([]);
    expect(kinds([...removed, found('r', 2)])).toEqual(['wrong-retained']);
  });

  test('what was refused is not retained', () => {
    const refused: Fact = { type: 'refused', value: 3, reasonCode: 0x97 };
    expect(kinds([...sent, retained(3), refused, found('r', 3)])).toEqual(['wrong-retained']);
  });

  test('what was acknowledged is remembered over a judgement', () => {
    const { carried } = judge(CAST, sent, SUBSCRIBED);
    expect(kinds([found('r', 2)], carried)).toEqual([]);
    expect(kinds([found('r', undefined)], carried)).toEqual(['wrong-retained']);
  });
});

describe('what is left in the store', () => {
  const cast: Cast = { ...CAST, subscribers: [...CAST.subscribers, role('late', { presence: 'late' })] };
  const clean: RowCounts = {
    own: 2,
    session: 4,
    subscription: 4,
    delivery: 0,
    release: 0,
    arrival: 0,
    retained: 3,
    message: 3,
  };

  test('sessions, subscriptions and what is retained are no leak', () => {
    expect(leaks(clean, cast)).toEqual([]);
    expect(leaks({ ...clean, message: 1 }, cast)).toEqual([]);
  });

  test('everything else is, and so is a session too many or too few', () => {
    for (const table of ['delivery', 'release', 'arrival', 'session', 'subscription', 'message'] as const) {
      expect(leaks({ ...clean, [table]: clean[table] + 1 }, cast), table).toHaveLength(1);
    }
    expect(leaks({ ...clean, session: 3 }, cast)).toHaveLength(1);
  });
});

describe('what needs no comparing', () => {
  test('leaked, session-lost, broken and unfinished', () => {
    expect(kinds([{ type: 'store-checked', good: false, output: '3 payloads that nobody is owed' }])).toEqual(
      ['leaked'],
    );
    expect(kinds([{ type: 'store-checked', good: true, output: '' }])).toEqual([]);
    expect(kinds([{ type: 'session-lost', client: 'two' }])).toEqual(['session-lost']);
    expect(kinds([{ type: 'broken', client: 'two', what: 'DISCONNECT with 0x81' }])).toEqual(['broken']);
    expect(kinds([{ type: 'unfinished', client: 'p', what: '3 messages' }])).toEqual(['unfinished']);
  });

  test('identifier-reused: before PUBREL for another message, or without DUP', () => {
    const again = { type: 'again', subscriber: 'two', first: 1, packetId: 1 } as const;
    expect(kinds([...KEPT, { ...again, value: 2, dup: true }])).toEqual(['identifier-reused']);
    expect(kinds([...KEPT, { ...again, value: 1, dup: false }])).toEqual(['identifier-reused']);
  });
});

test('the report tells what happened to the message, with the deaths between, and nothing of other subscribers', () => {
  const history = new History();
  for (const fact of [...KEPT, delivered('two', 1, 'a/x', { packetId: 9 })]) history.add(fact);
  const { violations } = judge(CAST, history.facts, SUBSCRIBED);
  const text = violationsText(violations, history.facts);
  expect(text).toContain('VIOLATIONS: 1 duplicated\nof two 1\n');
  expect(text).toContain('duplicated: two got a QoS 2 message 2 times (1)');
  expect(text).toMatch(/published value=1 .*\n.*acknowledged value=1\n.*subscriber=two .*\n.*killed round=1/);
  expect(text).not.toContain('subscriber=one');
});
