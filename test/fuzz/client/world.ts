// A client's machine whose server is hostile. Owns the invariants: nothing throws, what is sent is legal, every end has a
// reason, every request is settled once, and nothing follows the end.

import {
  type AuthStep,
  type CloseReason,
  type ConnectOptions,
  Machine,
  type Message,
  type Outcome,
  Session,
  type Sink,
} from '@anax/client';
import { DIALECTS, type Dialect, encodePacket, MqttError, type Packet } from '@anax/protocol';
import { corpusOf } from '../corpus.ts';
import { FuzzFailure, hex, must } from '../failure.ts';
import { nextBytes, type Source, TEMPERS } from '../inputs.ts';
import { Listener } from '../listener.ts';
import { split } from '../mutate.ts';
import type { Random } from '../random.ts';
import { anyPacket, connackPacket, lawfulPacket } from '../server-packets.ts';
import { payload, qos, topicFilter, topicName } from '../universe.ts';

const SOURCE: Source = { corpus: corpusOf('server'), lawful: lawfulPacket, any: anyPacket };
const INPUTS_OF_A_ROUND_MAX = 48;
const OUTBOX = { messagesMax: 10 };

/** For tests of the fuzzer. */
export interface Plant {
  readonly machine?: (real: Machine, sink: Sink) => Machine;
}

class Watcher implements Sink {
  machine: Machine | undefined;
  closing = false;
  /** Of what a hostile server does not read. */
  congested = false;
  reason: CloseReason | undefined;
  /** Tickets that are not settled yet. */
  readonly open = new Set<number>();
  /** Messages to acknowledge later. */
  readonly held: Message[] = [];
  readonly #listener: Listener;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.#listener = new Listener('client', undefined);
  }

  send(bytes: Uint8Array): void {
    if (this.closing) throw new FuzzFailure(`a packet behind the end: ${hex(bytes)}`);
    this.#listener.hear(bytes.slice());
  }
  hold(): void {}
  close(): void {
    must(!this.closing, 'closed twice');
    this.closing = true;
  }
  connected(): void {}
  message(message: Message): boolean {
    const now = this.#random.chance(0.7);
    if (!now) this.held.push(message);
    return now;
  }
  settled(ticket: number, outcome: Outcome): void {
    must(
      this.open.delete(ticket),
      `ticket ${ticket} was settled twice, or by nobody's wish: ${outcome.type}`,
    );
  }
  authenticate({ type }: AuthStep): void {
    if (type === 'end' && this.#random.chance(0.8)) this.machine?.verified(0);
  }
  closed(reason: CloseReason): void {
    must(this.reason === undefined, 'told twice that it is closed');
    this.reason = reason;
  }
}

type State = (stage: Stage) => void;

interface Stage {
  readonly random: Random;
  readonly dialect: Dialect;
  readonly machine: Machine;
  readonly sink: Watcher;
  say(packet: Packet): void;
  /** What the application does; what it may not is refused, and is no failure. */
  ask(what: () => void): void;
  ticket(): number;
}

const connected: State = ({ say, random, dialect }) => {
  say({
    ...(connackPacket(random, dialect, 1) as Extract<Packet, { type: 'connack' }>),
    sessionPresent: false,
  });
};

/** Publishes and subscribes that wait for the server. */
function busy({ machine, random, ask, ticket, sink }: Stage, times: number): void {
  for (let n = 0; n < times; n++) {
    const id = ticket();
    ask(() => {
      sink.open.add(id);
      const kind = random.below(4);
      if (kind < 2)
        machine.publish({ topic: topicName(random), payload: payload(random), qos: qos(random) }, id, 0);
      else if (kind === 2)
        machine.subscribe([{ topicFilter: topicFilter(random), qos: qos(random) }], {}, id, 0);
      else machine.unsubscribe([topicFilter(random)], {}, id, 0);
    });
  }
}

const STATES: Readonly<Record<string, State>> = {
  connecting: () => {},
  authenticating: ({ say, dialect }) => {
    if (dialect.enhancedAuthentication)
      say({ type: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'steps' } });
  },
  connected,
  'with requests under way': (stage) => {
    connected(stage);
    busy(stage, 6);
  },
  'with messages half received': (stage) => {
    connected(stage);
    for (let n = 0; n < 4; n++) stage.say(lawfulPacket(stage.random, stage.dialect));
  },
  're-authenticating': (stage) => {
    const { say, machine, dialect } = stage;
    if (!dialect.enhancedAuthentication) return connected(stage);
    const properties = { authenticationMethod: 'steps' };
    say({ type: 'connack', sessionPresent: false, reasonCode: 0, properties });
    tried(() => machine.reauthenticate({}, 0));
    busy(stage, 2);
  },
  paused: (stage) => {
    connected(stage);
    busy(stage, 2);
    stage.machine.pause();
  },
  closing: (stage) => {
    connected(stage);
    stage.ask(() => stage.machine.disconnect({}, 0));
  },
};
const STATE_NAMES = Object.keys(STATES);

export class ClientWorld {
  readonly name = 'client';
  readonly reached = new Map<string, number>();
  readonly #random: Random;
  readonly #plant: Plant;
  /** Goes on from connection to connection, as an application's does. */
  #session = new Session(OUTBOX);
  #tickets = 0;
  #now = 0;
  /** Promised by an earlier connection of the session: publishes outlive it. */
  #carried = new Set<number>();
  #sent: Uint8Array[] = [];

  constructor(random: Random, plant: Plant = {}) {
    this.#random = random;
    this.#plant = plant;
  }

  transcript(): readonly string[] {
    return this.#sent.map(hex);
  }

  round(inputsMax: number): Promise<number> {
    const random = this.#random;
    this.#sent = [];
    const dialect = random.pick(DIALECTS);
    const keeps = random.chance(0.5);
    if (!keeps) this.#renew();
    const sink = new Watcher(random);
    for (const ticket of this.#carried) sink.open.add(ticket);
    const real = new Machine(optionsOf(random, dialect, keeps), this.#session, sink);
    const machine = this.#plant.machine?.(real, sink) ?? real;
    sink.machine = machine;
    machine.connect(this.#now);
    const name = random.pick(STATE_NAMES);
    this.reached.set(name, (this.reached.get(name) ?? 0) + 1);
    STATES[name]?.(this.#stage(dialect, machine, sink));
    const inputs = this.#attack(
      machine,
      sink,
      dialect,
      Math.min(inputsMax, 1 + random.below(INPUTS_OF_A_ROUND_MAX)),
    );
    this.#end(machine, sink);
    return Promise.resolve(inputs);
  }

  finish(): Promise<void> {
    this.#renew();
    return Promise.resolve();
  }

  #attack(machine: Machine, sink: Watcher, dialect: Dialect, most: number): number {
    const random = this.#random;
    const temper = random.pick(TEMPERS);
    const stage = this.#stage(dialect, machine, sink);
    let inputs = 0;
    for (let idle = 0; inputs < most && idle < 3; ) {
      if (sink.closing) idle += 1;
      for (const chunk of split(nextBytes(SOURCE, temper, random, dialect), random)) {
        this.#give(machine, chunk);
        inputs += 1;
      }
      if (!random.chance(0.15)) continue;
      const dice = random.float();
      if (dice < 0.1) this.#authenticate(machine);
      else if (dice < 0.3) busy(stage, 1);
      else if (dice < 0.5) machine.resume(this.#now);
      else if (dice < 0.6) machine.pause();
      else if (dice < 0.65) {
        sink.congested = !sink.congested;
        if (!sink.congested) machine.drained(this.#now);
      } else if (dice < 0.8)
        for (const message of sink.held.splice(0)) machine.acknowledge(message, this.#now);
      else {
        this.#now += random.pick([100, 5000, 100_000]);
        machine.wake(this.#now);
      }
    }
    return inputs;
  }

  /** What an application's exchange does, whether anybody waits for it or not. */
  #authenticate(machine: Machine): void {
    const now = this.#now;
    const error = new MqttError('authentication-failed', 'no more');
    const deed = this.#random.pick([
      () => machine.authenticate({ authenticationData: payload(this.#random) }, now),
      () => machine.verified(now),
      () => machine.reauthenticate({}, now),
      () => machine.failAuthentication('authentication-failed', error, now),
    ]);
    tried(deed);
  }

  /** The stream is over: there is a reason, and what was asked is settled or carried on by the session. */
  #end(machine: Machine, sink: Watcher): void {
    machine.ended(undefined, this.#now);
    const { reason } = sink;
    must(reason !== undefined, 'the stream is over and nobody was told');
    const { code, reasonCode, error } = reason;
    must(code !== 'protocol-violation' || (reasonCode ?? 0) >= 0x80, 'a violation without a reason code');
    must(
      code === 'disconnected' || error !== undefined || reasonCode !== undefined,
      `no error says why: ${code}`,
    );
    this.#give(machine, Uint8Array.of(0xd0, 0));
    const { waiting } = this.#session;
    const owed = new Set<number>();
    for (const { ticket } of this.#session.outbox.values()) owed.add(ticket);
    must(
      sink.open.size === owed.size + waiting.size,
      `${sink.open.size} requests are open, of which the session has ${owed.size} and ${waiting.size}`,
    );
    this.#carried = new Set(sink.open);
  }

  #renew(): void {
    this.#session = new Session(OUTBOX);
    this.#carried = new Set();
  }

  #give(machine: Machine, chunk: Uint8Array): void {
    this.#sent.push(chunk);
    // A paused machine reads it later.
    machine.receive(chunk.slice(), this.#now);
  }

  #stage(dialect: Dialect, machine: Machine, sink: Watcher): Stage {
    return {
      random: this.#random,
      dialect,
      machine,
      sink,
      say: (packet) => this.#give(machine, encodePacket(packet, dialect)),
      ask: (what) => {
        try {
          what();
        } catch (error) {
          if (!(error instanceof MqttError)) throw error;
          sink.open.delete(this.#tickets);
        }
      },
      ticket: () => {
        this.#tickets += 1;
        return this.#tickets;
      },
    };
  }
}

/** What may not be done now is refused, and is no failure. */
function tried(what: () => void): void {
  try {
    what();
  } catch (error) {
    if (!(error instanceof MqttError)) throw error;
  }
}

function optionsOf(random: Random, dialect: Dialect, keeps: boolean): ConnectOptions {
  return {
    dialect: dialect.name,
    clientId: 'c',
    cleanStart: !keeps,
    keepAlive: random.pick([0, 1, 60]),
    ...(dialect.properties
      ? {
          properties: {
            ...(keeps ? { sessionExpiryInterval: 100 } : {}),
            ...(random.chance(0.5) ? { receiveMaximum: random.pick([1, 3]) } : {}),
            ...(random.chance(0.5) ? { topicAliasMaximum: 3 } : {}),
            ...(random.chance(0.3) ? { maximumPacketSize: random.pick([20, 300]) } : {}),
            ...(random.chance(0.5) ? { authenticationMethod: 'steps' } : {}),
          },
        }
      : {}),
  };
}
