// Visits that are no byte pipe yet: before a PROXY header, in a TLS handshake, before an upgrade. Each has one deadline for
// all of that, however often it sends a byte: a timer that every byte sets anew would keep it for ever.

import type { Visit } from './visit.ts';

/** How often it is looked who has taken too long, in ms. */
const LOOK_MS = 1000;

export class Waiting {
  readonly #timeoutMs: number;
  readonly #late: (visit: Visit) => void;
  /** In the order of their deadlines, in ms. */
  readonly #deadlines = new Map<Visit, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param late what becomes of a visit that has had its time; it no longer waits then */
  constructor(timeoutMs: number, late: (visit: Visit) => void) {
    this.#timeoutMs = Math.max(1, timeoutMs);
    this.#late = late;
  }

  get size(): number {
    return this.#deadlines.size;
  }

  add(visit: Visit): void {
    this.#deadlines.set(visit, performance.now() + this.#timeoutMs);
    visit.raw.once('close', () => this.delete(visit));
    this.#timer ??= setInterval(() => this.#look(), Math.min(this.#timeoutMs, LOOK_MS)).unref();
  }

  has(visit: Visit): boolean {
    return this.#deadlines.has(visit);
  }

  /** It waits no longer. */
  delete(visit: Visit): void {
    this.#deadlines.delete(visit);
    if (this.#deadlines.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Cuts everybody. */
  destroy(): void {
    for (const { raw } of [...this.#deadlines.keys()]) raw.destroy();
  }

  #look(): void {
    const now = performance.now();
    for (const [visit, deadline] of this.#deadlines) {
      if (deadline > now) return;
      this.delete(visit);
      this.#late(visit);
    }
  }
}
