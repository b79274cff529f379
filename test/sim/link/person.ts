// An application over all its processes: what it does, drawn from one chance, and when it begins anew. Knows the client
// only through `Process`.

import { DIALECTS, type Dialect, type DialectName, type QoS } from '@anax/protocol';
import type { ClientOptions } from '../../../packages/client/src/index.ts';
import { type Facts, type Holding, Process } from './client.ts';
import { NEVER } from './facts.ts';
import type { Net } from './net.ts';
import { Rival } from './rival.ts';
import { EMPTY, type Witness } from './witness.ts';

const TOPICS = ['a/x', 'a/x', 'a/y', 'b/x', 'c/1', EMPTY] as const;
export const FILTERS = ['a/x', 'a/+', 'a/#', '+/x', 'b/x', 'c/1', 'e/#'] as const;
/** From nothing to more than a chunk of any transport. */
const SIZES = [...Array<number>(12).fill(20), 0, 0, 300, 300, 300, 300, 5000, 30_000];
const HOLDINGS_MAX = 3;

type Deed = 'publish' | 'subscribe' | 'leave' | 'unsubscribe' | 'close' | 'abort' | 'rival' | 'rest';

/** How often each is drawn. */
const DEEDS: readonly (readonly [Deed, number])[] = [
  ['publish', 62],
  ['subscribe', 8],
  ['leave', 5],
  ['unsubscribe', 3],
  ['close', 0.5],
  ['abort', 0.2],
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
    this.keepsGoing();
  }

  /** A process that is over is begun anew. */
  keepsGoing(): void {
    if (!this.process.isOver) return;
    // One that never had a connection has begun no session, either.
    const stillOwes = this.#isClean && this.process.client === undefined;
    this.#begin(stillOwes || this.process.owed > 0);
  }

  /**
   * @param isClean begins a session of its own: the one before owes the server messages that this process knows nothing
   * of, under identifiers that it would use for others.
   */
  #begin(isClean: boolean): void {
    this.#isClean = isClean;
    const { cleanStart = true } = this.#options;
    this.processes.push(
      new Process(this.#net, this.#witness, {
        clientId: this.clientId,
        dialect: this.dialect,
        options: { ...this.#options, cleanStart: cleanStart || isClean },
        reconnect: this.#reconnect,
      }),
    );
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
