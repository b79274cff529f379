/** Owns a broker without sockets: connection machines and a hub over wires in memory, and a clock that stands still. */

import {
  Decoder,
  type Dialect,
  encodePacket,
  GrowingOutput,
  MQTT_3_1,
  MQTT_3_1_1,
  MQTT_5_0,
  PACKET_BYTES_MAX,
  type Packet,
} from '@anax/protocol';
import { Guard } from '../src/abuse/guard.ts';
import { type AbuseLimits, DEFAULT_ABUSE_LIMITS } from '../src/abuse/limits.ts';
import {
  ANYTHING_BUT_SYS,
  type Authenticator,
  type ExchangeFactory,
  type PeerFacts,
} from '../src/access/access.ts';
import { Admission, type AdmissionOptions } from '../src/access/admission.ts';
import type { Authorizer } from '../src/access/authorizer.ts';
import { type AccessSettings, Policy } from '../src/access/policy.ts';
import { Connection } from '../src/connection/connection.ts';
import type { Context } from '../src/connection/context.ts';
import { Guests } from '../src/connection/guests.ts';
import { Hub } from '../src/hub/hub.ts';
import { DEFAULT_LIMITS, type Limits } from '../src/hub/limits.ts';
import type { Wire } from '../src/hub/link.ts';
import type { Counters, Note } from '../src/hub/notes.ts';
import { fromHex, joined } from './bytes.ts';
import { connect, type PublishFacts, publish, type SubscribeFacts, subscribe, type Type } from './packets.ts';
import type { StoredRows } from './rows.ts';

export { fromHex, joined } from './bytes.ts';
export * from './packets.ts';

export const MQTT_5 = MQTT_5_0;
export const BOTH = [MQTT_3_1_1, MQTT_5_0] as const;
export const ALL = [MQTT_3_1, MQTT_3_1_1, MQTT_5_0] as const;

class MemoryWire implements Wire {
  readonly out = new GrowingOutput();
  readonly address: string;
  readonly counters: Counters;
  congested = false;
  closed = false;
  paused = false;
  /** From which byte on which batch is waited for. */
  readonly holds: { readonly from: number; readonly batch: number }[] = [];

  constructor(address: string, counters: Counters) {
    this.address = address;
    this.counters = counters;
  }

  close(): void {
    this.closed = true;
  }

  hold(batch: number): void {
    if (this.holds.at(-1)?.batch === batch) return;
    this.holds.push({ from: this.out.length, batch });
  }

  /** How much has left once all batches up to `committed` are written. */
  left(committed: number): number {
    const held = this.holds.find(({ batch }) => batch > committed);
    return held?.from ?? this.out.length;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}

/** One client: what it sends, and what the broker has sent it. */
export class Peer {
  readonly wire: MemoryWire;
  readonly connection: Connection;
  readonly dialect: Dialect;
  readonly #bench: Bench;
  readonly #decoder: Decoder;
  #read = 0;
  /** The sizes of the packets read, in bytes. */
  largest = 0;

  constructor(bench: Bench, dialect: Dialect, address: string, facts: PeerFacts) {
    this.#bench = bench;
    this.dialect = dialect;
    this.wire = new MemoryWire(address, bench.hub.counters);
    this.connection = new Connection(bench.context, this.wire, facts, bench.now);
    this.#decoder = new Decoder({ sender: 'server', dialect, maximumPacketSize: PACKET_BYTES_MAX });
  }

  get closed(): boolean {
    return this.wire.closed;
  }

  bytes(...chunks: readonly Uint8Array[]): this {
    for (const chunk of chunks) {
      const borrowed = Uint8Array.from(chunk);
      this.connection.receive(borrowed, this.#bench.now);
      // The memory is read into again: a view that somebody kept shows.
      borrowed.fill(0xee);
    }
    return this;
  }

  hex(text: string): this {
    return this.bytes(fromHex(text));
  }

  send(...packets: readonly Packet[]): this {
    for (const packet of packets) this.bytes(encodePacket(packet, this.dialect));
    return this;
  }

  /** Everything in one chunk. */
  sendAtOnce(...packets: readonly Packet[]): this {
    return this.bytes(joined(packets.map((packet) => encodePacket(packet, this.dialect))));
  }

  /** The bytes sent to it since it last looked. */
  raw(): Uint8Array {
    const left = this.wire.left(this.#bench.committed);
    const bytes = this.wire.out.written().slice(this.#read, left);
    this.#read = Math.max(this.#read, left);
    return bytes;
  }

  /** The packets sent to it since it last looked. */
  take(): Packet[] {
    const bytes = this.raw();
    this.#decoder.push(bytes);
    const packets: Packet[] = [];
    for (let one = this.#decoder.next(); one !== undefined; one = this.#decoder.next()) {
      if (one.type === 'fault')
        throw new Error(`the broker sent what is wrong: ${one.message} ${one.clause}`);
      this.largest = Math.max(this.largest, encodePacket(one, this.dialect).length);
      packets.push(one);
    }
    return packets;
  }

  /** The one packet sent to it since it last looked. */
  only<T extends Packet['type']>(type: T): Type<T> {
    const packets = this.take();
    const [packet] = packets;
    if (packets.length !== 1 || packet?.type !== type) {
      throw new Error(`expected one ${type}, got ${packets.map((one) => one.type).join(', ') || 'nothing'}`);
    }
    return packet as Type<T>;
  }

  connect(facts: Partial<Type<'connect'>> = {}): this {
    return this.send(connect(this.dialect, facts));
  }

  /** Connects and forgets the CONNACK. */
  connected(facts: Partial<Type<'connect'>> = {}): this {
    const { reasonCode } = this.connect(facts).only('connack');
    if (reasonCode !== 0) throw new Error(`refused with 0x${reasonCode.toString(16)}`);
    return this;
  }

  subscribe(filter: string, facts: Partial<SubscribeFacts> = {}): this {
    return this.send(subscribe(filter, facts));
  }

  /** Subscribes and forgets SUBACK, and what came with it. */
  subscribed(filter: string, facts: Partial<SubscribeFacts> = {}): this {
    this.subscribe(filter, facts).take();
    return this;
  }

  publish(topic: string, payload = '', facts: Partial<PublishFacts> = {}): this {
    return this.send(publish(topic, payload, facts));
  }

  disconnect(reasonCode: Type<'disconnect'>['reasonCode'] = 0, sessionExpiryInterval?: number): this {
    const properties = sessionExpiryInterval === undefined ? {} : { sessionExpiryInterval };
    return this.send({ type: 'disconnect', reasonCode, properties });
  }

  lost(): void {
    this.connection.lost(this.#bench.now);
  }

  drained(): void {
    this.wire.congested = false;
    this.connection.drained(this.#bench.now);
  }
}

export interface BenchOptions {
  readonly limits?: Partial<Limits>;
  readonly admission?: Partial<AdmissionOptions>;
  readonly abuse?: Partial<AbuseLimits>;
  readonly authenticate?: Authenticator;
  readonly methods?: ReadonlyMap<string, ExchangeFactory>;
  readonly access?: AccessSettings | undefined;
  readonly authorizer?: Authorizer;
  /** What is stored, and outlives this bench; `commit` writes to it. */
  readonly rows?: StoredRows;
  readonly now?: number;
  readonly dialects?: Context['dialects'];
  readonly guestsMax?: number;
}

/** A peer that a plain listener of this machine brings. */
export const ON_THIS_MACHINE: PeerFacts = { loopback: true, certificate: undefined, pskIdentity: undefined };
export const EVERY_DIALECT: Context['dialects'] = new Set(ALL.map(({ name }) => name));
export const TEST_LISTENER = { listener: { name: 'test', protocol: 'stream' } } as const;

export const ANYBODY: Authenticator = ({ userName }) => ({
  accepted: { userName, permissions: ANYTHING_BUT_SYS },
});

export class Bench {
  now: number;
  /** The last batch that is written. */
  committed = 0;
  readonly rows: StoredRows | undefined;
  readonly notes: Note[] = [];
  readonly hub: Hub;
  readonly admission: Admission;
  readonly guard: Guard;
  readonly context: Context;
  #seed = 1;

  constructor({
    limits,
    admission,
    abuse,
    authenticate = ANYBODY,
    methods = new Map(),
    access,
    authorizer = {},
    rows,
    now = 1_000_000,
    dialects = EVERY_DIALECT,
    guestsMax = Number.POSITIVE_INFINITY,
  }: BenchOptions = {}) {
    this.now = now;
    this.rows = rows;
    const all: Limits = { ...DEFAULT_LIMITS, ...limits };
    this.hub = new Hub(
      all,
      (note) => this.notes.push(note),
      this.now,
      () => this.#random(),
      rows,
    );
    this.admission = new Admission({ banned: [], denied: [], redirect: undefined, ...all, ...admission });
    const note = (one: Note) => this.notes.push(one);
    this.guard = new Guard({ ...DEFAULT_ABUSE_LIMITS, ...abuse }, this.hub.counters, note, this.now);
    this.context = {
      hub: this.hub,
      limits: all,
      admission: this.admission,
      guard: this.guard,
      authenticate,
      vouches: () => true,
      methods,
      policy: new Policy(access),
      authorizer,
      random: () => this.#random(),
      later: (promise, done, failed) => {
        promise.then(
          (value) => done(value, this.now),
          () => failed(this.now),
        );
      },
      clients: { connected: 0 },
      ...TEST_LISTENER,
      dialects,
      guests: new Guests(guestsMax),
    };
  }

  peer(dialect: Dialect = MQTT_5_0, address = '192.0.2.1', loopback = true): Peer {
    return new Peer(this, dialect, address, { ...ON_THIS_MACHINE, loopback });
  }

  /** Lets seconds pass, in the ticks of the wheel. */
  pass(seconds: number): void {
    const until = this.now + seconds * 1000;
    while (this.now < until) {
      this.now = Math.min(until, this.now + 100);
      this.hub.advance(this.now);
      this.guard.advance(this.now);
    }
  }

  /** Writes what is to be stored, and lets out what waited for it. */
  commit(): number {
    const { journal } = this.hub;
    if (this.rows === undefined || !journal.pending) return 0;
    const { batch } = journal;
    const writes = journal.seal();
    this.rows.write(writes);
    this.committed = batch;
    journal.committed(batch);
    return writes.length;
  }

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#seed / 0x1_0000_0000;
  }
}
