// A broker that was killed, its store looked at, carried elsewhere, and a broker there that goes on.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const anax = fileURLToPath(new URL('../../packages/cli/bin/anax.js', import.meta.url));

async function run(...args: readonly string[]): Promise<{ code: unknown; out: string; error: string }> {
  const child = spawn(process.execPath, [anax, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    error += text;
  });
  const [code] = await once(child, 'close');
  return { code, out, error };
}

/** Subscribes, and ends once that is acknowledged. */
async function subscribed(...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [anax, 'sub', ...args, '--explain'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  let out = '';
  for await (const text of child.stderr.setEncoding('utf8')) {
    out += text;
    if (out.includes('SUBACK packet id')) child.kill('SIGINT');
  }
  await ended;
  expect(out).toContain('SUBACK packet id');
}

/** A broker on a free port; gives its address and what kills it. */
async function broker(data: string) {
  const args = [anax, 'broker', '--port', '0', '--data', data, '--log-level', 'silent'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    out += text;
    if (out.includes('mqtt://')) break;
  }
  const port = /mqtt:\/\/127\.0\.0\.1:(\d+)/.exec(out)?.[1] ?? '';
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { address: ['-h', '127.0.0.1', '-p', port], kill };
}

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'anax-e2e-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const KEPT = ['-i', 'ada', '--no-clean', '--session-expiry-interval', '3600', '-q', '2', '-t', 'a/#'];

test('what a killed broker acknowledged is whole, is exported, imported elsewhere, and delivered there', {
  timeout: 120_000,
}, async () => {
  const folder = place();
  const [here, there] = [join(folder, 'here'), join(folder, 'there')];
  const first = await broker(here);
  await subscribed(...first.address, ...KEPT);
  for (const payload of ['one', 'two', 'three'])
    expect((await run('pub', ...first.address, '-q', '2', '-t', 'a/b', '-m', payload)).code).toBe(0);
  const beside = await run('store', 'check', here);
  expect([beside.code, beside.error]).toEqual([0, '']);
  const file = join(folder, 'backup.ndjson');
  expect((await run('store', 'export', here, '--output', file)).code).toBe(0);
  const used = await run('store', 'import', file, here);
  expect(used.code).toBe(2);
  expect(used.error).toMatch(/ is in use by process \d+\n$/);
  await first.kill();

  const check = JSON.parse((await run('store', 'check', here, '--json')).out);
  expect(check).toMatchObject({ sessions: 1, subscriptions: 1, queued: 3, findings: [], pageFaults: [] });
  expect((await run('store', 'import', file, there)).code).toBe(0);
  const again = await run('store', 'export', there);
  const body = (text: string): string => text.slice(text.indexOf('\n'));
  expect(body(again.out)).toBe(body(readFileSync(file, 'utf8')));

  const second = await broker(there);
  const received = await run('sub', ...second.address, ...KEPT, '-C', '3', '-W', '60');
  expect(received.out).toBe('one\ntwo\nthree\n');
  await second.kill();
  expect((await run('store', 'check', there)).code).toBe(0);
});

test('a broker on a damaged store says what is wrong, and what can be done', {
  timeout: 60_000,
}, async () => {
  const data = join(place(), 'data');
  const one = await broker(data);
  await one.kill();
  const path = join(data, 'data.mdb');
  // Behind the two headers is the page of the rows, or what was one: all of them are spoilt.
  const bytes = readFileSync(path).length - 8192;
  writeSync(openSync(path, 'r+'), new Uint8Array(bytes), 0, bytes, 8192);
  const { code, error } = await run('broker', '--port', '0', '--data', data);
  expect(code).toBe(1);
  expect(error).toMatch(/^anax broker: the store in .* is damaged: /);
  expect(error).toContain(`\nanax broker: anax store check ${data} `);
  expect(error).toContain(`\nanax broker: anax store export ${data} --output FILE `);
  expect((await run('store', 'check', data)).code).toBe(1);
});
