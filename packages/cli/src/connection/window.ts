// Messages under way, a window of them at a time, in order: for the verbs that publish many. Says nothing of their fate
// itself.

import type { Client, PublishOptions, PublishResult } from '@anax/client';
import { MqttError } from '@anax/protocol';
import { isConnectionFailure } from './failures.ts';

const WINDOW = 64;

/** What became of a message that did not end the connection. */
export interface Fate {
  readonly published: (result: PublishResult) => void;
  readonly refused: (error: MqttError) => void;
}

export class PublishWindow {
  /** Aborts where the connection is lost, or the verb is stopped: nothing more is to be put. */
  readonly over: AbortSignal;
  readonly #client: Client;
  readonly #lost = new AbortController();
  #underWay = 0;
  #failure: unknown;
  #nudge: () => void = () => {};

  constructor(client: Client, stopped: AbortSignal) {
    this.#client = client;
    this.over = AbortSignal.any([stopped, this.#lost.signal]);
    this.over.addEventListener('abort', () => this.#nudge(), { once: true });
    void client.closed.then(({ error }) => this.#fail(error));
  }

  /** Resolves when there is room for the next one. */
  async put(topic: string, payload: Uint8Array, options: PublishOptions, fate: Fate): Promise<void> {
    this.#underWay += 1;
    void this.#publish(topic, payload, options, fate).then(() => {
      this.#underWay -= 1;
      this.#nudge();
    });
    while (this.#underWay >= WINDOW && !this.over.aborted) await this.#nudged();
  }

  /** How many have no answer yet when all others have, or the time is up. @throws MqttError where the connection was lost. */
  async settled(timeUp: Promise<void>): Promise<number> {
    let late = false;
    void timeUp.then(() => {
      late = true;
      this.#nudge();
    });
    while (this.#underWay > 0 && !late) await this.#nudged();
    if (this.#failure !== undefined) throw this.#failure;
    return this.#underWay;
  }

  async #publish(topic: string, payload: Uint8Array, options: PublishOptions, fate: Fate): Promise<void> {
    try {
      fate.published(await this.#client.publish(topic, payload, options));
    } catch (error) {
      if (error instanceof MqttError && !isConnectionFailure(error)) fate.refused(error);
      else this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#lost.abort();
  }

  #nudged(): Promise<void> {
    return new Promise((resolve) => {
      this.#nudge = resolve;
    });
  }
}
