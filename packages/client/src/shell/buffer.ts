// Messages between the connection and a `for await`: bounded, in order, with one end. Knows no subscription.

import { MqttError } from '@anax/protocol';
import type { Message } from '../message.ts';

interface Reader<T> {
  readonly resolve: (result: IteratorResult<Message<T>, undefined>) => void;
  readonly reject: (error: MqttError) => void;
}

type End = { readonly error: MqttError | undefined };

export class MessageBuffer<T> {
  readonly #limit: number;
  readonly #taken: (message: Message<T>) => void;
  #messages: Message<T>[] = [];
  #head = 0;
  #readers: Reader<T>[] = [];
  #end: End | undefined;

  /**
   * @param limit messages; above QoS 0 the Receive Maximum may add to them, as those are acknowledged when taken.
   * @param taken called when the application has a message.
   */
  constructor(limit: number, taken: (message: Message<T>) => void) {
    if (!(Number.isInteger(limit) && limit > 0))
      throw new MqttError('invalid-option', `bufferMessagesMax is ${limit}`);
    this.#limit = limit;
    this.#taken = taken;
  }

  get full(): boolean {
    return this.#messages.length - this.#head >= this.#limit;
  }

  /** False where the message is not taken: QoS 0 without room, or nobody reads any more. */
  push(message: Message<T>): boolean {
    if (this.#end !== undefined || (message.qos === 0 && this.full)) return false;
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#messages.push(message);
    } else {
      reader.resolve({ done: false, value: message });
      // Not before `push` has returned, which tells that it will be taken.
      queueMicrotask(() => this.#taken(message));
    }
    return true;
  }

  next(): Promise<IteratorResult<Message<T>, undefined>> {
    const message = this.#messages[this.#head];
    if (message !== undefined) {
      this.#advance();
      this.#taken(message);
      return Promise.resolve({ done: false, value: message });
    }
    const end = this.#end;
    if (end === undefined) return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
    if (end.error === undefined) return Promise.resolve({ done: true, value: undefined });
    // An error is told once; then the iteration is over.
    this.#end = { error: undefined };
    return Promise.reject(end.error);
  }

  /** What is buffered may still be read; then the iteration ends, with the error if there is one. */
  end(error: MqttError | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    const readers = this.#readers;
    this.#readers = [];
    for (const [index, reader] of readers.entries()) {
      if (error !== undefined && index === 0) {
        this.#end = { error: undefined };
        reader.reject(error);
      } else {
        reader.resolve({ done: true, value: undefined });
      }
    }
  }

  /** Nobody reads any more; gives what was not read. */
  drop(): readonly Message<T>[] {
    this.end(undefined);
    const messages = this.#messages.slice(this.#head);
    this.#messages = [];
    this.#head = 0;
    return messages;
  }

  #advance(): void {
    this.#head += 1;
    if (this.#head === this.#messages.length || this.#head >= 1024) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
  }
}
