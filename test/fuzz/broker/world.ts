// A broker without sockets that is attacked: hub and connection machines, clients that behave, and rounds of hostile ones.
// Owns the invariants of the whole: nothing throws, the good are untouched, and what the hostile held is given back.

import { type Dialect, encodePacket, MQTT_3_1_1, type Packet } from '@anax/protocol';
import type { ExchangeFactory } from '../../../packages/broker/src/access/access.ts';
import { Connection } from '../../../packages/broker/src/connection/connection.ts';
import type { Limits } from '../../../packages/broker/src/hub/limits.ts';
import { Bench, connect, ON_THIS_MACHINE, publish } from '../../../packages/broker/test/bench.ts';
import { anyPacket, lawfulPacket } from '../client-packets.ts';
import { corpusOf } from '../corpus.ts';
import { FuzzFailure, hex, must } from '../failure.ts';
import { nextBytes, type Source, TEMPERS } from '../inputs.ts';
import { split } from '../mutate.ts';
import type { Random } from '../random.ts';
import { GOOD_CLIENTS, GOOD_SUBSCRIPTIONS, GoodClients } from './good.ts';
import { FuzzWire, Hostile } from './hostile.ts';
import { DIALECTS, STATES, type Stage } from './states.ts';

const SOURCE: Source = { corpus: corpusOf('client'), lawful: lawfulPacket, any: anyPacket };

/** Small, so that every one of them is met. */
const LIMITS: Partial<Limits> = {
  connectPacketBytesMax: 2048,
  maximumPacketSize: 4096,
  receiveMaximum: 6,
  inFlightMax: 6,
  inFlightBytesMax: 4000,
  topicAliasMaximum: 4,
  topicAliasCharsMax: 300,
  topicAliasesSentMax: 3,
  sessionsMax: 40,
  sessionExpiryMaxSeconds: 20,
  subscriptionsMax: 6,
  topicLevelsMax: 6,
  retainedMessagesMax: 20,
  retainedBytesMax: 8000,
  queueMessagesMax: 8,
  queueBytesMax: 4000,
  connectTimeoutMs: 5000,
};

/** Brokers that differ: each epoch has the next. */
export const SETTINGS: readonly Partial<Limits>[] = [
  { ...LIMITS, queuePolicy: 'drop-oldest', sharedStrategy: 'least-in-flight' },
  { ...LIMITS, queuePolicy: 'disconnect', sharedStrategy: 'round-robin', sharedSubscriptionsBefore5: true },
  {
    ...LIMITS,
    queuePolicy: 'drop-newest',
    sharedStrategy: 'sticky',
    payloadFormatChecked: true,
    clientIdStrict: false,
  },
];

const STATE_NAMES = Object.keys(STATES);
/** In whose place others stand who are gone. */
const NEWCOMERS = ['awaiting-connect', 'open', 'open', 'authenticating'] as const;
/** Longer than any session, will delay or keep alive of the settings. */
const OVER_SECONDS = 120;
const INPUTS_OF_A_ROUND_MAX = 80;
const ROUNDS_BETWEEN_TRIPS = 2;

/** For tests of the fuzzer: what it must find. */
export interface Plant {
  readonly connection?: (
    real: Connection,
    wire: FuzzWire,
  ) => Pick<Connection, 'receive' | 'lost' | 'drained'>;
  readonly bench?: (bench: Bench) => void;
}

/** Three steps, then in; each may be refused. */
const steps: ExchangeFactory = () => {
  let taken = 0;
  return {
    step: (data) => {
      taken += 1;
      if (data?.length === 1) return { refused: { reasonCode: 0x87, text: 'not that' } };
      if (taken < 3) return { continue: Uint8Array.of(taken) };
      return { accepted: { userName: 'ada', permissions: PERMISSIONS }, data: Uint8Array.of(taken) };
    },
  };
};

const PERMISSIONS = {
  mayPublish: (topic: string) => !topic.startsWith('denied/') && !topic.startsWith('$SYS'),
  maySubscribe: (filter: string) => !filter.startsWith('denied/'),
};

export class BrokerWorld {
  readonly name = 'broker';
  readonly reached = new Map<string, number>();
  readonly #random: Random;
  readonly #bench: Bench;
  readonly #plant: Plant;
  readonly #good: GoodClients;
  readonly #base: Readonly<Record<string, number>>;
  /** By address, which is of one connection only. */
  readonly #hostile = new Map<string, Hostile>();
  /** Topics that may have a retained message. */
  readonly #retained = new Set<string>();
  #rounds = 0;
  #addresses = 0;

  constructor(random: Random, limits: Partial<Limits>, plant: Plant = {}) {
    this.#random = random;
    this.#plant = plant;
    this.#bench = new Bench({
      // A few clients, again and again, at one moment.
      abuse: { flappingConnectsMax: 0 },
      limits,
      methods: new Map([['steps', steps]]),
      authenticate: ({ userName }) => {
        const decision =
          userName?.endsWith('refused') === true
            ? { refused: { reasonCode: 0x86 as const, text: 'nobody' } }
            : { accepted: { userName: undefined, permissions: PERMISSIONS } };
        return userName?.startsWith('slow') === true ? Promise.resolve(decision) : decision;
      },
    });
    this.#listen();
    this.#good = new GoodClients((name) => this.#openGood(name), this.#bench.now);
    this.#base = this.#counts();
    plant.bench?.(this.#bench);
  }

  #listen(): void {
    const { hub } = this.#bench;
    hub.events['client-disconnected'] = ({ address, by }) => {
      const peer = this.#hostile.get(address);
      if (peer !== undefined && by === 'client') peer.told.byClient = true;
    };
    hub.events.published = ({ topic, retain }) => {
      if (retain) this.#retained.add(topic);
    };
  }

  #openGood(name: string): { readonly connection: Connection; readonly wire: FuzzWire } {
    const { context, hub, now } = this.#bench;
    const wire = new FuzzWire(name, hub.counters);
    return { wire, connection: new Connection(context, wire, ON_THIS_MACHINE, now) };
  }

  /** One state, then what hostile peers say from there on. @returns how many inputs were given */
  async round(inputsMax: number): Promise<number> {
    const random = this.#random;
    const name = random.pick(STATE_NAMES);
    this.reached.set(name, (this.reached.get(name) ?? 0) + 1);
    const dialect = random.pick(DIALECTS);
    const peers = [...(STATES[name]?.(this.#stage(dialect)) ?? [])];
    this.#look();
    const most = Math.min(inputsMax, 1 + random.below(INPUTS_OF_A_ROUND_MAX));
    const temper = random.pick(TEMPERS);
    let inputs = 0;
    while (inputs < most) {
      const at = random.below(peers.length);
      const peer = peers[at] as Hostile;
      // What still comes after the end is an input like others; then somebody else comes.
      if (peer.gone) peers[at] = STATES[random.pick(NEWCOMERS)]?.(this.#stage(dialect))[0] ?? peer;
      for (const chunk of split(nextBytes(SOURCE, temper, random, peer.dialect ?? dialect), random)) {
        peer.receive(chunk, this.#bench.now);
        inputs += 1;
        this.#look();
      }
      if (random.chance(0.05)) await this.#weather(peer);
    }
    await settled();
    this.#look();
    this.#rounds += 1;
    if (this.#rounds % ROUNDS_BETWEEN_TRIPS === 0) this.#good.roundTrip(this.#bench.now);
    this.#clear();
    return inputs;
  }

  /** What has been sent in this round, for a failure. */
  transcript(): readonly string[] {
    return [...this.#hostile].map(([address, { sent }]) => `${address}:\n  ${sent.map(hex).join('\n  ')}`);
  }

  /** All hostile sessions end; then nothing of them is left. @throws FuzzFailure */
  async finish(): Promise<void> {
    const { hub } = this.#bench;
    await settled();
    this.#clear();
    this.#bench.pass(OVER_SECONDS);
    this.#emptyRetained();
    while (hub.work(this.#bench.now));
    this.#bench.pass(1);
    const counts = this.#counts();
    for (const [what, count] of Object.entries(this.#base))
      must(counts[what] === count, `${counts[what]} ${what} are left, ${count} were there`);
    must(
      hub.sessionCount === GOOD_CLIENTS && hub.subscriptionCount === GOOD_SUBSCRIPTIONS,
      'good clients are gone',
    );
    this.#good.roundTrip(this.#bench.now);
  }

  #stage(dialect: Dialect): Stage {
    return {
      random: this.#random,
      dialect,
      open: () => this.#open(),
      say: (peer, ...packets) => this.#say(peer, dialect, packets),
    };
  }

  #say(peer: Hostile, dialect: Dialect, packets: readonly Packet[]): void {
    for (const packet of packets) {
      if (peer.gone) return;
      peer.receive(encodePacket(packet, dialect), this.#bench.now);
      this.#look();
    }
  }

  #open(): Hostile {
    const { context, hub, now } = this.#bench;
    this.#addresses += 1;
    const address = `hostile ${this.#addresses}`;
    const wire = new FuzzWire(address, hub.counters);
    const real = new Connection(context, wire, ON_THIS_MACHINE, now);
    const peer = new Hostile(
      wire,
      this.#plant.connection?.(real, wire) ?? real,
      context.limits.connectPacketBytesMax,
    );
    this.#hostile.set(address, peer);
    return peer;
  }

  /** After every input: what was noted, what was sent, to whomever. */
  #look(): void {
    const { notes, hub, now } = this.#bench;
    // Long work first: it may close connections, too.
    while (hub.work(now));
    for (const { address, reasonCode } of notes) {
      const peer = address === undefined ? undefined : this.#hostile.get(address);
      if (peer !== undefined && reasonCode !== undefined && reasonCode >= 0x80)
        peer.told.reasonCode = reasonCode;
    }
    notes.length = 0;
    for (const peer of this.#hostile.values()) this.#judge(peer);
  }

  #judge(peer: Hostile): void {
    try {
      peer.look();
    } catch (error) {
      if (error instanceof FuzzFailure) error.message = `${peer.wire.address}: ${error.message}`;
      throw error;
    }
  }

  async #weather(peer: Hostile): Promise<void> {
    const random = this.#random;
    const dice = random.float();
    if (dice < 0.3) this.#bench.pass(random.pick([0.1, 1, 3]));
    else if (dice < 0.5) peer.wire.congested = true;
    else if (dice < 0.7) peer.drained(this.#bench.now);
    else if (dice < 0.8) peer.lost(this.#bench.now);
    else await settled();
    this.#look();
  }

  /** Every connection of the round is cut. */
  #clear(): void {
    for (const peer of this.#hostile.values()) peer.lost(this.#bench.now);
    this.#hostile.clear();
    this.#bench.notes.length = 0;
    if (this.#rounds % 8 === 0) this.#bench.pass(this.#random.pick([1, 25]));
    if (this.#rounds % 64 === 0) this.#emptyRetained();
  }

  #emptyRetained(): void {
    const topics = [...this.#retained];
    this.#retained.clear();
    const peer = this.#open();
    const say = (packet: Packet): void => {
      peer.receive(encodePacket(packet, MQTT_3_1_1), this.#bench.now);
      this.#look();
    };
    say(connect(MQTT_3_1_1, { clientId: 'janitor' }));
    for (const topic of topics) say(publish(topic, '', { retain: true }));
    must(!peer.gone, 'who empties retained topics was put out');
    peer.lost(this.#bench.now);
    this.#hostile.clear();
    this.#retained.clear();
    must(
      this.#bench.hub.retainedCount === 0,
      `${this.#bench.hub.retainedCount} retained messages were not emptied`,
    );
  }

  #counts(): Readonly<Record<string, number>> {
    const { hub, context } = this.#bench;
    return {
      sessions: hub.sessionCount,
      subscriptions: hub.subscriptionCount,
      'shared subscriptions': hub.sharedSubscriptionCount,
      'messages held': hub.held.messages,
      'bytes held': hub.held.bytes,
      'retained messages': hub.retainedCount,
      'bytes retained': hub.retainedBytes,
      timers: hub.wheel.size,
      clients: context.clients.connected,
    };
  }
}

/** Authenticators that take their time have answered. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await null;
}
