// What the store has of one session: the numbers of its rows. The facts themselves are the session's.

import type { TopicFilter } from '@anax/protocol';

/** What most sessions have: one for all of them, and never added to. */
const NOTHING = new Set<number>();

export class SessionRows {
  /** Of the session: never given to another. */
  readonly number: number;
  /** A row of its own has been handed to the store. */
  written = false;
  ended = false;
  /** By filter, those that have been handed to the store. */
  readonly subscriptions = new Map<TopicFilter, number>();
  /** Packet identifiers of QoS 2 messages from the client that have been handed to the store. */
  arrivals = NOTHING;
  #subscription = 0;
  #place = 0;

  constructor(number: number) {
    this.number = number;
  }

  addArrival(packetId: number): void {
    if (this.arrivals === NOTHING) this.arrivals = new Set();
    this.arrivals.add(packetId);
  }

  nextSubscription(): number {
    this.#subscription += 1;
    return this.#subscription;
  }

  /** Of a debt in the queue, or of one that waits for PUBCOMP. */
  nextPlace(): number {
    this.#place += 1;
    return this.#place;
  }

  /** At the start of the broker: what numbers there are. */
  foundSubscription(filter: TopicFilter, number: number): void {
    this.subscriptions.set(filter, number);
    this.#subscription = Math.max(this.#subscription, number);
  }

  foundPlace(place: number): void {
    this.#place = Math.max(this.#place, place);
  }
}
