// One process of an application: the whole client as it is opened and used, until it is closed, given up, ends itself or
// dies. Does what the application says, and tells the witness what passes and how it ends.

import { getEventListeners } from 'node:events';
import { type Dialect, MqttError, type Packet, type PublishPacket, type QoS } from '@anax/protocol';
import {
  type Client,
  type ClientEventName,
  type ClientListener,
  type ClientOptions,
  type CloseReason,
  open,
  type ReconnectLimits,
} from '../../../packages/client/src/index.ts';
import { storedOutbox } from '../../../packages/client/src/outbox/index.ts';
import { BackOff } from './back-off.ts';
import { Copies } from './copies.ts';
import { Errands } from './errands.ts';
import type { Publication } from './facts.ts';
import type { Keeping } from './keeping.ts';
import type { Link, Listening } from './link.ts';
import type { Net } from './net.ts';
import { OwnClock } from './own-clock.ts';
import type { Promises } from './promises.ts';
import { type Holding, Reader, type SubscribeFacts } from './reader.ts';
import { Handle, type Table } from './table.ts';
import { told } from './told.ts';
import type { Knowing, Witness } from './witness.ts';
import { Writer } from './writer.ts';

/** What outlives a process, and what is known of it. */
export interface Disk {
  readonly table: Table;
  readonly keeping: Keeping;
  readonly copies: Copies;
}

export interface Facts {
  readonly clientId: string;
  readonly dialect: Dialect;
  /** Without clock, signal, callbacks and chance, which are put in here. */
  readonly options: ClientOptions;
  readonly reconnect: Partial<ReconnectLimits> &
    Pick<ReconnectLimits, 'delayBaseMs' | 'delayMaxMs' | 'stableMs'>;
  /** Undefined: its outbox is not stored. */
  readonly disk?: Disk;
}

export class Process implements Knowing, Listening {
  readonly clientId: string;
  readonly dialect: Dialect;
  readonly clock: OwnClock;
  readonly backOff: BackOff;
  known: number | undefined;
  /** The same as its store has it: what CONNACK has said and is not stored yet the next process does not know. */
  knownOnDisk: number | undefined;
  link: Link | undefined;
  readonly #net: Net;
  readonly #witness: Witness;
  readonly #errands: Errands;
  readonly #writer: Writer;
  readonly #reader: Reader;
  readonly #copies: Copies;
  readonly #keeping: Keeping | undefined;
  readonly #handle: Handle | undefined;
  readonly #end = new AbortController();
  /** Dies behind so many things that happen. */
  #effectsLeft = Number.POSITIVE_INFINITY;
  /** Things that happened which others may see: packets out and in, rows written. */
  effects = 0;
  /** Of the connection that there is: filters of SUBSCRIBE by identifier, and when it left. */
  #requests = new Map<number, { readonly filters: Set<string>; readonly sent: number }>();
  /** Of the server, on this connection. */
  readonly #aliases = new Map<number, string>();
  #passing: Link | undefined;

  constructor(net: Net, witness: Witness, facts: Facts) {
    const { clientId, dialect, options, disk } = facts;
    this.#net = net;
    this.#witness = witness;
    this.clientId = clientId;
    this.dialect = dialect;
    this.clock = new OwnClock(net.clock);
    this.backOff = new BackOff(clientId, facts.reconnect, net.clock, witness, net.chance.next);
    this.#handle = disk && new Handle(disk.table, this.effect);
    const { outbox } = options;
    const hasFailed = (): boolean => this.#handle?.hasFailed === true;
    this.#errands = new Errands(net, witness, clientId, outbox !== undefined, hasFailed);
    this.#keeping = disk?.keeping;
    this.#copies = disk?.copies ?? new Copies(clientId, witness);
    this.#copies.begin();
    this.#writer = new Writer(this.#errands, this.#keeping);
    this.#reader = new Reader(this.#errands, this.#copies, dialect.reasonCodes);
    this.#begin(facts);
  }

  #begin({ options, reconnect }: Facts): void {
    const { random } = this.backOff;
    const store = this.#handle && storedOutbox(this.#handle);
    const stored = store && { ...options.outbox, store, onRestored: this.#writer.restored };
    const all: ClientOptions = {
      ...options,
      ...(stored === undefined ? {} : { outbox: stored }),
      clientId: this.clientId,
      clock: this.clock,
      signal: this.#end.signal,
      onMessage: this.#reader.stray,
      reconnect: { initially: true, ...reconnect, random },
    };
    const dial = this.#net.dialer(this, this.backOff);
    this.#errands.tell(store === undefined ? 'begins' : 'begins, with a store');
    void this.promises.watch(`${this.clientId} open`, open(dial, all), this.#opened, (error) =>
      this.#over(error),
    );
  }

  get client(): Client | undefined {
    return this.#errands.client;
  }

  get promises(): Promises {
    return this.#errands.promises;
  }

  get holdings(): readonly Holding[] {
    return this.#reader.holdings;
  }

  get underWay(): number {
    return this.#writer.underWay;
  }

  get owed(): number {
    return this.#writer.owed;
  }

  /** Messages that earlier processes had left. */
  get found(): number {
    return this.#writer.found;
  }

  get isDead(): boolean {
    return this.#errands.isDead;
  }

  get isOver(): boolean {
    return this.#errands.isOver;
  }

  get isConnected(): boolean {
    return this.client?.connected === true;
  }

  /** Takes as long as it likes with what it gets. */
  set isLeisurely(isLeisurely: boolean) {
    this.#reader.isLeisurely = isLeisurely;
  }

  publish(topic: string, qos: QoS, size: number, abortAfterMs: number | undefined): Publication | undefined {
    return this.#writer.publish(topic, qos, size, abortAfterMs);
  }

  subscribe(facts: SubscribeFacts): void {
    this.#reader.subscribe(facts);
  }

  leave(holding: Holding, isWithin: boolean): void {
    this.#reader.leave(holding, isWithin);
  }

  unsubscribe(filter: string, abortAfterMs: number | undefined): void {
    this.#reader.unsubscribe(filter, abortAfterMs);
  }

  close(): void {
    if (this.client === undefined || this.#errands.asked !== undefined || this.isOver) return;
    this.#errands.tell('closes');
    this.#errands.asked = 'disconnected';
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
    if (this.#errands.asked !== undefined || this.isOver) return;
    this.#errands.tell('is aborted');
    this.#errands.asked = 'aborted';
    this.#end.abort();
  }

  /** At once: what it had handed over to the network arrives, or does not; nothing else leaves, and nobody is told. */
  die(): void {
    if (this.isOver) return;
    this.#errands.tell('dies');
    this.#errands.die(new MqttError('killed', 'the process has died'));
    this.clock.stop();
    this.#handle?.die();
    this.link?.destroy();
    this.#witness.ends(this.clientId);
    this.#net.stats.deaths += 1;
  }

  /** Behind so many things that happen from now on. */
  diesBehind(effects: number): void {
    this.#effectsLeft = effects;
  }

  /** Of the link, and of the table. */
  readonly effect = (): void => {
    this.effects += 1;
    this.#effectsLeft -= 1;
    if (this.#effectsLeft === 0) this.die();
  };

  /** Of the way to the server: it is looked for. */
  dials(): void {
    if (this.backOff.dials === 0) this.#writer.requireFound();
    this.backOff.dialled();
  }

  /** Of the link: every packet that passes this end. */
  passes(link: Link, from: 'client' | 'server', packet: Packet): void {
    this.#net.trace?.(
      `${this.#net.clock.now} ${this.clientId} ${from === 'client' ? '->' : '<-'} ${told(packet)}`,
    );
    if (link !== this.#passing) {
      this.#requests.clear();
      this.#aliases.clear();
      this.#copies.connects();
    }
    this.#passing = link;
    if (from === 'client') this.#leaves(packet);
    else this.#comes(link, packet);
  }

  #leaves(packet: Packet): void {
    const witness = this.#witness;
    switch (packet.type) {
      case 'publish': {
        const publication = witness.sends(packet);
        if (publication !== undefined) this.#keeping?.sent(publication);
        return;
      }
      case 'puback':
      case 'pubrec':
        return this.#copies.answers(packet);
      case 'pubcomp':
        return this.#copies.completes(packet.packetId);
      case 'subscribe':
        this.#requests.set(packet.packetId, {
          filters: new Set(packet.subscriptions.map(({ topicFilter }) => topicFilter)),
          sent: witness.moment(),
        });
        return;
      case 'unsubscribe':
        for (const filter of packet.topicFilters) this.#takesBack(filter);
        return;
      default:
    }
  }

  #comes(link: Link, packet: Packet): void {
    const witness = this.#witness;
    const { epoch } = link;
    if (epoch === undefined) return;
    if (packet.type === 'connack' && packet.reasonCode === 0) {
      witness.connected(this, epoch, this.dialect.sessionPresent ? packet.sessionPresent : undefined);
      this.#handle?.whenNext(() => {
        this.knownOnDisk = epoch;
      });
    }
    if (packet.type === 'publish') {
      const publication = witness.named({ ...packet, topic: this.#topicOf(packet) });
      if (publication !== undefined) this.#copies.arrives(packet, publication, epoch);
    }
    if (packet.type !== 'suback') return;
    const asked = this.#requests.get(packet.packetId);
    // All filters of one call have one QoS here.
    if (asked === undefined || packet.reasonCodes.some((code) => code === 0 || code > 2)) return;
    for (const filter of asked.filters) witness.subscribed(this.clientId, epoch, filter, asked.sent);
  }

  #topicOf({ topic, properties: { topicAlias } }: PublishPacket): string {
    if (topicAlias === undefined) return topic;
    if (topic !== '') this.#aliases.set(topicAlias, topic);
    return this.#aliases.get(topicAlias) ?? '';
  }

  /** What is asked for before it on this connection does not stay. */
  #takesBack(filter: string): void {
    for (const { filters } of this.#requests.values()) filters.delete(filter);
    this.#witness.takenBack(this.clientId, filter);
  }

  #opened = (client: Client): void => {
    this.#errands.client = client;
    this.#errands.tell('is open');
    if (client.connected) this.backOff.connected();
    this.#hear('connected', () => {
      this.#errands.tell('is connected');
      this.backOff.connected();
    });
    this.#hear('disconnected', ({ detail }) => {
      this.#errands.tell(`is disconnected: ${detail.reason.code}`);
      this.backOff.disconnected();
      this.#reader.disconnected();
    });
    this.#hear('reconnecting', ({ detail }) => {
      this.#errands.tell(`reconnects in ${detail.delayMs}, attempt ${detail.attempt}: ${detail.error?.code}`);
      this.backOff.reconnecting(detail.attempt, detail.delayMs);
    });
    this.#hear('error', ({ detail: { error } }) => {
      if (!this.isOver && !this.#errands.mayEnd(error.code) && this.#errands.asked === undefined)
        this.#witness.fails('settled', `${this.clientId}: error ${error.code}: ${error.message}`);
    });
    void this.promises.watch(
      `${this.clientId} closed`,
      client.closed,
      (reason) => this.#over(reason),
      () => {
        this.#witness.fails('settled', `${this.clientId}: closed rejects`);
      },
    );
    this.#hear('closed', ({ detail }) => {
      this.#errands.tell(`is closed: ${detail.reason.code}`);
      this.#errands.reason = detail.reason;
      this.#witness.ends(this.clientId);
    });
  };

  /** While the process lives. */
  #hear<Name extends ClientEventName>(name: Name, listener: ClientListener<Name>): void {
    const living: ClientListener<Name> = (event) => {
      if (!this.isDead) listener(event);
    };
    this.client?.addEventListener(name, living);
  }

  #over(reason: CloseReason | MqttError): void {
    this.#errands.reason = reason;
    this.#errands.tell(`is over: ${reason.code}`);
    this.#witness.ends(this.clientId);
    if (!this.#errands.mayEnd(reason.code))
      this.#witness.fails('settled', `${this.clientId} has ended: ${reason.code}`);
    if (this.clock.waiting > 0)
      this.#witness.fails('leak', `${this.clientId} has ended, and ${this.clock.waiting} timers are left`);
    if (getEventListeners(this.#end.signal, 'abort').length > 0)
      this.#witness.fails('leak', `${this.clientId} has ended, and still listens to its signal`);
    if (this.#errands.asked !== undefined && this.#handle?.hasFailed === false) this.#copies.end();
  }
}
