// The server and the ways to it: one broker, its deaths, names and addresses, all links. What applications are is not known
// here.

import { MqttError } from '@anax/protocol';
import { DEFAULT_LIMITS, type Limits } from '../../../packages/broker/src/hub/limits.ts';
import type { Opened, Opening } from '../../../packages/broker/src/hub/opening.ts';
import type { Dialer, OpenPipe } from '../../../packages/client/src/index.ts';
import { type HubClass, type Life, OpenHub } from '../world/broker.ts';
import type { Chance } from '../world/chance.ts';
import { Clock } from '../world/clock.ts';
import { type Mains, Power } from '../world/power.ts';
import type { StoreFacts } from '../world/store.ts';
import type { BackOff } from './back-off.ts';
import { BrokerEnd } from './broker-end.ts';
import { Link, type Listening } from './link.ts';
import type { Trouble } from './trouble.ts';
import type { Witness } from './witness.ts';

const TICK_MS = 100;

export interface NetSettings {
  readonly limits: Partial<Limits>;
  readonly store: StoreFacts | undefined;
  /** Bytes that a client's socket takes before it says that it is congested. */
  readonly sendBufferBytesMax: number;
}

export interface NetSabotage {
  /** What becomes of a packet that a client sends, before anybody sees it; empty where it is lost. */
  readonly toServer?: (packet: Uint8Array) => Uint8Array;
}

export class Net implements Mains {
  readonly clock = new Clock();
  readonly chance: Chance;
  readonly settings: NetSettings;
  readonly store: StoreFacts | undefined;
  readonly chosen: Limits;
  readonly sabotage: NetSabotage & { readonly hub: HubClass };
  readonly clientIds: readonly string[];
  readonly stats = {
    crashes: 0,
    links: 0,
    dials: 0,
    /** Of processes of applications. */
    deaths: 0,
    bytesUp: 0,
    bytesDown: 0,
    faults: { cut: 0, hole: 0, jam: 0 },
  };
  readonly model = { ledger: { stored: (): void => {} }, restarted: (): void => this.#died() };
  readonly trouble: Trouble;
  readonly power: Power;
  /** Nothing happens to links any more. */
  isCalm = false;
  trace: ((line: string) => void) | undefined;
  /** Whose bytes the broker has before it. */
  reading: Link | undefined;
  readonly #witness: Witness;
  readonly #links = new Set<Link>();

  constructor(
    settings: NetSettings,
    trouble: Trouble,
    chance: Chance,
    clientIds: readonly string[],
    witness: Witness,
    sabotage: NetSabotage = {},
  ) {
    this.settings = settings;
    this.trouble = trouble;
    this.chance = chance;
    this.clientIds = clientIds;
    this.#witness = witness;
    this.store = settings.store;
    this.chosen = { ...DEFAULT_LIMITS, ...settings.limits };
    this.sabotage = { ...sabotage, hub: hubOf(this, witness) };
    this.power = new Power(this, ({ event, text }) => {
      if (event === 'connection-fault' || event === 'store-damaged')
        witness.fails('protocol', `the broker notes: ${text}`);
    });
    this.listen();
    this.clock.after(TICK_MS, () => this.#tick());
  }

  get broker(): Life {
    return this.power.life;
  }

  /** How the client of an application gets anywhere. */
  dialer(listening: Listening, backOff: BackOff): Dialer {
    return async () => {
      if (listening.isDead) return new Promise(() => {});
      this.stats.dials += 1;
      listening.dials();
      const name = this.trouble.name();
      this.trace?.(`${this.clock.now} dial ${name.kind}`);
      if (name.kind === 'silent') return new Promise(() => {});
      if (name.afterMs > 0) await new Promise<void>((resolve) => this.clock.after(name.afterMs, resolve));
      if (listening.isDead) return new Promise(() => {});
      if (name.kind === 'fails') throw new MqttError('host-not-found', 'no such name');
      backOff.found(name.addresses.length);
      return name.addresses.map(
        (address): OpenPipe =>
          (listener) => {
            // Only a process that has died in this very turn still comes here.
            if (!listening.isDead) backOff.opened();
            this.stats.links += 1;
            const link = new Link(this, address, listener, listening);
            if (listening.isDead) link.destroy();
            listening.link = link;
            return link;
          },
      );
    };
  }

  accept(link: Link): BrokerEnd {
    this.#links.add(link);
    return new BrokerEnd(link, this.broker, 'somewhere');
  }

  complain(fault: string | undefined, what: string): void {
    if (fault !== undefined) this.#witness.fails('protocol', `${what} ${fault}`);
  }

  listen(): void {
    const { events, journal } = this.broker.hub;
    events.dropped = ({ clientId, topic, why }) => {
      // What was subscribed with QoS 0 is nobody's promise; everything else has room here.
      if (why === 'slow' || why === 'absent' || (why === 'refused' && journal.failing)) return;
      this.#witness.fails('at-least-once', `the broker drops a message on ${topic} for ${clientId}: ${why}`);
    };
  }

  brokerGone(linksLive: boolean): void {
    for (const link of this.#links) link.brokerGone(linksLive);
    this.#links.clear();
  }

  endAll(): void {
    for (const { broker } of this.#links) if (broker?.isOver === false) broker.shutDown();
    this.flush();
  }

  released(): void {
    const { life } = this.power;
    this.#leave();
    for (const link of [...this.#links]) if (!life.isDead) link.readOn();
    if (!life.isDead) this.flush();
  }

  flush(): void {
    const { hub, isDead } = this.broker;
    if (isDead) return;
    while (hub.work(this.clock.now));
    for (const { broker } of this.#links) broker?.gather();
    this.power.run();
    this.#leave();
  }

  /** Nobody is owed anything by the broker, and nothing is being written. */
  get isQuiet(): boolean {
    if (!this.power.isUp || !this.power.isStored) return false;
    const { hub } = this.broker;
    for (const [clientId, { backlog, outbox }] of hub.sessions)
      if (hub.session(clientId) !== undefined && backlog.size + outbox.size > 0) return false;
    return true;
  }

  #died(): void {
    this.#witness.deaths += 1;
  }

  #tick(): void {
    if (!this.broker.isDead) {
      this.broker.hub.advance(this.clock.now);
      this.flush();
    }
    this.clock.after(TICK_MS, () => this.#tick());
  }

  #leave(): void {
    const { broker, power } = this;
    const effect = (): boolean => power.effect(broker);
    for (const link of this.#links) {
      if (broker.isDead) return;
      if (!(link.broker?.leave(effect) ?? true)) this.#links.delete(link);
    }
    if (!broker.isDead && this.#links.size === 0) power.rest();
  }
}

/** Whose session is new is what the hub says. */
function hubOf(net: Net, witness: Witness): HubClass {
  return class extends OpenHub {
    override open(opening: Opening, now: number): Opened {
      const opened = super.open(opening, now);
      if (typeof opened === 'object' && net.reading !== undefined)
        net.reading.epoch = witness.sessionOpened(opening.clientId, !opened.present);
      return opened;
    }
  };
}
