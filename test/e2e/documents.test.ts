// What the documents say is what there is: settings, examples, and the packet shown in the README.

import { type ChildProcess, type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Broker, configSchema, createBroker, environmentVariables, loadSettings } from '@anax/broker';
import { RECONNECT_LIMITS, retryable, WAITING_LIMITS } from '@anax/client';
import { REASON_CODES } from '@anax/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PENCIL } from '../../packages/client/test/scram-server.ts';
import { scramMethod } from './scram-method.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const blocks = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)\\n\`\`\`$`, 'gms'))].map(([, code]) => code ?? '');

const english = read('README.md');
const chinese = read('README.zh-CN.md');
const children: ChildProcess[] = [];

function moduleOf(code: string): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { cwd: root });
  children.push(child);
  return child;
}

/** Runs code as a module from the root of the repository until it ends by itself, and gives its lines. */
async function allLines(code: string): Promise<readonly string[]> {
  const child = moduleOf(code);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = once(child, 'close');
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) lines.push(line);
  const [exitCode] = await ended;
  expect([exitCode, errors]).toEqual([0, '']);
  return lines;
}

/** The same, but gives its first line and does not wait for its end. */
async function firstLine(code: string): Promise<string> {
  const child = moduleOf(code);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  for await (const line of createInterface(child.stdout)) return line;
  throw new Error(`nothing was printed: ${errors}`);
}

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
});

describe('docs/configuration.md', () => {
  const text = read('docs/configuration.md');

  it.each([...environmentVariables()])('names the variable %s and its key', (variable, path) => {
    expect(text).toContain(`\`${variable}\``);
    expect(text).toContain(path[0] === 'listeners' ? '`listeners`' : `\`${path.join('.')}\``);
  });

  it('shows an example that the broker takes', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'anax-docs-')), 'anax.yaml');
    writeFileSync(file, blocks(text, 'yaml').at(-1) ?? '');
    expect(loadSettings({ file }).limits.keepAliveMaxSeconds).toBe(300);
  });
});

/** The first cells of the rows of all tables, without their marks. */
const rowsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = '']) => cell.replaceAll('`', ''));

describe('docs/embedding.md', () => {
  const rows = rowsOf(read('docs/embedding.md'));
  const messageOf = (call: () => unknown): string => {
    try {
      call();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('nothing was thrown');
  };
  /** The names that an error message lists. */
  const listed = (message: string): readonly string[] =>
    (message.split('expected one of ')[1] ?? '').split(', ');
  const broker = createBroker();

  it.each(listed(messageOf(() => broker.on('none' as 'dropped', () => undefined))))(
    'has the event %s',
    (name) => {
      expect(rows).toContain(name);
    },
  );

  const known = Object.keys(configSchema.shape);
  const hooks = listed(messageOf(() => createBroker({ none: 1 } as object))).filter(
    (name) => !known.includes(name),
  );

  it.each(hooks)('has the option %s, which is no setting', (name) => {
    expect(rows.map((row) => row.split('(')[0])).toContain(name);
  });

  it('has every method and property of a broker', () => {
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(broker)).filter(
      (name) => name !== 'constructor',
    );
    expect(rows.map((row) => row.split('(')[0])).toEqual(expect.arrayContaining(names));
  });
});

describe('docs/sys.md', () => {
  it('has every topic, and no other', async () => {
    const topics: string[] = [];
    const broker = createBroker({ listeners: [] });
    broker.subscribe('$SYS/broker/#', ({ topic }) => topics.push(topic.replace('$SYS/broker/', '')));
    await broker.start();
    await broker.close();
    const told = rowsOf(read('docs/sys.md')).flatMap((row) => row.split(', '));
    const families = new Set(topics.map((topic) => topic.replace(/\d+min$/, '+')));
    expect([...families].toSorted()).toEqual(told.toSorted());
  });
});

describe('docs/reason-codes.md', () => {
  const text = read('docs/reason-codes.md');

  it.each(REASON_CODES.filter(({ returnCode }) => returnCode !== undefined))(
    'says when CONNACK carries $code, $title',
    ({ code, title, returnCode }) => {
      const row = text.split('\n').find((line) => line.includes(`| ${title} |`)) ?? '';
      expect(row).toContain(`| 0x${code.toString(16).toUpperCase().padStart(2, '0')} |`);
      if (![0x8c].includes(code)) expect(row).toContain(`| ${returnCode} |`);
    },
  );
});

describe('the README of a package', () => {
  it('shows bytes decoded, in protocol', async () => {
    const code = blocks(read('packages/protocol/README.md'), 'ts')[0] ?? '';
    const bytes = '[0x10, 13, 0, 4, 77, 81, 84, 84, 5, 2, 0, 60, 0, 0, 0]';
    expect(await firstLine(code.replace('\n\n', `\nconst bytes = Uint8Array.from(${bytes});\n`))).toBe(
      'connect',
    );
  });

  it('shows a broker embedded, in broker', async () => {
    const code = blocks(read('packages/broker/README.md'), 'ts')[0] ?? '';
    expect(await allLines(code.replace('port: 1883', 'port: 0'))).toEqual([
      expect.stringMatching(/^listening on port \d+$/),
      '1 get it',
      'devices/d1/alarm smoke',
    ]);
  });
});

describe('docs/client.md', () => {
  const text = read('docs/client.md');
  /** The example with these words. */
  const example = (words: string): string =>
    blocks(text, 'ts').find((code) => code.includes(words)) ?? `throw new Error('no example has ${words}')`;
  const connecting = example("clientId: 'boiler', keepAlive: 30");
  const reconnecting = example('redirectsMax: 2');
  const waiting = example('outbox: {');
  const methods = new Map([['SCRAM-SHA-256', scramMethod(PENCIL)]]);
  const broker = createBroker({ listeners: [{ port: 0 }], methods });
  const at = (code: string): string => code.replaceAll(':1883', `:${broker.listeners[0]?.port}`);

  beforeAll(() => broker.start());
  afterAll(() => broker.close());

  it('shows a client that connects, and one whose message is delivered', async () => {
    expect(await allLines(at(connecting))).toEqual(['5.0 true']);
    expect(await allLines(at(waiting))).toEqual(['delivered']);
    expect(await allLines(at(example('scram(')))).toEqual(['SCRAM-SHA-256']);
    expect(await allLines(at(example("clientId: 'gauge'")))).toEqual(['5.0']);
  });

  it('shows a client that is there before its connection', async () => {
    expect(await allLines(at(example('boiler/started')))).toEqual(['connected']);
  });

  it('shows a request and its response', async () => {
    const [, section = ''] = text.split('\n## Requests and responses\n');
    expect(await allLines(at(blocks(section, 'ts')[0] ?? ''))).toEqual(['3']);
  });

  it('shows an outbox that is stored', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'anax-documents-'));
    const code = at(example('lmdbOutbox(')).replace('./device-outbox', folder);
    expect(await allLines(code)).toEqual(['stored', 'delivered']);
  });

  it('shows values and acknowledgements', async () => {
    const about = (name: string): string => text.split(`\n## ${name}\n`)[1] ?? '';
    expect(await allLines(at(blocks(about('Values'), 'ts')[0] ?? ''))).toEqual(['rooms/kitchen/reading 21']);
    expect(await allLines(at(blocks(about('Acknowledging'), 'ts')[0] ?? ''))).toEqual(['done: sweep']);
  });

  it('shows a client that tells how it is connected again', async () => {
    const cut = `client.addEventListener('connected', () => setTimeout(() => client.close(), 1));
      import('node:net').then(() => console.log('ready'));`;
    const child = moduleOf(`${at(reconnecting)}\n${cut}`);
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if (line === 'ready') broker.disconnect('meter');
    }
    expect(lines.slice(1)).toEqual([
      'attempt 1: server-disconnected',
      'session kept: true',
      'over: disconnected',
    ]);
  });

  it.each([
    ['reconnect', [...Object.entries(RECONNECT_LIMITS)]],
    ['outbox', [...Object.entries(WAITING_LIMITS)]],
  ] as const)('has every limit of %s with its default', (_, limits) => {
    for (const [name, value] of limits) {
      const shown = value === Number.POSITIVE_INFINITY ? 'no limit' : `\`?${value}\`?`;
      expect(text).toMatch(new RegExp(`^\\| \`${name}\` \\| ${shown} \\|`, 'm'));
    }
  });

  it.each(REASON_CODES.filter(({ code }) => code >= 0x80))(
    'says of $code, $title, whether it is final',
    ({ code }) => {
      const reason = { reasonCode: code, properties: undefined, error: undefined };
      const final = !retryable({ code: 'connection-refused', ...reason });
      const [, table = ''] = text.split('these end the client:');
      const [listed = ''] = table.split('All others');
      expect(listed.includes(`0x${code.toString(16).toUpperCase()}`)).toBe(final);
    },
  );
});

describe('README', () => {
  let broker: Broker;
  let port = 0;

  beforeAll(async () => {
    broker = createBroker({ listeners: [{ port: 0 }] });
    await broker.start();
    port = broker.listeners[0]?.port ?? 0;
  });

  afterAll(() => broker.close());

  it('has the same commands and the same code in English and Chinese', () => {
    expect(blocks(chinese, 'sh')).toEqual(blocks(english, 'sh'));
    expect(blocks(chinese, 'ts')).toEqual(blocks(english, 'ts'));
    expect(blocks(chinese, 'text')).toHaveLength(blocks(english, 'text').length);
    expect(blocks(chinese, 'text')[0]).toBe(blocks(english, 'text')[0]);
  });

  it('shows a client of five lines that gets what it published', async () => {
    expect(blocks(english, 'ts')[0]?.split('\n')).toHaveLength(5);
    const code = (blocks(english, 'ts')[0] ?? '').replace('127.0.0.1:1883', `127.0.0.1:${port}`);
    expect(await firstLine(code)).toBe('home/kitchen/temperature 21.5');
  });

  it('shows an audit that finds something kept, in packages/conformance', async () => {
    const code = blocks(read('packages/conformance/README.md'), 'ts')[0] ?? '';
    expect(await firstLine(code.replaceAll('1883', String(port)))).toBe('3.1 3.12 kept');
  });

  it('shows a broker that starts and tells what happens', async () => {
    const code = (blocks(english, 'ts')[1] ?? '').replace('port: 1883', 'port: 0');
    expect(await allLines(`${code}\nawait broker.close();`)).toEqual(['home/door  0']);
  });

  it('shows what its command for a connection prints, but for the time', async () => {
    const command = (blocks(english, 'sh')[1] ?? '').replace(/^npx anax /, '');
    const args = [join(root, 'packages/cli/bin/anax.js'), ...command.split(' '), '--port', String(port)];
    const told = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, args, (error, out) => (error === null ? resolve(out) : reject(error)));
    });
    const withoutTime = (line: string): string => line.trimEnd().replace(/\d\d:\d\d:\d\d\.\d{3}/, 'TIME');
    const shown = (blocks(english, 'text')[0] ?? '').split('\n');
    expect(shown.length).toBeGreaterThan(10);
    expect(shown.pop()).toBe('...');
    expect(told.split('\n').slice(0, shown.length).map(withoutTime)).toEqual(shown.map(withoutTime));
  });
});
