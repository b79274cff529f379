// The store on disk across processes: what is left when its process is killed at any moment, two of them at one directory,
// a disk without space. Each process runs the built `@anax/broker`.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type LmdbStoreOptions, openLmdbStore, openStoreToRead, type Store } from '@anax/broker';
import { afterEach, expect, test, vi } from 'vitest';

// Each starts many processes, one after another.
vi.setConfig({ testTimeout: 180_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'anax-store-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

interface Program {
  readonly child: ChildProcess;
  /** The next line that it prints; undefined when it has ended. */
  line(): Promise<string | undefined>;
  ended(): Promise<unknown>;
}

interface How {
  readonly nobody?: boolean;
  /** No file longer than this, in blocks of the shell. */
  readonly fileBlocksMax?: number;
}

/** Runs a module that has the names of `@anax/broker`, `directory`, `durability` and `say`. */
function run(body: string, directory: string, durability = 'strict', how: How = {}): Program {
  const source = `
    import * as fs from 'node:fs';
    import { openLmdbStore, openStoreToRead } from '@anax/broker';
    const [directory, durability] = process.argv.slice(1);
    const pause = new Int32Array(new SharedArrayBuffer(4));
    // The pipe is full where the test has not read it yet.
    const say = (text) => {
      for (;;) {
        try {
          return fs.writeSync(1, text + '\\n');
        } catch (error) {
          if (error.code !== 'EAGAIN') throw error;
          Atomics.wait(pause, 0, 0, 5);
        }
      }
    };
    process.on('unhandledRejection', (error) => { say('UNHANDLED ' + error); process.exit(9); });
    process.on('SIGXFSZ', () => {});
    ${body}`;
  const args = ['--input-type=module', '-e', source, directory, durability];
  const limited = how.fileBlocksMax !== undefined;
  const child = spawn(
    limited ? '/bin/sh' : process.execPath,
    limited ? ['-c', `ulimit -f ${how.fileBlocksMax} && exec "$0" "$@"`, process.execPath, ...args] : args,
    {
      cwd: root,
      stdio: ['pipe', 'pipe', 'ignore'],
      ...(how.nobody === true ? { uid: 65_534, gid: 65_534 } : {}),
    },
  );
  cleanups.push(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  return {
    child,
    line: async () => (await lines.next()).value as string | undefined,
    ended: () => exit,
  };
}

const key = (group: number, row: number): Buffer => Buffer.from(`g${String(group).padStart(6, '0')}-${row}`);
const ROWS = 8;

/** Groups of rows, one after another, with the number of each told when it is committed. */
const WRITES_GROUPS = (steps: string): string => `
  const store = await openLmdbStore({ directory, durability, syncIntervalMs: 3, ${steps} });
  const key = (group, row) => Buffer.from('g' + String(group).padStart(6, '0') + '-' + row);
  let group = Number(store.get(Buffer.from('last')) ?? 0);
  say('from ' + group);
  for (;;) {
    group += 1;
    const rows = Array.from({ length: ${ROWS} }, (_, row) => ({ key: key(group, row), value: Buffer.alloc(50 + (group * row) % 7000, group) }));
    const old = Array.from({ length: ${ROWS} }, (_, row) => ({ key: key(group - 20, row), value: undefined }));
    await store.commit([...rows, ...(group > 20 ? old : []), { key: Buffer.from('last'), value: Buffer.from(String(group)) }]);
    say('did ' + group);
  }`;

/** Of a line such as `did 7`. */
const groupOf = (text: string | undefined): number => Number(text?.split(' ')[1]);

/** The last group of a store in which every group is there as a whole or not at all. */
function lastGroup(store: Store): number {
  const last = Number(store.get(Buffer.from('last')) ?? 0);
  for (let group = Math.max(1, last - 30); group <= last + 2; group += 1) {
    const there = group <= last && group > last - 20;
    for (let row = 0; row < ROWS; row += 1)
      expect(store.get(key(group, row))?.[0], `${group} of ${last}`).toBe(there ? group & 255 : undefined);
  }
  return last;
}

test.each(['strict', 'relaxed'] as const)(
  'store - what a killed process was told is committed is there, and no half of a group (%s)',
  async (durability) => {
    const directory = place();
    let told = 0;
    for (const round of [3, 40, 1, 17, 90, 6]) {
      const { child, line, ended } = run(WRITES_GROUPS(''), directory, durability);
      expect(await line()).toBe(`from ${told}`);
      for (let count = 0; count < round; count += 1) told = groupOf(await line());
      child.kill('SIGKILL');
      for (let text = await line(); text !== undefined; text = await line()) told = groupOf(text);
      await ended();
      // The next start comes at once, with the killed one's name still in the store.
      const store = await openLmdbStore({ directory, durability });
      const last = lastGroup(store);
      expect(last).toBeGreaterThanOrEqual(told);
      expect(last).toBeLessThanOrEqual(told + 1);
      told = last;
      await store.close();
    }
  },
);

test.each(['before-commit', 'during-commit', 'after-commit', 'before-sync', 'after-sync'] as const)(
  'store - killed at the step %s it has all that was committed',
  async (step) => {
    const directory = place();
    const dies = `fault: (step) => { if (step === '${step}' && globalThis.armed) process.kill(process.pid, 'SIGKILL'); }`;
    const program = `globalThis.armed = false; setTimeout(() => { globalThis.armed = true; }, 150); ${WRITES_GROUPS(dies)}`;
    const { line, ended } = run(program, directory, 'relaxed');
    let told = 0;
    for (let text = await line(); text !== undefined; text = await line()) told = groupOf(text);
    expect(await ended()).toEqual([null, 'SIGKILL']);
    const store = await openLmdbStore({ directory, durability: 'strict' });
    const last = lastGroup(store);
    expect(last).toBeGreaterThanOrEqual(told);
    expect(last).toBeLessThanOrEqual(told + 1);
    await store.close();
  },
);

const HOLDS = `
  try {
    const store = await openLmdbStore({ directory, durability });
    say('has it');
    process.stdin.once('data', async () => { await store.close(); say('closed'); process.exit(0); });
  } catch (error) {
    say(error.problem + ': ' + error.message);
    process.exit(0);
  }`;

test('store - a second process is refused with the pid of the first, and let in when that closes or is killed', async () => {
  const directory = place();
  const options: LmdbStoreOptions = { directory, durability: 'strict' };
  const first = run(HOLDS, directory);
  expect(await first.line()).toBe('has it');
  const refusal = { problem: 'in-use', message: expect.stringContaining(`process ${first.child.pid}`) };
  await expect(openLmdbStore(options)).rejects.toMatchObject(refusal);
  first.child.stdin?.write('close\n');
  expect(await first.line()).toBe('closed');
  const second = run(HOLDS, directory);
  expect(await second.line()).toBe('has it');
  await expect(openLmdbStore(options)).rejects.toMatchObject({ problem: 'in-use' });
  second.child.kill('SIGKILL');
  await second.ended();
  await (await openLmdbStore(options)).close();
});

test('store - of several processes that start at once exactly one gets a store, new or left by a killed one', async () => {
  for (let round = 0; round < 2; round += 1) {
    const directory = place();
    if (round === 1) {
      const before = run(HOLDS, directory);
      await before.line();
      before.child.kill('SIGKILL');
      await before.ended();
    }
    const programs = Array.from({ length: 4 }, () => run(HOLDS, directory));
    const said = await Promise.all(programs.map((program) => program.line()));
    expect(said.filter((text) => text === 'has it')).toHaveLength(1);
    expect(said.filter((text) => text?.startsWith('in-use'))).toHaveLength(3);
    const winner = programs[said.indexOf('has it')];
    winner?.child.stdin?.write('close\n');
    expect(await winner?.line()).toBe('closed');
    expect(readdirSync(directory).sort()).toEqual(['data.mdb', 'lock.mdb', 'owner.mdb', 'owner.mdb-lock']);
  }
});

test('store - one is read beside a process that writes it, each group as a whole', async () => {
  const directory = place();
  const writer = run(WRITES_GROUPS(''), directory, 'relaxed');
  await writer.line();
  for (let turn = 0; turn < 40; turn += 1) {
    const told = groupOf(await writer.line());
    const reader = openStoreToRead(directory);
    expect(Number(reader.get(Buffer.from('last')))).toBeGreaterThanOrEqual(told);
    const wrong = Array.from(reader.range(Buffer.from('g'), Buffer.from('h'))).filter(({ key, value }) => {
      const [, group, row] = /^g(\d+)-(\d)$/.exec(String(key)) ?? [];
      return !Buffer.alloc(50 + ((Number(group) * Number(row)) % 7000), Number(group)).equals(value);
    });
    expect(wrong.map(({ key }) => String(key))).toEqual([]);
    await reader.close();
  }
  writer.child.kill('SIGKILL');
  await writer.ended();
  const store = await openLmdbStore({ directory, durability: 'strict' });
  lastGroup(store);
  await store.close();
});

// In `lmdb` 3.5 to open an environment beside the one that writes it loses commits: a refused start must not come so far.
test('store - those who are refused, and those who read, do no harm to the one that writes', async () => {
  const directory = place();
  const writer = run(WRITES_GROUPS(''), directory, 'relaxed');
  let told = groupOf(await writer.line());
  const others = Array.from({ length: 3 }, () =>
    run(
      `for (let turn = 0; turn < 8; turn += 1) {
        const store = openStoreToRead(directory); Array.from(store.range(Buffer.of(1), Buffer.of(255))); await store.close();
        try { await openLmdbStore({ directory, durability }); say('got it'); } catch (error) { say(error.problem); }
      }`,
      directory,
    ),
  );
  for (const other of others)
    for (let text = await other.line(); text !== undefined; text = await other.line()) {
      expect(text).toBe('in-use');
      told = groupOf(await writer.line());
    }
  writer.child.kill('SIGKILL');
  for (let text = await writer.line(); text !== undefined; text = await writer.line()) told = groupOf(text);
  await writer.ended();
  const store = await openLmdbStore({ directory, durability: 'strict' });
  const last = lastGroup(store);
  expect(last).toBeGreaterThanOrEqual(told);
  expect(last).toBeLessThanOrEqual(told + 1);
  await store.close();
});

const FILLS = `
  const store = await openLmdbStore({ directory, durability });
  const row = (index) => Buffer.from('r' + String(index).padStart(6, '0'));
  const count = () => Array.from(store.range(Buffer.of(1), Buffer.of(255))).length;
  const problems = [];
  let rows = 0;
  while (problems.length < 3) {
    try {
      await store.commit([{ key: row(rows), value: Buffer.alloc(3000, 1) }, { key: row(rows + 1), value: Buffer.alloc(9000, 1) }]);
      rows += 2;
    } catch (error) {
      problems.push(error.problem + (error.message.includes(directory) ? '' : ' nowhere'));
      if (count() !== rows) problems.push('half');
    }
  }
  say(problems.join());
  for (let index = 0; index < 20; index += 1) await store.commit([{ key: row(index), value: undefined }]);
  for (let index = 0; index < 5; index += 1) await store.commit([{ key: row(index), value: Buffer.alloc(3000, 1) }]);
  say(String(count() - rows));
  await store.close();`;

test.each(['strict', 'relaxed'] as const)(
  'store - without space it says so, keeps what it has, and goes on when there is space again (%s)',
  async (durability) => {
    const directory = place();
    const program = run(FILLS, directory, durability, { fileBlocksMax: 2048 });
    expect(await program.line()).toBe('full,full,full');
    expect(await program.line()).toBe('-15');
    expect(await program.ended()).toEqual([0, null]);
    const store = await openLmdbStore({ directory, durability });
    expect(store.figures().rows).toBeGreaterThan(100);
    expect(Array.from(store.range(Buffer.of(1), Buffer.of(255)))).toHaveLength(store.figures().rows);
    await store.close();
  },
);

test('store - a directory that may not be written is said to be read-only, and can be read', async () => {
  const directory = place();
  await (await openLmdbStore({ directory, durability: 'strict' })).close();
  for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o444);
  chmodSync(directory, 0o555);
  const nobody = process.getuid?.() === 0;
  const writer = run(HOLDS, directory, 'strict', { nobody });
  expect(await writer.line()).toMatch(/^read-only: .*may not be written/);
  const reads = `const store = openStoreToRead(directory); say('rows ' + store.figures().rows); await store.close();`;
  expect(await run(reads, directory, 'strict', { nobody }).line()).toBe('rows 0');
  chmodSync(directory, 0o700);
});
