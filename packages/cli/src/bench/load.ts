// Messages out: which client publishes when, within its window, until all are sent or the time is up. Owns the counts of what
// was sent and acknowledged; what comes back is for others.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Client, PublishOptions } from '@anax/client';
import { MqttError, type QoS } from '@anax/protocol';
import { isConnectionFailure, saidOf } from '../connection/failures.ts';
import type { Clock } from '../world/edges.ts';
import type { Member } from './fleet.ts';
import { Histogram } from './histogram.ts';
import { Pacer } from './pacer.ts';
import { Reasons } from './reasons.ts';
import { Span } from './span.ts';
import { stamped, templateOf } from './stamp.ts';
import { wallOrigin } from './wall.ts';

/** What one client sends before others have their turn, and all before the sockets have theirs. */
const BURST = 32;
const TURN = 512;
/** One wait of the clock. */
const WAIT_MS_MAX = 60_000;

export interface LoadPlan {
  readonly run: number;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly size: number;
  /** Messages a second of all clients; Infinity for as fast as it goes. */
  readonly rate: number;
  readonly window: number;
  /** In all; Infinity where it is the time that ends it. */
  readonly count: number;
  /** A message leaves the window when it is acknowledged (at QoS 0: written), or when it is back. */
  readonly windowOf: 'acknowledged' | 'returned';
}

/** One client that publishes. */
export interface Lane {
  readonly client: Client;
  /** Its place among the lanes: it has every so manieth message of the schedule. */
  readonly at: number;
  readonly publisher: number;
  readonly topic: string;
  /** Messages that it sends in all. */
  readonly quota: number;
  /** Due and not sent. */
  owed: number;
  sent: number;
  inWindow: number;
  /** Since when messages that are due wait for room in the window; undefined where none does. */
  heldSince: number | undefined;
  /** Its connection is lost, or it has sent its last one. */
  over: boolean;
}

export class Load {
  readonly ackUs = new Histogram();
  readonly lanes: readonly Lane[];
  /** Of refusals. */
  readonly reasons = new Reasons();
  sent = 0;
  acknowledged = 0;
  refused = 0;
  /** Sent and not settled. */
  underWay = 0;
  /** How late a message was that nothing but this process held up. */
  lateMsMax = 0;
  /** What was sent, in time. */
  readonly span = new Span();
  readonly #plan: LoadPlan;
  readonly #clock: Clock;
  readonly #pacer: Pacer;
  readonly #template: Uint8Array;
  readonly #options: PublishOptions;
  /** Lanes that owe. */
  readonly #owing = new Set<Lane>();
  #dozing = false;
  #nudge: () => void = () => {};

  constructor(members: readonly Member[], topicOf: (member: Member) => string, plan: LoadPlan, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
    this.#template = templateOf(plan.size);
    this.#options = { qos: plan.qos, retain: plan.retain };
    this.#pacer = new Pacer(plan.rate, clock.now());
    this.lanes = members.map((member, at) => ({
      client: member.client,
      at,
      publisher: member.place.index,
      topic: topicOf(member),
      quota: quotaOf(plan.count, members.length, at),
      owed: 0,
      sent: 0,
      inWindow: 0,
      heldSince: undefined,
      over: quotaOf(plan.count, members.length, at) === 0,
    }));
  }

  /** How many should have been sent until now; undefined where there is no pace. */
  get due(): number | undefined {
    return this.#plan.rate === Number.POSITIVE_INFINITY ? undefined : this.#pacer.taken;
  }

  /** What is measured begins again, as behind a warm-up. */
  restart(): void {
    this.ackUs.clear();
    this.span.restart();
    this.lateMsMax = 0;
  }

  /** Until all are sent, or it is over. */
  async run(over: AbortSignal): Promise<void> {
    const nudge = (): void => this.#nudge();
    over.addEventListener('abort', nudge);
    const paced = this.#plan.rate !== Number.POSITIVE_INFINITY;
    while (!over.aborted && !this.#allOver) {
      if (paced) await this.#pacedTurn(over);
      else if (this.#turn(TURN) > 0) await nextTurn();
      else await this.#nudged();
    }
    // What has become due since the last turn.
    if (paced) while (this.#oweDue() > 0) this.#payOwed();
    over.removeEventListener('abort', nudge);
  }

  /**
   * Every client says which is its last, with one more where that was not known before; then acknowledgements are waited for.
   * Resolves when all are there or the time is up.
   */
  async settle(timeUp: AbortSignal): Promise<void> {
    const nudge = (): void => this.#nudge();
    timeUp.addEventListener('abort', nudge);
    for (;;) {
      for (const lane of this.lanes) if (!lane.over && this.#hasRoom(lane)) this.#send(lane, true);
      if (timeUp.aborted || (this.underWay === 0 && this.#allOver)) break;
      await this.#nudged();
    }
    timeUp.removeEventListener('abort', nudge);
  }

  /** Its connection is lost: nothing more is sent, nothing more will be acknowledged. */
  leave(client: Client): void {
    for (const lane of this.lanes) if (lane.client === client) lane.over = true;
    this.#nudge();
  }

  /** For a window of messages that come back: this one is back, or will not be. */
  returned(lane: Lane, count: number): void {
    lane.inWindow = Math.max(0, lane.inWindow - count);
    if (!this.#dozing) this.#nudge();
  }

  get #allOver(): boolean {
    return this.lanes.every(({ over }) => over);
  }

  async #pacedTurn(over: AbortSignal): Promise<void> {
    const due = this.#oweDue();
    this.#payOwed();
    const waitMs =
      this.#pacer.taken >= this.#plan.count ? WAIT_MS_MAX : this.#pacer.waitMs(this.#clock.now());
    if (this.#allOver) return;
    if (due === TURN || waitMs === 0) await nextTurn();
    else await this.#wait(Math.min(WAIT_MS_MAX, Math.max(1, waitMs)), over);
  }

  /** Returns how many have become due. */
  #oweDue(): number {
    const { lanes } = this;
    const begin = this.#pacer.taken;
    const due = this.#pacer.take(this.#clock.now(), Math.min(TURN, this.#plan.count - begin));
    for (let number = begin; number < begin + due; number++) {
      const lane = lanes[number % lanes.length];
      if (lane === undefined || lane.over) continue;
      lane.owed += 1;
      this.#owing.add(lane);
    }
    return due;
  }

  /** All that is due, also of those that had no room before. */
  #payOwed(): void {
    for (const lane of this.#owing) {
      this.#burst(lane, lane.owed);
      if (lane.owed === 0 || lane.over) this.#owing.delete(lane);
    }
  }

  /** Some of each lane in turn; returns how many it sent. */
  #turn(most: number): number {
    let sent = 0;
    for (let before = -1; sent < most && sent !== before; ) {
      before = sent;
      for (const lane of this.lanes) {
        if (sent >= most) break;
        sent += this.#burst(lane, Math.min(BURST, most - sent));
      }
    }
    return sent;
  }

  #burst(lane: Lane, most: number): number {
    const paced = this.#plan.rate !== Number.POSITIVE_INFINITY;
    let sent = 0;
    while (!lane.over && sent < most && (!paced || lane.owed > 0)) {
      if (!this.#hasRoom(lane)) {
        lane.heldSince ??= this.#clock.now();
        return sent;
      }
      this.#send(lane, lane.sent + 1 === lane.quota);
      if (paced) lane.owed -= 1;
      sent += 1;
    }
    if (!paced || lane.owed === 0) lane.heldSince = undefined;
    return sent;
  }

  #hasRoom({ inWindow }: Lane): boolean {
    return inWindow < this.#plan.window;
  }

  #send(lane: Lane, last: boolean): void {
    const { run } = this.#plan;
    const now = this.#clock.now();
    const at = this.#begunAt(lane, now);
    const sentAtUs = (wallOrigin() + at) * 1000;
    const stamp = { run, publisher: lane.publisher, sequence: lane.sent, sentAtUs, last };
    lane.sent += 1;
    lane.inWindow += 1;
    lane.over = last;
    this.sent += 1;
    this.underWay += 1;
    this.span.add(now);
    void this.#publish(lane, stamped(this.#template, stamp), at);
  }

  /**
   * From when its time counts: from now, but where it was held up by the window from when it was due, as this wait is the broker's
   * doing. That this process looked late is not.
   */
  #begunAt(lane: Lane, now: number): number {
    if (this.#plan.rate === Number.POSITIVE_INFINITY) return now;
    const dueAt = Math.min(now, this.#pacer.dueAt(lane.sent * this.lanes.length + lane.at));
    if (lane.heldSince !== undefined) return Math.max(dueAt, lane.heldSince);
    this.lateMsMax = Math.max(this.lateMsMax, now - dueAt);
    return now;
  }

  async #publish(lane: Lane, payload: Uint8Array, at: number): Promise<void> {
    const { qos, windowOf } = this.#plan;
    try {
      await lane.client.publish(lane.topic, payload, this.#options);
      if (qos > 0) {
        this.acknowledged += 1;
        this.ackUs.add((this.#clock.now() - at) * 1000);
      }
    } catch (error) {
      this.#refuse(lane, error);
    }
    this.underWay -= 1;
    if (windowOf === 'acknowledged') lane.inWindow -= 1;
    if (!this.#dozing || lane.over) this.#nudge();
  }

  /** The end of a connection is the fleet's to tell; what it took along is only not acknowledged. */
  #refuse(lane: Lane, error: unknown): void {
    if (!(error instanceof MqttError)) throw error;
    if (isConnectionFailure(error)) {
      lane.over = true;
      return;
    }
    this.refused += 1;
    // It will not be back either.
    if (this.#plan.windowOf === 'returned') lane.inWindow -= 1;
    this.reasons.add(saidOf(error));
  }

  #nudged(): Promise<void> {
    return new Promise((resolve) => {
      this.#nudge = resolve;
    });
  }

  /** So long, or until something has changed for a client that is held up. */
  async #wait(ms: number, over: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#nudge = () => woken.abort();
    if (over.aborted) return;
    // What is acknowledged meanwhile is no reason to wake where nobody waits for room.
    this.#dozing = this.#owing.size === 0;
    await this.#clock.wait(ms, woken.signal);
    this.#dozing = false;
  }
}

/** An even share; the first ones have one more where it does not come out even. */
function quotaOf(count: number, lanes: number, at: number): number {
  if (count === Number.POSITIVE_INFINITY) return count;
  return Math.floor(count / lanes) + (at < count % lanes ? 1 : 0);
}
