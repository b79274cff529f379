// Promises for what the machine will settle, by ticket: each is kept until it is settled, given up or failed.

import { MqttError } from '@anax/protocol';
import type { Outcome } from '../sink.ts';

interface Waiting {
  readonly ticket: number;
  readonly resolve: (value: never) => void;
  readonly reject: (error: MqttError) => void;
  readonly release: (() => void) | undefined;
}

export class Tickets {
  readonly #waiting = new Map<number, Waiting>();
  /** The last one, while it begins: a message of QoS 0 is mostly settled before that is over, and need not be kept. */
  #beginning: Waiting | undefined;
  #last = 0;

  /** How many are neither settled nor given up. */
  get size(): number {
    return this.#waiting.size + (this.#beginning === undefined ? 0 : 1);
  }

  /**
   * Begins something under a new ticket; what `begin` throws rejects the promise.
   * @param givenUp called where its caller waits no longer.
   */
  open<T>(
    signal: AbortSignal | undefined,
    begin: (ticket: number) => void,
    givenUp?: () => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted) throw aborted(signal);
      const ticket = ++this.#last;
      this.#keep();
      this.#beginning = { ticket, resolve, reject, release: this.#watch(ticket, signal, givenUp) };
      try {
        begin(ticket);
        this.#keep();
      } catch (error) {
        this.#take(ticket);
        throw error;
      }
    });
  }

  settle(ticket: number, outcome: Outcome): void {
    const waiting = this.#take(ticket);
    if (waiting === undefined) return;
    if (outcome.type === 'failed') waiting.reject(outcome.error);
    else waiting.resolve(outcome.result as never);
  }

  failAll(error: MqttError): void {
    this.#keep();
    for (const ticket of [...this.#waiting.keys()]) this.settle(ticket, { type: 'failed', error });
  }

  #watch(
    ticket: number,
    signal: AbortSignal | undefined,
    givenUp: (() => void) | undefined,
  ): (() => void) | undefined {
    if (signal === undefined) return undefined;
    const giveUp = (): void => {
      givenUp?.();
      this.settle(ticket, { type: 'failed', error: aborted(signal) });
    };
    signal.addEventListener('abort', giveUp, { once: true });
    return () => signal.removeEventListener('abort', giveUp);
  }

  #keep(): void {
    const waiting = this.#beginning;
    if (waiting === undefined) return;
    this.#waiting.set(waiting.ticket, waiting);
    this.#beginning = undefined;
  }

  #take(ticket: number): Waiting | undefined {
    const waiting = this.#beginning?.ticket === ticket ? this.#beginning : this.#waiting.get(ticket);
    if (waiting === undefined) return undefined;
    if (waiting === this.#beginning) this.#beginning = undefined;
    else this.#waiting.delete(ticket);
    waiting.release?.();
    return waiting;
  }
}

/** What was begun goes on: only its caller stops waiting. */
export function aborted(signal: AbortSignal): MqttError {
  return new MqttError('aborted', 'the caller gave it up', {}, { cause: signal.reason });
}
