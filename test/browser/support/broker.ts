// Our built broker as a process of its own, with a WebSocket listener that lets the pages of the test in.

import { Child } from '../../interop/support/children.ts';
import { ANAX } from '../../interop/support/programs.ts';

export interface WebSocketBroker {
  readonly url: string;
  readonly port: number;
  end(): Promise<unknown>;
}

/** @param args of `anax broker`, beyond the listeners */
export async function startBroker(args: readonly string[] = [], port = 0): Promise<WebSocketBroker> {
  const all = [ANAX, 'broker', '--port', '0', '--ws', String(port), '--memory', ...args];
  const child = new Child(process.execPath, all);
  const line = await child.line(/listening on ws:/);
  const url = /ws:\S+/.exec(line)?.[0] ?? '';
  return { url, port: Number(new URL(url).port), end: () => child.end() };
}
