// One call of `subscribe`: its filters, and where their messages go: to a callback, or to whoever iterates.
// Never talks to the machine: it is told what was granted and when it is over.

import {
  type MqttError,
  type PropertiesOf,
  parseSharedFilter,
  parseTopicFilter,
  type TopicFilter,
  type TopicName,
  topicMatchesFilter,
} from '@anax/protocol';
import type { FilterRequest } from '../checks.ts';
import { refusedBy } from '../errors.ts';
import type { Message } from '../message.ts';
import type { FiltersResult } from '../sink.ts';
import { MessageBuffer } from './buffer.ts';

export type OnMessage = (message: Message) => void;

export interface SubscriptionParts {
  readonly requests: readonly FilterRequest[];
  readonly properties: PropertiesOf<'subscribe'>;
  /** Whether it may be given a Subscription Identifier. */
  readonly identified: boolean;
  readonly onMessage: OnMessage | undefined;
  readonly bufferMessagesMax: number;
  readonly taken: (message: Message) => void;
  readonly leave: (subscription: Subscription) => Promise<unknown>;
}

/**
 * Iterate it, or give `onMessage`: then iterating it throws. Every message above QoS 0 is acknowledged when the
 * application has it. Messages wait in a bounded buffer; when that is full the connection is not read until there is
 * room. Only while an own request waits for its answer is it read on, and QoS 0 messages without room are dropped.
 */
export class Subscription implements AsyncIterable<Message>, AsyncDisposable {
  /** One result for each filter; rejects where the request was refused here or the connection ended first. */
  readonly granted: Promise<FiltersResult>;
  /** The Subscription Identifier of its last SUBSCRIBE, which names the messages that are meant. */
  identifier: number | undefined;
  #number: number | undefined;
  readonly #properties: PropertiesOf<'subscribe'>;
  readonly #identified: boolean;
  readonly #requests: readonly FilterRequest[];
  readonly #filters: Map<string, TopicFilter>;
  readonly #onMessage: OnMessage | undefined;
  readonly #buffer: MessageBuffer;
  readonly #leave: (subscription: Subscription) => Promise<unknown>;
  #dropped = 0;

  constructor(parts: SubscriptionParts, subscribe: (subscription: Subscription) => Promise<FiltersResult>) {
    this.#properties = parts.properties;
    this.#identified = parts.identified;
    this.#requests = parts.requests;
    this.#filters = new Map(parts.requests.map(({ topicFilter }) => [topicFilter, matchingOf(topicFilter)]));
    this.#onMessage = parts.onMessage;
    this.#buffer = new MessageBuffer(parts.bufferMessagesMax, parts.taken);
    this.#leave = parts.leave;
    this.granted = subscribe(this);
    this.granted.then(
      (result) => this.grantedAs(result),
      (error: MqttError) => this.end(error),
    );
  }

  /** The filters that the server has not refused. */
  get topicFilters(): readonly string[] {
    return [...this.#filters.keys()];
  }

  /** What to ask a server for that does not have it any more. */
  get requests(): readonly FilterRequest[] {
    return this.#requests.filter(({ topicFilter }) => this.#filters.has(topicFilter));
  }

  /** QoS 0 messages that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  get full(): boolean {
    return this.#buffer.full;
  }

  has(topicFilter: string): boolean {
    return this.#filters.has(topicFilter);
  }

  /** @param topicFilter this one only, as it was subscribed. */
  matches(topic: TopicName, topicFilter?: string): boolean {
    for (const [text, filter] of this.#filters) {
      if ((topicFilter ?? text) === text && topicMatchesFilter(topic, filter)) return true;
    }
    return false;
  }

  /**
   * The properties of its next SUBSCRIBE. What the application has given stands.
   * @param unused undefined where the server takes no identifiers.
   */
  identify(unused: (() => number) | undefined): PropertiesOf<'subscribe'> {
    const properties = this.#properties;
    this.identifier = properties.subscriptionIdentifiers?.[0];
    if (this.identifier !== undefined || !this.#identified || unused === undefined) return properties;
    this.#number ??= unused();
    this.identifier = this.#number;
    return { ...properties, subscriptionIdentifiers: [this.#number] };
  }

  /** True where the application has the message now; false where `taken` will be called. */
  deliver(message: Message): boolean {
    if (this.#onMessage !== undefined) {
      guarded(this.#onMessage, message);
      return true;
    }
    if (this.#buffer.push(message)) return false;
    this.#dropped += 1;
    return true;
  }

  /** These filters are no longer subscribed; true where none is left. */
  without(topicFilters: readonly string[]): boolean {
    for (const filter of topicFilters) this.#filters.delete(filter);
    if (this.#filters.size > 0) return false;
    this.end(undefined);
    return true;
  }

  /** No more messages will come. */
  end(error: MqttError | undefined): void {
    this.#buffer.end(error);
  }

  /** Stops the iteration and unsubscribes; resolves when the server has confirmed it or the connection has ended. */
  async unsubscribe(): Promise<void> {
    this.#buffer.drop();
    await this.#leave(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unsubscribe();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    if (this.#onMessage !== undefined) throw new TypeError('a subscription with onMessage is not iterated');
    return {
      next: () => this.#buffer.next(),
      return: async () => {
        await this.unsubscribe();
        return { done: true, value: undefined };
      },
    };
  }

  /** Returns the error of what was refused; where that is every filter there is nothing to wait for. */
  grantedAs({ filters, properties }: FiltersResult): MqttError | undefined {
    const refused = filters.filter((one) => one.reasonCode >= 0x80);
    for (const { topicFilter } of refused) this.#filters.delete(topicFilter);
    const [first] = refused;
    if (first === undefined) return undefined;
    const error = refusedBy('subscription-refused', first.reasonCode, properties.reasonString);
    if (this.#filters.size === 0) this.end(error);
    return error;
  }
}

/** What a callback throws is the application's: it is reported as uncaught and hurts no connection. */
export function guarded(onMessage: OnMessage, message: Message): void {
  try {
    onMessage(message);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** What topic names are matched with; a text that is no filter is refused when it is sent, and matches nothing. */
function matchingOf(text: string): TopicFilter {
  // In 3.1.1, too, many servers share subscriptions of this form.
  return parseSharedFilter(text)?.matching ?? parseTopicFilter(text)?.matching ?? ('' as TopicFilter);
}
