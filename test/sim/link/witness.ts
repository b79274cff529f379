// The reference model: hears what applications ask and get, whose session the server has, and which packets pass the
// clients' end of their links. Says when a promise was broken. Knows nothing of how client and broker work.

import type { Packet, QoS } from '@anax/protocol';
import type { Message } from '../../../packages/client/src/index.ts';
import { matches } from '../model/facts.ts';
import { numberIn } from '../model/payload.ts';
import { type RuleName, Violation } from '../model/violation.ts';
import { type Copies, type Epoch, NEVER, type Publication, type Taker } from './facts.ts';

/** Topics of messages without a payload end with their number. */
export const EMPTY = 'e/';

/** One process of an application: what its client can know. */
export interface Knowing {
  readonly clientId: string;
  /** The session that its client went on with last. */
  known: number | undefined;
}

export class Witness {
  violation: Violation | undefined;
  deliveries = 0;
  /** Of the broker. */
  deaths = 0;
  /** Sessions that were not the one before. */
  sessions = 0;
  readonly publications: Publication[] = [];
  /** Clients that ever took a session for another one, and could not know better. */
  readonly mistaken = new Set<string>();
  readonly #epochs = new Map<string, Epoch>();
  readonly #takers: Taker[] = [];
  /** By client identifier, all that it ever had. */
  readonly #had = new Map<string, Set<number>>();
  /** By client and number: how often its application refused a message. */
  readonly #refusals = new Map<string, number>();
  /** When an application last gave a filter up. */
  readonly #given = new Map<string, number>();
  /** Messages not yet settled, or settled without knowing. */
  #unknown = new Set<Publication>();
  #moment = 0;

  moment(): number {
    this.#moment += 1;
    return this.#moment;
  }

  /** The first is what counts. */
  fails(rule: RuleName, message: string): void {
    this.violation ??= new Violation(rule, message);
  }

  // Messages

  asks(publisher: string, topicOrPrefix: string, qos: QoS, size: number): Publication {
    const number = this.publications.length;
    const publication: Publication = {
      number,
      publisher,
      topic: topicOrPrefix === EMPTY ? `${EMPTY}${number}` : topicOrPrefix,
      qos,
      size,
      asked: this.moment(),
      deaths: this.deaths,
      settled: NEVER,
      done: NEVER,
      stored: NEVER,
      sends: 0,
      anew: false,
    };
    this.publications.push(publication);
    this.#unknown.add(publication);
    return publication;
  }

  /** @param isDone whether the server has it; undefined where nobody knows. */
  settles(publication: Publication, isDone: boolean): void {
    if (publication.settled !== NEVER) this.fails('settled', `${shown(publication)} was settled twice`);
    publication.settled = this.moment();
    if (isDone) this.arrives(publication);
  }

  /** The server has it, whoever is told of that: its publisher, or a later process of the same application. */
  arrives(publication: Publication): void {
    if (publication.done === NEVER) publication.done = this.moment();
    this.#unknown.delete(publication);
  }

  // Sessions

  /** The server has begun a session, or goes on with one; returns its number. */
  sessionOpened(clientId: string, isNew: boolean): number {
    const before = this.#epochs.get(clientId);
    if (before !== undefined && !isNew) return before.number;
    this.sessions += 1;
    const epoch = { number: this.moment(), clientId, certain: new Map(), isMistaken: false };
    this.#epochs.set(clientId, epoch);
    for (const publication of this.#unknown)
      if (publication.publisher === clientId && publication.sends > 0) publication.anew = true;
    return epoch.number;
  }

  /**
   * A client has its CONNACK.
   * @param isPresent undefined where it does not say.
   */
  connected(who: Knowing, number: number, isPresent: boolean | undefined): void {
    const epoch = this.#epochs.get(who.clientId);
    const isOther = who.known !== undefined && who.known !== number;
    who.known = number;
    if (epoch?.number !== number || !isOther || isPresent === false) return;
    epoch.isMistaken = true;
    this.mistaken.add(who.clientId);
  }

  // Subscriptions

  /** @param sent when SUBSCRIBE left. */
  subscribed(clientId: string, number: number, filter: string, sent: number): void {
    const epoch = this.#epochs.get(clientId);
    if (epoch?.number !== number || sent < (this.#given.get(`${clientId} ${filter}`) ?? 0)) return;
    if (!epoch.certain.has(filter)) epoch.certain.set(filter, this.moment());
  }

  /** UNSUBSCRIBE leaves. */
  takenBack(clientId: string, filter: string): void {
    this.#epochs.get(clientId)?.certain.delete(filter);
  }

  takes(clientId: string, filters: readonly string[], qos: QoS, isManual: boolean): Taker {
    const taker: Taker = {
      number: this.moment(),
      clientId,
      asked: filters,
      filters: new Set(filters),
      qos,
      isManual,
      granted: NEVER,
      left: NEVER,
      isGivenUp: false,
      had: new Map(),
      last: new Map(),
    };
    this.#takers.push(taker);
    return taker;
  }

  granted(taker: Taker): void {
    taker.granted = this.moment();
  }

  /** Its application has ended it: filters that nobody else of the same process has are given up. */
  leaves(taker: Taker): void {
    if (taker.left !== NEVER) return;
    taker.left = this.moment();
    taker.isGivenUp = true;
    for (const filter of taker.filters) {
      const isNeeded = this.#takers.some(
        (one) => one.left === NEVER && one.clientId === taker.clientId && one.filters.has(filter),
      );
      if (!isNeeded) this.#givesUp(taker.clientId, filter);
    }
  }

  /** For all that have it. */
  unsubscribes(clientId: string, filter: string): void {
    for (const taker of this.#takers) {
      if (taker.clientId !== clientId || taker.left !== NEVER || !taker.filters.delete(filter)) continue;
      if (taker.filters.size > 0) continue;
      taker.left = this.moment();
      taker.isGivenUp = true;
    }
    this.#givesUp(clientId, filter);
  }

  /** Its process is over: the server's session may live on. */
  ends(clientId: string): void {
    for (const taker of this.#takers)
      if (taker.clientId === clientId && taker.left === NEVER) taker.left = this.moment();
  }

  /** Whom a message is for, as far as filters say it. */
  takersOf(clientId: string, topic: string): readonly Taker[] {
    return this.#takers.filter(
      (one) => one.clientId === clientId && one.left === NEVER && matchesAny(one.filters, topic),
    );
  }

  /** Whom a message may ever have been for, of those that asked since then. */
  askersOf(clientId: string, topic: string, since: number): readonly Taker[] {
    return this.#takers.filter(
      (one) => one.number > since && one.clientId === clientId && matchesAny(one.asked, topic),
    );
  }

  /** Its client takes this session for another one, and cannot know better. */
  isMistaken(clientId: string, number: number): boolean {
    const epoch = this.#epochs.get(clientId);
    return epoch?.number !== number || epoch.isMistaken;
  }

  #givesUp(clientId: string, filter: string): void {
    this.#given.set(`${clientId} ${filter}`, this.moment());
    this.#epochs.get(clientId)?.certain.delete(filter);
  }

  // Arrivals

  /** @param taker undefined where no subscription of this process is meant. */
  received(clientId: string, taker: Taker | undefined, message: Message): void {
    this.deliveries += 1;
    const publication = this.publicationOf(message);
    if (publication === undefined) {
      const { topic, payload } = message;
      return this.fails(
        'match',
        `${clientId} got what nobody published on ${topic}: ${payload.length} bytes`,
      );
    }
    // Who acknowledges it himself has not got it before he has: until then it comes again.
    if (taker?.isManual !== true) this.has(clientId, publication);
    if (taker !== undefined) this.#taken(taker, publication, message);
  }

  /** The whole of what somebody has published. */
  publicationOf({ topic, payload }: Pick<Message, 'topic' | 'payload'>): Publication | undefined {
    const number = topic.startsWith(EMPTY) ? Number(topic.slice(EMPTY.length)) : numberIn(payload);
    const publication = this.publications[number];
    return publication?.topic === topic && isWhole(publication, payload) ? publication : undefined;
  }

  /** Nobody owes it to this client any more. */
  has(clientId: string, { number }: Publication): void {
    const had = this.#had.get(clientId);
    if (had === undefined) this.#had.set(clientId, new Set([number]));
    else had.add(number);
  }

  /** Says no: at QoS 2 it may be passed on again, should that not arrive. */
  refuses(clientId: string, publication: Publication): void {
    this.has(clientId, publication);
    const key = `${clientId} ${publication.number}`;
    this.#refusals.set(key, (this.#refusals.get(key) ?? 0) + 1);
  }

  #taken(taker: Taker, publication: Publication, message: Message): void {
    const { topic, qos } = message;
    const who = `${taker.clientId}, subscription ${taker.number},`;
    // Another subscription of this client may have a higher QoS than this one.
    if (qos > publication.qos) this.fails('match', `${who} got ${shown(publication)} with QoS ${qos}`);
    if (!matchesAny(taker.asked, topic))
      this.fails('match', `${who} got ${shown(publication)}, which it did not ask for`);
    const copies = this.#count(taker, publication, message);
    if (copies.all === 1) this.#requireOrder(taker, publication, qos);
    // A session that is not stored has it before its publisher has an answer; if the broker dies then, the next may, too.
    const epochs = Math.min(copies.epochs.size - 1, this.deaths - publication.deaths);
    const allowed = publication.qos === 1 || publication.anew ? publication.sends : 1 + epochs;
    const times = `${copies.all} times, sent ${publication.sends} times`;
    if (publication.qos === 0 && copies.all > 1)
      this.fails('exactly-once', `${who} got ${shown(publication)} ${times}`);
    const refused = this.#refusals.get(`${taker.clientId} ${publication.number}`) ?? 0;
    if (copies.exact > allowed + refused)
      this.fails('exactly-once', `${who} got ${shown(publication)} ${times}`);
    if (qos === 1 && copies.fresh > allowed)
      this.fails('exactly-once', `${who} got ${shown(publication)} as new ${times}`);
  }

  #count(taker: Taker, { number }: Publication, { dup, qos }: Message): Copies {
    const copies = taker.had.get(number) ?? { all: 0, fresh: 0, exact: 0, epochs: new Set() };
    taker.had.set(number, copies);
    copies.all += 1;
    if (!dup) copies.fresh += 1;
    if (qos === 2) copies.exact += 1;
    copies.epochs.add(this.#epochs.get(taker.clientId)?.number ?? 0);
    return copies;
  }

  /**
   * By each publisher on each topic at each QoS: the first of each message. What was published before it was subscribed
   * may come later, as its publisher may have had to send it again.
   */
  #requireOrder(taker: Taker, publication: Publication, qos: QoS): void {
    const { publisher, topic, number, asked } = publication;
    const epoch = this.#epochs.get(taker.clientId);
    const since = [...(epoch?.certain ?? [])].find(([filter]) => matches(filter, topic))?.[1] ?? NEVER;
    if (asked < since || asked < taker.granted) return;
    const key = `${publisher} ${topic} ${publication.qos} ${qos}`;
    const last = taker.last.get(key) ?? -1;
    if (last > number)
      this.fails(
        'order',
        `${taker.clientId}, subscription ${taker.number}, got ${shown(publication)} after ${last}`,
      );
    else taker.last.set(key, number);
  }

  // Packets

  /** A PUBLISH leaves a client. */
  sends(packet: Packet & { readonly type: 'publish' }): Publication | undefined {
    const publication = this.named(packet);
    if (publication !== undefined) publication.sends += 1;
    return publication;
  }

  /** What a packet is about. Its topic may stand behind an alias where it is not empty. */
  named({
    topic,
    payload,
  }: {
    readonly topic: string;
    readonly payload: Uint8Array;
  }): Publication | undefined {
    return this.publications[payload.length > 0 ? numberIn(payload) : Number(topic.slice(EMPTY.length))];
  }

  // All is settled

  /** Everybody is connected and nothing is under way: what was promised must have come. */
  settled(): void {
    for (const epoch of this.#epochs.values()) if (!epoch.isMistaken) this.#requireAll(epoch);
  }

  #requireAll(epoch: Epoch): void {
    const { clientId, certain } = epoch;
    const takers = this.#takers.filter((one) => one.clientId === clientId && one.left === NEVER);
    const gone = this.#takers.filter((one) => one.clientId === clientId && one.isGivenUp);
    const had = this.#had.get(clientId);
    for (const publication of this.publications) {
      const { topic, qos, done, asked, number } = publication;
      if (qos === 0 || done === NEVER) continue;
      const since = (filters: Iterable<string>): number => {
        let first = NEVER;
        for (const filter of filters)
          if (matches(filter, topic)) first = Math.min(first, certain.get(filter) ?? NEVER);
        return first;
      };
      const isDropped = (): boolean => gone.some((one) => one.left > asked && matchesAny(one.asked, topic));
      if (since(certain.keys()) < asked && !had?.has(number) && !isDropped())
        return this.fails('at-least-once', `${clientId} never got ${shown(publication)}`);
      for (const taker of takers) {
        if (taker.granted > asked || taker.qos === 0 || since(taker.filters) > asked) continue;
        if (taker.had.has(number)) continue;
        return this.fails(
          'at-least-once',
          `${clientId}, subscription ${taker.number}, never got ${shown(publication)}`,
        );
      }
    }
  }

  /** A message that everybody who is subscribed must have got, whatever became of sessions. */
  requireEverywhere(publication: Publication): void {
    for (const taker of this.#takers) {
      if (taker.left !== NEVER || taker.granted === NEVER) continue;
      if (this.#epochs.get(taker.clientId)?.isMistaken === true) continue;
      if (!matchesAny(taker.filters, publication.topic) || taker.had.has(publication.number)) continue;
      this.fails(
        'resubscribed',
        `${taker.clientId}, subscription ${taker.number} (${[...taker.filters]}), does not get what is published now`,
      );
    }
  }
}

function matchesAny(filters: Iterable<string>, topic: string): boolean {
  for (const filter of filters) if (matches(filter, topic)) return true;
  return false;
}

export function payloadOf({ number, size, topic }: Publication): string {
  if (topic.startsWith(EMPTY)) return '';
  return `${number}.`.padEnd(size, '.');
}

function isWhole(publication: Publication, payload: Uint8Array): boolean {
  if (publication.topic.startsWith(EMPTY)) return payload.length === 0;
  const digits = String(publication.number).length;
  if (payload.length !== Math.max(publication.size, digits + 1)) return false;
  for (let at = digits; at < payload.length; at += at < 300 ? 1 : 97) if (payload[at] !== 0x2e) return false;
  return payload[payload.length - 1] === 0x2e;
}

export function shown({ number, topic, qos, publisher }: Publication): string {
  return `message ${number} (QoS ${qos} on ${topic} by ${publisher})`;
}
