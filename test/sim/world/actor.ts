// One client: the real machine and its session, an application that takes messages at once or later, and the model
// that hears what it does.

import { DIALECTS, type DialectName, MqttError, type QoS, Reason } from '@anax/protocol';
import {
  type CloseReason,
  type ConnectOptions,
  Machine,
  type Message,
  type Negotiated,
  type Outcome,
  Session,
  type Sink,
} from '../../../packages/client/src/index.ts';
import type { Subscription } from '../model/facts.ts';
import type { PublishFacts, SubscribeFacts } from '../model/model.ts';
import { broken } from '../model/violation.ts';
import type { Circuit } from './circuit.ts';
import type { World } from './world.ts';

/** What a connection may end with here; anything else is somebody's mistake. */
const ENDINGS: readonly string[] = [
  'disconnected',
  'connection-lost',
  'server-disconnected',
  'connect-timeout',
  'keep-alive-timeout',
];

export interface SubscribeOptions extends SubscribeFacts {
  readonly retainAsPublished: boolean;
  readonly retainHandling: 0 | 1 | 2;
}

export interface ConnectFacts {
  readonly cleanStart: boolean;
  readonly expirySeconds: number;
  readonly receiveMaximum: number;
  readonly topicAliasMaximum: number;
  readonly keepAlive: number;
  readonly will: { readonly topic: string; readonly qos: QoS; readonly delaySeconds: number } | undefined;
}

type Ticket =
  | { readonly type: 'publish'; readonly number: number }
  | { readonly type: 'subscribe'; readonly subscriptions: readonly Subscription[] }
  | { readonly type: 'unsubscribe'; readonly subscriptions: readonly Subscription[] };

export class Actor implements Sink {
  readonly clientId: string;
  readonly dialect: (typeof DIALECTS)[number];
  /** Messages wait for `take` instead of being acknowledged at once. */
  holds = false;
  /** Every message that the application got; kept for those who ask for it. */
  inbox: Message[] | undefined;
  circuit: Circuit | undefined;
  readonly #world: World;
  readonly #session = new Session();
  readonly #tickets = new Map<number, Ticket>();
  readonly #held: Message[] = [];
  readonly congested = false;
  #machine: Machine | undefined;
  #lastTicket = 0;
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(world: World, clientId: string, dialect: DialectName) {
    this.#world = world;
    this.clientId = clientId;
    this.dialect =
      DIALECTS.find(({ name }) => name === dialect) ?? broken('protocol', `no dialect ${dialect}`);
  }

  get isIdle(): boolean {
    return this.#machine === undefined;
  }

  get isConnected(): boolean {
    return this.#machine?.phase.name === 'connected';
  }

  /** After its own end a machine hears nothing more. */
  get hears(): boolean {
    return this.isConnected || this.#machine?.phase.name === 'connecting';
  }

  get holdsSomething(): boolean {
    return this.#held.length > 0;
  }

  /** Whether its application waits for an answer. */
  get waits(): boolean {
    return this.#tickets.size > 0;
  }

  connect(facts: ConnectFacts): void {
    const { model } = this.#world;
    const { will } = facts;
    const left = will === undefined ? undefined : model.leavesWill(this.clientId, will.topic, will.qos);
    const options = this.#options(facts, left?.number ?? 0);
    this.circuit = this.#world.open(this, left, this.dialect.properties ? (will?.delaySeconds ?? 0) : 0);
    this.#world.sabotage.client?.(this.#session);
    this.#machine = new Machine(options, this.#session, this);
    this.#machine.connect(this.#world.clock.now);
    this.#watchTime();
  }

  #options({ will, ...facts }: ConnectFacts, number: number): ConnectOptions {
    const { properties } = this.dialect;
    const willDelayInterval = will?.delaySeconds ?? 0;
    return {
      dialect: this.dialect.name,
      clientId: this.clientId,
      cleanStart: facts.cleanStart,
      keepAlive: facts.keepAlive,
      connectTimeoutMs: 3000,
      pingTimeoutMs: 3000,
      closeTimeoutMs: 1000,
      ...(will === undefined
        ? {}
        : {
            will: {
              topic: will.topic,
              qos: will.qos,
              payload: String(number),
              ...(properties && willDelayInterval > 0 ? { properties: { willDelayInterval } } : {}),
            },
          }),
      ...(properties
        ? {
            properties: {
              ...(facts.expirySeconds > 0 ? { sessionExpiryInterval: facts.expirySeconds } : {}),
              receiveMaximum: facts.receiveMaximum,
              topicAliasMaximum: facts.topicAliasMaximum,
            },
          }
        : {}),
    };
  }

  publish(facts: PublishFacts, padding: number): void {
    const { model, clock } = this.#world;
    const number = model.publishes(this.clientId, facts);
    const { topic, qos, retain, clears } = facts;
    const payload = clears ? '' : `${number}${'.'.repeat(padding)}`;
    const ticket = this.#ticket({ type: 'publish', number });
    this.#asked(ticket, () => this.#machine?.publish({ topic, payload, qos, retain }, ticket, clock.now));
  }

  subscribe(filters: readonly SubscribeOptions[]): void {
    const { circuit } = this;
    if (circuit === undefined) return;
    const { model, clock } = this.#world;
    const { subscriptionOptions, properties } = this.dialect;
    const options = filters.map((one) => ({ ...one, noLocal: one.noLocal && subscriptionOptions }));
    const identifier = properties ? options[0]?.identifier : undefined;
    const subscriptions = options.map((one) => model.subscribes(circuit, { ...one, identifier }));
    const requests = options.map(({ filter, qos, noLocal, retainAsPublished, retainHandling }) =>
      subscriptionOptions
        ? { topicFilter: filter, qos, noLocal, retainAsPublished, retainHandling }
        : { topicFilter: filter, qos },
    );
    const ticket = this.#ticket({ type: 'subscribe', subscriptions });
    const said = identifier === undefined ? {} : { subscriptionIdentifiers: [identifier] };
    this.#asked(ticket, () => this.#machine?.subscribe(requests, said, ticket, clock.now));
  }

  unsubscribe(filter: string): void {
    const { circuit } = this;
    if (circuit === undefined) return;
    const subscriptions = this.#world.model.unsubscribes(circuit, filter);
    const ticket = this.#ticket({ type: 'unsubscribe', subscriptions });
    this.#asked(ticket, () => this.#machine?.unsubscribe([filter], {}, ticket, this.#world.clock.now));
  }

  disconnect(reasonCode: 0 | 4, expirySeconds: number | undefined): void {
    const properties = expirySeconds === undefined ? {} : { sessionExpiryInterval: expirySeconds };
    this.#machine?.disconnect({ reasonCode, properties }, this.#world.clock.now);
    this.#watchTime();
  }

  /** Takes a message that it has kept waiting. */
  take(index: number): void {
    const [message] = this.#held.splice(index % Math.max(1, this.#held.length), 1);
    if (message === undefined) return;
    if (this.#machine === undefined) this.#session.taken(message, Reason.success);
    else this.#machine.acknowledge(message, this.#world.clock.now);
    this.#watchTime();
  }

  takeAll(): void {
    this.holds = false;
    while (this.#held.length > 0) this.take(0);
  }

  arrived(bytes: Uint8Array): void {
    this.#machine?.receive(bytes, this.#world.clock.now);
    bytes.fill(0xee);
    this.#watchTime();
  }

  /** The stream is over. */
  lost(): void {
    this.#machine?.ended(undefined, this.#world.clock.now);
  }

  #ticket(ticket: Ticket): number {
    this.#lastTicket += 1;
    this.#tickets.set(this.#lastTicket, ticket);
    return this.#lastTicket;
  }

  /** What the machine throws for is not asked for. */
  #asked(ticket: number, ask: () => void): void {
    try {
      ask();
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      this.settled(ticket, { type: 'failed', error });
    }
    this.#watchTime();
  }

  #watchTime(): void {
    const deadline = this.#machine?.deadline() ?? Number.POSITIVE_INFINITY;
    if (deadline >= this.#wakeAt || deadline === Number.POSITIVE_INFINITY) return;
    this.#wakeAt = deadline;
    this.#world.clock.at(deadline, () => {
      if (this.#wakeAt !== deadline) return;
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#machine?.wake(this.#world.clock.now);
      this.#watchTime();
    });
  }

  send(bytes: Uint8Array): void {
    this.circuit?.fromClient(bytes.slice());
  }

  /** Nothing of a client is stored. */
  hold(): void {}

  close(): void {
    this.circuit?.clientCloses();
  }

  connected(negotiated: Negotiated): void {
    const { circuit } = this;
    if (circuit !== undefined) circuit.isUp = true;
    this.#world.stats.connects += 1;
    if (negotiated.clientId !== this.clientId)
      broken('protocol', `${this.clientId} is ${negotiated.clientId}`);
  }

  message(message: Message): boolean {
    if (this.circuit !== undefined) this.#world.model.received(this.circuit, this.clientId, message);
    this.inbox?.push(message);
    if (message.qos === 0 || !this.holds) return true;
    this.#held.push(message);
    return false;
  }

  settled(number: number, outcome: Outcome): void {
    const ticket = this.#tickets.get(number);
    if (ticket === undefined) return broken('settled', `${this.clientId} was told twice of ${number}`);
    this.#tickets.delete(number);
    if (outcome.type === 'failed') return this.#failed(ticket, outcome.error);
    const { model } = this.#world;
    if (outcome.type === 'published' && ticket.type === 'publish')
      return model.acknowledged(ticket.number, outcome.result.reasonCode);
    if (outcome.type !== 'filters' || ticket.type === 'publish')
      return broken('settled', `${this.clientId} was told ${outcome.type} of a ${ticket.type}`);
    if (ticket.type === 'unsubscribe') return model.left(ticket.subscriptions);
    for (const [index, { reasonCode, topicFilter }] of outcome.result.filters.entries()) {
      const subscription = ticket.subscriptions[index];
      if (
        subscription === undefined ||
        reasonCode !== subscription.qos ||
        topicFilter !== subscription.filter
      )
        return broken(
          'protocol',
          `${this.clientId} asked for ${subscription?.filter}, SUBACK says ${reasonCode}`,
        );
      if (this.circuit !== undefined) model.granted(this.circuit, subscription);
    }
  }

  #failed(ticket: Ticket, error: MqttError): void {
    if (ticket.type !== 'publish') return;
    const { code } = error;
    // Nothing can be stored: the message is refused. [5:3.4.2.1]
    const isFull = code === 'publish-refused' && error.reasonCode === 0x97 && this.#world.storeFails;
    if (!isFull && code !== 'session-lost' && code !== 'outbox-full' && code !== 'not-connected')
      broken('settled', `${this.clientId}, message ${ticket.number}: ${code}: ${error.message}`);
    this.#world.model.failed(ticket.number);
  }

  authenticate(): void {
    broken('protocol', `${this.clientId} was asked to authenticate`);
  }

  closed(reason: CloseReason): void {
    if (!ENDINGS.includes(reason.code))
      broken('protocol', `${this.clientId}: ${reason.code}: ${reason.error?.message}`);
    // What is of QoS 1 comes again; of QoS 2 the application has what it has.
    this.#held.splice(0, this.#held.length, ...this.#held.filter(({ qos }) => qos === 2));
    this.#machine = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.circuit?.clientGone();
    this.circuit = undefined;
  }
}
