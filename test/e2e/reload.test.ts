/** Owns what a running `anax broker` does when its files change, and on SIGHUP. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@anax/client';
import { expect, onTestFinished, test } from 'vitest';

const anax = fileURLToPath(new URL('../../packages/cli/bin/anax.js', import.meta.url));

class Started {
  readonly child: ChildProcess;
  readonly file: string;
  #output = '';

  constructor(yaml: string, ...flags: readonly string[]) {
    const folder = mkdtempSync(join(tmpdir(), 'anax-reload-e2e-'));
    this.file = join(folder, 'anax.yaml');
    this.write(yaml);
    this.child = spawn(process.execPath, [anax, 'broker', '--config', this.file, '--memory', ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    onTestFinished(() => {
      this.child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    });
  }

  /** As editors and deployments do it. */
  write(yaml: string): void {
    writeFileSync(`${this.file}.new`, yaml);
    renameSync(`${this.file}.new`, this.file);
  }

  async shows(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#output);
      if (found !== null) {
        this.#output = this.#output.slice(found.index + found[0].length);
        return found[1] ?? '';
      }
      if (this.child.exitCode !== null) throw new Error(`it ended: ${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get output(): string {
    return this.#output;
  }
}

const yaml = (level: string, password: string) => `listeners: [{ port: 0 }]
anonymous: never
users: [{ name: ann, password: a }, { name: bob, password: ${password} }]
log: { level: ${level} }
`;

test('a file that changes is read, a broken one is not taken, and who has its rights stays', async () => {
  const broker = new Started(yaml('info', 'b'));
  const port = await broker.shows(/mqtt:\/\/127\.0\.0\.1:(\d+)/);
  const login = { reconnect: false as const, userName: 'ann', password: 'a' };
  const ann = await connect(`mqtt://127.0.0.1:${port}`, login);
  onTestFinished(async () => void (await ann.close()));
  broker.write('listeners: [{ port: 0 }]\nanonymous: alwa');
  await broker.shows(/"reload-failed".*stay as they were: .*:2: `anonymous` must be one of/);
  broker.write('');
  await broker.shows(/"reload-failed".*says nothing/);
  broker.write(yaml('debug', 'c'));
  await broker.shows(/"event":"reloaded","keys":\["users","log.level"\]/);
  await ann.publish('still/here', 'yes', { qos: 1 });
  await expect(
    connect(`mqtt://127.0.0.1:${port}`, { ...login, userName: 'bob', password: 'b' }),
  ).rejects.toThrow();
  const bob = await connect(`mqtt://127.0.0.1:${port}`, { ...login, userName: 'bob', password: 'c' });
  await bob.close();
  // A line that only this level has.
  await broker.shows(/"level":20/);
});

test('with --no-watch it reads on SIGHUP only', async () => {
  const clock = new Started(yaml('info', 'b'));
  const broker = new Started(yaml('info', 'b'), '--no-watch');
  await broker.shows(/Ctrl-C stops it/);
  await clock.shows(/Ctrl-C stops it/);
  broker.write(yaml('info', 'c'));
  clock.write(yaml('info', 'c'));
  // Another one has seen its own file change that was written later.
  await clock.shows(/"event":"reloaded"/);
  expect(broker.output).not.toContain('reloaded');
  broker.child.kill('SIGHUP');
  await broker.shows(/"event":"reloaded","keys":\["users"\]/);
});
