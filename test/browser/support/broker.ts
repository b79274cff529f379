// Our built broker as a process of its own, with a WebSocket listener. Pages of this machine may connect to it.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from '../../interop/support/at-end.ts';
import { Child } from '../../interop/support/children.ts';
import { ANAX } from '../../interop/support/programs.ts';

export interface WebSocketBroker {
  readonly url: string;
  readonly port: number;
  end(): Promise<unknown>;
}

interface Facts {
  /** Default: a free one. */
  readonly port?: number;
  /** Of other pages that may connect. */
  readonly origins?: readonly string[];
}

export async function startBroker({ port = 0, origins = [] }: Facts = {}): Promise<WebSocketBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'anax-browser-'));
  atEnd(() => rm(folder, { recursive: true }));
  const file = join(folder, 'anax.json');
  const listeners = [{ port: 0 }, { protocol: 'ws', port, origins }];
  await writeFile(file, JSON.stringify({ listeners, store: { durability: 'memory' } }));
  const child = new Child(process.execPath, [ANAX, 'broker', '--config', file]);
  const url = /ws:\S+/.exec(await child.line(/listening on ws:/))?.[0] ?? '';
  return { url, port: Number(new URL(url).port), end: () => child.end() };
}
