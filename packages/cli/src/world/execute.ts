// A command of the user's, with bytes for its standard input; what it writes is bounded, and whatever it started is ended
// with it where the time is up.

import { type ChildProcess, spawn } from 'node:child_process';

export interface Execution {
  readonly env: Readonly<Record<string, string>>;
  readonly outputBytesMax: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** What it writes on standard error. */
  readonly onError: (text: string) => void;
}

/** By the shell. Resolves with what it wrote; rejects with a sentence where it was not well. */
export type Execute = (command: string, input: Uint8Array, execution: Execution) => Promise<Uint8Array>;

export const execute: Execute = (command, input, { env, outputBytesMax, signal, onError }) =>
  new Promise((resolve, reject) => {
    // A group of its own: Ctrl-C is for whoever waits for it, and what it started ends with it.
    const child = spawn(command, { shell: true, detached: GROUPS, env: { ...process.env, ...env } });
    const parts: Buffer[] = [];
    let bytes = 0;
    let trouble: string | undefined;
    const end = (why: string): void => {
      trouble ??= why;
      killAll(child);
    };
    const onAbort = (): void =>
      end(signal.reason instanceof Error ? signal.reason.message : 'it was stopped');
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > outputBytesMax) end(`it wrote more than ${outputBytesMax} bytes`);
      else parts.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', onError);
    // Not every command reads what it is given.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', ({ message }) => end(message));
    child.on('close', (code, killed) => {
      signal.removeEventListener('abort', onAbort);
      if (trouble === undefined && code !== 0) trouble = killed ? `ended by ${killed}` : `exit code ${code}`;
      if (trouble === undefined) resolve(Buffer.concat(parts));
      else reject(new Error(trouble));
    });
  });

const GROUPS = process.platform !== 'win32';

function killAll(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (GROUPS) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
