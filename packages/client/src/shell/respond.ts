// Answers requests: a handler for each message of a subscription, a bounded number at a time, and what it gives published
// to the Response Topic. Subscribes and publishes as the application does. [5:4.10]

import { MqttError, type PropertiesOf } from '@anax/protocol';
import { encoded } from '../codecs.ts';
import type { Message } from '../message.ts';
import type { Payload } from '../options.ts';
import type { Client, EncodeOption, SubscribeOptions } from './client.ts';
import type { Lifetime } from './lifetime.ts';
import type { Subscription } from './subscription.ts';

export interface RespondOptions extends Omit<SubscribeOptions, 'onMessage' | 'acknowledge'> {
  /** Of responses; Correlation Data is added. */
  readonly responseProperties?: Omit<PropertiesOf<'publish'>, 'correlationData'>;
  /** Handlers under way; further requests wait as messages of an iteration do. Default 10. */
  readonly handlersMax?: number;
}

/** Of a request, the response; undefined is an empty one. May return a promise. */
export type Handler<T, R> = (request: Message<T>) => R | Promise<R>;

const HANDLERS_MAX = 10;

/** Begins to answer what comes, until the subscription ends. */
export function answer<T, R>(
  client: Client,
  life: Lifetime,
  requests: Subscription<T>,
  handler: Handler<T, R>,
  { responseProperties, handlersMax = HANDLERS_MAX, encode }: RespondOptions & Partial<EncodeOption<R>>,
): void {
  const reply = async (request: Message<T>): Promise<void> => {
    const value = await handler(request);
    const { responseTopic, correlationData } = request.properties;
    if (responseTopic === undefined) return;
    const payload = encode === undefined ? ((value ?? '') as Payload) : encoded(value, encode, responseTopic);
    const correlated = correlationData === undefined ? {} : { correlationData };
    const properties = { ...responseProperties, ...correlated };
    await client.publish(responseTopic, payload, { qos: request.qos, properties });
  };
  const work = async (): Promise<void> => {
    for await (const request of requests) {
      await reply(request).catch((cause: unknown) => {
        if (cause instanceof MqttError && cause.code === 'disconnected') return;
        const message = `a request to ${request.topic} has no response`;
        life.events.tell('error', { error: new MqttError('not-answered', message, {}, { cause }) });
      });
      request.acknowledge();
    }
  };
  // What ends the iteration with an error is told by `granted` and by the client.
  for (let count = 0; count < handlersMax; count++) work().catch(() => undefined);
}
