// Messages that go to a callback: when it is done with each, and how many may be under way. Knows no subscription.

import type { Message } from '../message.ts';

/** May return a promise: the message is acknowledged when that has settled. */
export type OnMessage<T = Uint8Array> = (message: Message<T>) => unknown;

export class Callback<T> {
  readonly #onMessage: OnMessage<T>;
  readonly #limit: number;
  readonly #done: (message: Message<T>) => void;
  #running = 0;

  /**
   * @param limit promises under way; above QoS 0 the Receive Maximum may add to them.
   * @param done called when a callback has settled that had not returned at once.
   */
  constructor(onMessage: OnMessage<T>, limit: number, done: (message: Message<T>) => void) {
    this.#onMessage = onMessage;
    this.#limit = limit;
    this.#done = done;
  }

  get full(): boolean {
    return this.#running >= this.#limit;
  }

  /** `done`: it has returned. `running`: `done` will be called. `dropped`: QoS 0 without room. */
  call(message: Message<T>): 'done' | 'running' | 'dropped' {
    if (message.qos === 0 && this.full) return 'dropped';
    try {
      const result = this.#onMessage(message);
      if (!isPromise(result)) return 'done';
      this.#running += 1;
      void this.#wait(message, result);
      return 'running';
    } catch (error) {
      report(error);
      return 'done';
    }
  }

  async #wait(message: Message<T>, result: PromiseLike<unknown>): Promise<void> {
    try {
      await result;
    } catch (error) {
      report(error);
    }
    this.#running -= 1;
    this.#done(message);
  }
}

function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof (result as PromiseLike<unknown> | undefined | null)?.then === 'function';
}

/** What a callback throws is the application's: it is reported as uncaught and hurts no connection. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
