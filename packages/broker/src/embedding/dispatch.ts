// When listeners and handlers are called: at the end of the turn, in order, never in the middle of a packet. What they
// throw or reject harms nobody, and they may call the broker. How much may wait is limited.

import type { Note } from '../hub/notes.ts';

/** Calls that wait for the end of one turn; beyond, they are lost, counted and told. */
export const CALLS_WAITING_MAX = 65_536;

export class Dispatch {
  readonly #note: (note: Note) => void;
  /** Asks for `run` to be called soon. */
  readonly #ask: () => void;
  #waiting: (() => unknown)[] = [];
  #lost = 0;

  constructor(note: (note: Note) => void, ask: () => void) {
    this.#note = note;
    this.#ask = ask;
  }

  later(call: () => unknown): void {
    if (this.#waiting.length >= CALLS_WAITING_MAX) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(call);
    if (this.#waiting.length === 1) this.#ask();
  }

  /** Makes the calls that wait now; what they bring about waits for the next time. */
  run(): void {
    const calls = this.#waiting;
    const lost = this.#lost;
    this.#waiting = [];
    this.#lost = 0;
    for (const call of calls) this.#make(call);
    if (lost === 0) return;
    this.#note({
      event: 'events-lost',
      text: `more happened in one turn than may wait: ${lost} events are lost`,
    });
  }

  #make(call: () => unknown): void {
    try {
      const answer = call();
      // Nobody waits for an async listener, but its failure shall not end the process.
      if (answer instanceof Promise) answer.catch(this.#failed);
    } catch (error) {
      this.#failed(error);
    }
  }

  readonly #failed = (error: unknown): void => {
    this.#note({ event: 'listener-failed', text: `a listener has failed: ${shown(error)}` });
  };
}

/** Anything can be thrown, also what no text can be made of. */
function shown(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'with what cannot be shown';
  }
}
