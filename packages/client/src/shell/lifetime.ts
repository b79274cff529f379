// A client from its first connection to its end: one driver at a time, and between them what waits for the next.
// Owns the session, the promises and the attempts; what follows an end is decided by `Reconnect`.

import { MqttError, Reason, type ReasonCode } from '@anax/protocol';
import { requireRejection } from '../checks.ts';
import type { CloseCode, CloseReason } from '../errors.ts';
import { AUTHENTICATION, STORE } from '../features.ts';
import type { Message } from '../message.ts';
import type { Negotiated } from '../negotiated.ts';
import type { DisconnectRequest, PublishRequest } from '../phase.ts';
import type { Next, Reconnect } from '../reconnect.ts';
import { Session } from '../session.ts';
import type { AuthenticationResult, FiltersResult, Outcome, PublishResult } from '../sink.ts';
import { Addresses } from './addresses.ts';
import { type Attempt, Attempts } from './attempts.ts';
import { type Cancelled, type Clock, SYSTEM_CLOCK } from './clock.ts';
import { type Above, Driver } from './driver.ts';
import { errorOf, leaving, reconnectOf, undialled } from './ends.ts';
import { Events } from './events.ts';
import type { ClientOptions } from './options.ts';
import { OutboxRoom } from './outbox-room.ts';
import type { Dialer, OpenPipe } from './pipe.ts';
import { type Ask, WantedRequests } from './requests.ts';
import { Router } from './router.ts';
import type { Subscription } from './subscription.ts';
import { aborted, Tickets } from './tickets.ts';

interface Dialing extends Cancelled {
  readonly name: 'dialing';
}

type State =
  | Dialing
  | { readonly name: 'waiting'; readonly cancel: () => void }
  /** `accepted`: CONNACK said yes. `ready`: what comes first on a connection has gone out, and that has been told. */
  | { readonly name: 'driving'; readonly driver: Driver; accepted: boolean; ready: boolean }
  | { readonly name: 'closed'; readonly reason: CloseReason };

export class Lifetime implements Above {
  readonly events = new Events();
  readonly router: Router;
  /** Resolves with the first connection, or before it where nobody waits for that; rejects where none comes about. */
  readonly ready: Promise<void>;
  readonly over: Promise<CloseReason>;
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #session: Session;
  readonly #tickets = new Tickets();
  readonly #requests: WantedRequests;
  readonly #outbox: OutboxRoom;
  readonly #reconnect: Reconnect;
  readonly #attempts: Attempts;
  readonly #addresses: Addresses;
  #state: State = { name: 'dialing', cancel: () => {} };
  #negotiated: Negotiated | undefined;
  /** The application has asked for the end; whatever ends the connection now, nothing follows. */
  #leaving: CloseReason | undefined;
  /** A CONNECT has gone out that nobody answered: the session that is present may be another one than was lost. */
  #unanswered = false;
  #settleReady: { resolve(): void; reject(error: MqttError): void } | undefined;
  #settleOver: (reason: CloseReason) => void = () => {};

  /** @throws MqttError `invalid-option` */
  constructor(dial: Dialer, options: ClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.router = new Router(options.onMessage, this.taken);
    this.#requests = new WantedRequests(this.#tickets, this.router);
    this.#session = new Session(options.outbox);
    this.#outbox = new OutboxRoom(this.#session, this.#tickets, this.#clock, options.outbox);
    this.#reconnect = reconnectOf(options);
    this.#attempts = new Attempts(options);
    this.#addresses = new Addresses(dial, options, this.#clock);
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.over = new Promise((resolve) => {
      this.#settleOver = resolve;
    });
    options.signal?.addEventListener('abort', this.#abort, { once: true });
    if (STORE && this.#outbox.hasStore) void this.#restore();
    else this.#begin();
  }

  /** What both sides agreed on in the last connection. */
  get negotiated(): Negotiated {
    if (this.#negotiated === undefined) throw new MqttError('not-connected', 'there was no connection yet');
    return this.#negotiated;
  }

  get wasConnected(): boolean {
    return this.#negotiated !== undefined;
  }

  get clock(): Clock {
    return this.#clock;
  }

  get isConnected(): boolean {
    return this.#state.name === 'driving' && this.#state.driver.isConnected;
  }

  /** Sent now, or when it is its turn; settles with the final acknowledgement. */
  publish(
    request: PublishRequest,
    signal: AbortSignal | undefined,
    onStored: (() => void) | undefined,
  ): Promise<PublishResult> {
    const state = this.#state;
    if (state.name === 'closed') return Promise.reject(errorOf(state.reason));
    const driver = this.#connectedDriver();
    const sent = this.#outbox.publish(request, signal, driver, onStored);
    driver?.adjust();
    return sent;
  }

  /** SUBSCRIBE or UNSUBSCRIBE, now or when there is a connection. */
  request(what: Subscription<unknown> | Ask, signal: AbortSignal | undefined): Promise<FiltersResult> {
    if (this.#state.name === 'closed') return Promise.reject(errorOf(this.#state.reason));
    const driver = this.#connectedDriver();
    const connected = driver === undefined ? undefined : { machine: driver.machine, now: driver.now() };
    const result = this.#requests.begin(what, signal, connected);
    driver?.adjust();
    return result;
  }

  /** On the connection that there is: another one authenticates anyway. */
  async reauthenticate(signal: AbortSignal | undefined): Promise<AuthenticationResult> {
    const state = this.#state;
    if (state.name === 'closed') throw errorOf(state.reason);
    const { authenticator } = this.#options;
    if (!AUTHENTICATION || authenticator === undefined)
      throw new MqttError('no-authenticator', 'there is no `authenticator` to authenticate with');
    if (state.name !== 'driving' || !state.driver.isConnected)
      throw new MqttError('not-connected', 'there is no connection');
    const { driver } = state;
    return this.#tickets.open<AuthenticationResult>(signal, (ticket) =>
      driver.authenticateAgain(authenticator, ticket, signal),
    );
  }

  /** Resolves when all has ended. @throws MqttError for what cannot be said. */
  async disconnect(request: DisconnectRequest): Promise<CloseReason> {
    const state = this.#state;
    const reason = leaving(request);
    if (state.name === 'driving') {
      state.driver.machine.disconnect(request, this.#clock.now());
      this.#leaving ??= reason;
      state.driver.adjust();
    } else if (state.name !== 'closed') {
      this.#stop(reason);
    }
    return this.over;
  }

  /** @throws MqttError for a reason code that cannot be said. */
  taken = (message: Message, reasonCode: ReasonCode = Reason.success): void => {
    if (reasonCode !== Reason.success) requireRejection(reasonCode, this.#attempts.dialect);
    const answer = message.qos > 0 ? this.router.taken(message, reasonCode) : undefined;
    const state = this.#state;
    if (state.name !== 'driving') {
      if (answer !== undefined) this.#session.taken(message, answer);
      return;
    }
    const { driver } = state;
    if (answer !== undefined) driver.machine.acknowledge(message, driver.now(), answer);
    driver.adjust();
  };

  /** After what changes the room for messages. */
  adjust(): void {
    if (this.#state.name === 'driving') this.#state.driver.adjust();
  }

  // Of the driver

  get full(): boolean {
    return this.router.full && this.#tickets.size === 0;
  }

  /** What the application is subscribed to stands before what is published. */
  connected(negotiated: Negotiated): void {
    const state = this.#state;
    if (state.name !== 'driving') return;
    const now = this.#clock.now();
    const { sessionPresent, subscriptionOptions } = this.#attempts.dialect;
    this.#attempts.accepted();
    this.#reconnect.connected(now);
    // In 3.1 no server can say what it has.
    const kept = this.#session.kept && sessionPresent;
    if (this.#negotiated !== undefined && (!kept || this.#unanswered)) {
      this.#requests.renew(kept && subscriptionOptions, this.#notRenewed);
    }
    this.router.connected(negotiated, this.#negotiated === undefined);
    this.#negotiated = negotiated;
    this.#unanswered = false;
    state.accepted = true;
    this.#isReady();
    this.#requests.askAll(state.driver.machine, now);
    // Buffers may be full since the connection before.
    state.driver.adjust();
  }

  batch(): number {
    return this.#outbox.batch();
  }

  progressed(): void {
    const state = this.#state;
    if (state.name !== 'driving' || !state.driver.isConnected) return;
    if (state.ready) return;
    state.ready = true;
    this.events.tell('connected', { negotiated: this.negotiated });
  }

  message(message: Message): boolean {
    const answer = this.router.deliver(message);
    const state = this.#state;
    if (answer === undefined) this.adjust();
    // One of several refused it at once.
    else if (answer !== Reason.success && state.name === 'driving') {
      state.driver.machine.acknowledge(message, state.driver.now(), answer);
    }
    return answer === Reason.success;
  }

  settled(ticket: number, outcome: Outcome): void {
    if (this.#requests.has(ticket)) {
      // The connection has ended: it is asked again on the next one, or fails with everything.
      if (outcome.type === 'failed' && !this.isConnected) return;
      this.#requests.answered(ticket);
    }
    this.#tickets.settle(ticket, outcome);
    if (this.router.full) this.adjust();
  }

  /** What kept the server out of reach may be over: an attempt that waits is made now. */
  hurry(): void {
    if (this.#state.name !== 'waiting') return;
    this.#state.cancel();
    void this.#try();
  }

  closed(reason: CloseReason): void {
    const state = this.#state;
    if (state.name !== 'driving') return;
    const { accepted, ready, driver } = state;
    if (!accepted && driver.asked && reason.code !== 'connection-refused') this.#unanswered = true;
    // It may have ended within the bytes that began it.
    if (accepted && !ready) this.events.tell('connected', { negotiated: this.negotiated });
    if (accepted) this.events.tell('disconnected', { reason });
    const unanswered = !accepted && driver.asked && reason.code === 'connection-lost';
    if (this.#leaving === undefined && this.#attempts.ended(reason, unanswered)) this.#tryIn(0);
    else this.#ended(reason);
  }

  #ended(reason: CloseReason): void {
    const leaving = this.#leaving;
    if (leaving !== undefined) this.#stop(reason.code === leaving.code ? reason : leaving);
    else this.#follow(this.#reconnect.ended(reason, this.#clock.now()), reason);
  }

  #follow(next: Next, { error }: CloseReason): void {
    if (next.type === 'stop') {
      this.#stop(next.reason);
      return;
    }
    const { attempt, delayMs, place } = next;
    this.#tryIn(delayMs);
    this.events.tell('reconnecting', { attempt, delayMs, error, server: place.server });
  }

  #tryIn(delayMs: number): void {
    const cancel = this.#clock.after(delayMs, () => void this.#try());
    this.#state = { name: 'waiting', cancel };
  }

  /** What an earlier process has left comes before the first connection. */
  async #restore(): Promise<void> {
    const { clientId = '' } = this.#options;
    const before = this.#state;
    try {
      await this.#outbox.open({
        clientId,
        dialects: this.#attempts.dialects,
        dialect: () => this.#attempts.dialect.name,
        written: (batch) => {
          if (this.#state.name === 'driving') this.#state.driver.written(batch);
        },
        storeFailed: (error) => this.#giveUp('store-failed', error),
      });
    } catch (error) {
      this.#giveUp('store-failed', error as MqttError);
    }
    if (this.#state === before) this.#begin();
  }

  #begin(): void {
    if (this.#options.waitForConnection === false) this.#isReady();
    void this.#try();
  }

  #isReady(): void {
    this.#settleReady?.resolve();
    this.#settleReady = undefined;
  }

  async #try(): Promise<void> {
    const dialing: Dialing = { name: 'dialing', cancel: () => {} };
    this.#state = dialing;
    const { place } = this.#reconnect;
    let attempt: Attempt;
    try {
      await this.#addresses.find(place, dialing);
      const next = this.#attempts.next(this.#session.lasts);
      attempt =
        next instanceof Promise
          ? await this.#addresses.inTime(next, dialing, 'the authenticator said nothing')
          : next;
    } catch (error) {
      if (this.#state === dialing) this.#ended(undialled(error));
      return;
    }
    // Ended meanwhile.
    if (this.#state !== dialing) return;
    this.#reconnect.found(this.#addresses.count);
    const pipe = this.#addresses.at(place);
    if (pipe === undefined) this.#ended(undialled(new MqttError('unreachable', 'the server has no address')));
    else this.#drive(pipe, attempt);
  }

  #drive(pipe: OpenPipe, attempt: Attempt): void {
    const timeoutMs = this.#addresses.openTimeoutMs(this.#reconnect.place);
    try {
      const driver = new Driver(pipe, attempt, this.#options, this.#session, this, timeoutMs);
      this.#state = { name: 'driving', driver, accepted: false, ready: false };
    } catch (error) {
      // Options that cannot be said, by MQTT or by the platform: no other attempt could say them.
      this.#stop({ ...undialled(error), code: 'unreachable' });
    }
  }

  #notRenewed = (subscription: Subscription<unknown>, error: MqttError): void => {
    // Of the end, everybody is told.
    if (this.#state.name === 'closed') return;
    if (subscription.topicFilters.length === 0 || error.code !== 'subscription-refused') {
      subscription.end(error);
      this.router.remove(subscription);
    }
    this.events.tell('error', { error });
  };

  #connectedDriver(): Driver | undefined {
    const state = this.#state;
    return state.name === 'driving' && state.driver.isConnected ? state.driver : undefined;
  }

  #abort = (): void => {
    const { signal } = this.#options;
    if (signal !== undefined) this.#giveUp('aborted', aborted(signal));
  };

  #giveUp(code: CloseCode, error: MqttError): void {
    const reason: CloseReason = { code, reasonCode: undefined, properties: undefined, error };
    const state = this.#state;
    if (state.name === 'closed') return;
    if (state.name !== 'driving') {
      this.#stop(reason);
      return;
    }
    this.#leaving ??= reason;
    state.driver.abort(code, error);
  }

  #stop(reason: CloseReason): void {
    const state = this.#state;
    if (state.name === 'closed') return;
    if (state.name === 'waiting' || state.name === 'dialing') state.cancel();
    this.#state = { name: 'closed', reason };
    this.#options.signal?.removeEventListener('abort', this.#abort);
    const closed = this.#outbox.close();
    if (STORE && this.#outbox.hasStore) void closed.then(() => this.#over(reason));
    else this.#over(reason);
  }

  /** All has ended, and what was to be stored is. */
  #over(reason: CloseReason): void {
    const error = errorOf(reason);
    this.#settleReady?.reject(error);
    this.#settleReady = undefined;
    if (STORE) this.#outbox.failStored(error);
    this.#tickets.failAll(error);
    this.router.end(reason.error);
    if (reason.error !== undefined) this.events.tell('error', { error: reason.error });
    this.events.tell('closed', { reason });
    this.#settleOver(reason);
  }
}
