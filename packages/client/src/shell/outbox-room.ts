// Promises and time around the messages that a session owes: a promise for each, and a timer for those that grow too old
// while they wait. Sends nothing.

import type { MqttError } from '@anax/protocol';
import type { Outgoing } from '../outgoing.ts';
import type { PublishRequest } from '../phase.ts';
import type { Session } from '../session.ts';
import type { PublishResult } from '../sink.ts';
import { droppedWaiting, expiredWaiting } from '../waiting.ts';
import type { Clock } from './clock.ts';
import type { Driver } from './driver.ts';
import type { Tickets } from './tickets.ts';

/** What has to be looked through for those that are too old is looked through so seldom that it costs nothing. */
const LOOKED_THROUGH_IN_A_MS = 1000;

export class OutboxRoom {
  readonly #session: Session;
  readonly #tickets: Tickets;
  readonly #clock: Clock;
  #cancelTimer: () => void = () => {};
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(session: Session, tickets: Tickets, clock: Clock) {
    this.#session = session;
    this.#tickets = tickets;
    this.#clock = clock;
  }

  /** Sent now, or when it is its turn. One that its caller gives up before is not sent any more. */
  publish(
    request: PublishRequest,
    signal: AbortSignal | undefined,
    driver: Driver | undefined,
  ): Promise<PublishResult> {
    let owed: Outgoing | undefined;
    const giveUp = (): void => {
      if (owed !== undefined) this.#session.waiting.remove(owed);
    };
    const sent = this.#tickets.open<PublishResult>(
      signal,
      (ticket) => {
        owed = driver === undefined ? this.#wait(request, ticket) : driver.publish(request, ticket);
      },
      giveUp,
    );
    if (this.#session.waiting.deadline() < this.#wakeAt) this.#arm();
    return sent;
  }

  /** The end: whoever waits is told by the tickets. */
  close(): void {
    this.#cancelTimer();
    this.#wakeAt = Number.NEGATIVE_INFINITY;
  }

  #wait(request: PublishRequest, ticket: number): Outgoing {
    const owed = this.#session.message(request, ticket, this.#clock.now());
    for (const dropped of this.#session.waiting.add(owed)) this.#fail(dropped, droppedWaiting());
    return owed;
  }

  #fail({ ticket }: Outgoing, error: MqttError): void {
    this.#tickets.settle(ticket, { type: 'failed', error });
  }

  #arm(): void {
    const { waiting } = this.#session;
    const deadline = waiting.deadline();
    if (deadline >= this.#wakeAt) return;
    this.#cancelTimer();
    this.#wakeAt = deadline;
    const delayMs = Math.max(1 + waiting.size / LOOKED_THROUGH_IN_A_MS, deadline - this.#clock.now() + 1);
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      for (const owed of waiting.expire(this.#clock.now())) this.#fail(owed, expiredWaiting());
      this.#arm();
    });
  }
}
