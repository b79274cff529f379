/** Owns that `anax store export` and `import` carry a store over as it is, and what they say where they cannot. */

import {
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importStore, openLmdbStore } from '@anax/broker';
import { describe, expect, it, onTestFinished } from 'vitest';
import { storeCheckCommand } from '../src/store/check.ts';
import { storeExportCommand } from '../src/store/export.ts';
import { storeImportCommand } from '../src/store/import.ts';
import { run, text } from './support.ts';

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'anax-store-move-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Of a row in the table of deliveries, of session 1, or of messages. */
const key = (table: number, second: number): Uint8Array =>
  Uint8Array.of(table, 0, 0, 0, 0, 0, table === 3 ? 1 : 0, 0, 0, 0, 0, second >> 8, second);

const message = (payload: object): object => ({
  topic: 'a/b',
  qos: 1,
  retain: false,
  publisher: 'a\u202eda',
  expiresAt: '2026-01-31T12:00:00.000Z',
  properties: [
    [
      'userProperties',
      [
        ['b', '2'],
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['correlationData', '/wA='],
  ],
  ...payload,
});

const RECORDS: readonly object[] = [
  { record: 'session', session: 1, clientId: 'bob', expirySeconds: 3600, owesShared: false },
  ...Array.from({ length: 40 }, (_, i) => ({
    record: 'delivery',
    session: 1,
    place: i + 1,
    qos: 1,
    retain: false,
    packetId: i,
    bytes: 110,
    message: message(i % 2 === 0 ? { payload: `\u0000 ${i} \u001b[31m` } : { payloadBase64: '/w==' }),
  })),
];
const HEADER = {
  format: 'anax-store',
  version: 1,
  exportedAt: '2026-01-31T12:00:00.000Z',
  madeBy: 'anax 0.0.1',
};

const fileOf = (records: readonly object[]): string =>
  `${[HEADER, ...records, { record: 'end', records: records.length, unreadable: 0, oneMoment: true }]
    .map((line) => JSON.stringify(line))
    .join('\n')}\n`;

const body = (exported: string): string => exported.slice(exported.indexOf('\n'));

async function storeOf(records: readonly object[]): Promise<string> {
  const directory = join(place(), 'data');
  async function* lines() {
    for (const line of fileOf(records).trimEnd().split('\n')) yield text(line);
  }
  await importStore(directory, lines());
  return directory;
}

describe('anax store export', () => {
  it('and import and export again give the same lines, the time in the first one aside', async () => {
    const first = await run(storeExportCommand, [await storeOf(RECORDS)]);
    expect([first.code, first.error]).toEqual([0, '']);
    expect(JSON.parse(first.out.split('\n')[0] as string)).toMatchObject({
      format: 'anax-store',
      madeBy: 'anax 0.0.1',
    });
    const directory = join(place(), 'data');
    const imported = await run(storeImportCommand, ['-', directory], { standardInput: first.bytes });
    expect([imported.code, imported.out]).toEqual([0, '']);
    expect(imported.error).toBe(`anax store import: 41 records imported into ${directory}\n`);
    const second = await run(storeExportCommand, [directory]);
    expect(body(second.out)).toBe(body(first.out));
    expect(
      body(first.out)
        .split('\n')
        .slice(1, -2)
        .map((line) => JSON.parse(line)),
    ).toEqual(RECORDS);
  });

  it('writes nothing that a terminal would obey', async () => {
    const { out } = await run(storeExportCommand, [await storeOf(RECORDS)]);
    expect(out.replaceAll('\n', '')).toMatch(/^[ -~]*$/);
  });

  it('to a file makes it for its owner only, and replaces what was there once it is complete', async () => {
    const file = join(place(), 'backup.ndjson');
    writeFileSync(file, 'yesterday');
    const world = { errorColumns: 60 };
    const { code, out, error } = await run(storeExportCommand, [await storeOf(RECORDS), '-o', file], world);
    expect([code, out]).toEqual([0, '']);
    expect(body(readFileSync(file, 'utf8'))).toBe(body(fileOf(RECORDS)).replaceAll('\u202e', '\\u202e'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(error).toContain(`[########################] 100 % of rows exported`);
    expect(error).toMatch(/anax store export: 41 records exported\n$/);
    expect(readdirSync(join(file, '..'))).toEqual(['backup.ndjson']);
  });

  it('says where a broker wrote meanwhile, and import leaves out what then fits in with nothing', async () => {
    const stored = Array.from({ length: 600 }, (_, i) => ({
      record: 'message',
      number: i + 1,
      message: message({ payload: '' }),
    }));
    const owed = { record: 'delivery', session: 1, qos: 1, retain: false, packetId: 0, bytes: 110 };
    const deliveries = stored.map((_, i) => ({ ...owed, place: i + 1, messageNumber: i + 1 }));
    const directory = await storeOf([RECORDS[0] as object, ...deliveries, ...stored]);
    const store = await openLmdbStore({ directory, durability: 'strict' });
    const chunks: string[] = [];
    const write = async (chunk: string | Uint8Array): Promise<void> => {
      // The last delivery has been read, or not; its message has not.
      if (chunks.length === 0)
        await store.commit([3, 7].map((table) => ({ key: key(table, 600), value: undefined })));
      chunks.push(String(chunk));
    };
    const { code, error } = await run(storeExportCommand, [directory], { write });
    await store.close();
    expect([code, error]).toEqual([
      0,
      'anax store export: a broker wrote meanwhile: the records are not all of one moment\n',
    ]);
    expect(chunks.join('')).toMatch(/"unreadable":0,"oneMoment":false}\n$/);
    const again = join(place(), 'data');
    await run(storeImportCommand, ['-', again], { standardInput: text(chunks.join('')) });
    const check = await run(storeCheckCommand, [again, '--json']);
    expect(JSON.parse(check.out)).toMatchObject({ queued: 599, messages: 599, findings: [] });
  });

  it('says where it cannot write, exit code 2', async () => {
    const { code, error } = await run(storeExportCommand, [
      await storeOf([]),
      '-o',
      join(place(), 'no', 'x'),
    ]);
    expect(code).toBe(2);
    expect(error).toMatch(/^anax store export: .* cannot be written: ENOENT/);
  });

  it('of a damaged store gives what can be read, and says how much cannot, exit code 1', async () => {
    const many = Array.from({ length: 2000 }, (_, i) => ({
      ...{
        record: 'session',
        session: i + 1,
        clientId: `client-${i}`,
        expirySeconds: 3600,
        owesShared: false,
      },
    }));
    const directory = await storeOf(many);
    const path = join(directory, 'data.mdb');
    const at = readFileSync(path).indexOf('client-1000');
    writeSync(openSync(path, 'r+'), new Uint8Array(4096), 0, 4096, at - (at % 4096));
    const { code, out, error } = await run(storeExportCommand, [directory]);
    expect(code).toBe(1);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { records, unreadable } = lines.at(-1);
    expect([lines.length, records + unreadable]).toEqual([records + 2, 2000]);
    expect(unreadable).toBeGreaterThan(0);
    expect(unreadable).toBeLessThan(500);
    expect(error).toBe(
      `anax store export: ${unreadable} rows could not be read and are missing: anax store check ${directory} says why\n`,
    );
    const again = join(place(), 'data');
    expect((await run(storeImportCommand, ['-', again], { standardInput: text(out) })).code).toBe(0);
    expect((await run(storeCheckCommand, [again])).code).toBe(0);
  });
});

describe('anax store import', () => {
  it('names the line that is wrong and what was expected, and imports nothing, exit code 2', async () => {
    const file = join(place(), 'edited.ndjson');
    writeFileSync(file, fileOf(RECORDS).replace('"expirySeconds":3600', '"expirySeconds":"1h"'));
    const directory = join(place(), 'data');
    const { code, error } = await run(storeImportCommand, [file, directory]);
    expect(code).toBe(2);
    expect(error).toBe(
      `anax store import: ${file}:2: \`expirySeconds\` must be a whole number from 0 to 4294967295; nothing was imported\n`,
    );
    expect(existsSync(directory)).toBe(false);
  });

  it('tells what it leaves out, exit code 1', async () => {
    const stray = { record: 'release', session: 7, place: 1, packetId: 3 };
    const file = join(place(), 'strays.ndjson');
    writeFileSync(file, fileOf([...RECORDS, stray]));
    const directory = join(place(), 'data');
    const { code, error } = await run(storeImportCommand, [file, directory], { errorColumns: 200 });
    expect(code).toBe(1);
    expect(error).toContain('left out: release 1 of session 7: there is no such session\n');
    expect(error).toMatch(/anax store import: 41 records imported into [^\n]*\n$/);
    expect(error).toContain(`[########################] 100 % of ${file} read`);
  });

  it('refuses a store that has rows or is in use, and a file that is not there, exit code 2', async () => {
    const directory = await storeOf(RECORDS);
    const file = join(place(), 'good.ndjson');
    writeFileSync(file, fileOf(RECORDS));
    expect(await run(storeImportCommand, [file, directory])).toMatchObject({
      code: 2,
      error: `anax store import: the store in ${directory} has 41 rows: only an empty one can be filled\n`,
    });
    const store = await openLmdbStore({ directory: join(place(), 'used'), durability: 'strict' });
    onTestFinished(() => store.close());
    const used = await run(storeImportCommand, [file, store.directory]);
    expect(used.code).toBe(2);
    expect(used.error).toMatch(/ is in use by process \d+\n$/);
    const none = await run(storeImportCommand, [join(place(), 'none'), directory]);
    expect(none.code).toBe(2);
    expect(none.error).toMatch(/none cannot be read: ENOENT/);
  });
});
