// One process of an application: the whole client as it is opened and used, until it is closed, given up or ends itself.
// Does what the application says, and tells the witness what was asked and what came of it.

import { getEventListeners } from 'node:events';
import type { Dialect, MqttError, Packet, QoS } from '@anax/protocol';
import {
  type Client,
  type ClientOptions,
  type CloseReason,
  type Message,
  open,
  type ReconnectLimits,
  type Subscription,
} from '../../../packages/client/src/index.ts';
import { BackOff } from './back-off.ts';
import { NEVER, type Publication, type Taker } from './facts.ts';
import type { Link, Listening } from './link.ts';
import type { Net } from './net.ts';
import { OwnClock } from './own-clock.ts';
import { Promises } from './promises.ts';
import { told } from './told.ts';
import { type Knowing, payloadOf, shown, type Witness } from './witness.ts';

export interface Facts {
  readonly clientId: string;
  readonly dialect: Dialect;
  /** Without clock, signal, callbacks and chance, which are put in here. */
  readonly options: ClientOptions;
  readonly reconnect: Partial<ReconnectLimits> &
    Pick<ReconnectLimits, 'delayBaseMs' | 'delayMaxMs' | 'stableMs'>;
}

export interface SubscribeFacts {
  readonly filters: readonly string[];
  readonly qos: QoS;
  /** Undefined: a callback. */
  readonly bufferMessagesMax: number | undefined;
  /** How long the application has to do with a message, at most. */
  readonly slowMs: number;
  readonly abortAfterMs: number | undefined;
}

/** A subscription and what the application does with it. */
export interface Holding {
  readonly taker: Taker;
  readonly subscription: Subscription;
  readonly slowMs: number;
  /** It is left from within its loop. */
  isBreaking: boolean;
}

/** What may end a client that nobody ended: two clients with one identifier. */
const OWN_ENDS: ReadonlySet<string> = new Set(['take-over-loop']);
/** What a full room answers, where an application has set its limits low. */
const FULL: ReadonlySet<string> = new Set([
  'outbox-full',
  'outbox-dropped',
  'outbox-expired',
  'send-buffer-full',
]);

export class Process implements Knowing, Listening {
  readonly clientId: string;
  readonly dialect: Dialect;
  readonly promises: Promises;
  readonly clock: OwnClock;
  readonly backOff: BackOff;
  readonly holdings: Holding[] = [];
  known: number | undefined;
  client: Client | undefined;
  /** Why it is over. */
  reason: CloseReason | MqttError | undefined;
  /** Readers take as long as they like. */
  isLeisurely = true;
  /** Publishes that are not settled. */
  underWay = 0;
  /** Those of QoS 2 that are not settled, or that nobody knows the end of. */
  owed = 0;
  readonly #net: Net;
  readonly #witness: Witness;
  readonly #isLimited: boolean;
  readonly #end = new AbortController();
  #asked: 'disconnected' | 'aborted' | undefined;
  /** Of the connection that there is: filters of SUBSCRIBE by identifier, and when it left. */
  #requests = new Map<number, { readonly filters: Set<string>; readonly sent: number }>();
  #link: Link | undefined;

  constructor(net: Net, witness: Witness, facts: Facts) {
    this.#net = net;
    this.#witness = witness;
    this.clientId = facts.clientId;
    this.dialect = facts.dialect;
    this.promises = new Promises(witness);
    this.clock = new OwnClock(net.clock);
    this.backOff = new BackOff(facts.clientId, facts.reconnect, net.clock, witness, net.chance.next);
    this.#isLimited = facts.options.outbox !== undefined;
    const dial = net.dialer(this, this.backOff);
    const { random } = this.backOff;
    const options: ClientOptions = {
      ...facts.options,
      clientId: facts.clientId,
      clock: this.clock,
      signal: this.#end.signal,
      onMessage: (message) => this.#stray(message),
      reconnect: { initially: true, ...facts.reconnect, random },
    };
    this.#tell('begins');
    void this.promises.watch(`${facts.clientId} open`, open(dial, options), this.#opened, (error) =>
      this.#over(error),
    );
  }

  get isOver(): boolean {
    return this.reason !== undefined;
  }

  get isConnected(): boolean {
    return this.client?.connected === true;
  }

  publish(topic: string, qos: QoS, size: number, abortAfterMs: number | undefined): Publication | undefined {
    if (this.client === undefined) return undefined;
    const publication = this.#witness.asks(this.clientId, topic, qos, size);
    const { signal, release } = this.#signal(abortAfterMs);
    this.#tell(`publishes ${shown(publication)}`);
    this.underWay += 1;
    if (qos === 2) this.owed += 1;
    const sent = this.client.publish(publication.topic, payloadOf(publication), { qos, ...signal });
    void this.promises.watch(
      `${this.clientId} publish ${publication.number}`,
      sent,
      ({ reasonCode }) => {
        release();
        this.underWay -= 1;
        if (qos === 2) this.owed -= 1;
        this.#tell(`has ${publication.number} published: ${reasonCode}`);
        this.#witness.settles(publication, true);
        if (reasonCode >= 0x80 && reasonCode !== 0x92)
          this.#witness.fails('settled', `${shown(publication)} was settled with ${reasonCode}`);
      },
      (error) => {
        release();
        this.#tell(`has ${publication.number} failed: ${error.code}`);
        this.#witness.settles(publication, false);
        this.underWay -= 1;
        const isKnown = FULL.has(error.code) || error.code === 'session-lost';
        if (isKnown && qos === 2) this.owed -= 1;
        this.#requireExcuse(`${shown(publication)}`, error, abortAfterMs !== undefined, publication);
      },
    );
    return publication;
  }

  subscribe({ filters, qos, bufferMessagesMax, slowMs, abortAfterMs }: SubscribeFacts): void {
    const { client } = this;
    if (client === undefined) return;
    const taker = this.#witness.takes(this.clientId, filters, qos);
    const name = `${this.clientId} subscription ${taker.number} (${filters})`;
    this.#tell(`subscribes ${taker.number}: ${filters} QoS ${qos}, buffer ${bufferMessagesMax}`);
    // As long as it lives: giving it up ends it.
    const { signal } = this.#signal(abortAfterMs, () => this.#witness.leaves(taker));
    const how =
      bufferMessagesMax === undefined
        ? { onMessage: (message: Message) => this.#received(taker, message) }
        : { bufferMessagesMax };
    const subscription = client.subscribe(filters, { qos, ...how, ...signal });
    const holding: Holding = { taker, subscription, slowMs, isBreaking: false };
    this.holdings.push(holding);
    void this.promises.watch(
      `${name} granted`,
      subscription.granted,
      (result) => {
        this.#tell(`is granted ${taker.number}`);
        this.#witness.granted(taker);
        for (const { reasonCode, topicFilter } of result.filters)
          if (reasonCode !== qos) this.#witness.fails('match', `${name}: ${topicFilter} got ${reasonCode}`);
      },
      (error) => {
        this.#witness.leaves(taker);
        this.#requireExcuse(name, error, abortAfterMs !== undefined);
      },
    );
    if (bufferMessagesMax === undefined) return;
    void this.promises.watch(
      `${name} reads`,
      this.#read(holding),
      () => {},
      (error) => {
        this.#requireExcuse(`the iteration of ${name}`, error, abortAfterMs !== undefined);
      },
    );
  }

  async #read(holding: Holding): Promise<void> {
    const { taker, subscription, slowMs } = holding;
    for await (const message of subscription) {
      // Of a process that is over nobody reads what is left: the server has to send it again.
      if (this.isOver) break;
      this.#received(taker, message);
      if (this.isLeisurely && slowMs > 0) await this.#pause(this.#net.chance.below(slowMs));
      if (!holding.isBreaking) continue;
      this.#tell(`breaks ${taker.number}`);
      this.#witness.leaves(taker);
      break;
    }
    this.#tell(`has read ${taker.number}`);
    if (taker.left === NEVER)
      this.#witness.fails(
        'settled',
        `${this.clientId} subscription ${taker.number} ended, and nobody ended it`,
      );
  }

  /** Ends one subscription: from within its loop, or from outside. */
  leave(holding: Holding, isWithin: boolean): void {
    const { taker, subscription } = holding;
    if (taker.left !== NEVER) return;
    if (isWithin) {
      holding.isBreaking = true;
      return;
    }
    this.#tell(`leaves ${taker.number}`);
    this.#witness.leaves(taker);
    void this.promises.watch(
      `${this.clientId} leaves ${taker.number}`,
      subscription.unsubscribe(),
      () => {},
      (error) => this.#witness.fails('settled', `${this.clientId} unsubscribe rejects: ${error.message}`),
    );
  }

  unsubscribe(filter: string, abortAfterMs: number | undefined): void {
    const { client } = this;
    if (client === undefined) return;
    this.#tell(`unsubscribes ${filter}`);
    this.#witness.unsubscribes(this.clientId, filter);
    const { signal, release } = this.#signal(abortAfterMs);
    void this.promises.watch(
      `${this.clientId} unsubscribes ${filter}`,
      client.unsubscribe(filter, signal),
      release,
      (error) => {
        release();
        this.#requireExcuse(`unsubscribe ${filter}`, error, abortAfterMs !== undefined);
      },
    );
  }

  close(): void {
    if (this.client === undefined || this.#asked !== undefined) return;
    this.#tell('closes');
    this.#asked = 'disconnected';
    void this.promises.watch(
      `${this.clientId} close`,
      this.client.close(),
      () => {},
      (error) => {
        this.#witness.fails('settled', `${this.clientId} close rejects: ${error.message}`);
      },
    );
  }

  abort(): void {
    if (this.#asked !== undefined) return;
    this.#tell('is aborted');
    this.#asked = 'aborted';
    this.#end.abort();
  }

  /** Of the link: every packet that passes this end. */
  passes(link: Link, from: 'client' | 'server', packet: Packet): void {
    const witness = this.#witness;
    this.#net.trace?.(
      `${this.#net.clock.now} ${this.clientId} ${from === 'client' ? '->' : '<-'} ${told(packet)}`,
    );
    if (link !== this.#link) this.#requests.clear();
    this.#link = link;
    if (packet.type === 'publish' && from === 'client') witness.sends(packet);
    if (packet.type === 'subscribe')
      this.#requests.set(packet.packetId, {
        filters: new Set(packet.subscriptions.map(({ topicFilter }) => topicFilter)),
        sent: witness.moment(),
      });
    if (packet.type === 'connack' && packet.reasonCode === 0 && link.epoch !== undefined)
      witness.connected(this, link.epoch, this.dialect.sessionPresent ? packet.sessionPresent : undefined);
    if (packet.type === 'unsubscribe') for (const filter of packet.topicFilters) this.#takesBack(filter);
    if (packet.type !== 'suback' || link.epoch === undefined) return;
    const asked = this.#requests.get(packet.packetId);
    // All filters of one call have one QoS here.
    if (asked === undefined || packet.reasonCodes.some((code) => code === 0 || code > 2)) return;
    for (const filter of asked.filters) witness.subscribed(this.clientId, link.epoch, filter, asked.sent);
  }

  /** What is asked for before it on this connection does not stay. */
  #takesBack(filter: string): void {
    for (const { filters } of this.#requests.values()) filters.delete(filter);
    this.#witness.takenBack(this.clientId, filter);
  }

  #opened = (client: Client): void => {
    this.client = client;
    this.#tell('is open');
    if (client.connected) this.backOff.connected();
    client.addEventListener('connected', () => {
      this.#tell('is connected');
      this.backOff.connected();
    });
    client.addEventListener('disconnected', ({ detail }) => {
      this.#tell(`is disconnected: ${detail.reason.code}`);
      this.backOff.disconnected();
    });
    client.addEventListener('reconnecting', ({ detail }) => {
      this.#tell(`reconnects in ${detail.delayMs}, attempt ${detail.attempt}: ${detail.error?.code}`);
      this.backOff.reconnecting(detail.attempt, detail.delayMs);
    });
    client.addEventListener('error', ({ detail }) => {
      if (!this.isOver && !OWN_ENDS.has(detail.error.code) && this.#asked === undefined)
        this.#witness.fails(
          'settled',
          `${this.clientId}: error ${detail.error.code}: ${detail.error.message}`,
        );
    });
    void this.promises.watch(
      `${this.clientId} closed`,
      client.closed,
      (reason) => this.#over(reason),
      () => {
        this.#witness.fails('settled', `${this.clientId}: closed rejects`);
      },
    );
    client.addEventListener('closed', ({ detail }) => {
      this.#tell(`is closed: ${detail.reason.code}`);
      this.reason = detail.reason;
      this.#witness.ends(this.clientId);
    });
  };

  #over(reason: CloseReason | MqttError): void {
    this.reason = reason;
    this.#tell(`is over: ${reason.code}`);
    this.#witness.ends(this.clientId);
    if (reason.code !== this.#asked && !OWN_ENDS.has(reason.code))
      this.#witness.fails('settled', `${this.clientId} has ended: ${reason.code}`);
    if (this.clock.waiting > 0)
      this.#witness.fails('leak', `${this.clientId} has ended, and ${this.clock.waiting} timers are left`);
    if (getEventListeners(this.#end.signal, 'abort').length > 0)
      this.#witness.fails('leak', `${this.clientId} has ended, and still listens to its signal`);
  }

  #stray(message: Message): void {
    if (this.#witness.isTaken(this.clientId, message.topic)) return;
    this.#tell(`gets ${message.topic} for nobody`);
    this.#witness.received(this.clientId, undefined, message);
  }

  #received(taker: Taker, message: Message): void {
    this.#tell(`gets ${message.topic} ${message.payload.length} QoS ${message.qos} in ${taker.number}`);
    this.#witness.received(this.clientId, taker, message);
  }

  #requireExcuse(what: string, error: MqttError, mayAbort: boolean, publication?: Publication): void {
    const { code } = error;
    if (mayAbort && code === 'aborted') return;
    if (code === this.#asked || (this.isOver && code === this.reason?.code)) return;
    if (this.#isLimited && publication !== undefined && FULL.has(code)) return;
    if (code === 'session-lost' && publication?.qos === 2 && publication.anew) return;
    this.#witness.fails('settled', `${what}: ${code}: ${error.message}`);
  }

  /** A signal that gives up after a while, unless it is released before. */
  #signal(
    afterMs: number | undefined,
    given: () => void = () => {},
  ): { signal: { signal?: AbortSignal }; release: () => void } {
    if (afterMs === undefined) return { signal: {}, release: () => {} };
    const controller = new AbortController();
    const cancel = this.#net.clock.after(afterMs, () => {
      given();
      controller.abort();
    });
    const release = (): void => {
      cancel();
      if (getEventListeners(controller.signal, 'abort').length > 0)
        this.#witness.fails('leak', `${this.clientId} still listens to the signal of what is settled`);
    };
    return { signal: { signal: controller.signal }, release };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#net.clock.after(ms, resolve));
  }

  #tell(what: string): void {
    this.#net.trace?.(`${this.#net.clock.now} ${this.clientId} ${what}`);
  }
}
