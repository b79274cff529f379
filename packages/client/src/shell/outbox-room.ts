// Promises and time around the messages that wait for a connection. Owns their timer; keeps no other order than theirs.

import { MqttError } from '@anax/protocol';
import type { PublishRequest } from '../phase.ts';
import type { PublishResult } from '../sink.ts';
import { droppedWaiting, expiredWaiting, Waiting, type WaitingLimits } from '../waiting.ts';
import type { Clock } from './clock.ts';
import type { Driver } from './driver.ts';
import type { Tickets } from './tickets.ts';

export class OutboxRoom {
  readonly #waiting: Waiting;
  readonly #tickets: Tickets;
  readonly #clock: Clock;
  #cancelTimer: () => void = () => {};
  #wakeAt = Number.POSITIVE_INFINITY;

  /** @throws MqttError `invalid-option` */
  constructor(limits: Partial<WaitingLimits> | undefined, tickets: Tickets, clock: Clock) {
    this.#waiting = new Waiting(limits);
    this.#tickets = tickets;
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** A message whose caller gives it up is not sent any more. */
  add(request: PublishRequest, signal: AbortSignal | undefined): Promise<PublishResult> {
    let own = 0;
    const sent = this.#tickets.open<PublishResult>(signal, (ticket) => {
      own = ticket;
      const dropped = this.#waiting.add(request, ticket, this.#clock.now());
      for (const one of dropped) this.#fail(one, droppedWaiting());
    });
    sent.catch(() => this.#waiting.remove(own));
    this.#arm();
    return sent;
  }

  /** Hands on what the connection can take now, in order. */
  flush(driver: Driver): void {
    this.#expire();
    const now = this.#clock.now();
    for (let next = this.#waiting.peek(now); next !== undefined; next = this.#waiting.peek(now)) {
      if (driver.congested) return;
      const { ticket, request } = next;
      try {
        driver.machine.publish(request, ticket, now);
      } catch (error) {
        if (!(error instanceof MqttError)) throw error;
        if (error.code === 'queue-full') return;
        this.#fail(ticket, error);
      }
      this.#waiting.remove(ticket);
    }
  }

  /** The end: whoever waits is told by the tickets. */
  close(): void {
    this.#cancelTimer();
    this.#wakeAt = Number.NEGATIVE_INFINITY;
  }

  #expire(): void {
    for (const ticket of this.#waiting.expire(this.#clock.now())) this.#fail(ticket, expiredWaiting());
  }

  #fail(ticket: number, error: MqttError): void {
    this.#tickets.settle(ticket, { type: 'failed', error });
  }

  #arm(): void {
    const deadline = this.#waiting.deadline();
    if (deadline >= this.#wakeAt) return;
    this.#cancelTimer();
    this.#wakeAt = deadline;
    this.#cancelTimer = this.#clock.after(Math.max(0, deadline - this.#clock.now()) + 1, () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#expire();
      this.#arm();
    });
  }
}
