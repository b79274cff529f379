// What the documents say is what there is: settings, examples, and the packet shown in the README.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Broker, environmentVariables, loadSettings } from '@anax/broker';
import { REASON_CODES } from '@anax/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const blocks = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)\\n\`\`\`$`, 'gms'))].map(([, code]) => code ?? '');

const english = read('README.md');
const chinese = read('README.zh-CN.md');
const children: ChildProcess[] = [];

/** Runs code as a module from the root of the repository and gives its first line. */
async function firstLine(code: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { cwd: root });
  children.push(child);
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
    writeFileSync(file, blocks(text, 'yaml')[0] ?? '');
    expect(loadSettings({ file }).limits.keepAliveMaxSeconds).toBe(300);
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
    const file = join(mkdtempSync(join(tmpdir(), 'anax-docs-')), 'anax.yaml');
    writeFileSync(file, 'listeners:\n  - port: 0\n');
    const code = blocks(read('packages/broker/README.md'), 'ts')[0] ?? '';
    expect(await firstLine(code.replace("'anax.yaml'", JSON.stringify(file)))).toMatch(/^\d+$/);
  });
});

describe('README', () => {
  let broker: Broker;
  let port = 0;

  beforeAll(async () => {
    broker = new Broker(
      loadSettings({ overrides: [{ path: ['listeners', 0, 'port'], value: 0, source: 'test' }] }),
      {},
    );
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

  it('shows a client that gets what it published', async () => {
    const code = (blocks(english, 'ts')[0] ?? '').replace('127.0.0.1:1883', `127.0.0.1:${port}`);
    expect(await firstLine(code)).toBe('home/kitchen/temperature 21.5');
  });

  it('shows a broker that starts and tells what happens', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'anax-docs-')), 'anax.yaml');
    writeFileSync(file, 'listeners:\n  - port: 0\n');
    const code = (blocks(english, 'ts')[1] ?? '').replace("'anax.yaml'", JSON.stringify(file));
    expect(await firstLine(`${code}\nconsole.log(broker.listeners[0].host);`)).toBe('127.0.0.1');
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
