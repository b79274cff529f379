// Messages in: how old each was, and whether those of each publisher came once and in order. Owns latencies and sequences;
// publishes nothing.

import type { Message } from '@anax/client';
import type { Clock } from '../world/edges.ts';
import { Histogram } from './histogram.ts';
import { NOTHING_SEQUENCED, Sequence, type Sequenced, sum } from './sequence.ts';
import { Span } from './span.ts';
import { type Stamp, stampOf } from './stamp.ts';
import { wallOrigin } from './wall.ts';

/** Pairs of a publisher and a receiver that are checked; messages of more are counted only. */
export const STREAMS_MAX = 200_000;

interface Stream {
  readonly sequence: Sequence;
  ended: boolean;
}

/** What was found out about all streams together. */
export interface StreamFacts extends Sequenced {
  readonly streams: number;
  /** Their first message was not the first one of their publisher: it had begun before. */
  readonly joinedLate: number;
  /** The last message of their publisher did not come. */
  readonly unended: number;
  /** Messages beyond `STREAMS_MAX`. */
  readonly unchecked: number;
}

export interface ReceiptsOptions {
  /** Several receivers share one subscription: a message comes to one of them, in no order among them. */
  readonly shared: boolean;
  /** Messages come from their own process: of each publisher the first one is number 0. */
  readonly fromBegin: boolean;
}

export class Receipts {
  readonly latencyUs = new Histogram();
  readonly span = new Span();
  received = 0;
  bytes = 0;
  /** With the retain flag: of before; not measured. */
  retained = 0;
  /** Of somebody else. */
  foreign = 0;
  /** Came before they were sent, by the clocks. */
  early = 0;
  readonly #clock: Clock;
  readonly #options: ReceiptsOptions;
  /** By receiver, run and publisher. */
  readonly #streams = new Map<number, Map<number, Map<number, Stream>>>();
  #count = 0;
  #ended = 0;
  #unchecked = 0;

  constructor(clock: Clock, options: ReceiptsOptions) {
    this.#clock = clock;
    this.#options = options;
    // Now, and not when the first message is here.
    wallOrigin();
  }

  /** Every publisher that was heard of has sent its last message. */
  get allEnded(): boolean {
    return this.#count > 0 && this.#ended === this.#count;
  }

  /** What is measured begins again, as behind a warm-up; what is checked goes on. */
  restart(): void {
    this.latencyUs.clear();
    this.span.restart();
  }

  /** Returns the stamp where it is a message of a benchmark that came for the first time here. */
  add({ payload, retain }: Message, receiver: number): Stamp | undefined {
    const now = this.#clock.now();
    this.received += 1;
    this.bytes += payload.length;
    this.span.add(now);
    const stamp = stampOf(payload);
    if (retain) this.retained += 1;
    else if (stamp === undefined) this.foreign += 1;
    if (retain || stamp === undefined) return undefined;
    const us = (wallOrigin() + now) * 1000 - stamp.sentAtUs;
    if (us < 0) this.early += 1;
    this.latencyUs.add(us);
    return this.#check(stamp, this.#options.shared ? 0 : receiver) ? stamp : undefined;
  }

  /** So many of this publisher were sent to this receiver in all. */
  sent(run: number, publisher: number, receiver: number, count: number): void {
    const stream = this.#streamOf(run, publisher, receiver, 0);
    stream?.sequence.endsBefore(count);
  }

  get facts(): StreamFacts {
    let all = NOTHING_SEQUENCED;
    let joinedLate = 0;
    for (const runs of this.#streams.values()) {
      for (const publishers of runs.values()) {
        for (const { sequence } of publishers.values()) {
          all = sum(all, sequence.facts);
          if (sequence.first > 0) joinedLate += 1;
        }
      }
    }
    const { shared } = this.#options;
    return {
      ...all,
      reordered: shared ? 0 : all.reordered,
      streams: this.#count,
      joinedLate,
      unended: this.#count - this.#ended,
      unchecked: this.#unchecked,
    };
  }

  /** False where it has come before. */
  #check({ run, publisher, sequence, last }: Stamp, receiver: number): boolean {
    const stream = this.#streamOf(run, publisher, receiver, sequence);
    if (stream === undefined) {
      this.#unchecked += 1;
      return true;
    }
    const how = stream.sequence.add(sequence);
    if (last && !stream.ended) {
      stream.ended = true;
      this.#ended += 1;
    }
    return how !== 'duplicated';
  }

  #streamOf(run: number, publisher: number, receiver: number, first: number): Stream | undefined {
    const runs = within(this.#streams, receiver);
    const publishers = within(runs, run);
    const known = publishers.get(publisher);
    if (known !== undefined || this.#count >= STREAMS_MAX) return known;
    const stream = { sequence: new Sequence(this.#options.fromBegin ? 0 : first), ended: false };
    publishers.set(publisher, stream);
    this.#count += 1;
    return stream;
  }
}

function within<V>(maps: Map<number, Map<number, V>>, key: number): Map<number, V> {
  const known = maps.get(key);
  if (known !== undefined) return known;
  const made = new Map<number, V>();
  maps.set(key, made);
  return made;
}
