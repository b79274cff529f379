// The brokers that are measured: started as processes of their own on free ports of 127.0.0.1, ended by pid.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface RunningBroker {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const STARTERS: Readonly<Record<string, (port: number) => ChildProcess>> = {
  anax: (port) => startAnax(port, ['--memory']),
  'anax-strict': (port) => startAnax(port, stored('strict')),
  'anax-relaxed': (port) => startAnax(port, stored('relaxed')),
  mosquitto: (port) => {
    const config = join(mkdtempSync(join(tmpdir(), 'anax-bench-')), 'mosquitto.conf');
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence false',
      'log_type none',
      'set_tcp_nodelay true',
      'max_queued_messages 0',
    ];
    writeFileSync(config, `${lines.join('\n')}\n`);
    return spawn('mosquitto', ['-c', config], {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
    });
  },
};

export const BROKER_NAMES: readonly string[] = Object.keys(STARTERS);

function stored(durability: string): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'anax-bench-'));
  return ['--data', directory, '--set', `store.durability=${durability}`];
}

function startAnax(port: number, options: readonly string[]): ChildProcess {
  const command = join(ROOT, 'packages/cli/bin/anax.js');
  const args = [command, 'broker', '--port', String(port), '--log-level', 'error', ...options];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Starts a broker and waits until it accepts connections. */
export async function startBroker(name: string): Promise<RunningBroker> {
  const starter = STARTERS[name];
  if (starter === undefined) throw new Error(`there is no broker ${name}; known: ${BROKER_NAMES.join(', ')}`);
  const port = await freePort();
  const child = starter(port);
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
  await Promise.race([accepting(port), failed]);
  return {
    name,
    port,
    pid: child.pid as number,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}

/** Waits until somebody listens there, and asks every `everyMs`. */
export async function accepting(port: number, everyMs = 50, waitMs = 5000): Promise<void> {
  for (let waited = 0; waited < waitMs; waited += everyMs) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`nothing listens on port ${port} after ${waitMs / 1000} s`);
}
