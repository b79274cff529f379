// The messages of one verb in order: those of its subscription, and those that a session held for it before it subscribed
// or under filters of an earlier time, which nobody else would take. Prints nothing.

import type { Message, Subscription } from '@anax/client';

/** What no subscription here is for waits up to these limits; more is dropped and counted. */
const STRAYS_MAX = 10_000;
const STRAY_BYTES_MAX = 64 * 1024 * 1024;

export class Incoming {
  #subscription: Subscription | undefined;
  #iterator: AsyncIterator<Message, undefined> | undefined;
  /** Asked for and not yet here. */
  #pending: Promise<IteratorResult<Message, undefined>> | undefined;
  #strays: Message[] = [];
  #strayBytes = 0;
  #dropped = 0;
  #nudge: () => void = () => {};

  /** For the client, which tells every message here first. */
  readonly onMessage = (message: Message): void => {
    if (this.#isSubscribed(message)) return;
    if (this.#strays.length >= STRAYS_MAX || this.#strayBytes >= STRAY_BYTES_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#strays.push(message);
    this.#strayBytes += message.payload.length;
    this.#nudge();
  };

  from(subscription: Subscription): void {
    this.#subscription = subscription;
    this.#iterator = subscription[Symbol.asyncIterator]();
  }

  get dropped(): number {
    return this.#dropped + (this.#subscription?.dropped ?? 0);
  }

  /** The next one; undefined where there will be none, or the signal aborts. Rejects where the connection is lost. */
  async next(over: AbortSignal): Promise<Message | undefined> {
    const nudge = (): void => this.#nudge();
    over.addEventListener('abort', nudge);
    try {
      while (!over.aborted) {
        const stray = this.#strays.shift();
        if (stray !== undefined) {
          this.#strayBytes -= stray.payload.length;
          return stray;
        }
        const result = await this.#nextSubscribed();
        if (result === undefined) continue;
        return result.done === true ? undefined : result.value;
      }
      return undefined;
    } finally {
      over.removeEventListener('abort', nudge);
    }
  }

  /** Undefined where there is something else to look at. */
  async #nextSubscribed(): Promise<IteratorResult<Message, undefined> | undefined> {
    this.#pending ??= this.#iterator?.next();
    // A new one each time: what waits for a promise that never settles is kept for ever.
    const nudged = new Promise<undefined>((resolve) => {
      this.#nudge = () => resolve(undefined);
    });
    const result = await Promise.race([this.#pending, nudged]);
    if (result !== undefined) this.#pending = undefined;
    return result;
  }

  #isSubscribed({ topic, properties }: Message): boolean {
    const subscription = this.#subscription;
    if (subscription === undefined) return false;
    const { identifier } = subscription;
    if (identifier !== undefined && properties.subscriptionIdentifiers?.includes(identifier)) return true;
    return subscription.matches(topic);
  }
}
