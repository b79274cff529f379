// Which subscription each message is for, and when all of them have taken it. [5:3.3.4]

import type { MqttError } from '@anax/protocol';
import type { Message } from '../message.ts';
import { guarded, type OnMessage, type Subscription } from './subscription.ts';

export class Router {
  readonly #onMessage: OnMessage | undefined;
  readonly #subscriptions = new Set<Subscription>();
  /** Takers that still have to come, for messages of more than one. */
  readonly #missing = new Map<Message, number>();

  /** @param onMessage gets every message, whatever it was subscribed by. */
  constructor(onMessage: OnMessage | undefined) {
    this.#onMessage = onMessage;
  }

  /** Whether one of the buffers has no room. */
  get full(): boolean {
    for (const subscription of this.#subscriptions) if (subscription.full) return true;
    return false;
  }

  /** In the order in which they were made. */
  get subscriptions(): readonly Subscription[] {
    return [...this.#subscriptions];
  }

  add(subscription: Subscription): void {
    this.#subscriptions.add(subscription);
  }

  remove(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
  }

  /** These filters are no longer subscribed. */
  unsubscribed(topicFilters: readonly string[]): void {
    for (const subscription of this.#subscriptions) {
      if (subscription.without(topicFilters)) this.#subscriptions.delete(subscription);
    }
  }

  /** Filters of this subscription that no other one needs. */
  needless(subscription: Subscription): readonly string[] {
    const others = new Set<string>();
    for (const other of this.#subscriptions) {
      if (other !== subscription) for (const filter of other.topicFilters) others.add(filter);
    }
    return subscription.topicFilters.filter((filter) => !others.has(filter));
  }

  /**
   * True where everybody has the message now, also where nobody wants it; false where `taken` will say so.
   * [5:MQTT-4.5.0-2] [3.1.1:MQTT-4.5.0-2]
   */
  deliver(message: Message): boolean {
    if (this.#onMessage !== undefined) guarded(this.#onMessage, message);
    let missing = 0;
    for (const subscription of this.#meant(message)) if (!subscription.deliver(message)) missing += 1;
    if (missing > 1) this.#missing.set(message, missing);
    return missing === 0;
  }

  /** True where that was the last one. */
  taken(message: Message): boolean {
    const missing = this.#missing.get(message) ?? 1;
    if (missing > 2) this.#missing.set(message, missing - 1);
    else this.#missing.delete(message);
    return missing === 1;
  }

  end(error: MqttError | undefined): void {
    for (const subscription of this.#subscriptions) subscription.end(error);
    this.#subscriptions.clear();
  }

  /** By Subscription Identifier where the message has one that is known here, else by filter. */
  #meant(message: Message): readonly Subscription[] {
    const identifiers = message.properties.subscriptionIdentifiers;
    const all = [...this.#subscriptions];
    if (identifiers !== undefined) {
      const named = all.filter(
        ({ identifier }) => identifier !== undefined && identifiers.includes(identifier),
      );
      if (named.length > 0) return named;
    }
    return all.filter((subscription) => subscription.matches(message.topic));
  }
}
