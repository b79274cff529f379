// Messages between the connection and a `for await`: bounded, in order, with one end. Knows no subscription.

import type { MqttError } from '@anax/protocol';
import type { Message } from '../message.ts';
import { requireLimit } from '../options.ts';

interface Reader<T> {
  readonly resolve: (result: IteratorResult<Message<T>, undefined>) => void;
  readonly reject: (error: MqttError) => void;
}

/** What may wait for the application; what comes when as much does is not read. */
export interface Room {
  readonly messagesMax: number;
  /** Of their payloads. The message that fills it may be larger than what was left. */
  readonly bytesMax: number;
}

type End = { readonly error: MqttError | undefined };

export class MessageBuffer<T> {
  readonly #room: Room;
  readonly #taken: (message: Message<T>) => void;
  #messages: Message<T>[] = [];
  #head = 0;
  #bytes = 0;
  #readers: Reader<T>[] = [];
  #end: End | undefined;

  /**
   * @param room above QoS 0 the Receive Maximum may add to it, as those are acknowledged when taken.
   * @param taken called when the application has a message.
   */
  constructor(room: Room, taken: (message: Message<T>) => void) {
    requireLimit('bufferMessagesMax', room.messagesMax, Number.isInteger(room.messagesMax));
    requireLimit('bufferBytesMax', room.bytesMax);
    this.#room = room;
    this.#taken = taken;
  }

  get full(): boolean {
    const { messagesMax, bytesMax } = this.#room;
    return this.#messages.length - this.#head >= messagesMax || this.#bytes >= bytesMax;
  }

  /** False where the message is not taken: QoS 0 without room, or nobody reads any more. */
  push(message: Message<T>): boolean {
    if (this.#end !== undefined || (message.qos === 0 && this.full)) return false;
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#messages.push(message);
      this.#bytes += message.payload.length;
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
      this.#advance(message);
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
    this.#bytes = 0;
    return messages;
  }

  #advance({ payload }: Message<T>): void {
    this.#bytes -= payload.length;
    this.#head += 1;
    if (this.#head === this.#messages.length || this.#head >= 1024) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
  }
}
