// What an application holds: a client that has been connected, and is again when that is lost. Every promise it gives
// settles.

import { MqttError, NO_PROPERTIES, type PropertiesOf, type QoS, type RetainHandling } from '@anax/protocol';
import type { FilterRequest } from '../checks.ts';
import { type Decode, type Encode, encoded } from '../codecs.ts';
import type { CloseReason } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Negotiated } from '../negotiated.ts';
import { type Payload, requireLimit } from '../options.ts';
import type { DisconnectRequest } from '../phase.ts';
import type { AuthenticationResult, FiltersResult, PublishResult } from '../sink.ts';
import { requester, respond } from './asking.ts';
import type { OnMessage } from './callback.ts';
import type { ClientEventName, ClientListener, ListenOptions } from './events.ts';
import type { Lifetime } from './lifetime.ts';
import type { Requester, RequestOptions } from './request.ts';
import type { Handler, RespondOptions } from './respond.ts';
import { type Desk, Subscription } from './subscription.ts';

export interface PublishOptions {
  /** Default 0. */
  readonly qos?: QoS;
  readonly retain?: boolean;
  /** 5.0 only. Key order is wire order. */
  readonly properties?: PropertiesOf<'publish'>;
  /** Stops waiting; a message that has been sent stays sent. */
  readonly signal?: AbortSignal;
  /** Called when the message is in the store of the outbox, where there is one; not at QoS 0, which is not stored. */
  readonly onStored?: () => void;
}

export interface SubscribeOptions<T = Uint8Array> {
  /** For filters that do not say it themselves. Default 0. */
  readonly qos?: QoS;
  readonly noLocal?: boolean;
  readonly retainAsPublished?: boolean;
  readonly retainHandling?: RetainHandling;
  /** 5.0 only. */
  readonly properties?: PropertiesOf<'subscribe'>;
  /**
   * Default true: with a Subscription Identifier, where the server takes them and `properties` has none, so that of
   * several subscriptions that overlap each gets a message once.
   */
  readonly identified?: boolean;
  /**
   * When a message above QoS 0 is acknowledged. `taken`, the default: when the iteration has given it out, or the callback
   * has returned and its promise, if it gives one, has settled. `manual`: when `message.acknowledge()` is called.
   */
  readonly acknowledge?: 'taken' | 'manual';
  /** Instead of iterating. */
  readonly onMessage?: OnMessage<T>;
  /** Messages that wait for an iteration, or promises of callbacks, before the connection is not read. Default 1000. */
  readonly bufferMessagesMax?: number;
  /** The same in bytes of their payloads. Default 64 MiB. */
  readonly bufferBytesMax?: number;
  /** Leaves it, at any time: the iteration ends, and `granted` rejects if it still waits. */
  readonly signal?: AbortSignal;
}

export interface EncodeOption<T> {
  /** What makes a payload of the value. */
  readonly encode: Encode<T>;
}

export interface DecodeOption<T> {
  /** What makes a value of each payload, as `message.value`; without it that is the payload. */
  readonly decode: Decode<T>;
}

export interface UnsubscribeOptions {
  readonly properties?: PropertiesOf<'unsubscribe'>;
  readonly signal?: AbortSignal;
}

const BUFFER_MESSAGES_MAX = 1000;
const BUFFER_BYTES_MAX = 64 * 1024 * 1024;

/** What `respond` gives: everything of its subscription but its messages. */
export type Responder = Pick<
  Subscription,
  'granted' | 'topicFilters' | 'dropped' | 'undecodable' | 'unsubscribe'
> &
  AsyncDisposable;

type Filters = string | FilterRequest | readonly (string | FilterRequest)[];

export class Client implements AsyncDisposable {
  /** Resolves when the client has ended for good, whyever; never rejects. */
  readonly closed: Promise<CloseReason>;
  readonly #life: Lifetime;
  readonly #desk: Desk;
  #requester: Requester | Promise<Requester> | undefined;

  constructor(life: Lifetime) {
    this.#life = life;
    this.closed = life.over;
    this.#desk = {
      taken: life.taken,
      adjust: () => life.adjust(),
      failed: (error) => life.events.tell('error', { error }),
      leave: (subscription) => this.#leave(subscription),
    };
  }

  /** What both sides agreed on in the last connection, with every default filled in. */
  get negotiated(): Negotiated {
    return this.#life.negotiated;
  }

  /** Whether there is a connection that the server has accepted. */
  get connected(): boolean {
    return this.#life.isConnected;
  }

  addEventListener<Name extends ClientEventName>(
    type: Name,
    listener: ClientListener<Name>,
    options?: ListenOptions,
  ): void {
    this.#life.events.add(type, listener, options);
  }

  removeEventListener<Name extends ClientEventName>(type: Name, listener: ClientListener<Name>): void {
    this.#life.events.remove(type, listener);
  }

  /**
   * Resolves with the final acknowledgement, at QoS 0 when the socket has the bytes. Without a connection, and while the
   * server or the socket takes no more, it waits within the limits of the option `outbox`.
   * @throws MqttError `publish-refused` with the server's reason code, the word for what was refused here (see
   * `checks.ts`; `invalid-payload`, `send-buffer-full`, `outbox-full`, `payload-not-encodable`), `outbox-expired` or `outbox-dropped`,
   * `session-lost`, `aborted`, `disconnected`, or why the client ended first.
   */
  publish<T>(topic: string, value: T, options: PublishOptions & EncodeOption<T>): Promise<PublishResult>;
  publish(topic: string, payload: Payload, options?: PublishOptions): Promise<PublishResult>;
  publish<T>(
    topic: string,
    value: T,
    options: PublishOptions & Partial<EncodeOption<T>> = {},
  ): Promise<PublishResult> {
    if (options.encode === undefined) return this.#publish(topic, value as Payload, options);
    const { encode, ...rest } = options;
    return this.#encode(topic, value, encode, rest);
  }

  /**
   * Messages are the subscription's from the moment the request is sent; `granted` tells what the server said. It is
   * renewed on a later connection where the server has lost it.
   */
  subscribe<T>(filters: Filters, options: SubscribeOptions<T> & DecodeOption<T>): Subscription<T>;
  subscribe(filters: Filters, options?: SubscribeOptions): Subscription;
  subscribe<T>(
    filters: Filters,
    options: SubscribeOptions<T> & Partial<DecodeOption<T>> = {},
  ): Subscription<T> {
    return this.#subscribe(filters, options);
  }

  #subscribe<T>(filters: Filters, options: SubscribeOptions<T> & Partial<DecodeOption<T>>): Subscription<T> {
    const { properties = NO_PROPERTIES, identified = true, signal, onMessage, decode } = options;
    const { bufferMessagesMax = BUFFER_MESSAGES_MAX, bufferBytesMax = BUFFER_BYTES_MAX } = options;
    const { acknowledge = 'taken' } = options;
    const parts = {
      requests: requestsOf(filters, options),
      properties,
      identified,
      decode,
      manual: acknowledge === 'manual',
      onMessage,
      room: { messagesMax: bufferMessagesMax, bytesMax: bufferBytesMax },
      signal,
      desk: this.#desk,
    };
    return new Subscription<T>(parts, (subscription) => {
      const routed = subscription as Subscription<unknown>;
      this.#life.router.add(routed);
      return this.#life.request(routed, signal);
    });
  }

  /**
   * Publishes with a Response Topic and Correlation Data, and resolves with the first message that answers. 5.0 only.
   * @throws MqttError `request-timeout`; `no-responder` where the server says that nobody is subscribed;
   * `too-many-requests`, `too-many-response-topics`, `properties-not-supported`; `subscription-refused` of the response
   * topic; and what `publish` throws. UndecodableError for a response that `decode` does not take.
   */
  request<V, T>(
    topic: string,
    value: V,
    options: RequestOptions & EncodeOption<V> & DecodeOption<T>,
  ): Promise<Message<T>>;
  request<V>(topic: string, value: V, options: RequestOptions & EncodeOption<V>): Promise<Message>;
  request<T>(topic: string, payload: Payload, options: RequestOptions & DecodeOption<T>): Promise<Message<T>>;
  request(topic: string, payload: Payload, options?: RequestOptions): Promise<Message>;
  async request<V, T>(
    topic: string,
    value: V,
    options: RequestOptions & Partial<EncodeOption<V> & DecodeOption<T>> = {},
  ): Promise<Message<unknown>> {
    this.#requester ??= requester(this, this.#life);
    const asking = this.#requester instanceof Promise ? await this.#requester : this.#requester;
    return asking.request(topic, value, options);
  }

  /**
   * Answers requests: what the handler gives is published to the Response Topic, with the QoS of the request. One without
   * Response Topic is handed on, too. A request is acknowledged when its response has been. A handler that throws answers
   * nothing: an `error` event tells it.
   */
  respond<T, R>(
    filters: Filters,
    handler: Handler<T, R>,
    options: RespondOptions & DecodeOption<T> & EncodeOption<R>,
  ): Responder;
  respond<R>(
    filters: Filters,
    handler: Handler<Uint8Array, R>,
    options: RespondOptions & EncodeOption<R>,
  ): Responder;
  respond<T>(
    filters: Filters,
    handler: Handler<T, Payload | undefined>,
    options: RespondOptions & DecodeOption<T>,
  ): Responder;
  respond(
    filters: Filters,
    handler: Handler<Uint8Array, Payload | undefined>,
    options?: RespondOptions,
  ): Responder;
  respond<T, R>(
    filters: Filters,
    handler: Handler<T, R>,
    options: RespondOptions & Partial<DecodeOption<T> & EncodeOption<R>> = {},
  ): Responder {
    const { handlersMax } = options;
    if (handlersMax !== undefined) requireLimit('handlersMax', handlersMax, Number.isInteger(handlersMax));
    const requests = this.#subscribe<T>(filters, { ...options, acknowledge: 'manual' });
    respond(this, this.#life, requests, handler, options);
    return requests;
  }

  /** Resolves with one result for each filter; iterations over them end. Without a connection it waits for the next. */
  async unsubscribe(
    filters: string | readonly string[],
    options: UnsubscribeOptions = {},
  ): Promise<FiltersResult> {
    const life = this.#life;
    const topicFilters = typeof filters === 'string' ? [filters] : filters;
    const properties = options.properties ?? NO_PROPERTIES;
    const meant = life.router.subscriptions;
    const result = await life.request(
      (machine, ticket, now) => machine.unsubscribe(topicFilters, properties, ticket, now),
      options.signal,
    );
    const gone = result.filters.filter(({ reasonCode }) => reasonCode < 0x80);
    life.router.unsubscribed(
      gone.map(({ topicFilter }) => topicFilter),
      meant,
    );
    life.adjust();
    return result;
  }

  /**
   * Authenticates again on this connection, with a new exchange of the option `authenticator`; all else goes on
   * meanwhile. Resolves with the AUTH that ends it. Where it fails the connection ends, and the next one authenticates.
   * @throws MqttError `no-authenticator`, `not-connected`, `already-authenticating`, `authentication-failed` and
   * `server-not-authenticated`, `server-disconnected` where the server did not want this client any more, `aborted`, or
   * why the connection ended first.
   */
  reauthenticate(options: { readonly signal?: AbortSignal } = {}): Promise<AuthenticationResult> {
    return this.#life.reauthenticate(options.signal);
  }

  /**
   * Sends DISCONNECT if there is a connection, makes no other, and resolves when all has ended; whoever still waits is
   * told `disconnected`. @throws MqttError for what cannot be said.
   */
  disconnect(request: DisconnectRequest = {}): Promise<CloseReason> {
    return this.#life.disconnect(request);
  }

  /** The same without anything to say; never rejects. */
  close(): Promise<CloseReason> {
    return this.#life.disconnect({});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #publish(topic: string, payload: Payload, options: PublishOptions): Promise<PublishResult> {
    const { qos = 0, retain = false, properties = NO_PROPERTIES, signal, onStored } = options;
    return this.#life.publish({ topic, payload, qos, retain, properties }, signal, onStored);
  }

  async #encode<T>(
    topic: string,
    value: T,
    encode: Encode<T>,
    options: PublishOptions,
  ): Promise<PublishResult> {
    return this.#publish(topic, encoded(value, encode, topic), options);
  }

  async #leave(subscription: Subscription<unknown>): Promise<void> {
    const { router } = this.#life;
    const filters = router.needless(subscription);
    router.remove(subscription);
    this.#life.adjust();
    if (filters.length === 0) return;
    // Whether the server confirms or the client ends: nothing more will come.
    const told = this.unsubscribe(filters).catch((error: unknown) => {
      if (!(error instanceof MqttError)) throw error;
    });
    // Without a connection nothing comes meanwhile; the server is told when there is one.
    if (!this.#life.isConnected) return;
    const over = new AbortController();
    const { signal } = over;
    const lost = new Promise((resolve) => this.#life.events.add('disconnected', resolve, { signal }));
    await Promise.race([told, lost]);
    over.abort();
  }
}

function requestsOf(
  filters: Filters,
  options: Omit<SubscribeOptions, 'onMessage'>,
): readonly FilterRequest[] {
  const { qos = 0, noLocal = false, retainAsPublished = false, retainHandling = 0 } = options;
  const list: readonly (string | FilterRequest)[] = Array.isArray(filters)
    ? filters
    : [filters as string | FilterRequest];
  return list.map((one) => ({
    qos,
    noLocal,
    retainAsPublished,
    retainHandling,
    ...(typeof one === 'string' ? { topicFilter: one } : one),
  }));
}
