// All of it together: clients, links, the broker, virtual time. What a command does it does here; what is checked after
// each of the broker's turns is checked here.

import type { DialectName, Packet } from '@anax/protocol';
import { DEFAULT_LIMITS, type Limits } from '../../../packages/broker/src/hub/limits.ts';
import { FORGOTTEN } from '../../../packages/broker/src/hub/owed.ts';
import type { Write } from '../../../packages/broker/src/hub/writes.ts';
import type { Session } from '../../../packages/client/src/index.ts';
import type { Publication } from '../model/facts.ts';
import { Model } from '../model/model.ts';
import { broken } from '../model/violation.ts';
import { Actor } from './actor.ts';
import type { HubClass, Life } from './broker.ts';
import { Chance } from './chance.ts';
import { Circuit } from './circuit.ts';
import { Clock } from './clock.ts';
import type { Weather } from './pipe.ts';
import { Power } from './power.ts';
import type { StoreFacts } from './store.ts';

const TICK_MS = 100;
const CALM: Weather = { delayMs: 1, jitterMs: 0, piecesMax: 1 };
/** Who they are: one for each way of being a client that matters here. */
export const DIALECT_OF: Readonly<Record<string, DialectName>> = {
  c0: '5.0',
  c1: '5.0',
  c2: '5.0',
  c3: '3.1.1',
  c4: '3.1.1',
  c5: '3.1',
};

export interface Settings {
  readonly seed: number;
  readonly limits: Partial<Limits>;
  readonly weather: Weather;
  /** Undefined: nothing is stored, and the broker never dies. */
  readonly store?: StoreFacts | undefined;
}

/** What somebody breaks to see whether it is noticed. */
export interface Sabotage {
  readonly hub?: HubClass;
  /** What the broker obeys, while the model believes in the limits of the settings. */
  readonly limits?: Partial<Limits>;
  /** What the broker sends at once, before anybody sees it. */
  readonly toClient?: (packets: readonly Packet[]) => readonly Packet[];
  /** What its store makes of a batch. */
  readonly writes?: (writes: readonly Write[]) => readonly Write[];
  /** Nothing waits for the store. */
  readonly ignoresHold?: boolean;
  /** A client's session, before each of its connections. */
  readonly client?: (session: Session) => void;
}

export interface Stats {
  steps: number;
  packets: number;
  connects: number;
  cuts: number;
  deliveries: number;
  /** How often the broker died or was stopped. */
  crashes: number;
}

const NO_STATS: Readonly<Stats> = { steps: 0, packets: 0, connects: 0, cuts: 0, deliveries: 0, crashes: 0 };

export function noStats(): Stats {
  return { ...NO_STATS };
}

export class World {
  readonly clock = new Clock();
  readonly chance: Chance;
  readonly model: Model;
  readonly limits: Limits;
  /** What the broker obeys. */
  readonly chosen: Limits;
  readonly store: StoreFacts | undefined;
  readonly power: Power;
  readonly actors: readonly Actor[];
  readonly stats: Stats = noStats();
  /** Hears a line for each packet. */
  trace: ((line: string) => void) | undefined;
  readonly sabotage: Sabotage;
  readonly #seed: number;
  readonly #circuits = new Set<Circuit>();
  #weather: Weather;

  constructor({ seed, limits, weather, store }: Settings, sabotage: Sabotage = {}) {
    this.#seed = seed;
    this.sabotage = sabotage;
    this.#weather = weather;
    this.chance = new Chance(seed);
    this.limits = { ...DEFAULT_LIMITS, ...limits };
    this.model = new Model(this.limits.inFlightMax);
    this.chosen = { ...this.limits, ...sabotage.limits };
    this.store = store;
    this.power = new Power(this, ({ event, text }) => {
      if (event === 'connection-fault' || event === 'store-damaged')
        broken('protocol', `the broker notes: ${text}`);
    });
    if (store !== undefined) this.model.ledger.batch = () => this.broker.hub.journal.batch;
    this.listen();
    this.actors = Object.entries(DIALECT_OF).map(([clientId, dialect]) => new Actor(this, clientId, dialect));
    this.clock.after(TICK_MS, () => this.#tick());
  }

  /** The broker as it is now. */
  get broker(): Life {
    return this.power.life;
  }

  get storeFails(): boolean {
    return (this.store?.failsPercent ?? 0) > 0;
  }

  get clientIds(): readonly string[] {
    return Object.keys(DIALECT_OF);
  }

  listen(): void {
    const { events, journal } = this.broker.hub;
    events.dropped = ({ clientId, topic, why }) => {
      // A drop for another reason is no excuse here: nothing expires, nothing is too large.
      if (why === 'queue-full' || why === 'slow' || why === 'absent')
        this.model.dropped(clientId, topic, why);
      else if (why === 'refused' && journal.failing) this.model.refused(clientId, topic);
      else broken('at-least-once', `the broker drops a message on ${topic} for ${clientId}: ${why}`);
    };
    events['client-disconnected'] = ({ clientId, by }) => {
      if (by !== 'client') return;
      for (const circuit of this.#circuits)
        if (circuit.clientId === clientId && circuit.wire.closed) circuit.endedByClient();
    };
  }

  /** What a step draws does not depend on the steps before it. */
  begin(salt: number): void {
    this.chance.reseed(this.#seed ^ salt);
    this.stats.steps += 1;
  }

  pass(ms: number): void {
    this.clock.pass(ms);
  }

  /** What is done meanwhile is done on a network without delays. */
  inCalm(act: () => void): void {
    const before = this.#weather;
    this.#weather = CALM;
    if (this.power.store !== undefined) this.power.store.isCalm = true;
    act();
    if (this.power.store !== undefined) this.power.store.isCalm = false;
    this.#weather = before;
  }

  /** Everybody is connected, and nobody owes or waits for anything. */
  get isQuiet(): boolean {
    const { hub } = this.broker;
    if (!this.power.isUp || !this.power.isStored) return false;
    for (const [clientId, { backlog, outbox }] of hub.sessions)
      if (hub.session(clientId) !== undefined && backlog.size + outbox.size > 0) return false;
    return this.actors.every((actor) => actor.isConnected && !actor.waits);
  }

  open(actor: Actor, will: Publication | undefined, willDelaySeconds: number): Circuit {
    const circuit = new Circuit(this, actor, will, willDelaySeconds, this.#weather);
    this.#circuits.add(circuit);
    return circuit;
  }

  cut(actor: Actor, clientAfterMs: number, brokerAfterMs: number): void {
    this.stats.cuts += 1;
    actor.circuit?.cut(clientAfterMs, brokerAfterMs);
  }

  /** The process has died: its connections are over. */
  brokerGone(linksLive: boolean): void {
    for (const circuit of this.#circuits) circuit.brokerGone(linksLive);
    this.#circuits.clear();
  }

  /** The broker ends all connections. */
  endAll(): void {
    for (const circuit of [...this.#circuits]) circuit.shutDown();
    this.flush();
  }

  /** What waited for the store leaves, and who was not read from is. */
  released(): void {
    const { life } = this.power;
    this.#leave();
    for (const circuit of [...this.#circuits]) if (!life.isDead) circuit.readOn();
    if (!life.isDead) this.flush();
  }

  #tick(): void {
    if (!this.broker.isDead) {
      this.broker.hub.advance(this.clock.now);
      this.flush();
    }
    this.clock.after(TICK_MS, () => this.#tick());
  }

  /** The end of the broker's turn: what it has to send leaves. */
  flush(): void {
    const { hub, isDead } = this.broker;
    if (isDead) return;
    while (hub.work(this.clock.now));
    for (const circuit of this.#circuits) circuit.gather();
    this.#requireBounds();
    this.power.run();
    this.#leave();
  }

  #leave(): void {
    const { broker } = this;
    for (const circuit of this.#circuits) {
      if (broker.isDead) return;
      if (!circuit.leave()) this.#circuits.delete(circuit);
    }
    if (!broker.isDead && this.#circuits.size === 0) this.power.rest();
  }

  /** No limit is ever crossed, and what is counted is what is there. */
  #requireBounds(): void {
    const { hub } = this.broker;
    const { queueMessagesMax, queueBytesMax, heldMessagesMax, heldBytesMax } = this.limits;
    let held = 0;
    for (const [clientId, { backlog, outbox }] of hub.sessions) {
      if (hub.session(clientId) === undefined) continue;
      if (backlog.size > queueMessagesMax || backlog.bytes > queueBytesMax)
        broken('bounds', `the queue of ${clientId} has ${backlog.size} messages, ${backlog.bytes} bytes`);
      held += backlog.size;
      for (const { message } of outbox.values()) if (message !== FORGOTTEN) held += 1;
    }
    const { messages, bytes } = hub.held;
    // What ended sessions have left is swept once the store takes something again.
    if (messages !== held && !hub.journal.failing)
      broken('leak', `the broker counts ${messages} messages that it keeps, there are ${held}`);
    if (messages > heldMessagesMax || bytes > heldBytesMax)
      broken('bounds', `the broker keeps ${messages} messages, ${bytes} bytes`);
  }
}
