// The way from a client to requests and responses, which a page loads only when it asks or answers (`tools/bundle`).

import type { Client, EncodeOption } from './client.ts';
import type { Lifetime } from './lifetime.ts';
import { Requester } from './request.ts';
import { answer, type Handler, type RespondOptions } from './respond.ts';
import type { Subscription } from './subscription.ts';

export function requester(client: Client, life: Lifetime): Requester | Promise<Requester> {
  return new Requester(client, life);
}

/** Begins to answer what comes, until the subscription ends. */
export function respond<T, R>(
  client: Client,
  life: Lifetime,
  requests: Subscription<T>,
  handler: Handler<T, R>,
  options: RespondOptions & Partial<EncodeOption<R>>,
): void {
  answer(client, life, requests, handler, options);
}
