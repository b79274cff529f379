// Messages under way, a window of them at a time, in order: for the verbs that publish many. Says nothing of their fate
// itself.

import type { Client, PublishOptions, PublishResult } from '@anax/client';
import { MqttError } from '@anax/protocol';
import type { Edges } from '../world/edges.ts';
import { isConnectionFailure } from './failures.ts';
import { aborted } from './open.ts';

const MESSAGES_MAX = 64;
/** Payloads; one message may be larger. */
const BYTES_MAX = 16 * 1024 * 1024;
/** How long a verb that is stopped waits for acknowledgements. */
const ACKNOWLEDGED_MS_MAX = 2000;

/** What became of a message that did not end the connection. */
export interface Fate {
  readonly published: (result: PublishResult) => void;
  readonly refused: (error: MqttError) => void;
}

export class PublishWindow {
  /** Aborts where the connection is lost, or the verb is stopped: nothing more is to be put. */
  readonly over: AbortSignal;
  readonly #client: Client;
  /** Whether the client makes a connection that is lost again: then only its end is one. */
  readonly #lasting: boolean;
  readonly #lost = new AbortController();
  #underWay = 0;
  #bytesUnderWay = 0;
  #failure: unknown;
  #nudge: () => void = () => {};

  constructor(client: Client, stopped: AbortSignal, lasting = false) {
    this.#client = client;
    this.#lasting = lasting;
    this.over = AbortSignal.any([stopped, this.#lost.signal]);
    this.over.addEventListener('abort', () => this.#nudge(), { once: true });
    void client.closed.then(({ error }) => this.#fail(error));
  }

  /** Resolves when there is room for the next one. */
  async put(topic: string, payload: Uint8Array, options: PublishOptions, fate: Fate): Promise<void> {
    this.#underWay += 1;
    this.#bytesUnderWay += payload.length;
    void this.#publish(topic, payload, options, fate).then(() => {
      this.#underWay -= 1;
      this.#bytesUnderWay -= payload.length;
      this.#nudge();
    });
    while (this.#full && !this.over.aborted) await this.#nudged();
  }

  /** As `settled`; from the moment on in which the verb is stopped, for a short time only. */
  async settledOrStopped({ clock, stopped }: Pick<Edges, 'clock' | 'stopped'>): Promise<number> {
    const settled = new AbortController();
    const timeUp = aborted(stopped()).then(() => clock.wait(ACKNOWLEDGED_MS_MAX, settled.signal));
    try {
      return await this.settled(timeUp);
    } finally {
      settled.abort();
    }
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
      if (error instanceof MqttError && this.#isOfTheMessage(error)) fate.refused(error);
      else this.#fail(error);
    }
  }

  get #full(): boolean {
    return this.#underWay >= MESSAGES_MAX || this.#bytesUnderWay >= BYTES_MAX;
  }

  /** At QoS 0 it may have been on its way when the connection was lost. */
  #isOfTheMessage(error: MqttError): boolean {
    return !isConnectionFailure(error) || (this.#lasting && error.code === 'connection-lost');
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
