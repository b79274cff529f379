/** Owns what is found in rows that do not fit together, and that nothing is found in those that do. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fact, type RowBytes, rowOf } from '../../src/inspection/facts.ts';
import { FINDINGS, Judge } from '../../src/inspection/judge.ts';
import {
  arrival,
  delivery,
  messageOn,
  release,
  retained,
  rowsOf,
  SOUND,
  session,
  stored,
  subscription,
} from './sound.ts';

function judged(rows: readonly RowBytes[]): { readonly found: readonly string[]; readonly judge: Judge } {
  const found: string[] = [];
  const judge = new Judge(({ kind, text }) => found.push(`${kind}: ${text}`));
  for (const row of rows) judge.take(row);
  judge.end();
  return { found, judge };
}

const without = (gone: Fact): readonly Fact[] => SOUND.filter((fact) => fact !== gone);
const at = (index: number): Fact => SOUND[index] as Fact;

/** The row of a fact with other bytes in it. */
const spoilt = (fact: Fact, value: Uint8Array): RowBytes => ({ key: rowOf(fact).key, value });
const longer = (fact: Fact): RowBytes => spoilt(fact, Uint8Array.of(...rowOf(fact).value, 0));

const NO_ROW = Uint8Array.of(9, 0);

interface Defect {
  readonly what: string;
  readonly rows: readonly RowBytes[];
  readonly found: readonly string[];
}

const DEFECTS: readonly Defect[] = [
  {
    what: 'a session row that cannot be read, whose rows are not told again',
    rows: rowsOf(without(at(0)), spoilt(at(0), NO_ROW)),
    found: ['unreadable-row: session 1: a row is too short'],
  },
  {
    what: 'a row with something behind what is known of it',
    rows: rowsOf(without(at(7)), longer(at(7))),
    found: ['unreadable-row: release 2 of session 1: it says more than is known of such rows'],
  },
  {
    what: 'a message that cannot be read, which is there all the same',
    rows: rowsOf(without(at(10)), spoilt(at(10), NO_ROW)),
    found: ['unreadable-row: message 1: a row is too short'],
  },
  {
    what: 'an unreadable delivery, whose message may be known by nobody else',
    rows: rowsOf([at(0), stored(1, 'a')], spoilt(at(4), Uint8Array.of(1))),
    found: [
      'unreadable-row: delivery 1 of session 1: a row is too short',
      'leaked-message: message 1: no row names it, unless it is one of the rows that cannot be read',
    ],
  },
  {
    what: 'a key of another length',
    rows: rowsOf(SOUND, { key: Uint8Array.of(8, 1), value: NO_ROW }),
    found: ['unreadable-row: row 0801: its key has 2 bytes'],
  },
  {
    what: 'a table that is not known',
    rows: rowsOf(SOUND, { key: Uint8Array.of(8, ...new Uint8Array(12)), value: NO_ROW }),
    found: ['unknown-table: row 08000000000000000000000000: there is no table 8'],
  },
  {
    what: 'a subscription, a release and an arrival of no session',
    rows: rowsOf([...SOUND, subscription(9, 1, 'b'), release(9, 1, 1), arrival(9, 5)]),
    found: [
      'missing-session: subscription 1 of session 9: there is no such session',
      'missing-session: release 1 of session 9: there is no such session',
      'missing-session: arrival 5 of session 9: there is no such session',
    ],
  },
  {
    what: 'a delivery and a retained message whose message is not there',
    rows: rowsOf([...SOUND, delivery(1, 9, 0, 77), retained(9, 78)]),
    found: [
      'missing-message: delivery 9 of session 1: it names message 77, which is not there',
      'missing-message: retained message 9: it names message 78, which is not there',
    ],
  },
  {
    what: 'a message that nothing names',
    rows: rowsOf([...SOUND, stored(3, 'a')]),
    found: ['leaked-message: message 3: no row names it'],
  },
  {
    what: 'a client with two sessions',
    rows: rowsOf([...SOUND, session(3, 'bob')]),
    found: ['same-client: session 3: its client "bob" is that of session 2, too'],
  },
  {
    what: 'a filter twice in one session',
    rows: rowsOf([...SOUND, subscription(2, 2, 'a/#')]),
    found: ['same-filter: subscription 2 of session 2: the session has "a/#" already'],
  },
  {
    what: 'two retained messages on one topic, by one message or by two',
    rows: rowsOf([...SOUND, retained(2, 2), retained(3, 3), stored(3, 'a/kept')]),
    found: [
      'same-topic: retained message 2: retained message 1 is on "a/kept", too',
      'same-topic: retained message 3: retained message 1 is on "a/kept", too',
    ],
  },
  {
    what: 'a packet identifier that two deliveries have, or a delivery and a release',
    rows: rowsOf([...SOUND, delivery(1, 9, 7, messageOn('a')), release(1, 10, 7)]),
    found: [
      'same-packet-id: delivery 9 of session 1: packet identifier 7 is in use already',
      'same-packet-id: release 10 of session 1: packet identifier 7 is in use already',
    ],
  },
  {
    what: 'a packet identifier 0 where there must be one',
    rows: rowsOf([...SOUND, release(1, 9, 0), arrival(1, 0)]),
    found: [
      'unreadable-row: release 9 of session 1: 0 is no packet identifier',
      'unreadable-row: arrival 0 of session 1: 0 is no packet identifier',
    ],
  },
  {
    what: 'a filter that is none',
    rows: rowsOf([...SOUND, subscription(1, 2, 'a/#/b')]),
    found: ['unreadable-row: subscription 2 of session 1: "a/#/b" is no topic filter'],
  },
];

describe('the judge of rows', () => {
  it('finds nothing in a store that is as it should be', () => {
    const { found, judge } = judged(rowsOf(SOUND));
    expect(found).toEqual([]);
    expect([judge.rows, judge.findings, judge.leftOver]).toEqual([SOUND.length, 0, 0]);
  });

  it.each(DEFECTS)('finds $what', ({ rows, found }) => {
    expect(judged(rows).found).toEqual(found);
    expect(judged(rows).judge.findings).toBe(found.length);
  });

  it('has a case for every kind of finding', () => {
    const shown = DEFECTS.flatMap(({ found }) => found.map((text) => text.split(':')[0]));
    expect(new Set(shown)).toEqual(new Set(Object.keys(FINDINGS)));
  });

  it('counts deliveries of a session that has ended as left over, and takes their messages for named', () => {
    const { found, judge } = judged(rowsOf([...SOUND, delivery(9, 1, 0, 3), stored(3, 'a')]));
    expect(found).toEqual([]);
    expect(judge.leftOver).toBe(1);
  });

  it('tells what one lost row does to others: without its message row a debt is told, and nothing else', () => {
    for (const index of SOUND.keys()) {
      const { table } = at(index);
      const kinds = new Set(judged(rowsOf(without(at(index)))).found.map((text) => text.split(':')[0]));
      const expected: Readonly<Record<string, readonly string[]>> = {
        session: ['missing-session'],
        message: ['missing-message'],
        retained: ['leaked-message'],
      };
      expect([table, ...kinds]).toEqual([table, ...(expected[table] ?? [])]);
    }
  });

  it('takes any bytes for a row, and throws at none', () => {
    const row = fc.record({
      key: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 20 }),
        fc
          .tuple(fc.integer({ min: 1, max: 9 }), fc.uint8Array({ minLength: 12, maxLength: 12 }))
          .map(([table, rest]) => Uint8Array.of(table, ...rest)),
      ),
      value: fc.uint8Array({ maxLength: 60 }),
    });
    fc.assert(fc.property(fc.array(row), (rows) => void judged(rows)));
  });

  it('throws at no change of a good row, either', () => {
    const rows = rowsOf(SOUND);
    const change = fc.record({
      index: fc.nat({ max: rows.length - 1 }),
      at: fc.nat({ max: 40 }),
      byte: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(
      fc.property(change, ({ index, at: place, byte }) => {
        const { key, value } = rows[index] as RowBytes;
        const changed = Uint8Array.from(value, (old, i) => (i === place ? byte : old));
        judged(rows.map((row, i) => (i === index ? { key, value: changed } : row)));
      }),
    );
  });
});
