// The state of a run meanwhile, on standard error: one line that is written over on a terminal, elsewhere a new line every so
// often. Owns when and where; what is said is the verb's.

import { setTimeout as delay } from 'node:timers/promises';
import { columnsOf, printable } from '../render/index.ts';
import type { Edges } from './edges.ts';
import { grouped } from './progress.ts';
import { complain } from './verb.ts';

const TERMINAL_EVERY_MS = 500;
const LINES_EVERY_MS = 10_000;

export interface LiveFlags {
  /** Milliseconds. */
  readonly every?: number;
  readonly quiet?: true;
}

/** `12,345 /s` since this count was last asked for, under its name. */
export type PerSecond = (name: string, count: number) => string;

export class Live {
  readonly #name: string;
  readonly #edges: Edges;
  readonly #everyMs: number;
  readonly #quiet: boolean;
  readonly #ended = new AbortController();
  readonly #before = new Map<string, { readonly count: number; readonly at: number }>();
  readonly #begunAt: number;
  #lineOf: ((perSecond: PerSecond) => string) | undefined;

  constructor(name: string, edges: Edges, { every, quiet }: LiveFlags) {
    this.#name = name;
    this.#edges = edges;
    this.#quiet = quiet === true;
    this.#everyMs = every ?? (edges.errorColumns === undefined ? LINES_EVERY_MS : TERMINAL_EVERY_MS);
    this.#begunAt = edges.clock.now();
    if (!this.#quiet) void this.#loop();
  }

  /** From now on this is told, and at once on a terminal. */
  tell(lineOf: (perSecond: PerSecond) => string): void {
    this.#lineOf = lineOf;
    this.#before.clear();
    if (this.#edges.errorColumns !== undefined) this.#put();
  }

  end(): void {
    this.#ended.abort();
    if (!this.#quiet && this.#edges.errorColumns !== undefined) this.#edges.writeError('\r\u001b[K');
  }

  async #loop(): Promise<void> {
    const { signal } = this.#ended;
    // Real time, also where a clock is given: what is told to people is told at their pace.
    const wait = (): Promise<unknown> =>
      delay(this.#everyMs, undefined, { signal, ref: false }).catch(() => {});
    for (await wait(); !signal.aborted; await wait()) this.#put();
  }

  #put(): void {
    if (this.#quiet || this.#lineOf === undefined) return;
    const seconds = ((this.#edges.clock.now() - this.#begunAt) / 1000).toFixed(1);
    const line = `${seconds} s, ${this.#lineOf((name, count) => this.#perSecond(name, count))}`;
    const { errorColumns } = this.#edges;
    if (errorColumns === undefined) complain(this.#name, line, this.#edges);
    else this.#edges.writeError(`\r\u001b[K${fitting(printable(line), errorColumns - 1)}`);
  }

  #perSecond(name: string, count: number): string {
    const at = this.#edges.clock.now();
    const before = this.#before.get(name);
    this.#before.set(name, { count, at });
    if (before === undefined || at <= before.at) return '– /s';
    return `${grouped(Math.round(((count - before.count) * 1000) / (at - before.at)))} /s`;
  }
}

function fitting(line: string, columns: number): string {
  return columnsOf(line) <= columns ? line : line.slice(0, Math.max(0, columns));
}
