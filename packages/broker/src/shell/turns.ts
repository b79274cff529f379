// What leaves at the end of a turn of the event loop: wires with something to send are flushed once, and one that has
// said its last word is cut if it does not close in time. Who calls when is the shell's business.

import type { Commits } from './commits.ts';
import type { SocketWire } from './socket-wire.ts';

/** After its last packet a connection may take this long to close before it is cut. */
const LINGER_MS = 1000;

export class Turns {
  readonly commits: Commits = { committed: 0, waiting: new Set() };
  /** Asks for `flush` to be called at the end of this turn. */
  readonly #ask: () => void;
  #dirty: SocketWire[] = [];
  /** In the order in which they will be cut. */
  readonly #lingering: { readonly wire: SocketWire; readonly cutAt: number }[] = [];

  constructor(ask: () => void) {
    this.#ask = ask;
  }

  /** A wire has something to send. */
  readonly dirty = (wire: SocketWire): void => {
    this.#dirty.push(wire);
    this.#ask();
  };

  flush(now: number): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const wire of dirty) {
      if (wire.flush()) this.#lingering.push({ wire, cutAt: now + LINGER_MS });
    }
  }

  /** A batch is written: what waited for it leaves. */
  release(batch: number, now: number): void {
    const { commits } = this;
    commits.committed = batch;
    for (const wire of [...commits.waiting]) {
      if (wire.release(batch)) this.#lingering.push({ wire, cutAt: now + LINGER_MS });
    }
  }

  /** Cuts who has had its time. */
  cut(now: number): void {
    while (this.#lingering[0] !== undefined && this.#lingering[0].cutAt <= now)
      this.#lingering.shift()?.wire.destroy();
  }
}
