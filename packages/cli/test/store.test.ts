/** Owns what `anax store stat` and `anax store check` show of a store, and their exit codes. */

import { mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker, loadSettings, openLmdbStore, storeOpener, type Write } from '@anax/broker';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pubCommand } from '../src/pub.ts';
import { storeCheckCommand } from '../src/store/check.ts';
import { storeStatCommand } from '../src/store/stat.ts';
import { subCommand } from '../src/sub.ts';
import { run, squeezed, start } from './support.ts';

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'anax-store-cli-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A broker that stores there, with two absent clients that are owed a message, and one retained message. */
async function filled(directory: string): Promise<void> {
  const overrides = [
    { path: ['listeners', 0, 'port'], value: 0, source: 'test' },
    { path: ['store', 'directory'], value: directory, source: 'test' },
  ];
  const settings = loadSettings({ overrides });
  const broker = new Broker(settings, {}, storeOpener(settings.store));
  await broker.start();
  const address = ['-h', '127.0.0.1', '-p', String(broker.listeners[0]?.port)];
  for (const id of ['ada', 'bob']) {
    const kept = ['-i', id, '--no-clean', '--session-expiry-interval', '3600', '-q', '1', '-t', 'a/#'];
    const sub = start(subCommand, [...address, ...kept, '--explain']);
    await sub.shows('SUBACK packet id');
    sub.stop();
    await sub.outcome;
  }
  await run(pubCommand, [...address, '-q', '1', '-r', '-t', 'a/kept', '-m', 'hello']);
  await broker.close();
}

async function write(directory: string, writes: readonly Write[]): Promise<void> {
  const store = await openLmdbStore({ directory, durability: 'strict' });
  await store.commit(writes);
  await store.close();
}

const NOTHING = new Uint8Array(0);
const key = (table: number, first: number, second: number): Uint8Array =>
  Uint8Array.of(table, 0, 0, 0, 0, 0, first, 0, 0, 0, 0, second >> 8, second);

describe('a store that a broker left', () => {
  it('has its figures shown, and nothing is found in it', async () => {
    const directory = place();
    await filled(directory);
    const stat = await run(storeStatCommand, [directory]);
    expect([stat.code, stat.error]).toEqual([0, '']);
    expect(squeezed(stat.out)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/: format 1, made by anax /),
        'sessions 2, 0 of them connected, 0 wills',
        'subscriptions 2',
        'queued 2 messages',
        'retained 1 message',
        'payloads 5 bytes in 1 message',
        'ada 1 queued, 0 in flight',
      ]),
    );
    const check = await run(storeCheckCommand, [directory]);
    expect([check.code, check.error]).toEqual([0, '']);
    expect(check.out).toMatch(/\nnothing found\n$/);
  });
});

describe('a store with something wrong', () => {
  it('has each thing on a line, at most 100 of them, and all in JSON, exit code 1', async () => {
    const directory = place();
    const arrivals = Array.from({ length: 130 }, (_, i) => ({ key: key(5, 9, i + 1), value: NOTHING }));
    await write(directory, [...arrivals, { key: key(7, 0, 3), value: Uint8Array.of(1) }]);
    const { code, out } = await run(storeCheckCommand, [directory]);
    expect(code).toBe(1);
    const lines = out.split('\n');
    expect(lines[1]).toBe('missing-session arrival 1 of session 9: there is no such session');
    expect(lines.filter((line) => line.startsWith('missing-session'))).toHaveLength(100);
    expect(out).toContain('... and 32 more (--json has all)\n');
    expect(out).toMatch(/\nfound: 130 missing-session, 1 unreadable-row, 1 leaked-message\n$/);
    const json = await run(storeCheckCommand, [directory, '--json']);
    expect(json.code).toBe(1);
    const { findings } = JSON.parse(json.out) as { findings: { kind: string; key: string }[] };
    expect(findings).toHaveLength(132);
    expect(findings.at(-1)).toEqual({
      kind: 'leaked-message',
      key: '07000000000000000000000003',
      text: 'message 3: no row names it',
    });
  });

  it('has its figures shown all the same, exit code 1', async () => {
    const directory = place();
    await write(directory, [{ key: key(7, 0, 3), value: Uint8Array.of(1) }]);
    const { code, error } = await run(storeStatCommand, [directory]);
    expect(code).toBe(1);
    expect(error).toBe(
      `anax store stat: not all could be read: anax store check ${directory} says what is wrong with it\n`,
    );
  });

  it('is told as damaged where its pages are, with what can be done', async () => {
    const directory = place();
    await write(
      directory,
      Array.from({ length: 2000 }, (_, i) => ({ key: key(5, 9, i + 1), value: new Uint8Array(100).fill(7) })),
    );
    const file = join(directory, 'data.mdb');
    const at = readFileSync(file).indexOf(Buffer.concat([key(5, 9, 1000), new Uint8Array(100).fill(7)]));
    const handle = openSync(file, 'r+');
    writeSync(handle, new Uint8Array(4096), 0, 4096, at - (at % 4096));
    const { code, out } = await run(storeCheckCommand, [directory]);
    expect(code).toBe(1);
    expect(out).toMatch(/\ndamaged-page page \d+ is not what it should be\n/);
    expect(out).toContain(`anax store export ${directory}\n`);
  });

  it('and one that is not there is told on standard error, exit code 2', async () => {
    for (const verb of [storeCheckCommand, storeStatCommand]) {
      const { code, out, error } = await run(verb, [join(place(), 'none')]);
      expect([code, out]).toEqual([2, '']);
      expect(error).toMatch(/^anax store (check|stat): there is no store in /);
    }
  });

  it('shows how far it is on a terminal, on a line that is cleared', async () => {
    const directory = place();
    await write(
      directory,
      Array.from({ length: 50 }, (_, i) => ({ key: key(5, 9, i + 1), value: NOTHING })),
    );
    const { error } = await run(storeCheckCommand, [directory], { errorColumns: 60 });
    const told = error.split('\r\u001b[K');
    expect(told).toContain('[############............] 50 % of rows checked');
    expect(told.at(-1)).toBe('');
  });
});
