// SUBSCRIBE and UNSUBSCRIBE that the application waits for, across connections: what was under way when one was lost is
// asked again on the next, and what the server has lost is asked for anew. Settles through tickets; owns no connection.

import { MqttError, type RetainHandling } from '@anax/protocol';
import type { FilterRequest } from '../checks.ts';
import type { Machine } from '../machine.ts';
import type { FiltersResult } from '../sink.ts';
import type { Router } from './router.ts';
import { Subscription } from './subscription.ts';
import type { Tickets } from './tickets.ts';

/** @throws MqttError where the server of this connection cannot take it. */
export type Ask = (machine: Machine, ticket: number, now: number) => void;

interface Request {
  readonly ask: Ask;
  readonly subscription: Subscription<unknown> | undefined;
}

export class WantedRequests {
  readonly #tickets: Tickets;
  readonly #router: Router;
  /** By ticket, in the order in which they are asked; not yet answered. */
  #wanted = new Map<number, Request>();

  constructor(tickets: Tickets, router: Router) {
    this.#tickets = tickets;
    this.#router = router;
  }

  /** Whether the outcome of this ticket stands here. */
  has(ticket: number): boolean {
    return this.#wanted.has(ticket);
  }

  answered(ticket: number): void {
    this.#wanted.delete(ticket);
  }

  /**
   * @param what a subscription that the router has, and loses where it is not granted; or something else to ask.
   * @param connected undefined where there is no connection: it is asked when there is one.
   */
  begin(
    what: Subscription<unknown> | Ask,
    signal: AbortSignal | undefined,
    connected: { readonly machine: Machine; readonly now: number } | undefined,
  ): Promise<FiltersResult> {
    if (!(what instanceof Subscription)) return this.#begin(what, signal, connected, undefined);
    const granted = this.#begin(this.#asking(what, false), signal, connected, what);
    granted.then(
      ({ filters }) => this.#router.refused(what, filters),
      () => this.#router.remove(what),
    );
    return granted;
  }

  /**
   * Puts subscriptions that had been granted before everything that is still wanted.
   * @param known whether the server may still have them: then what is retained is not sent again.
   */
  renew(known: boolean, failed: (subscription: Subscription<unknown>, error: MqttError) => void): void {
    const others = this.#wanted;
    const waiting = new Set(Array.from(others.values(), ({ subscription }) => subscription));
    this.#wanted = new Map();
    for (const subscription of this.#router.subscriptions) {
      if (waiting.has(subscription) || subscription.requests.length === 0) continue;
      this.#begin(this.#asking(subscription, known), undefined, undefined, subscription).then(
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

  #begin(
    ask: Ask,
    signal: AbortSignal | undefined,
    connected: { readonly machine: Machine; readonly now: number } | undefined,
    subscription: Subscription<unknown> | undefined,
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

  #asking(subscription: Subscription<unknown>, known: boolean): Ask {
    return (machine, ticket, now) => {
      const { requests } = subscription;
      const asked = known ? requests.map(withoutRetained) : requests;
      machine.subscribe(asked, this.#router.identify(subscription), ticket, now);
      this.#router.asked(subscription);
    };
  }
}

/** Retain Handling 1: only where the subscription does not exist. [5:3.8.3.1] */
function withoutRetained(request: FilterRequest): FilterRequest {
  const { retainHandling = 0 } = request;
  const changed: RetainHandling = retainHandling === 0 ? 1 : retainHandling;
  return { ...request, retainHandling: changed };
}
