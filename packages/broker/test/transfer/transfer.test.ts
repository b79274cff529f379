/** Owns the way of a store through its export and back, and what is refused on it. */

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Fact, factOf, type RowBytes } from '../../src/inspection/facts.ts';
import { Judge } from '../../src/inspection/judge.ts';
import { openLmdbStore } from '../../src/store/open.ts';
import { openSnapshot } from '../../src/store/snapshot.ts';
import { ImportFault, importStore } from '../../src/transfer/import.ts';
import { readRecord } from '../../src/transfer/line.ts';
import { endRecord, headerRecord, recordOf } from '../../src/transfer/records.ts';
import { delivery, release, rowsOf, SOUND, session, stored, subscription } from '../inspection/sound.ts';
import { soundStore } from './generators.ts';

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'anax-transfer-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const HEADER = JSON.stringify(headerRecord('anax test', new Date(0)));

function linesOf(facts: readonly Fact[]): string[] {
  const records = facts.map((fact) => JSON.stringify(recordOf(fact)));
  return [HEADER, ...records, JSON.stringify(endRecord(facts.length, 0, true))];
}

async function* given(lines: readonly string[]) {
  for (const line of lines) yield Buffer.from(line);
}

async function rowsIn(directory: string): Promise<readonly RowBytes[]> {
  const snapshot = openSnapshot(directory);
  const rows = Array.from(snapshot.rows());
  await snapshot.close();
  return rows;
}

const hex = (rows: readonly RowBytes[]): readonly string[] =>
  rows.map(({ key, value }) => `${Buffer.from(key).toString('hex')} ${Buffer.from(value).toString('hex')}`);

async function refused(lines: readonly string[]): Promise<string> {
  const directory = join(place(), 'new');
  const error: unknown = await importStore(directory, given(lines)).catch((cause: unknown) => cause);
  expect(existsSync(directory)).toBe(false);
  if (!(error instanceof ImportFault)) throw error;
  return `${error.line}: ${error.message}`;
}

describe('a line', () => {
  it('says what its row says, whatever that is', () => {
    fc.assert(
      fc.property(soundStore, (facts) => {
        for (const row of rowsOf(facts)) {
          const read = readRecord(Buffer.from(JSON.stringify(recordOf(factOf(row)))));
          expect(hex(rowsOf([read as Fact]))).toEqual(hex([row]));
        }
      }),
    );
  });

  it('has a payload as text where it is text, user properties in order and instants of a calendar', () => {
    const fact = stored(3, 'a/b') as Fact & { table: 'message' };
    const properties = { contentType: 'x', userProperties: [['a', '1'] as const, ['a', '0'] as const] };
    expect(
      JSON.parse(JSON.stringify(recordOf({ ...fact, is: { ...fact.is, properties, expiresAt: 1 } }))),
    ).toEqual({
      record: 'message',
      number: 3,
      message: {
        topic: 'a/b',
        qos: 1,
        retain: false,
        publisher: 'ada',
        expiresAt: '1970-01-01T00:00:00.001Z',
        properties: [
          ['contentType', 'x'],
          [
            'userProperties',
            [
              ['a', '1'],
              ['a', '0'],
            ],
          ],
        ],
        payload: 'some',
      },
    });
  });
});

describe('an import', () => {
  it('makes the store that was exported, row by row', async () => {
    await fc.assert(
      fc.asyncProperty(soundStore, async (facts) => {
        const found: string[] = [];
        const judge = new Judge(({ text }) => found.push(text));
        for (const row of rowsOf(facts)) judge.take(row);
        judge.end();
        expect(found).toEqual([]);
        const directory = join(place(), 'new');
        const { records, leftOut } = await importStore(directory, given(linesOf(facts)));
        expect([records, leftOut]).toEqual([facts.length, []]);
        expect(hex(await rowsIn(directory))).toEqual(hex(rowsOf(facts)));
        expect(readdirSync(directory).sort()).toEqual(['data.mdb', 'owner.mdb', 'owner.mdb-lock']);
      }),
      { numRuns: 15 },
    );
  });

  it('fills a store without rows that is there already', async () => {
    const directory = place();
    await (await openLmdbStore({ directory, durability: 'strict' })).close();
    await importStore(directory, given(linesOf(SOUND)));
    expect(hex(await rowsIn(directory))).toEqual(hex(rowsOf(SOUND)));
  });

  it('of many records is done in batches, and tells how far it is', async () => {
    const many = Array.from({ length: 2500 }, (_, i) => session(i + 1, `client-${i}`));
    const told: number[] = [];
    const directory = place();
    await importStore(directory, given(linesOf(many)), (records) => told.push(records));
    expect(told.at(-1)).toBe(2500);
    expect((await rowsIn(directory)).length).toBe(2500);
  });

  it('refuses a store that has rows, and one that is in use, and leaves both as they are', async () => {
    const directory = place();
    await importStore(directory, given(linesOf(SOUND)));
    await expect(importStore(directory, given(linesOf([])))).rejects.toThrow(
      'has 12 rows: only an empty one',
    );
    expect(hex(await rowsIn(directory))).toEqual(hex(rowsOf(SOUND)));
    const used = place();
    const store = await openLmdbStore({ directory: used, durability: 'strict' });
    onTestFinished(() => store.close());
    await expect(importStore(used, given(linesOf(SOUND)))).rejects.toThrow(/is in use by process/);
    expect(store.figures().rows).toBe(0);
  });

  it('keeps the place for itself meanwhile', async () => {
    const directory = join(place(), 'new');
    const lines = linesOf(SOUND);
    const refusals: unknown[] = [];
    async function* watched() {
      for (const [index, line] of lines.entries()) {
        if (index === 3)
          refusals.push(
            await openLmdbStore({ directory, durability: 'strict' }).catch((error: unknown) => error),
          );
        yield Buffer.from(line);
      }
    }
    await importStore(directory, watched());
    expect(String(refusals[0])).toMatch(/is in use by process/);
    const store = await openLmdbStore({ directory, durability: 'strict' });
    expect(store.figures().rows).toBe(SOUND.length);
    await store.close();
  });

  it('leaves out what does not fit in, and what does not because of that, and tells each', async () => {
    const strays = [subscription(9, 1, 'a'), delivery(1, 9, 0, 77), session(3, 'ada'), release(3, 1, 1)];
    const directory = place();
    const { leftOut } = await importStore(directory, given(linesOf([...SOUND, ...strays])));
    expect(leftOut.map(({ text }) => text)).toEqual([
      'session 3: its client "ada" is that of session 1, too',
      'subscription 1 of session 9: there is no such session',
      'delivery 9 of session 1: it names message 77, which is not there',
      'release 1 of session 3: there is no such session',
    ]);
    expect(hex(await rowsIn(directory))).toEqual(hex(rowsOf(SOUND)));
  });
});

describe('a line that is refused is named with what was expected, and nothing is imported:', () => {
  const good = linesOf(SOUND);
  const instead = (at: number, line: object | string): readonly string[] =>
    good.map((old, i) => (i === at ? (typeof line === 'string' ? line : JSON.stringify(line)) : old));
  const changed = (at: number, change: object): readonly string[] =>
    instead(at, { ...(JSON.parse(good[at] as string) as object), ...change });
  const KINDS = 'session, subscription, delivery, release, arrival, retained, message or end';

  it.each<[string, readonly string[], string]>([
    ['no line', [], '1: there is nothing: expected the first line of an export'],
    [
      'another file',
      ['[]'],
      '1: expected an object with format "anax-store", as the first line of an export has',
    ],
    [
      'a later version',
      changed(0, { version: 2 }),
      '1: `version` must be 1, the version that this program knows',
    ],
    ['no JSON', instead(2, '{"record":'), '3: it is no JSON in UTF-8'],
    [
      'an unknown record',
      instead(2, { record: 'x' }),
      `3: \`record\` must be an object whose \`record\` is ${KINDS}`,
    ],
    ['an unknown key', changed(1, { extra: 1 }), '2: there is no `extra`'],
    [
      'a number too large',
      changed(1, { session: 2 ** 48 }),
      `2: \`session\` must be a whole number from 0 to ${2 ** 48 - 1}`,
    ],
    ['no filter', changed(3, { filter: 'a/#/b' }), '4: "a/#/b" is no topic filter'],
    ['a wrong QoS', changed(3, { qos: 3 }), '4: `qos` must be a QoS: 0, 1 or 2'],
    ['a missing flag', changed(1, { owesShared: undefined }), '2: `owesShared` must be true or false'],
    [
      'no instant',
      changed(1, { closedAt: 'today' }),
      '2: `closedAt` must be an instant such as 2026-01-31T12:00:00.000Z',
    ],
    [
      'two contents',
      changed(5, { message: (JSON.parse(good[11] as string) as { message: object }).message }),
      '6: expected an object with either message or messageNumber',
    ],
    [
      'no topic name',
      instead(11, (good[11] as string).replace('a/shared', 'a/+')),
      '12: `message.topic` must be a topic name',
    ],
    [
      'no base64',
      instead(11, (good[11] as string).replace('"payload":"some"', '"payloadBase64":"%"')),
      '12: `message.payloadBase64` must be bytes in base64',
    ],
    [
      'a record twice',
      [...good.slice(0, 3), ...good.slice(1)],
      '4: the same record was there before: numbers must differ',
    ],
    ['no end', good.slice(0, -1), '14: the line that ends an export is missing: it was cut off'],
    [
      'a line less',
      good.filter((_, i) => i !== 4),
      '13: `records` says 12, and there were 11: lines are missing',
    ],
    [
      'a line behind the end',
      [...good, HEADER],
      '15: there is something behind the line that ends the export',
    ],
  ])('%s', async (_what, lines, text) => {
    expect(await refused(lines)).toBe(text);
  });
});
