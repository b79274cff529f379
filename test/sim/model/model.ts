// The reference model: it hears what applications ask and get, and which packets pass each end, and says when that is not
// what the standard promises. It knows nothing of how client and broker do it.

import type { Packet, PublishPacket, QoS } from '@anax/protocol';
import type { Message } from '../../../packages/client/src/index.ts';
import { missing } from './claims.ts';
import { Exchanges } from './exchanges.ts';
import {
  copiesAllowed,
  type Epoch,
  isShared,
  matches,
  NEVER,
  type Publication,
  type Receipt,
  type Subscription,
} from './facts.ts';
import { Ledger } from './ledger.ts';
import { contentOf, numberIn } from './payload.ts';
import { type Connection, Presence } from './presence.ts';
import { retainedProblem } from './retained.ts';
import { broken } from './violation.ts';

/** Topics of which one subscription is a shared one, and no other is. */
export const SHARED = 's/';
export const RETAINED = 'r/';

export interface PublishFacts {
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly clears: boolean;
}

export interface SubscribeFacts {
  readonly filter: string;
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly identifier: number | undefined;
}

export class Model {
  /** Messages that were accepted by some application. */
  deliveries = 0;
  readonly presence: Presence;
  readonly ledger = new Ledger();
  readonly #publications: Publication[] = [];
  /** Since the last time that all was settled. */
  #open: Publication[] = [];
  /** By client identifier, of messages on a topic: how often the broker said that one was dropped. */
  readonly #drops = new Map<string, number>();
  /** Those of them that excuse one that is missing. */
  readonly #excuses = new Map<string, number>();
  /** Of a publisher on a topic: the broker could not take one. */
  readonly #refused = new Set<string>();
  readonly #missed = new Map<string, number>();
  readonly #clients = new Map<string, Exchanges>();
  /** The session that each client knows of. */
  readonly #known = new Map<string, Epoch>();
  #now = 0;
  /** Connections that have ended: a shared message may have gone to another member then. */
  #ends = 0;
  /** When the broker began anew. */
  readonly #restarts: number[] = [];

  /** @param inFlightMax what the broker has under way to one client, whatever more it takes. */
  constructor(inFlightMax: number) {
    this.presence = new Presence(inFlightMax, () => this.#tick(), this.ledger);
  }

  #tick(): number {
    this.#now += 1;
    return this.#now;
  }

  /** An application publishes; returns the number that is to be in the payload. */
  publishes(publisher: string, { topic, qos, retain, clears }: PublishFacts): number {
    return this.#publication(publisher, topic, qos, retain, clears, false).number;
  }

  #publication(
    publisher: string,
    topic: string,
    qos: QoS,
    retain: boolean,
    clears: boolean,
    isWill: boolean,
  ) {
    const number = this.#publications.length;
    const from = isWill ? NEVER : this.#tick();
    const publication: Publication = {
      number,
      topic,
      qos,
      publisher,
      retain,
      clears,
      isWill,
      from,
      acknowledged: NEVER,
      done: NEVER,
      sends: 0,
      anew: false,
    };
    this.#publications.push(publication);
    this.#open.push(publication);
    return publication;
  }

  /** A will is left with the broker. */
  leavesWill(publisher: string, topic: string, qos: QoS): Publication {
    return this.#publication(publisher, topic, qos, false, false, true);
  }

  publication(number: number): Publication | undefined {
    return this.#publications[number];
  }

  acknowledged(number: number, reasonCode: number): void {
    const publication = this.#knownMessage(number);
    // At QoS 0 nobody says that it has come.
    if (publication.qos === 0) return;
    publication.acknowledged = this.#tick();
    publication.done = publication.acknowledged;
    if (reasonCode === 0x10 && this.#wantedBySomebody(publication))
      broken('match', `${shown(publication)} had no subscribers, says its acknowledgement`);
  }

  #wantedBySomebody(publication: Publication): boolean {
    return this.presence.epochs().some((epoch) => surely(epoch, publication));
  }

  /** It is not sent again, and may have come or not. */
  failed(number: number): void {
    this.#knownMessage(number).done = this.#tick();
  }

  #knownMessage(number: number): Publication {
    return this.#publications[number] ?? broken('settled', `message ${number} was never published`);
  }

  subscribes({ epoch }: Connection, facts: SubscribeFacts): Subscription {
    const asked = this.#tick();
    this.#replaced(epoch, facts.filter, asked);
    const subscription = { ...facts, asked, granted: NEVER, leaving: NEVER, left: NEVER };
    epoch?.subscriptions.push(subscription);
    return subscription;
  }

  #replaced(epoch: Epoch | undefined, filter: string, at: number): void {
    for (const one of epoch?.subscriptions ?? [])
      if (one.filter === filter && one.leaving === NEVER) one.leaving = at;
  }

  granted({ epoch }: Connection, subscription: Subscription): void {
    subscription.granted = this.#tick();
    for (const one of epoch?.subscriptions ?? [])
      if (one.filter === subscription.filter && one.asked < subscription.asked && one.left === NEVER)
        one.left = subscription.granted;
  }

  unsubscribes({ epoch }: Connection, filter: string): readonly Subscription[] {
    const leaving = this.#tick();
    const gone = epoch?.subscriptions.filter((one) => one.filter === filter && one.left === NEVER) ?? [];
    for (const one of gone) one.leaving = Math.min(one.leaving, leaving);
    return gone;
  }

  left(subscriptions: readonly Subscription[]): void {
    const left = this.#tick();
    for (const one of subscriptions) one.left = Math.min(one.left, left);
  }

  /** An application gets a message. */
  received({ epoch }: Connection, clientId: string, message: Message): void {
    this.deliveries += 1;
    if (epoch === undefined) return broken('match', `${clientId} got a message before its CONNACK`);
    const { topic, qos, retain, dup } = message;
    if (message.payload.length === 0) {
      if (!topic.startsWith(RETAINED)) broken('match', `${clientId} got an empty message on ${topic}`);
      return;
    }
    const publication = this.#publications[numberIn(message.payload)];
    if (publication === undefined || publication.topic !== topic)
      return broken('match', `${clientId} got what nobody published on ${topic}: ${publication?.number}`);
    this.#requireWanted(epoch, publication, message);
    const receipt = receiptOf(epoch, publication.number);
    if (retain && topic.startsWith(RETAINED)) return;
    if (retain) broken('retained', `${clientId} got ${shown(publication)} with RETAIN, which nobody set`);
    receipt.live += 1;
    if (receipt.live === 1 && !topic.startsWith(SHARED)) this.#requireOrder(epoch, publication, qos);
    if (qos === 1 && dup) return;
    receipt.counted += 1;
    if (qos === 2) receipt.qos2 += 1;
    if (qos === 0) receipt.qos0 += 1;
    if (topic.startsWith(SHARED)) return this.#requireOnceShared(publication);
    // QoS 0 waits for no store: if the broker dies behind it, its publisher may send it again.
    const excused = this.#restartsSince(publication) > 0 ? receipt.qos0 : 0;
    if (receipt.counted - excused > copiesAllowed(publication)) {
      const times = `${receipt.counted} times, sent ${publication.sends} times`;
      broken('exactly-once', `${clientId} got ${shown(publication)} ${times}`);
    }
  }

  /** Somebody asked for it, with no lower QoS, and had not given it up before it was published. */
  #requireWanted(epoch: Epoch, publication: Publication, { topic, qos, retain, properties }: Message): void {
    const { publisher, from } = publication;
    const { clientId } = epoch;
    if (publication.isWill && from === NEVER)
      broken('will', `${clientId} got the will ${shown(publication)}, which is not due`);
    const mine = epoch.subscriptions.filter(
      ({ filter, noLocal, left }) =>
        matches(filter, topic) && !(noLocal && publisher === clientId) && (retain || left >= from),
    );
    const most = mine.reduce((highest, one) => Math.max(highest, one.qos), -1);
    if (most < 0) broken('match', `${clientId} got ${shown(publication)}, which it did not ask for`);
    if (qos > Math.min(most, publication.qos))
      broken('match', `${clientId} got ${shown(publication)} with QoS ${qos}, ${most} was granted`);
    for (const identifier of properties.subscriptionIdentifiers ?? []) {
      if (!mine.some((one) => one.identifier === identifier))
        broken(
          'match',
          `${clientId} got ${shown(publication)} for subscription ${identifier}, which is none`,
        );
    }
  }

  /**
   * By each publisher on each topic at each QoS. What is sent again by its publisher comes late where it was lost, dropped
   * or not wanted the first time. [5:MQTT-4.6.0-5]
   */
  #requireOrder(epoch: Epoch, publication: Publication, qos: QoS): void {
    const { publisher, topic, number, from, sends, anew } = publication;
    const isLate =
      sends > 1 &&
      (qos === 0 ||
        this.#dropped(epoch.clientId, topic) > 0 ||
        this.#refused.has(`${publisher} ${topic}`) ||
        !epoch.subscriptions.some(({ filter, granted }) => granted < from && matches(filter, topic)));
    if (anew || isLate) return;
    const key = `${publisher} ${topic} ${publication.qos} ${qos}`;
    const last = epoch.last.get(key) ?? -1;
    if (last > number) broken('order', `${epoch.clientId} got ${shown(publication)} after ${last}`);
    epoch.last.set(key, number);
  }

  /** One member for each message. What one had at QoS 1 and did not acknowledge another may get. [5:4.8.2] */
  #requireOnceShared(publication: Publication): void {
    let counted = 0;
    let qos2 = 0;
    for (const epoch of this.presence.everyEpoch) {
      const receipt = epoch.receipts.get(publication.number);
      counted += receipt?.counted ?? 0;
      qos2 += receipt?.qos2 ?? 0;
    }
    // To a member that is not stored it leaves before its publisher has its answer.
    const allowed = copiesAllowed(publication) + this.#restartsSince(publication);
    if (qos2 > allowed || counted > allowed + this.#ends)
      broken('exactly-once', `the members of a group got ${shown(publication)} ${counted} times`);
  }

  /** The broker says that a message is not delivered. At QoS 0 that is no excuse for one above it. */
  dropped(clientId: string, topic: string, why: 'queue-full' | 'slow' | 'absent'): void {
    const key = `${clientId} ${topic}`;
    count(this.#drops, key);
    if (why === 'queue-full' || topic.startsWith(SHARED)) count(this.#excuses, key);
  }

  /** The broker refuses a message, as it can store nothing: sent again, it may be taken behind later ones. */
  refused(publisher: string, topic: string): void {
    this.#refused.add(`${publisher} ${topic}`);
  }

  #dropped(clientId: string, topic: string): number {
    return this.#drops.get(`${clientId} ${topic}`) ?? 0;
  }

  /** A packet passes the client's end. */
  clientPacket(clientId: string, from: 'client' | 'server', packet: Packet): void {
    const exchanges = this.#clients.get(clientId) ?? new Exchanges(clientId);
    this.#clients.set(clientId, exchanges);
    if (from === 'server') return exchanges.answered(packet);
    if (packet.type === 'publish') {
      const publication = this.#publications[numberIn(packet.payload)];
      if (publication !== undefined) publication.sends += 1;
    }
    exchanges.sent(packet, contentOf(packet), false);
  }

  /** A packet passes the broker's end of a connection. */
  brokerPacket(connection: Connection, from: 'client' | 'server', packet: Packet): void {
    if (from === 'client') connection.epoch?.exchanges.answered(packet);
    else if (packet.type === 'publish')
      connection.epoch?.exchanges.sent(packet, contentOf(packet), isOfGroup(packet, this));
    else connection.epoch?.exchanges.sent(packet, '', false);
  }

  /**
   * The client has its CONNACK: what it had under way goes on, or begins anew. Where the session that is present began with
   * a CONNACK that got lost, the standard gives it no way to know that the one before is gone: nothing is claimed for it.
   */
  clientConnected(connection: Connection, receiveMaximum: number): void {
    const { clientId, epoch, isNewSession } = connection;
    this.#clients.get(clientId)?.begin(receiveMaximum, isNewSession);
    const isOther = connection.isDoubtful || epoch !== this.#known.get(clientId);
    const isUnknown = !isNewSession && isOther;
    if (epoch !== undefined) this.#known.set(clientId, epoch);
    if (!isNewSession && !isUnknown) return;
    if (epoch !== undefined && isUnknown) epoch.isMistaken = true;
    if (isUnknown) this.#clients.get(clientId)?.doubt();
    for (const one of this.#open)
      if (one.publisher === clientId && one.done === NEVER && one.sends > 0) one.anew = true;
  }

  /** The broker has died, and begins anew with what its store has. */
  restarted(now: number): void {
    this.ledger.lost();
    this.presence.restarted(now);
    this.#restarts.push(this.#tick());
  }

  #restartsSince({ from }: Publication): number {
    return this.#restarts.filter((at) => at > from).length;
  }

  connectionEnded(): void {
    this.#ends += 1;
  }

  /** Everybody is connected and nothing is under way: what was promised must have come. */
  settled(): void {
    for (const publication of this.#open) {
      if (publication.isWill) continue;
      if (publication.done === NEVER && publication.qos > 0)
        broken('settled', `${shown(publication)} was never acknowledged`);
      publication.done = Math.min(publication.done, this.#tick());
    }
    for (const { clientId, publication } of missing(this.#open, this.presence, this.#restarts)) {
      const key = `${clientId} ${publication.topic}`;
      if (count(this.#missed, key) > this.#excusesFor(clientId, publication.topic))
        broken('at-least-once', `${clientId} never got ${shown(publication)}, acknowledged to its publisher`);
    }
    this.#open = this.#open.filter(({ isWill, done }) => isWill && done === NEVER);
  }

  #excusesFor(clientId: string, topic: string): number {
    if (!isShared(clientId)) return this.#excuses.get(`${clientId} ${topic}`) ?? 0;
    let sum = 0;
    for (const [key, drops] of this.#excuses) if (key.endsWith(` ${topic}`)) sum += drops;
    return sum;
  }

  /** What somebody who subscribes now gets of what is retained. */
  retained(messages: readonly Message[]): void {
    const found = messages.map(({ topic, payload }) => ({ topic, number: numberIn(payload) }));
    const problem = retainedProblem(
      this.#publications.filter(({ topic }) => topic.startsWith(RETAINED)),
      found,
    );
    if (problem !== undefined) broken('retained', problem);
  }
}

/** Whether a session has wanted a message from before it was published until it was acknowledged. */
export function surely(epoch: Epoch, { topic, publisher, from, acknowledged }: Publication): boolean {
  if (epoch.isMistaken) return false;
  return epoch.subscriptions.some(
    ({ filter, qos, noLocal, granted, leaving }) =>
      qos > 0 &&
      granted < from &&
      leaving > acknowledged &&
      !(noLocal && publisher === epoch.clientId) &&
      matches(filter, topic),
  );
}

function count(counts: Map<string, number>, key: string): number {
  const next = (counts.get(key) ?? 0) + 1;
  counts.set(key, next);
  return next;
}

function receiptOf(epoch: Epoch, number: number): Receipt {
  const known = epoch.receipts.get(number);
  if (known !== undefined) return known;
  const receipt: Receipt = { live: 0, counted: 0, qos2: 0, qos0: 0 };
  epoch.receipts.set(number, receipt);
  return receipt;
}

function isOfGroup(packet: PublishPacket, model: Model): boolean {
  return model.publication(numberIn(packet.payload))?.topic.startsWith(SHARED) === true;
}

export function shown({ number, topic, qos, isWill, publisher }: Publication): string {
  return `message ${number} (${isWill ? 'will, ' : ''}QoS ${qos} on ${topic} by ${publisher})`;
}
