// Every process that a test starts: its lines, its end, and that none of them outlives the tests.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { atEnd } from './at-end.ts';
import { Queue } from './queue.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<Child>();

export class Child {
  readonly lines: Queue<string> = new Queue<string>();
  /** Of standard error. */
  readonly notes: Queue<string> = new Queue<string>();
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcessWithoutNullStreams;
  #stdout = '';
  #stderr = '';

  constructor(command: string, args: readonly string[], options: { readonly cwd?: string } = {}) {
    this.#process = spawn(command, args, { stdio: 'pipe', ...options });
    running.add(this);
    atEnd(() => this.end());
    // Whoever is killed in the middle of a write takes the pipe along.
    this.#process.stdin.on('error', () => undefined);
    createInterface(this.#process.stderr).on('line', (line) => {
      this.#stderr += `${line}\n`;
      this.notes.push(line);
    });
    createInterface(this.#process.stdout).on('line', (line) => {
      this.#stdout += `${line}\n`;
      this.lines.push(line);
    });
    this.ended = once(this.#process, 'close').then(([code]) => {
      running.delete(this);
      const end = new Error(`${command} has ended (${String(code)}): ${this.#stderr}`);
      this.lines.end(end);
      this.notes.end(end);
      return { code: code as number | null, stdout: this.#stdout, stderr: this.#stderr };
    });
    this.ended.catch(() => undefined);
  }

  /** The first line that matches, from where reading stands. */
  line(pattern: RegExp): Promise<string> {
    return this.#first(this.lines, pattern);
  }

  /** The same on standard error. */
  note(pattern: RegExp): Promise<string> {
    return this.#first(this.notes, pattern);
  }

  async #first(lines: Queue<string>, pattern: RegExp): Promise<string> {
    for (;;) {
      const line = await lines.next();
      if (pattern.test(line)) return line;
    }
  }

  write(text: string | Uint8Array): void {
    this.#process.stdin.write(text);
  }

  closeInput(): void {
    this.#process.stdin.end();
  }

  /** To this process only. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<Ended> {
    if (running.has(this)) this.#process.kill(signal);
    return this.ended;
  }

  /** Stops it where it is, connection open: as a machine that hangs. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }
}
