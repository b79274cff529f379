// What there is in a store, counted: sessions, what they are owed, what is retained, how large it is. It judges nothing.

import type { Fact, RowBytes } from './facts.ts';

/** Of one session. */
export interface QueueSize {
  readonly session: number;
  /** Undefined where the session has ended, or its row cannot be read. */
  readonly clientId: string | undefined;
  queued: number;
  inFlight: number;
}

export class Tally {
  rows = 0;
  unreadable = 0;
  /** Of keys and values. */
  rowBytes = 0;
  sessions = 0;
  connected = 0;
  wills = 0;
  subscriptions = 0;
  /** Not sent yet. */
  queued = 0;
  /** Sent and not acknowledged, or with PUBREL sent and PUBCOMP awaited. */
  inFlight = 0;
  /** QoS 2 messages that came and are not released. */
  arrivals = 0;
  retained = 0;
  /** Messages, each counted once however many are owed it. */
  messages = 0;
  payloadBytes = 0;
  readonly #clients = new Map<number, string>();
  readonly #queues = new Map<number, QueueSize>();

  /** @param fact what the row says, where it can be read. */
  take({ key, value }: RowBytes, fact: Fact | undefined): void {
    this.rows += 1;
    this.rowBytes += key.length + value.length;
    if (fact === undefined) this.unreadable += 1;
    else this.#count(fact);
  }

  #count(fact: Fact): void {
    switch (fact.table) {
      case 'session':
        this.sessions += 1;
        this.#clients.set(fact.session, fact.is.clientId);
        if (fact.is.closedAt === undefined) this.connected += 1;
        if (fact.is.will !== undefined) this.wills += 1;
        return;
      case 'subscription':
        this.subscriptions += 1;
        return;
      case 'delivery':
        if (fact.is.packetId === 0) this.#waits(fact.session);
        else this.#isUnderWay(fact.session);
        if ('message' in fact.is.content) this.#message(fact.is.content.message.payload);
        return;
      case 'release':
        return this.#isUnderWay(fact.session);
      case 'arrival':
        this.arrivals += 1;
        return;
      case 'retained':
        this.retained += 1;
        if ('message' in fact.is) this.#message(fact.is.message.payload);
        return;
      case 'message':
        return this.#message(fact.is.payload);
    }
  }

  /** The largest queues, the largest first. */
  largest(count: number): readonly QueueSize[] {
    return [...this.#queues.values()]
      .sort((a, b) => b.queued + b.inFlight - a.queued - a.inFlight)
      .slice(0, count);
  }

  #message(payload: Uint8Array): void {
    this.messages += 1;
    this.payloadBytes += payload.length;
  }

  #waits(session: number): void {
    this.queued += 1;
    this.#queue(session).queued += 1;
  }

  #isUnderWay(session: number): void {
    this.inFlight += 1;
    this.#queue(session).inFlight += 1;
  }

  #queue(session: number): QueueSize {
    const known = this.#queues.get(session);
    if (known !== undefined) return known;
    const queue = { session, clientId: this.#clients.get(session), queued: 0, inFlight: 0 };
    this.#queues.set(session, queue);
    return queue;
  }
}
