// Messages that go to a callback: when it is done with each, and how many may be under way. Knows no subscription.

import type { Message } from '../message.ts';
import type { Room } from './buffer.ts';
import { report } from './report.ts';

/** May return a promise: the message is acknowledged when that has settled. */
export type OnMessage<T = Uint8Array> = (message: Message<T>) => unknown;

export class Callback<T> {
  readonly #onMessage: OnMessage<T>;
  readonly #room: Room;
  readonly #done: (message: Message<T>) => void;
  #running = 0;
  #bytes = 0;

  /**
   * @param room for promises under way and their payloads; above QoS 0 the Receive Maximum may add to it.
   * @param done called when a callback has settled that had not returned at once.
   */
  constructor(onMessage: OnMessage<T>, room: Room, done: (message: Message<T>) => void) {
    this.#onMessage = onMessage;
    this.#room = room;
    this.#done = done;
  }

  get full(): boolean {
    return this.#running >= this.#room.messagesMax || this.#bytes >= this.#room.bytesMax;
  }

  /** `done`: it has returned. `running`: `done` will be called. `dropped`: QoS 0 without room. */
  call(message: Message<T>): 'done' | 'running' | 'dropped' {
    if (message.qos === 0 && this.full) return 'dropped';
    try {
      const result = this.#onMessage(message);
      if (!isPromise(result)) return 'done';
      this.#running += 1;
      this.#bytes += message.payload.length;
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
    this.#bytes -= message.payload.length;
    this.#done(message);
  }
}

function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof (result as PromiseLike<unknown> | undefined | null)?.then === 'function';
}
