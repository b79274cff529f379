// The clients of a benchmark: opened at a pace, counted, closed in order. Owns how long each waited for CONNACK and what became
// of those that did not get one, or were lost later; publishes and subscribes nothing.

import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Client, OnMessage } from '@anax/client';
import { MqttError } from '@anax/protocol';
import type { Connecting } from '../connection/connect-options.ts';
import { saidOf } from '../connection/failures.ts';
import { open } from '../connection/open.ts';
import type { Edges } from '../world/edges.ts';
import type { BenchFlags } from './flags.ts';
import { Histogram } from './histogram.ts';
import { Pacer } from './pacer.ts';
import { expanded, type Place } from './pattern.ts';
import { Reasons } from './reasons.ts';

export interface Member {
  readonly place: Place;
  readonly client: Client;
}

/** DISCONNECTs in one turn of the event loop. */
const CLOSED_AT_ONCE = 256;

export interface FleetParts {
  readonly connecting: Connecting;
  readonly flags: BenchFlags;
  readonly topics: number;
  readonly edges: Edges;
  /** Called where a connection is lost, and when all are over. */
  readonly lost?: (member: Member) => void;
  /** Every message of this member. */
  readonly onMessage?: (place: Place) => OnMessage;
}

export class Fleet {
  readonly connectUs = new Histogram();
  readonly members: Member[] = [];
  /** Of this process, for stamps. */
  readonly run = randomBytes(4).readUInt32BE();
  /** Of failures. */
  readonly reasons = new Reasons();
  failed = 0;
  lost = 0;
  readonly #parts: FleetParts;
  readonly #clientId: string;
  #underWay = 0;
  #begunAt = 0;
  #openedAt = 0;
  #closing = false;
  #nudge: () => void = () => {};

  constructor(parts: FleetParts) {
    this.#parts = parts;
    const own = this.run.toString(16).padStart(8, '0');
    this.#clientId = parts.connecting.options.clientId ?? `bench-${own}-%i`;
  }

  /** How long it took to open those that are open. */
  get openingMs(): number {
    return this.#openedAt - this.#begunAt;
  }

  /**
   * Opens all, or as many as can be until it is over. The first one goes ahead of the others.
   * @throws MqttError where that one cannot connect. @throws UsageError
   */
  async open(over: AbortSignal): Promise<void> {
    const { flags, edges } = this.#parts;
    const { clock } = edges;
    this.#begunAt = clock.now();
    this.members.push(await this.#connect(0));
    const pacer = new Pacer(flags.connectRate ?? Number.POSITIVE_INFINITY, this.#begunAt);
    pacer.take(this.#begunAt, 1);
    const nudge = (): void => this.#nudge();
    over.addEventListener('abort', nudge);
    let next = 1;
    while ((next < flags.clients || this.#underWay > 0) && !over.aborted) {
      const room = Math.min(flags.connecting - this.#underWay, flags.clients - next);
      for (let count = pacer.take(clock.now(), room); count > 0; count--) void this.#begin(next++);
      const full = next === flags.clients || this.#underWay >= flags.connecting;
      await (full ? this.#nudged() : clock.wait(Math.max(1, pacer.waitMs(clock.now())), over));
    }
    over.removeEventListener('abort', nudge);
  }

  /** In order, whatever has become of each meanwhile. */
  async close(): Promise<void> {
    this.#closing = true;
    const closed: Promise<unknown>[] = [];
    for (const { client } of this.members) {
      closed.push(client.close());
      if (closed.length % CLOSED_AT_ONCE === 0) await nextTurn();
    }
    await Promise.all(closed);
  }

  async #begin(index: number): Promise<void> {
    this.#underWay += 1;
    try {
      this.members.push(await this.#connect(index));
    } catch (error) {
      if (!(error instanceof MqttError && error.code === 'aborted')) {
        this.failed += 1;
        this.reasons.add(error instanceof MqttError ? saidOf(error) : String(error));
      }
    } finally {
      this.#underWay -= 1;
      this.#nudge();
    }
  }

  async #connect(index: number): Promise<Member> {
    const { connecting, topics, edges, onMessage, lost } = this.#parts;
    const clientId = expanded(this.#clientId, { index, topics, clientId: '' });
    const place: Place = { index, topics, clientId };
    const { userName } = connecting.options;
    const names = userName === undefined ? { clientId } : { clientId, userName: expanded(userName, place) };
    const hooks = onMessage === undefined ? {} : { onMessage: onMessage(place) };
    const begunAt = edges.clock.now();
    const client = await open({ ...connecting, options: { ...connecting.options, ...names } }, edges, hooks);
    this.#openedAt = edges.clock.now();
    this.connectUs.add((this.#openedAt - begunAt) * 1000);
    const member = { place, client };
    void client.closed.then(({ error }) => {
      if (this.#closing || error === undefined) return;
      this.lost += 1;
      this.reasons.add(saidOf(error));
      lost?.(member);
    });
    return member;
  }

  #nudged(): Promise<void> {
    return new Promise((resolve) => {
      this.#nudge = resolve;
    });
  }
}
