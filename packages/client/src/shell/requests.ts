// SUBSCRIBE and UNSUBSCRIBE that the application waits for, across connections: what was under way when one was lost is
// asked again on the next, and what the server has lost is asked for anew. Settles through tickets; owns no connection.

import { MqttError, type RetainHandling } from '@anax/protocol';
import type { FilterRequest } from '../checks.ts';
import type { Machine } from '../machine.ts';
import type { FiltersResult } from '../sink.ts';
import type { Subscription } from './subscription.ts';
import type { Tickets } from './tickets.ts';

/** @throws MqttError where the server of this connection cannot take it. */
export type Ask = (machine: Machine, ticket: number, now: number) => void;

interface Request {
  readonly ask: Ask;
  readonly subscription: Subscription | undefined;
}

export class WantedRequests {
  readonly #tickets: Tickets;
  /** By ticket, in the order in which they are asked; not yet answered. */
  #wanted = new Map<number, Request>();

  constructor(tickets: Tickets) {
    this.#tickets = tickets;
  }

  /** Whether the outcome of this ticket stands here. */
  has(ticket: number): boolean {
    return this.#wanted.has(ticket);
  }

  answered(ticket: number): void {
    this.#wanted.delete(ticket);
  }

  /** @param now undefined where there is no connection: it is asked when there is one. */
  begin(
    ask: Ask,
    signal: AbortSignal | undefined,
    connected: { readonly machine: Machine; readonly now: number } | undefined,
    subscription?: Subscription,
  ): Promise<FiltersResult> {
    let own = 0;
    const result = this.#tickets.open<FiltersResult>(signal, (ticket) => {
      own = ticket;
      if (connected !== undefined) ask(connected.machine, ticket, connected.now);
      this.#wanted.set(ticket, { ask, subscription });
    });
    result.catch(() => this.#wanted.delete(own));
    return result;
  }

  /**
   * Puts subscriptions that had been granted before everything that is still wanted.
   * @param known whether the server may still have them: then what is retained is not sent again.
   */
  renew(
    subscriptions: readonly Subscription[],
    known: boolean,
    failed: (subscription: Subscription, error: MqttError) => void,
  ): void {
    const others = this.#wanted;
    const waiting = new Set(Array.from(others.values(), ({ subscription }) => subscription));
    this.#wanted = new Map();
    for (const subscription of subscriptions) {
      if (waiting.has(subscription) || subscription.requests.length === 0) continue;
      this.begin(renewal(subscription, known), undefined, undefined, subscription).then(
        (result) => {
          const refused = subscription.grantedAs(result);
          if (refused !== undefined) failed(subscription, refused);
        },
        (error: MqttError) => failed(subscription, error),
      );
    }
    for (const [ticket, request] of others) this.#wanted.set(ticket, request);
  }

  /** Asks for all that is wanted; what this connection cannot take fails. */
  askAll(machine: Machine, now: number): void {
    for (const [ticket, { ask }] of [...this.#wanted]) {
      try {
        ask(machine, ticket, now);
      } catch (error) {
        if (!(error instanceof MqttError)) throw error;
        this.#wanted.delete(ticket);
        this.#tickets.settle(ticket, { type: 'failed', error });
      }
    }
  }
}

function renewal(subscription: Subscription, known: boolean): Ask {
  return (machine, ticket, now) => {
    const requests = known ? subscription.requests.map(withoutRetained) : subscription.requests;
    machine.subscribe(requests, subscription.properties, ticket, now);
  };
}

/** Retain Handling 1: only where the subscription does not exist. [5:3.8.3.1] */
function withoutRetained(request: FilterRequest): FilterRequest {
  const { retainHandling = 0 } = request;
  const changed: RetainHandling = retainHandling === 0 ? 1 : retainHandling;
  return { ...request, retainHandling: changed };
}
