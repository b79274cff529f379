// The tree on a terminal while messages come: when it is drawn, what keys do, and that the terminal is afterwards as it was.
// Subscribes to nothing.

import type { ShownFormat } from '../payload/index.ts';
import { painter } from '../render/index.ts';
import type { Edges, Window } from '../world/edges.ts';
import { keysOf } from './keys.ts';
import { Navigation } from './navigation.ts';
import { type Row, rowsOf } from './rows.ts';
import { ENTER, LEAVE, Screen } from './screen.ts';
import type { TopicTree } from './tree.ts';
import { heightOf, sceneLines } from './view.ts';

/** Between two times that it is drawn because messages came. */
const REDRAW_MS = 100;
/** Ages and rates change also where nothing comes. */
const QUIET_REDRAW_MS = 500;

export interface LiveParts {
  readonly tree: TopicTree;
  readonly edges: Pick<Edges, 'clock' | 'keyboard' | 'stopped' | 'write'>;
  readonly window: Window;
  readonly format: ShownFormat;
  readonly broker: string;
  readonly colour: boolean;
}

export class LiveView {
  readonly #parts: LiveParts;
  readonly #navigation = new Navigation();
  readonly #screen = new Screen();
  readonly #over = new AbortController();
  #rows: readonly Row[] = [];
  #paused: { readonly tree: TopicTree; readonly now: number } | undefined;
  #trouble: string | undefined;
  #quit = false;
  /** Draws before its time. */
  #nudge = new AbortController();
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawnMessages = -1;

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /** What is said of the connection; undefined where it is there. */
  trouble(text: string | undefined): void {
    this.#trouble = text;
    this.#nudge.abort();
  }

  end(): void {
    this.#over.abort();
  }

  /** Until a key, a signal or `end`; true where a key or signal asked for it. The terminal is then as it was. */
  async run(): Promise<boolean> {
    const { edges, window } = this.#parts;
    const over = AbortSignal.any([edges.stopped(), this.#over.signal]);
    over.addEventListener('abort', () => this.#nudge.abort(), { once: true });
    const unguard = window.atEnd(LEAVE);
    const endKeys = edges.keyboard?.((keys) => this.#press(keys));
    const endChange = window.onChange(() => {
      this.#screen.forget();
      this.#nudge.abort();
    });
    try {
      await edges.write(ENTER);
      while (!over.aborted) {
        this.#nudge = new AbortController();
        await this.#draw();
        await this.#wait(this.#nudge.signal);
      }
    } finally {
      endKeys?.();
      endChange();
      await edges.write(LEAVE);
      unguard();
    }
    return this.#quit || edges.stopped().aborted;
  }

  async #wait(early: AbortSignal): Promise<void> {
    const { tree, edges } = this.#parts;
    while (!early.aborted) {
      await edges.clock.wait(REDRAW_MS, early);
      const quiet = tree.messages === this.#drawnMessages || this.#paused !== undefined;
      if (!quiet || edges.clock.now() - this.#drawnAt >= QUIET_REDRAW_MS) return;
    }
  }

  #press(keys: string): void {
    const height = heightOf(this.#parts.window.size());
    for (const key of keysOf(keys)) {
      const asked = this.#navigation.press(key, this.#rows, height);
      if (asked === 'quit') {
        this.#quit = true;
        this.end();
      } else if (asked === 'pause') this.#pause();
      else if (asked === 'redraw') this.#screen.forget();
      this.#look(height);
    }
    this.#nudge.abort();
  }

  #pause(): void {
    const { tree, edges } = this.#parts;
    this.#paused = this.#paused === undefined ? { tree: tree.copy(), now: edges.clock.now() } : undefined;
  }

  /** Which rows there are now. */
  #look(height: number): { readonly tree: TopicTree; readonly now: number } {
    const seen = this.#paused ?? { tree: this.#parts.tree, now: this.#parts.edges.clock.now() };
    this.#rows = rowsOf(seen.tree, this.#navigation, seen.now);
    this.#navigation.settle(this.#rows, height);
    return seen;
  }

  async #draw(): Promise<void> {
    const { tree, edges, window, format, broker, colour } = this.#parts;
    const size = window.size();
    const seen = this.#look(heightOf(size));
    this.#drawnAt = edges.clock.now();
    this.#drawnMessages = tree.messages;
    const scene = {
      ...seen,
      rows: this.#rows,
      navigation: this.#navigation,
      format,
      broker,
      trouble: this.#trouble,
      paused: this.#paused !== undefined,
      pausedMessages: tree.messages - seen.tree.messages,
    };
    const text = this.#screen.update(sceneLines(scene, size, painter(colour)));
    if (text !== '') await edges.write(text);
  }
}
