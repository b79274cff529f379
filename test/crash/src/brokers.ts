// How the broker under test is called: ours, or any other by a command of its own. Owns nothing that runs.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from './process.ts';

const ANAX = fileURLToPath(new URL('../../../packages/cli/bin/anax.js', import.meta.url));

/** Queues larger than anything that a run leaves in them: what a limit drops is no loss. */
const SETTINGS = ['queue.messagesMax=10000000', 'queue.bytesMax=8 GiB', 'queue.totalBytesMax=16 GiB'];

export function anaxBroker(port: number, data: string): Command {
  const settings = SETTINGS.flatMap((setting) => ['--set', setting]);
  const args = [ANAX, 'broker', '--port', String(port), '--data', data, '--log-level', 'warn', ...settings];
  return { program: process.execPath, args };
}

/** The same broker as it is without a disk: it loses everything, and the harness has to see it. */
export function anaxInMemory(port: number): Command {
  const settings = SETTINGS.flatMap((setting) => ['--set', setting]);
  const args = [ANAX, 'broker', '--port', String(port), '--memory', '--log-level', 'warn', ...settings];
  return { program: process.execPath, args };
}

/**
 * A command as a text, in which `{port}`, `{data}` and `{config}` are replaced: the last one by a copy of the
 * configuration file in which the others are replaced, too.
 */
export function foreignBroker(text: string, config: string | undefined, port: number, data: string): Command {
  const filled = (template: string): string =>
    template.replaceAll('{port}', String(port)).replaceAll('{data}', data);
  let configured = filled(text);
  if (config !== undefined) {
    const file = join(data, 'broker.conf');
    writeFileSync(file, filled(readFileSync(config, 'utf8')));
    configured = configured.replaceAll('{config}', file);
  }
  const [program = '', ...args] = configured.split(' ').filter((word) => word !== '');
  return { program, args };
}

/** In front of a broker that lives on: when it dies, all connections are cut, and nothing else is lost. */
export function cutConnections(port: number, brokerPort: number): Command {
  const forward = `import('node:net').then(({ createServer, connect }) => {
    createServer((from) => {
      const to = connect(${brokerPort}, '127.0.0.1');
      from.on('error', () => to.destroy());
      to.on('error', () => from.destroy());
      from.pipe(to).pipe(from);
    }).listen(${port}, '127.0.0.1');
  })`;
  return { program: process.execPath, args: ['-e', forward] };
}
