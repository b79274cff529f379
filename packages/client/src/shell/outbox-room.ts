// Promises and time around the messages that a session owes: a promise for each, a timer for those that grow too old while
// they wait, and the store that keeps them beyond the process. Sends nothing.

import { MqttError, type PropertiesOf, type QoS, type TopicName } from '@anax/protocol';
import { keptInOutbox } from '../errors.ts';
import { STORE } from '../features.ts';
import type { OpenOutbox, OutboxStore } from '../journal.ts';
import type { Outgoing } from '../outgoing.ts';
import type { PublishRequest } from '../phase.ts';
import type { Session } from '../session.ts';
import type { PublishResult } from '../sink.ts';
import { droppedWaiting, expiredWaiting, type WaitingLimits } from '../waiting.ts';
import type { Clock } from './clock.ts';
import type { Driver } from './driver.ts';
import { guarded } from './report.ts';
import type { Tickets } from './tickets.ts';

/** What a client takes for its outbox. */
export interface OutboxOptions extends Partial<WaitingLimits> {
  /** Keeps messages above QoS 0 beyond the process; takes a `clientId`. Default: none. */
  readonly store?: OutboxStore;
  /** Gets every message that an earlier process has left, before the first connection. */
  readonly onRestored?: (message: RestoredMessage) => void;
}

/** A message that an earlier process has left. */
export interface RestoredMessage {
  readonly topic: TopicName;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: PropertiesOf<'publish'>;
  /** As `publish` would have; nobody needs to wait for it. */
  readonly settled: Promise<PublishResult>;
}

/** Whose outbox it is, and who is told of its store. */
export interface OutboxHouse {
  readonly clientId: string;
  /** Names of the MQTT dialects that it may speak, and of the one that it speaks. */
  readonly dialects: readonly string[];
  dialect(): string;
  written(batch: number): void;
  storeFailed(error: MqttError): void;
}

/** What has to be looked through for those that are too old is looked through so seldom that it costs nothing. */
const LOOKED_THROUGH_IN_A_MS = 1000;

export class OutboxRoom {
  readonly #session: Session;
  readonly #tickets: Tickets;
  readonly #clock: Clock;
  readonly #options: OutboxOptions;
  #opening: Promise<OpenOutbox> | undefined;
  #stored: OpenOutbox | undefined;
  #cancelTimer: () => void = () => {};
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(session: Session, tickets: Tickets, clock: Clock, options: OutboxOptions = {}) {
    this.#session = session;
    this.#tickets = tickets;
    this.#clock = clock;
    this.#options = options;
  }

  get hasStore(): boolean {
    return this.#options.store !== undefined;
  }

  /** Takes over what an earlier process has left. @throws MqttError */
  async open(house: OutboxHouse): Promise<void> {
    const { store } = this.#options;
    if (store === undefined) return;
    if (house.clientId === '')
      throw new MqttError('client-id-required', 'an outbox that is stored takes a clientId');
    const promises = new Map<number, Promise<PublishResult>>();
    const session = this.#session;
    this.#opening = store.open({
      clientId: house.clientId,
      dialects: house.dialects,
      now: () => this.#clock.now(),
      wall: () => this.#clock.wall?.() ?? Date.now(),
      ticket: () => this.#ticket(promises),
      facts: () => ({ dialect: house.dialect(), lasts: session.lasts, newAskedFor: session.newAskedFor }),
      written: (batch) => house.written(batch),
      failed: (error) => house.storeFailed(error),
    });
    const stored = await this.#opening;
    this.#stored = stored;
    const { found } = stored;
    session.restore(found);
    session.journal = stored;
    for (const owed of [...found.underWay, ...found.waiting]) this.#restored(owed, promises);
    this.#arm();
  }

  /** The batch of the store with everything that the session has told so far; 0 where there is none. */
  batch(): number {
    return this.#stored?.batch() ?? 0;
  }

  /**
   * Sent now, or when it is its turn. One that its caller gives up before is not sent any more.
   * @param onStored called when it is in the store
   */
  publish(
    request: PublishRequest,
    signal: AbortSignal | undefined,
    driver: Driver | undefined,
    onStored: (() => void) | undefined,
  ): Promise<PublishResult> {
    let owed: Outgoing | undefined;
    const giveUp = (): void => {
      if (owed !== undefined) this.#session.giveUp(owed);
    };
    const sent = this.#tickets.open<PublishResult>(
      signal,
      (ticket) => {
        owed = driver === undefined ? this.#wait(request, ticket) : driver.publish(request, ticket);
        if (STORE && onStored !== undefined) this.#stored?.whenStored(owed, () => guarded(onStored));
      },
      giveUp,
    );
    if (this.#session.waiting.deadline() < this.#wakeAt) this.#arm();
    return sent;
  }

  /** The end: nothing grows too old any more, and what is to be stored is. */
  async close(): Promise<void> {
    this.#cancelTimer();
    this.#wakeAt = Number.NEGATIVE_INFINITY;
    if (!STORE) return;
    // Who has asked for it has been told why it cannot be opened.
    const stored = await this.#opening?.catch(() => undefined);
    await stored?.close();
  }

  /** Tells whoever waits for a message that is stored that it stays there. */
  failStored(why: MqttError): void {
    const stored = this.#stored;
    if (stored === undefined) return;
    const { outbox, waiting } = this.#session;
    for (const owed of [...outbox.values(), ...waiting.values()])
      if (stored.isStored(owed)) this.#fail(owed, keptInOutbox(why));
  }

  #ticket(promises: Map<number, Promise<PublishResult>>): number {
    let own = 0;
    const settled = this.#tickets.open<PublishResult>(undefined, (ticket) => {
      own = ticket;
    });
    // Nobody has to listen.
    settled.catch(() => {});
    promises.set(own, settled);
    return own;
  }

  #restored(owed: Outgoing, promises: ReadonlyMap<number, Promise<PublishResult>>): void {
    const { onRestored } = this.#options;
    const settled = promises.get(owed.ticket);
    if (onRestored === undefined || settled === undefined) return;
    const { topic, payload, qos, retain, properties } = owed;
    guarded(() => onRestored({ topic, payload, qos, retain, properties, settled }));
  }

  #wait(request: PublishRequest, ticket: number): Outgoing {
    const owed = this.#session.message(request, ticket, this.#clock.now());
    for (const dropped of this.#session.wait(owed)) this.#fail(dropped, droppedWaiting());
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
      for (const owed of this.#session.expire(this.#clock.now())) this.#fail(owed, expiredWaiting());
      this.#arm();
    });
  }
}
