// Everything that an application waits for: each has to settle, and with a word that is documented for it.

import { MqttError } from '@anax/protocol';
import type { Witness } from './witness.ts';

export class Promises {
  readonly #witness: Witness;
  readonly #waiting = new Map<number, string>();
  #last = 0;
  #isForgotten = false;

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get waiting(): readonly string[] {
    return [...this.#waiting.values()];
  }

  /** Who waited is dead. */
  forget(): void {
    this.#isForgotten = true;
    this.#waiting.clear();
  }

  /** Waits for it; what `then` and `failed` do is done at once. */
  watch<T>(
    what: string,
    promise: Promise<T>,
    then: (value: T) => void,
    failed: (error: MqttError) => void,
  ): Promise<void> {
    this.#last += 1;
    const number = this.#last;
    // It may have died within the call that gave the promise.
    if (!this.#isForgotten) this.#waiting.set(number, what);
    return promise.then(
      (value) => {
        if (this.#isForgotten) return;
        this.#waiting.delete(number);
        then(value);
      },
      (error: unknown) => {
        if (this.#isForgotten) return;
        this.#waiting.delete(number);
        if (error instanceof MqttError) failed(error);
        else
          this.#witness.fails('settled', `${what}: ${error instanceof Error ? error.stack : String(error)}`);
      },
    );
  }
}
