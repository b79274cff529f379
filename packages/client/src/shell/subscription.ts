// One call of `subscribe`: its filters, and where their messages go: to a callback, or to whoever iterates.
// Never talks to the machine: it is told what was granted and when it is over.

import {
  type MqttError,
  type PropertiesOf,
  parseSharedFilter,
  parseTopicFilter,
  Reason,
  type ReasonCode,
  type TopicFilter,
  type TopicName,
  topicMatchesFilter,
} from '@anax/protocol';
import type { FilterRequest } from '../checks.ts';
import { type Decode, decoded } from '../codecs.ts';
import { refused } from '../errors.ts';
import { Message } from '../message.ts';
import type { FiltersResult } from '../sink.ts';
import type { UndecodableError } from '../typed-errors.ts';
import { MessageBuffer, type Room } from './buffer.ts';
import { Callback, type OnMessage } from './callback.ts';

/** What a subscription tells the client that it belongs to. */
export interface Desk {
  /** What the router was told to wait for. @throws MqttError for a reason code that cannot be said. */
  taken(message: Message, reasonCode: ReasonCode): void;
  /** There may be room again. */
  adjust(): void;
  failed(error: UndecodableError): void;
  /** Nobody wants its messages any more. */
  leave(subscription: Subscription<unknown>): Promise<unknown>;
}

export interface SubscriptionParts<T> {
  readonly requests: readonly FilterRequest[];
  readonly properties: PropertiesOf<'subscribe'>;
  /** Whether it may be given a Subscription Identifier. */
  readonly identified: boolean;
  readonly decode: Decode<T> | undefined;
  /** Whether the application acknowledges each message itself. */
  readonly manual: boolean;
  readonly onMessage: OnMessage<T> | undefined;
  readonly room: Room;
  /** Ends it, at any time. */
  readonly signal: AbortSignal | undefined;
  readonly desk: Desk;
}

/**
 * Iterate it, or give `onMessage`: then iterating it throws. Every message above QoS 0 is acknowledged when the
 * application has it, or, with `acknowledge: 'manual'`, when it says so. Messages wait in a bounded buffer; when that is
 * full the connection is not read until there is room. Only while an own request waits for its answer is it read on, and
 * QoS 0 messages without room are dropped.
 */
export class Subscription<T = Uint8Array> implements AsyncIterable<Message<T>>, AsyncDisposable {
  /** One result for each filter; rejects where the request was refused here or the connection ended first. */
  readonly granted: Promise<FiltersResult>;
  /** The Subscription Identifier of its last SUBSCRIBE, which names the messages that are meant. */
  identifier: number | undefined;
  #number: number | undefined;
  readonly #parts: SubscriptionParts<T>;
  readonly #filters: Map<string, TopicFilter>;
  readonly #callback: Callback<T> | undefined;
  readonly #buffer: MessageBuffer<T>;
  /** What came, of messages that were made of it for this subscription and are acknowledged when they are taken. */
  readonly #origins = new WeakMap<Message<T>, Message>();
  #dropped = 0;
  #undecodable = 0;

  constructor(
    parts: SubscriptionParts<T>,
    subscribe: (subscription: Subscription<T>) => Promise<FiltersResult>,
  ) {
    const { requests, onMessage, room, signal } = parts;
    this.#parts = parts;
    this.#filters = new Map(requests.map(({ topicFilter }) => [topicFilter, matchingOf(topicFilter)]));
    this.#buffer = new MessageBuffer(room, this.#taken);
    this.#callback = onMessage === undefined ? undefined : new Callback(onMessage, room, this.#taken);
    signal?.addEventListener('abort', this.#abort);
    this.granted = subscribe(this);
    this.granted.then(
      (result) => this.grantedAs(result),
      (error: MqttError) => this.end(signal?.aborted ? undefined : error),
    );
  }

  /** The filters that the server has not refused. */
  get topicFilters(): readonly string[] {
    return [...this.#filters.keys()];
  }

  /** What to ask a server for that does not have it any more. */
  get requests(): readonly FilterRequest[] {
    return this.#parts.requests.filter(({ topicFilter }) => this.#filters.has(topicFilter));
  }

  /** QoS 0 messages that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Messages that `decode` did not take: they are acknowledged and told with an `error` event. */
  get undecodable(): number {
    return this.#undecodable;
  }

  get full(): boolean {
    return this.#callback?.full ?? this.#buffer.full;
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
    const { properties, identified } = this.#parts;
    this.identifier = properties.subscriptionIdentifiers?.[0];
    if (this.identifier !== undefined || !identified || unused === undefined) return properties;
    this.#number ??= unused();
    this.identifier = this.#number;
    return { ...properties, subscriptionIdentifiers: [this.#number] };
  }

  /** True where the application has the message now; false where `taken` will be called. */
  deliver(message: Message): boolean {
    const own = this.#own(message);
    if (own === undefined) return true;
    const became = this.#callback?.call(own) ?? (this.#buffer.push(own) ? 'running' : 'dropped');
    if (became === 'dropped') this.#dropped += 1;
    return became === 'dropped' || (became === 'done' && !this.#parts.manual);
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
    this.#parts.signal?.removeEventListener('abort', this.#abort);
    this.#buffer.end(error);
  }

  /**
   * Stops the iteration and unsubscribes; resolves when the server has confirmed it or the connection has ended. What
   * was not read is acknowledged.
   */
  async unsubscribe(): Promise<void> {
    this.end(undefined);
    for (const message of this.#buffer.drop()) this.#acknowledge(message);
    await this.#parts.desk.leave(this as Subscription<unknown>);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unsubscribe();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message<T>, undefined> {
    if (this.#callback !== undefined) throw new TypeError('a subscription with onMessage is not iterated');
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
    const unwanted = filters.filter((one) => one.reasonCode >= 0x80);
    for (const { topicFilter } of unwanted) this.#filters.delete(topicFilter);
    const [first] = unwanted;
    if (first === undefined) return undefined;
    const error = refused('subscription-refused', first.reasonCode, properties);
    if (this.#filters.size === 0) this.end(error);
    return error;
  }

  /** The message itself where nothing is special about it: it is shared by all who get it. */
  #own(message: Message): Message<T> | undefined {
    const { decode, manual, desk } = this.#parts;
    if (decode === undefined && !manual) return message as Message<unknown> as Message<T>;
    try {
      const { payload, topic } = message;
      const value = decode === undefined ? (payload as T) : decoded(payload, decode, topic);
      const answer = manual ? (code: ReasonCode): void => desk.taken(message, code) : undefined;
      const own = new Message(message, value, answer);
      if (!manual && message.qos > 0) this.#origins.set(own, message);
      return own;
    } catch (error) {
      this.#undecodable += 1;
      desk.failed(error as UndecodableError);
      return undefined;
    }
  }

  /** The application has it, or is done with it. */
  #taken = (message: Message<T>): void => {
    if (this.#parts.manual) this.#parts.desk.adjust();
    else this.#acknowledge(message);
  };

  #acknowledge(message: Message<T>): void {
    const { manual, desk } = this.#parts;
    if (manual) message.acknowledge();
    else desk.taken(this.#origins.get(message) ?? (message as Message<unknown> as Message), Reason.success);
  }

  #abort = (): void => {
    void this.unsubscribe();
  };
}

/** What topic names are matched with; a text that is no filter is refused when it is sent, and matches nothing. */
function matchingOf(text: string): TopicFilter {
  // In 3.1.1, too, many servers share subscriptions of this form.
  return parseSharedFilter(text)?.matching ?? parseTopicFilter(text)?.matching ?? ('' as TopicFilter);
}
