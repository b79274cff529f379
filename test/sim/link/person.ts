// An application over all its processes: what it does, drawn from one chance, and when it begins anew. Knows the client
// only through `Process`.

import { DIALECTS, type Dialect, type DialectName, type QoS } from '@anax/protocol';
import type { ClientOptions } from '../../../packages/client/src/index.ts';
import { type Disk, type Facts, Process } from './client.ts';
import { Copies } from './copies.ts';
import { NEVER } from './facts.ts';
import { Keeping } from './keeping.ts';
import type { Net } from './net.ts';
import type { Holding } from './reader.ts';
import { Rival } from './rival.ts';
import { Table } from './table.ts';
import { EMPTY, type Witness } from './witness.ts';

const TOPICS = ['a/x', 'a/x', 'a/y', 'b/x', 'c/1', EMPTY] as const;
export const FILTERS = ['a/x', 'a/+', 'a/#', '+/x', 'b/x', 'c/1', 'e/#'] as const;
/** From nothing to more than a chunk of any transport. */
const SIZES = [...Array<number>(12).fill(20), 0, 0, 300, 300, 300, 300, 5000, 30_000];
const HOLDINGS_MAX = 3;
/** Keys of rows: those below are packet identifiers. */
const MESSAGES_FROM = 0x1_0000;
/** Of a hundred applications so many have an outbox that is stored. */
const STORED_PERCENT = 40;
/** A death comes behind one of so many things that happen, as a rule within a second or two. */
const EFFECTS_MAX = 30;

type Deed = 'publish' | 'subscribe' | 'leave' | 'unsubscribe' | 'close' | 'abort' | 'die' | 'rival' | 'rest';

/** How often each is drawn. */
const DEEDS: readonly (readonly [Deed, number])[] = [
  ['publish', 62],
  ['subscribe', 8],
  ['leave', 5],
  ['unsubscribe', 3],
  ['close', 0.5],
  ['abort', 0.2],
  ['die', 0.7],
  ['rival', 0.5],
  ['rest', 6],
];
const DEEDS_SUM = DEEDS.reduce((sum, [, weight]) => sum + weight, 0);

export class Person {
  readonly clientId: string;
  readonly dialect: Dialect;
  /** Every process that it had. */
  readonly processes: Process[] = [];
  readonly #net: Net;
  readonly #witness: Witness;
  readonly #options: ClientOptions;
  readonly #reconnect: Facts['reconnect'];
  /** Publishes that may be under way at once. */
  readonly #window: number;
  readonly #gapMs: number;
  /** Of a hundred subscriptions so many are acknowledged by the application. */
  readonly #manualPercent: number;
  readonly #disk: Disk | undefined;
  readonly #qosOf = new Map<string, QoS>();
  #isCalm = false;
  #isClean = false;

  constructor(net: Net, witness: Witness, clientId: string, dialect: DialectName) {
    const { chance } = net;
    this.#net = net;
    this.#witness = witness;
    this.clientId = clientId;
    this.dialect = DIALECTS.find(({ name }) => name === dialect) as Dialect;
    this.#window = chance.pick([1, 3, 20]);
    this.#gapMs = chance.pick([100, 800, 1500, 1500]);
    this.#reconnect = {
      delayBaseMs: chance.pick([5, 20, 100]),
      delayMaxMs: chance.pick([100, 500]),
      stableMs: chance.pick([200, 1000, 5000]),
      takeOverWindowMs: 10_000,
    };
    for (const filter of FILTERS) this.#qosOf.set(filter, chance.pick<QoS>([0, 1, 2, 2, 2]));
    this.#options = optionsOf(net, this.dialect);
    this.#manualPercent = chance.pick([0, 20, 60]);
    this.#disk = chance.below(100) < STORED_PERCENT ? diskOf(net, witness, clientId) : undefined;
    this.#begin(false);
    this.#next();
  }

  get process(): Process {
    return this.processes.at(-1) as Process;
  }

  /** No more of its own accord; what is there is read at once. */
  calm(): void {
    this.#isCalm = true;
    for (const process of this.processes) process.isLeisurely = false;
    this.process.diesBehind(Number.POSITIVE_INFINITY);
    if (this.#disk !== undefined) this.#disk.table.isCalm = true;
    this.keepsGoing();
  }

  /** A process that is over is begun anew. */
  keepsGoing(): void {
    if (!this.process.isOver) return;
    // One that never had a connection has begun no session, either.
    const stillOwes = this.#isClean && this.process.client === undefined;
    this.#begin(stillOwes || this.process.owed > 0);
  }

  /** Everybody has gone: nothing is left on its disk. */
  async requireNothingLeft(): Promise<void> {
    if (this.#disk === undefined) return;
    this.#disk.keeping.requireNone();
    // What a session had received and not released goes when the client knows that the session is lost.
    const isMistaken = this.#witness.mistaken.has(this.clientId);
    const left = await this.#disk.table.left(isMistaken ? MESSAGES_FROM : 1);
    if (left.length > 0)
      this.#witness.fails('leak', `rows are left in the outbox of ${this.clientId}: ${left}`);
  }

  /**
   * @param isClean begins a session of its own: the one before owes the server messages that this process knows nothing
   * of, under identifiers that it would use for others.
   */
  #begin(isClean: boolean): void {
    const disk = this.#disk;
    // One with a store knows them.
    this.#isClean = isClean && disk === undefined;
    const { cleanStart = true } = this.#options;
    const known = this.processes.at(-1)?.knownOnDisk;
    this.processes.push(
      new Process(this.#net, this.#witness, {
        clientId: this.clientId,
        dialect: this.dialect,
        options: { ...this.#options, cleanStart: cleanStart || this.#isClean },
        reconnect: this.#reconnect,
        ...(disk === undefined ? {} : { disk }),
      }),
    );
    this.process.known = known;
    this.process.knownOnDisk = known;
    this.process.isLeisurely = !this.#isCalm;
  }

  #next(): void {
    const { clock, chance } = this.#net;
    clock.after(chance.below(this.#gapMs), () => {
      if (this.#isCalm) return;
      this.#act();
      this.#next();
    });
  }

  #act(): void {
    const { process } = this;
    const { chance } = this.#net;
    if (process.isOver) {
      if (chance.below(10) === 0) this.keepsGoing();
      return;
    }
    switch (drawn(chance.next())) {
      case 'publish':
        if (process.underWay >= this.#window) return;
        process.publish(
          chance.pick(TOPICS),
          chance.pick<QoS>([0, 1, 1, 2, 2, 2]),
          chance.pick(SIZES),
          this.#mayAbort(),
        );
        return;
      case 'subscribe':
        return this.#subscribe();
      case 'leave': {
        const holding = this.#holding();
        if (holding !== undefined) process.leave(holding, chance.below(2) === 0);
        return;
      }
      case 'unsubscribe':
        return process.unsubscribe(chance.pick(FILTERS), this.#mayAbort());
      case 'close':
        return process.close();
      case 'abort':
        return process.abort();
      case 'die':
        if (chance.below(3) === 0) return process.die();
        return process.diesBehind(1 + chance.below(EFFECTS_MAX));
      case 'rival':
        new Rival(this.#net, this.clientId, this.dialect);
        return;
      default:
    }
  }

  #subscribe(): void {
    const { chance } = this.#net;
    const held = this.process.holdings.filter(({ taker }) => taker.left === NEVER).length;
    if (held >= HOLDINGS_MAX) return;
    const first = chance.pick(FILTERS);
    const qos = this.#qosOf.get(first) ?? 0;
    const also = FILTERS.filter((filter) => filter !== first && this.#qosOf.get(filter) === qos);
    const filters = chance.below(3) === 0 && also.length > 0 ? [first, chance.pick(also)] : [first];
    this.process.subscribe({
      filters,
      qos,
      bufferMessagesMax: chance.pick([undefined, 1, 2, 10, 1000]),
      slowMs: chance.pick([0, 0, 20, 500]),
      abortAfterMs: chance.below(20) === 0 ? chance.below(100) : undefined,
      isManual: chance.below(100) < this.#manualPercent,
    });
  }

  #holding(): Holding | undefined {
    const held = this.process.holdings.filter(({ taker }) => taker.left === NEVER);
    return held.length === 0 ? undefined : this.#net.chance.pick(held);
  }

  #mayAbort(): number | undefined {
    const { chance } = this.#net;
    return chance.below(20) === 0 ? chance.below(300) : undefined;
  }
}

function diskOf({ clock, chance }: Net, witness: Witness, clientId: string): Disk {
  const facts = { writeMsMax: chance.pick([0, 3, 20, 200]), failsPercent: chance.pick([0, 0, 0.5]) };
  return {
    table: new Table(clock, chance, witness, facts),
    keeping: new Keeping(witness),
    copies: new Copies(clientId, witness),
  };
}

function drawn(part: number): Deed {
  let left = part * DEEDS_SUM;
  for (const [deed, weight] of DEEDS) {
    left -= weight;
    if (left < 0) return deed;
  }
  return 'rest';
}

function optionsOf({ chance }: Net, dialect: Dialect): ClientOptions {
  const lasts = chance.below(5) > 0;
  return {
    dialect: dialect.name,
    cleanStart: !lasts,
    keepAlive: chance.pick([1, 1, 1, 3]),
    connectTimeoutMs: chance.pick([200, 500, 500, 4000]),
    pingTimeoutMs: chance.pick([200, 500]),
    closeTimeoutMs: chance.pick([50, 500]),
    ...(chance.below(4) === 0
      ? {
          outbox: {
            messagesMax: chance.pick([2, 10]),
            ageMaxMs: chance.pick([1000, Number.POSITIVE_INFINITY]),
            whenFull: chance.pick(['reject-new', 'drop-oldest'] as const),
          },
        }
      : {}),
    ...(dialect.properties
      ? {
          properties: {
            ...(lasts ? { sessionExpiryInterval: chance.pick([2, 3600, 3600, 0xffff_ffff]) } : {}),
            receiveMaximum: chance.pick([1, 2, 10, 0xffff]),
            topicAliasMaximum: chance.pick([0, 2, 10]),
          },
        }
      : {}),
  };
}
