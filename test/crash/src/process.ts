// The broker as a process: started, killed, stopped, started again on the same port and directory. Owns its life and
// what it wrote; knows no MQTT.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** What one start has that others have not. */
export interface Start {
  /** A step of the store and a count, `STEP:COUNT`: there it kills itself. */
  readonly fault?: string | undefined;
  readonly args?: readonly string[];
}

const STOP_TIMEOUT_MS = 20_000;
const OUTPUT_CHARS_MAX = 20_000;

export class BrokerProcess {
  readonly #command: Command;
  readonly #cwd: string;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #output = '';

  constructor(command: Command, cwd: string) {
    this.#command = command;
    this.#cwd = cwd;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves when it is over, by whose doing soever. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** The end of what it has written, of all its lives. */
  get output(): string {
    return this.#output;
  }

  start({ fault, args: more = [] }: Start = {}): void {
    const environment = fault === undefined ? process.env : { ...process.env, ANAX_FAULT: fault };
    const { program, args } = this.#command;
    const child = spawn(program, [...args, ...more], {
      cwd: this.#cwd,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const keep = (text: string): void => {
      this.#output = (this.#output + text).slice(-OUTPUT_CHARS_MAX);
    };
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => keep(`${program} cannot be started: ${error.message}\n`));
    this.#ended = new Promise((resolve) => {
      const over = (): void => {
        if (this.#child === child) this.#child = undefined;
        resolve();
      };
      child.once('exit', over);
      child.once('error', over);
    });
  }

  /** No signal handler, no flush: as if it had never been told. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** Asks it to end; false where it does not, and has to be killed. */
  async stop(): Promise<boolean> {
    this.#child?.kill('SIGTERM');
    const late = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const before = Date.now();
    await this.#ended;
    clearTimeout(late);
    return Date.now() - before < STOP_TIMEOUT_MS;
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
