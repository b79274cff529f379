// A message that asks, and the one that answers: requests under way, by Correlation Data, and the response topics that
// they share. Subscribes and publishes as the application does; knows no connection. [5:4.10]

import { MqttError, type PropertiesOf, type QoS, Reason } from '@anax/protocol';
import { encoded } from '../codecs.ts';
import { refused } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Negotiated } from '../negotiated.ts';
import { dialectOf, type Payload, requireLimit } from '../options.ts';
import type { Client, DecodeOption, EncodeOption } from './client.ts';
import { errorOf } from './ends.ts';
import type { Lifetime } from './lifetime.ts';
import type { Subscription } from './subscription.ts';
import { aborted } from './tickets.ts';

export interface RequestOptions {
  /** Of the request; that of the response is the responder's choice. Default 0. */
  readonly qos?: QoS;
  readonly properties?: Omit<PropertiesOf<'publish'>, 'responseTopic' | 'correlationData'>;
  /** From the call to the response; Infinity waits as long as the client lives. Default 30,000. */
  readonly timeoutMs?: number;
  /** Instead of one of the client's own. */
  readonly responseTopic?: string;
  /** Stops waiting; a request that has not been sent is not sent any more. */
  readonly signal?: AbortSignal;
}

/** One more is refused with `too-many-requests`. */
export const REQUESTS_MAX = 1000;
/** One more is refused with `too-many-response-topics`. */
const RESPONSE_TOPICS_MAX = 100;
const TIMEOUT_MS = 30_000;

interface UnderWay {
  readonly resolve: (response: Message) => void;
  readonly reject: (error: unknown) => void;
}

export class Requester {
  readonly #client: Client;
  readonly #life: Lifetime;
  /** By Correlation Data. */
  readonly #underWay = new Map<string, UnderWay>();
  /** By response topic. They end with the client. */
  readonly #subscriptions = new Map<string, Subscription>();

  #over: MqttError | undefined;

  constructor(client: Client, life: Lifetime) {
    this.#client = client;
    this.#life = life;
    void life.over.then((reason) => {
      this.#over = errorOf(reason);
      for (const { reject } of this.#underWay.values()) reject(this.#over);
    });
  }

  /** Resolves with the response. */
  async request<V, T>(
    topic: string,
    value: V,
    options: RequestOptions & Partial<EncodeOption<V> & DecodeOption<T>>,
  ): Promise<Message<unknown>> {
    const { encode, decode } = options;
    const payload = encode === undefined ? (value as Payload) : encoded(value, encode, topic);
    const response = await this.#request(topic, payload, options);
    return decode === undefined ? response : response.as(decode);
  }

  async #request(topic: string, payload: Payload, options: RequestOptions): Promise<Message> {
    const { timeoutMs = TIMEOUT_MS, signal } = options;
    requireLimit('timeoutMs', timeoutMs);
    if (signal?.aborted) throw aborted(signal);
    if (this.#over !== undefined) throw this.#over;
    if (this.#underWay.size >= REQUESTS_MAX)
      throw new MqttError('too-many-requests', `${REQUESTS_MAX} requests are under way`);
    // Nobody can guess it who has not seen this request.
    const correlationData = crypto.getRandomValues(new Uint8Array(16));
    const key = correlationData.join();
    const over = new AbortController();
    let cancel = (): void => {};
    const { router, clock } = this.#life;
    const response = new Promise<Message>((resolve, reject) => {
      this.#underWay.set(key, { resolve, reject });
      signal?.addEventListener('abort', () => reject(aborted(signal)), { signal: over.signal });
      if (timeoutMs < Number.POSITIVE_INFINITY) {
        const late = new MqttError('request-timeout', `no response came within ${timeoutMs} ms`);
        cancel = clock.after(timeoutMs, () => reject(late));
      }
      this.#send(topic, payload, options, correlationData, over.signal).catch(reject);
    });
    // The response may stand behind messages for which there is no room.
    router.expected += 1;
    this.#life.adjust();
    try {
      return await response;
    } finally {
      this.#underWay.delete(key);
      router.expected -= 1;
      cancel();
      over.abort();
      this.#life.adjust();
    }
  }

  async #send(
    topic: string,
    payload: Payload,
    { qos = 0, properties, responseTopic }: RequestOptions,
    correlationData: Uint8Array,
    signal: AbortSignal,
  ): Promise<void> {
    const negotiated = await this.#negotiated(signal);
    const { dialect } = negotiated;
    if (!dialectOf({ dialect }).properties)
      throw new MqttError('properties-not-supported', `MQTT ${dialect} has no Response Topic`);
    const to = responseTopic ?? responseTopicOf(negotiated);
    await this.#subscribed(to);
    const { reasonCode } = await this.#client.publish(topic, payload, {
      qos,
      properties: { ...properties, responseTopic: to, correlationData },
      signal,
    });
    if (reasonCode !== Reason.noMatchingSubscribers) return;
    throw new MqttError('no-responder', `nobody is subscribed to ${topic}`, { side: 'server', reasonCode });
  }

  /** Where there was no connection yet, of the first. */
  async #negotiated(signal: AbortSignal): Promise<Negotiated> {
    const { events } = this.#life;
    if (!this.#life.wasConnected)
      await new Promise<unknown>((resolve) => events.add('connected', resolve, { once: true, signal }));
    return this.#life.negotiated;
  }

  /** Once for all requests, before the first is sent; a reconnect renews it as it does all others. */
  async #subscribed(topic: string): Promise<void> {
    let subscription = this.#subscriptions.get(topic);
    if (subscription === undefined || !this.#life.router.has(subscription)) {
      if (subscription === undefined && this.#subscriptions.size >= RESPONSE_TOPICS_MAX)
        throw new MqttError('too-many-response-topics', `${RESPONSE_TOPICS_MAX} response topics are in use`);
      subscription = this.#client.subscribe(topic, { qos: 1, onMessage: this.#answered });
      this.#subscriptions.set(topic, subscription);
    }
    const { filters, properties } = await subscription.granted;
    const reasonCode = filters[0]?.reasonCode ?? Reason.success;
    if (reasonCode < 0x80) return;
    this.#subscriptions.delete(topic);
    throw refused('subscription-refused', reasonCode, properties);
  }

  /** What is late, or of nobody here, is for nobody. */
  #answered = (message: Message): void => {
    const { correlationData } = message.properties;
    if (correlationData !== undefined) this.#underWay.get(correlationData.join())?.resolve(message);
  };
}

/** Response Information names a part of the topics that is this client's own. [5:3.2.2.3.15] */
function responseTopicOf({ responseInformation, clientId }: Negotiated): string {
  if (responseInformation === undefined) return `anax/response/${encodeURIComponent(clientId)}`;
  return `${responseInformation}${responseInformation.endsWith('/') ? '' : '/'}response`;
}
