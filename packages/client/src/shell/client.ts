// What an application holds: a connected client. Every promise it gives settles.

import { MqttError, NO_PROPERTIES, type PropertiesOf, type QoS, type RetainHandling } from '@anax/protocol';
import type { FilterRequest } from '../checks.ts';
import type { CloseReason } from '../errors.ts';
import type { Negotiated } from '../negotiated.ts';
import type { Payload } from '../options.ts';
import type { DisconnectRequest } from '../phase.ts';
import type { FiltersResult, PublishResult } from '../sink.ts';
import type { Driver } from './driver.ts';
import { type OnMessage, Subscription } from './subscription.ts';

export interface PublishOptions {
  /** Default 0. */
  readonly qos?: QoS;
  readonly retain?: boolean;
  /** 5.0 only. Key order is wire order. */
  readonly properties?: PropertiesOf<'publish'>;
  /** Stops waiting; a message that has been sent stays sent. */
  readonly signal?: AbortSignal;
}

export interface SubscribeOptions {
  /** For filters that do not say it themselves. Default 0. */
  readonly qos?: QoS;
  readonly noLocal?: boolean;
  readonly retainAsPublished?: boolean;
  readonly retainHandling?: RetainHandling;
  /** 5.0 only. */
  readonly properties?: PropertiesOf<'subscribe'>;
  /** Instead of iterating. */
  readonly onMessage?: OnMessage;
  /** Messages that wait for an iteration before the connection is no longer read. Default 1000. */
  readonly bufferMessagesMax?: number;
  readonly signal?: AbortSignal;
}

export interface UnsubscribeOptions {
  readonly properties?: PropertiesOf<'unsubscribe'>;
  readonly signal?: AbortSignal;
}

const BUFFER_MESSAGES_MAX = 1000;

type Filters = string | FilterRequest | readonly (string | FilterRequest)[];

export class Client implements AsyncDisposable {
  /** What both sides agreed on, with every default filled in. */
  readonly negotiated: Negotiated;
  /** Resolves when the connection has ended, whyever; never rejects. */
  readonly closed: Promise<CloseReason>;
  readonly #driver: Driver;

  constructor(driver: Driver, negotiated: Negotiated) {
    this.#driver = driver;
    this.negotiated = negotiated;
    this.closed = driver.over;
  }

  /**
   * Resolves with the final acknowledgement, at QoS 0 when the socket has the bytes.
   * @throws MqttError `publish-refused` with the server's reason code, the word for what was refused here (see
   * `checks.ts`; `queue-full`, `send-buffer-full`), or why the connection ended first.
   */
  async publish(topic: string, payload: Payload, options: PublishOptions = {}): Promise<PublishResult> {
    const driver = this.#driver;
    driver.requireRoom();
    const { signal, ...rest } = options;
    const result = await driver.run<PublishResult>(signal, (machine, ticket) =>
      machine.publish({ topic, payload, ...rest }, ticket, driver.now()),
    );
    if ((options.qos ?? 0) === 0 && driver.congested) await driver.drain();
    return result;
  }

  /** Messages are the subscription's from the moment the request is sent; `granted` tells what the server said. */
  subscribe(filters: Filters, options: SubscribeOptions = {}): Subscription {
    const driver = this.#driver;
    const requests = requestsOf(filters, options);
    const { properties = NO_PROPERTIES, signal, onMessage } = options;
    const { taken } = driver;
    const { bufferMessagesMax = BUFFER_MESSAGES_MAX } = options;
    const topicFilters = requests.map(({ topicFilter }) => topicFilter);
    const identifier = properties.subscriptionIdentifiers?.[0];
    const leave = (subscription: Subscription): Promise<unknown> => this.#leave(subscription);
    const parts = { topicFilters, identifier, onMessage, bufferMessagesMax, taken, leave };
    return new Subscription(parts, (subscription) => {
      driver.router.add(subscription);
      const granted = driver.run<FiltersResult>(signal, (machine, ticket) =>
        machine.subscribe(requests, properties, ticket, driver.now()),
      );
      granted.catch(() => driver.router.remove(subscription));
      return granted;
    });
  }

  /** Resolves with one result for each filter; iterations over them end. */
  async unsubscribe(
    filters: string | readonly string[],
    options: UnsubscribeOptions = {},
  ): Promise<FiltersResult> {
    const driver = this.#driver;
    const topicFilters = typeof filters === 'string' ? [filters] : filters;
    const result = await driver.run<FiltersResult>(options.signal, (machine, ticket) =>
      machine.unsubscribe(topicFilters, options.properties ?? NO_PROPERTIES, ticket, driver.now()),
    );
    const gone = result.filters.filter(({ reasonCode }) => reasonCode < 0x80);
    driver.router.unsubscribed(gone.map(({ topicFilter }) => topicFilter));
    driver.adjust();
    return result;
  }

  /** Sends DISCONNECT and resolves when the connection has ended. @throws MqttError for what cannot be said. */
  async disconnect(request: DisconnectRequest = {}): Promise<CloseReason> {
    this.#driver.machine.disconnect(request, this.#driver.now());
    this.#driver.adjust();
    return this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }

  async #leave(subscription: Subscription): Promise<void> {
    const { router, machine } = this.#driver;
    const filters = router.needless(subscription);
    router.remove(subscription);
    this.#driver.adjust();
    if (filters.length === 0 || machine.phase.name !== 'connected') return;
    // Whether the server confirms or the connection ends: nothing more will come.
    await this.unsubscribe(filters).catch((error: unknown) => {
      if (!(error instanceof MqttError)) throw error;
    });
  }
}

function requestsOf(filters: Filters, options: SubscribeOptions): readonly FilterRequest[] {
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
