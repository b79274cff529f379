// Which subscription each message is for, and when all of them have taken it. Numbers the subscriptions, so that the
// server says itself what a message was sent for. [5:3.3.4] [5:3.8.2.1.2]

import { type MqttError, type PropertiesOf, Reason, type ReasonCode, type TopicName } from '@anax/protocol';
import type { Message } from '../message.ts';
import type { Negotiated } from '../negotiated.ts';
import type { FiltersResult } from '../sink.ts';
import type { Room } from './buffer.ts';
import { Callback, type OnMessage } from './callback.ts';
import type { Subscription } from './subscription.ts';

/** Promises of the option `onMessage` under way. */
const RUNNING: Room = { messagesMax: 1000, bytesMax: 64 * 1024 * 1024 };

type Routed = Subscription<unknown>;

interface Taker {
  readonly full: boolean;
  /** False where `taken` will be called. */
  deliver(message: Message): boolean;
}

/** Who still has to take a message of more than one, and what the first said that refused it. */
interface Pending {
  missing: number;
  reasonCode: ReasonCode;
}

/** Answers that are remembered: one for each identifier and topic. */
const FOUND_MAX = 1000;
/** Earlier identifiers that are remembered of one filter: of its last subscriptions. */
const EARLIER_MAX = 100;
/** [5:3.8.2.1.2] */
const IDENTIFIER_MAX = 268_435_455;

export class Router {
  /** Answers of peers that are awaited: while there are any, messages are read, room or not. */
  expected = 0;
  /** Gets every message, whatever it was subscribed by. */
  readonly #everything: readonly Taker[];
  /** In the order in which they were made. */
  #subscriptions: readonly Routed[] = [];
  readonly #pending = new WeakMap<Message, Pending>();
  /** By filter, under which identifier the server has it: that of its last SUBSCRIBE. [5:MQTT-3.8.4-3] */
  readonly #identifiers = new Map<string, number>();
  /** By filter, under which the server had it before: what it took then may still be on its way. */
  readonly #earlier = new Map<string, Set<number>>();
  #lastIdentifier = 0;
  /** Whether the server of this connection takes identifiers. */
  #available = false;
  /** Whether the session was begun by an earlier process, whose identifiers may mean something else. */
  #inherited = false;
  /** For whom messages are: by their identifier, 0 where there is none, and topic. Gone with every change. */
  readonly #found = new Map<number, Map<string, readonly Taker[]>>();
  #foundCount = 0;

  constructor(onMessage: OnMessage | undefined, taken: (message: Message) => void) {
    this.#everything = onMessage === undefined ? [] : [everything(new Callback(onMessage, RUNNING, taken))];
  }

  /** Whether somebody has no room. */
  get full(): boolean {
    if (this.expected > 0) return false;
    for (const subscription of this.#subscriptions) if (subscription.full) return true;
    return this.#everything.some(({ full }) => full);
  }

  get subscriptions(): readonly Routed[] {
    return this.#subscriptions;
  }

  has(subscription: Subscription): boolean {
    return this.#subscriptions.includes(subscription as Routed);
  }

  add(subscription: Routed): void {
    this.#change([...this.#subscriptions, subscription]);
  }

  remove(subscription: Routed): void {
    this.#change(this.#subscriptions.filter((one) => one !== subscription));
  }

  /**
   * These filters are no longer subscribed.
   * @param meant who was there when that was asked for: what was subscribed after it the server has.
   */
  unsubscribed(topicFilters: readonly string[], meant: readonly Routed[]): void {
    const gone = new Set(meant.filter((subscription) => subscription.without(topicFilters)));
    this.#change(this.#subscriptions.filter((subscription) => !gone.has(subscription)));
    for (const filter of topicFilters) {
      if (this.#subscriptions.some((subscription) => subscription.has(filter))) continue;
      this.#identifiers.delete(filter);
      this.#earlier.delete(filter);
    }
  }

  /** @param first whether it is the first connection of this process. */
  connected(negotiated: Negotiated, first: boolean): void {
    this.#available = negotiated.subscriptionIdentifiersAvailable;
    if (!negotiated.sessionPresent) this.#earlier.clear();
    this.#inherited = negotiated.sessionPresent && (first || this.#inherited);
    this.#forget();
  }

  /**
   * The properties of the SUBSCRIBE that is to be sent: with an identifier of its own, where the server takes one
   * and the application has not given one.
   */
  identify(subscription: Routed): PropertiesOf<'subscribe'> {
    return subscription.identify(this.#available ? this.#unusedIdentifier : undefined);
  }

  /** Its SUBSCRIBE has been sent. */
  asked(subscription: Routed): void {
    for (const filter of subscription.topicFilters) this.#record(filter, subscription.identifier);
  }

  /** Where the server has not taken a filter, what it had before stays. */
  refused(subscription: Routed, results: FiltersResult['filters']): void {
    for (const { topicFilter, reasonCode } of results) {
      if (reasonCode < 0x80) continue;
      const before = this.#subscriptions.findLast((one) => one !== subscription && one.has(topicFilter));
      this.#record(topicFilter, before?.identifier);
    }
  }

  /** Filters of this subscription that no other one needs. */
  needless(subscription: Routed): readonly string[] {
    const others = new Set<string>();
    for (const other of this.#subscriptions) {
      if (other !== subscription) for (const filter of other.topicFilters) others.add(filter);
    }
    return subscription.topicFilters.filter((filter) => !others.has(filter));
  }

  /**
   * Success where everybody has the message now, also where nobody wants it, or what one of them said; undefined where
   * `taken` will tell. [5:MQTT-4.5.0-2] [3.1.1:MQTT-4.5.0-2]
   */
  deliver(message: Message): ReasonCode | undefined {
    const takers = this.#meant(message);
    const [first] = takers;
    if (first === undefined) return Reason.success;
    if (takers.length === 1) return first.deliver(message) ? Reason.success : undefined;
    // Before anybody has it: some answer at once.
    this.#pending.set(message, { missing: takers.length, reasonCode: Reason.success });
    let result: ReasonCode | undefined;
    for (const taker of takers) if (taker.deliver(message)) result = this.taken(message, Reason.success);
    return result;
  }

  /** The answer to the server, where that was the last one. */
  taken(message: Message, reasonCode: ReasonCode): ReasonCode | undefined {
    const pending = this.#pending.get(message);
    if (pending === undefined) return reasonCode;
    if (pending.reasonCode === Reason.success) pending.reasonCode = reasonCode;
    pending.missing -= 1;
    return pending.missing === 0 ? pending.reasonCode : undefined;
  }

  end(error: MqttError | undefined): void {
    for (const subscription of this.#subscriptions) subscription.end(error);
    this.#change([]);
  }

  #meant({ topic, properties }: Message): readonly Taker[] {
    const identifiers = properties.subscriptionIdentifiers;
    if (identifiers !== undefined && identifiers.length > 1) return this.#takers(topic, identifiers);
    const identifier = identifiers?.[0] ?? 0;
    const known = this.#found.get(identifier)?.get(topic);
    if (known !== undefined) return known;
    const found = this.#takers(topic, identifiers);
    if (this.#foundCount === FOUND_MAX) this.#forget();
    this.#foundCount += 1;
    const byTopic = this.#found.get(identifier);
    if (byTopic === undefined) this.#found.set(identifier, new Map([[topic, found]]));
    else byTopic.set(topic, found);
    return found;
  }

  #takers(topic: TopicName, identifiers: readonly number[] | undefined): readonly Taker[] {
    return [...this.#everything, ...this.#find(topic, identifiers)];
  }

  /**
   * Those that the identifiers name; one without an identifier has nothing but its filters. Where that is nobody, all
   * whose filters match: a message that a server sent for a subscription of an earlier process, say.
   */
  #find(topic: TopicName, identifiers: readonly number[] | undefined): readonly Routed[] {
    const meant = this.#subscriptions.filter((subscription) => {
      if (subscription.identifier === undefined) return subscription.matches(topic);
      return identifiers !== undefined && this.#named(subscription, topic, identifiers);
    });
    return meant.length > 0 ? meant : this.#subscriptions.filter((one) => one.matches(topic));
  }

  #named(subscription: Routed, topic: TopicName, identifiers: readonly number[]): boolean {
    const { identifier } = subscription;
    if (identifier !== undefined && identifiers.includes(identifier)) {
      return this.#only(subscription) || subscription.matches(topic);
    }
    // One filter is one subscription at the server, however often it is asked for: the last identifier stands for all.
    return subscription.topicFilters.some(
      (filter) => identifiers.some((one) => this.#isOf(filter, one)) && subscription.matches(topic, filter),
    );
  }

  /** Whether the server has, or had, this filter under this identifier. */
  #isOf(topicFilter: string, identifier: number): boolean {
    if (this.#identifiers.get(topicFilter) === identifier) return true;
    return this.#earlier.get(topicFilter)?.has(identifier) === true;
  }

  /** Whether its identifier means it and nothing else; then its filters are not asked: a server may rewrite topics. */
  #only(subscription: Routed): boolean {
    if (this.#inherited) return false;
    return !this.#subscriptions.some(
      (one) => one !== subscription && one.identifier === subscription.identifier,
    );
  }

  #unusedIdentifier = (): number => {
    const used = new Set(this.#identifiers.values());
    for (const earlier of this.#earlier.values()) for (const identifier of earlier) used.add(identifier);
    for (const { identifier = 0 } of this.#subscriptions) used.add(identifier);
    do this.#lastIdentifier = (this.#lastIdentifier % IDENTIFIER_MAX) + 1;
    while (used.has(this.#lastIdentifier));
    return this.#lastIdentifier;
  };

  #record(topicFilter: string, identifier: number | undefined): void {
    const before = this.#identifiers.get(topicFilter);
    if (before !== undefined && before !== identifier) this.#remember(topicFilter, before);
    if (identifier === undefined) this.#identifiers.delete(topicFilter);
    else this.#identifiers.set(topicFilter, identifier);
    this.#forget();
  }

  #remember(topicFilter: string, identifier: number): void {
    const earlier = this.#earlier.get(topicFilter) ?? new Set();
    this.#earlier.set(topicFilter, earlier);
    // The last is the last to be forgotten.
    earlier.delete(identifier);
    earlier.add(identifier);
    const [first] = earlier;
    if (earlier.size > EARLIER_MAX && first !== undefined) earlier.delete(first);
  }

  #change(subscriptions: readonly Routed[]): void {
    this.#subscriptions = subscriptions;
    this.#forget();
  }

  #forget(): void {
    this.#found.clear();
    this.#foundCount = 0;
  }
}

function everything(callback: Callback<Uint8Array>): Taker {
  return {
    get full() {
      return callback.full;
    },
    deliver: (message) => callback.call(message) !== 'running',
  };
}
