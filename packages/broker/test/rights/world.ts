/** Owns the broker of the matrix: one client whose rights are in question, others who may do anything, a store, a restart. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dialect, Packet } from '@anax/protocol';
import type { Authenticator } from '../../src/access/access.ts';
import type { Rights, RightsOf } from '../../src/hub/rights.ts';
import type { Write } from '../../src/hub/writes.ts';
import { openLmdbStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/port.ts';
import { Bench, type Peer, text } from '../bench.ts';
import { ack, type PublishFacts, publish, type Type } from '../packets.ts';
import { StoredRows } from '../rows.ts';

/** What is denied, and what is not: a denial takes the one and leaves the other. */
export interface Topics {
  readonly secret: string;
  readonly open: string;
}

export const FILTERS: Topics = { secret: 'secret/+', open: 'open/+' };
export const NAMES: Topics = { secret: 'secret/a', open: 'open/a' };
export const SYS: Topics = { secret: '$SYS/secret', open: '$SYS/open' };

const ALL: Rights = { mayPublish: () => true, maySubscribe: () => true };
const isSecret = (topic: string): boolean => topic.startsWith('secret/') || topic.startsWith('$SYS/secret');

/** How the client is denied what is secret. */
export const DENIALS = {
  delivery: { ...ALL, mayReceive: (topic) => !isSecret(topic) },
  subscription: { ...ALL, maySubscribe: (filter) => !isSecret(filter) },
  publication: { ...ALL, mayPublish: (topic) => !isSecret(topic) },
} as const satisfies Record<string, Rights>;
export type Denial = keyof typeof DENIALS;

/** `down`: the rules change while the broker is down; `restarted`: before that. */
export const STORES = ['memory', 'stored', 'restarted', 'down'] as const;
export type StoreKind = (typeof STORES)[number];

/** As the hub sees an LMDB store; `commit` of the bench begins to write, and `written` says when it has. */
class LmdbRows extends StoredRows {
  written: Promise<void> = Promise.resolve();
  readonly store: Store;

  constructor(store: Store) {
    super();
    this.store = store;
  }

  override get(key: Uint8Array): Uint8Array | undefined {
    return this.store.get(key);
  }

  override *range(from: Uint8Array, to: Uint8Array, limit?: number) {
    for (const { key, value } of this.store.range(from, to, limit))
      yield { key, value: new Uint8Array(value) };
  }

  override write(writes: readonly Write[]): void {
    this.written = this.store.commit(writes);
  }

  override count(): number {
    return this.store.figures().rows;
  }
}

export interface Facts {
  readonly dialect: Dialect;
  readonly denial: Denial;
  readonly store: StoreKind;
}

export class World {
  readonly dialect: Dialect;
  bench: Bench;
  readonly #denial: Denial;
  readonly #store: StoreKind;
  readonly #rows: LmdbRows | undefined;
  readonly #directory: string | undefined;
  /** Whether `revoke` does anything. */
  #revokes: boolean;
  #isDenied: boolean;

  private constructor(
    { dialect, denial, store }: Facts,
    state: { revokes: boolean; denied: boolean },
    rows: LmdbRows | undefined,
    directory: string | undefined,
  ) {
    this.dialect = dialect;
    this.#denial = denial;
    this.#store = store;
    this.#rows = rows;
    this.#directory = directory;
    this.#revokes = state.revokes;
    this.#isDenied = state.denied;
    this.bench = this.#newBench(1_000_000);
  }

  static async open(facts: Facts, state: { revokes: boolean; denied: boolean }): Promise<World> {
    if (facts.store === 'memory') return new World(facts, state, undefined, undefined);
    const directory = mkdtempSync(join(tmpdir(), 'anax-rights-'));
    const rows = new LmdbRows(await openLmdbStore({ directory, durability: 'relaxed' }));
    return new World(facts, state, rows, directory);
  }

  async close(): Promise<void> {
    await this.#rows?.written;
    await this.#rows?.store.close();
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true });
  }

  #rights(clientId: string): Rights {
    return this.#isDenied && clientId === 'subject' ? DENIALS[this.#denial] : ALL;
  }

  #newBench(now: number): Bench {
    const authenticate: Authenticator = ({ clientId, userName }) => ({
      accepted: { userName, permissions: this.#rights(clientId) },
    });
    const limits = { sharedStrategy: 'least-in-flight' } as const;
    return new Bench({
      authenticate,
      limits,
      now,
      ...(this.#rows === undefined ? {} : { rows: this.#rows }),
    });
  }

  /** The rules change, unless nothing is revoked here. */
  async revoke(): Promise<void> {
    if (!this.#revokes) return;
    this.#isDenied = true;
    this.bench.hub.revise(({ clientId }) => ({ rights: this.#rights(clientId) }), this.bench.now);
    await this.settle();
  }

  /** The rules change while the client is away; where the store says so the broker dies and comes again. */
  async revokeAway(): Promise<void> {
    await this.settle();
    if (this.#store === 'down') this.#isDenied ||= this.#revokes;
    else await this.revoke();
    if (this.#store === 'restarted' || this.#store === 'down') this.#restart();
    await this.settle();
  }

  get isRestarted(): boolean {
    return this.#store === 'restarted' || this.#store === 'down';
  }

  /** What nobody has ended goes with the process. */
  #restart(): void {
    this.bench = this.#newBench(this.bench.now + 1000);
    const rightsOf: RightsOf = (clientId) => this.#rights(clientId);
    this.bench.hub.restore(this.bench.now, rightsOf);
  }

  /** What is to be written is. */
  async settle(): Promise<void> {
    while (this.bench.commit() > 0) await this.#rows?.written;
    await this.#rows?.written;
  }

  /** A client whose session is kept; not connected where it was refused. */
  async client(clientId: string, facts: Partial<Type<'connect'>> = {}, congested = false): Promise<Peer> {
    const peer = this.bench.peer(this.dialect);
    peer.wire.congested = congested;
    const properties = this.dialect.properties ? { sessionExpiryInterval: 600 } : {};
    peer.connect({ clientId, cleanStart: false, properties, ...facts });
    await this.settle();
    return peer;
  }

  subject(facts: Partial<Type<'connect'>> = {}, congested = false): Promise<Peer> {
    return this.client('subject', facts, congested);
  }

  async subscribe(peer: Peer, { secret, open }: Topics, qos: 0 | 1 | 2 = 2): Promise<void> {
    peer.subscribe(secret, { qos }).subscribe(open, { qos });
    await this.settle();
  }

  /** `S` on what is secret, `O` on what is open, from somebody who may. */
  async publish({ secret, open }: Topics, facts: Partial<PublishFacts> = { qos: 1 }): Promise<void> {
    const publisher = this.bench.peer(this.dialect).connect({ clientId: 'publisher' });
    const packetId = facts.qos === 0 ? 0 : 2;
    publisher.send(publish(secret, 'S', facts), publish(open, 'O', { ...facts, packetId }));
    await this.settle();
    publisher.disconnect();
  }

  /** Goes away without a word. */
  async lose(peer: Peer): Promise<void> {
    peer.lost();
    await this.settle();
  }

  /** Its socket takes bytes again, and what is to be walked is. */
  async drain(peer: Peer): Promise<void> {
    peer.drained();
    while (this.bench.hub.work(this.bench.now));
    await this.settle();
  }

  /** What a client got: payloads, and `release` for PUBREL; everything is answered. Sorted: order is proved elsewhere. */
  async came(peer: Peer): Promise<string[]> {
    const came: string[] = [];
    for (;;) {
      await this.settle();
      const packets = peer.take();
      if (packets.length === 0) return came.sort();
      for (const packet of packets) came.push(...this.#answered(peer, packet));
    }
  }

  #answered(peer: Peer, packet: Packet): string[] {
    if (packet.type === 'pubrel') {
      peer.send(ack('pubcomp', packet.packetId));
      // Behind a PUBREC it is no news.
      return peer.wire.congested || !this.#received.delete(packet.packetId) ? ['release'] : [];
    }
    if (packet.type !== 'publish') return [];
    const { qos, packetId, payload } = packet;
    if (qos === 1) peer.send(ack('puback', packetId));
    if (qos === 2) {
      this.#received.add(packetId);
      peer.send(ack('pubrec', packetId));
    }
    return [text(payload)];
  }

  /** Packet identifiers for which PUBREC has been sent. */
  readonly #received = new Set<number>();
}
