// The checker: facts in, violations out. A pure function: it knows no time, no socket and no broker, and is tested with
// histories that are planted.
//
// What it holds a broker to: what was acknowledged arrives at everybody who is owed it; QoS 2 arrives once; the messages
// of one publisher to one topic arrive first in their order; what is retained is the last that was acknowledged, or a
// later one; a session that was promised is there. What it does not: whether a message without acknowledgement arrives,
// how often QoS 1 arrives, in which order the members of a shared subscription get theirs.

import { type Cast, grantedQos, lowerQos, type SubscriberRole } from './cast.ts';
import { directViolations } from './direct.ts';
import type { Delivered, Fact, Published } from './facts.ts';
import { type Retained, retainedViolations } from './retained.ts';
import { type Violation, type ViolationKind, violation } from './violation.ts';

/** What an earlier judgement leaves to the next one: everything up to here was published, acknowledged and delivered. */
export interface Carried {
  readonly valueMax: number;
  /** The highest order that has arrived, by receiver, publisher, topic and QoS. */
  readonly orders: ReadonlyMap<string, number>;
  readonly retained: Retained;
  /** Who was subscribed at the end. */
  readonly subscribed: ReadonlySet<string>;
}

export const NOTHING_CARRIED: Carried = {
  valueMax: 0,
  orders: new Map(),
  retained: new Map(),
  subscribed: new Set(),
};

export interface Figures {
  published: number;
  acknowledged: number;
  refused: number;
  /** Arrivals that somebody was owed, the first ones. */
  delivered: number;
  /** Further arrivals at QoS 1, and second halves of QoS 2 that were sent again. */
  duplicates: number;
}

export interface Judgement {
  readonly violations: readonly Violation[];
  readonly carried: Carried;
  readonly figures: Figures;
}

/** Everybody who gets a message once: a subscriber, or the members of a shared subscription together. */
interface Receiver {
  readonly name: string;
  readonly members: readonly SubscriberRole[];
  readonly clientIds: readonly string[];
  readonly shared: boolean;
}

interface Known {
  readonly published: ReadonlyMap<number, Published>;
  readonly acknowledged: ReadonlySet<number>;
  readonly repeated: ReadonlySet<number>;
}

/** Judges what happened since `before`, at a moment when everything has been delivered that can be. */
export function judge(cast: Cast, facts: readonly Fact[], before: Carried): Judgement {
  const known = index(facts);
  const violations: Violation[] = [...directViolations(facts)];
  const orders = new Map(before.orders);
  const figures: Figures = {
    published: known.published.size,
    acknowledged: known.acknowledged.size,
    refused: facts.filter(({ type }) => type === 'refused').length,
    delivered: 0,
    duplicates: facts.filter(({ type }) => type === 'again').length,
  };
  for (const receiver of receiversOf(cast)) {
    const arrivals = arrivalsAt(receiver, facts);
    violations.push(...strangers(receiver, arrivals, known, before));
    const owed = publishedFor(receiver, facts, before);
    violations.push(...lost(receiver, arrivals, known, owed));
    violations.push(...duplicated(receiver, arrivals, known, before));
    if (!receiver.shared) {
      violations.push(...reordered(receiver, arrivals, known, owed, orders));
      violations.push(...resentAsNew(receiver, arrivals, known));
    }
    figures.delivered += arrivals.size;
    for (const [, copies] of arrivals) figures.duplicates += copies.length - 1;
  }
  const retained = retainedViolations(facts, before.retained);
  violations.push(...retained.violations);
  const valueMax = Math.max(before.valueMax, ...[...known.published.keys()].slice(-1));
  const subscribed = new Set(before.subscribed);
  for (const fact of facts) follow(fact, subscribed);
  return { violations, carried: { valueMax, orders, retained: retained.after, subscribed }, figures };
}

function index(facts: readonly Fact[]): Known {
  const published = new Map<number, Published>();
  const acknowledged = new Set<number>();
  const repeated = new Set<number>();
  for (const fact of facts) {
    if (fact.type === 'published') published.set(fact.value, fact);
    else if (fact.type === 'acknowledged') acknowledged.add(fact.value);
    else if (fact.type === 'repeated') repeated.add(fact.value);
  }
  return { published, acknowledged, repeated };
}

function receiversOf({ subscribers }: Cast): readonly Receiver[] {
  const byName = new Map<string, SubscriberRole[]>();
  for (const role of subscribers) {
    const name = role.group ?? role.clientId;
    byName.set(name, [...(byName.get(name) ?? []), role]);
  }
  return [...byName].map(([name, members]) => ({
    name,
    members,
    clientIds: members.map(({ clientId }) => clientId),
    shared: members[0]?.group !== undefined,
  }));
}

/** By value, in the order of the first arrival. */
type Arrivals = ReadonlyMap<number | undefined, readonly Delivered[]>;

function arrivalsAt({ clientIds }: Receiver, facts: readonly Fact[]): Arrivals {
  const names = new Set(clientIds);
  const arrivals = new Map<number | undefined, Delivered[]>();
  for (const fact of facts) {
    if (fact.type !== 'delivered' || !names.has(fact.subscriber)) continue;
    const copies = arrivals.get(fact.value);
    if (copies === undefined) arrivals.set(fact.value, [fact]);
    else copies.push(fact);
  }
  return arrivals;
}

/** The QoS at which a receiver is owed a message; undefined where it is owed none. */
function owedQos({ members }: Receiver, { topic, qos, clears }: Published): number | undefined {
  const [first] = members;
  const granted = first === undefined || clears ? undefined : grantedQos(first, topic);
  return granted === undefined ? undefined : lowerQos(qos, granted);
}

/** Payloads that nobody sent, or that were sent to another topic. */
function strangers(
  receiver: Receiver,
  arrivals: Arrivals,
  { published }: Known,
  { valueMax }: Carried,
): readonly Violation[] {
  const violations: Violation[] = [];
  for (const [value, [arrival]] of arrivals) {
    if (arrival === undefined || (value !== undefined && value <= valueMax)) continue;
    const sent = value === undefined ? undefined : published.get(value);
    if (sent !== undefined && sent.topic === arrival.topic && owedQos(receiver, sent) !== undefined) continue;
    violations.push(told('strange', receiver, 'got what nobody sent there', [arrival], value));
  }
  return violations;
}

/** What was published while somebody of the receiver was subscribed, as far as the broker had said so. */
function publishedFor(
  { clientIds }: Receiver,
  facts: readonly Fact[],
  before: Carried,
): readonly Published[] {
  const subscribed = new Set(before.subscribed);
  const sent: Published[] = [];
  for (const fact of facts) {
    if (fact.type === 'published' && clientIds.some((clientId) => subscribed.has(clientId))) sent.push(fact);
    else follow(fact, subscribed);
  }
  return sent;
}

function follow(fact: Fact, subscribed: Set<string>): void {
  if (fact.type === 'subscribed') subscribed.add(fact.subscriber);
  else if (fact.type === 'left') subscribed.delete(fact.subscriber);
}

function lost(
  receiver: Receiver,
  arrivals: Arrivals,
  { acknowledged }: Known,
  owed: readonly Published[],
): readonly Violation[] {
  const violations: Violation[] = [];
  for (const sent of owed) {
    if (!acknowledged.has(sent.value) || arrivals.has(sent.value)) continue;
    if (owedQos(receiver, sent) === undefined) continue;
    violations.push(told('lost', receiver, 'never got an acknowledged message', [sent], sent.value));
  }
  return violations;
}

/** QoS 2 all the way comes once, also long after. */
function duplicated(
  receiver: Receiver,
  arrivals: Arrivals,
  { published, repeated }: Known,
  { valueMax }: Carried,
): readonly Violation[] {
  const violations: Violation[] = [];
  for (const [value, copies] of arrivals) {
    if (value === undefined || repeated.has(value)) continue;
    const exact = copies.filter(({ qos }) => qos === 2);
    const sent = published.get(value);
    const allowed = sent === undefined && value <= valueMax ? 0 : 1;
    if (exact.length <= allowed) continue;
    const times = exact.length === 1 ? 'once more' : `${exact.length} times`;
    violations.push(told('duplicated', receiver, `got a QoS 2 message ${times}`, exact, value));
  }
  return violations;
}

/**
 * First arrivals of one publisher, topic and QoS rise. Remembers the last in `orders`. What was sent before somebody
 * subscribed may reach them late, for the publisher may send it again.
 */
function reordered(
  receiver: Receiver,
  arrivals: Arrivals,
  { published, repeated }: Known,
  owed: readonly Published[],
  orders: Map<string, number>,
): readonly Violation[] {
  const violations: Violation[] = [];
  const due = new Set(owed.map(({ value }) => value));
  for (const [value, [arrival]] of arrivals) {
    if (value === undefined || !due.has(value) || repeated.has(value)) continue;
    const sent = published.get(value);
    if (sent === undefined || arrival === undefined) continue;
    const key = `${receiver.name} ${sent.publisher} ${sent.topic} ${sent.qos}`;
    const last = orders.get(key) ?? 0;
    if (sent.order > last) {
      orders.set(key, sent.order);
      continue;
    }
    const text = `got number ${sent.order} of ${sent.publisher} behind its number ${last}`;
    violations.push(told('reordered', receiver, text, [sent, arrival], value));
  }
  return violations;
}

/**
 * What was published at QoS 2 and is owed at QoS 1 comes twice only because the broker sends it again: with DUP, under
 * the same packet identifier. [5:MQTT-3.3.1-1] [5:MQTT-4.4.0-1] [3.1.1:MQTT-3.3.1-1] [3.1.1:MQTT-4.4.0-1]
 */
function resentAsNew(
  receiver: Receiver,
  arrivals: Arrivals,
  { published, repeated }: Known,
): readonly Violation[] {
  const violations: Violation[] = [];
  // A broker may send one copy for each of several subscriptions. [5:3.3.4] [3.1.1:3.3.5]
  if (receiver.members.some(({ filters }) => filters.length > 1)) return violations;
  for (const [value, copies] of arrivals) {
    const [first, ...others] = copies;
    if (value === undefined || first === undefined || published.get(value)?.qos !== 2) continue;
    if (first.qos !== 1 || repeated.has(value)) continue;
    if (others.every(({ dup, packetId }) => dup && packetId === first.packetId)) continue;
    violations.push(told('resent-as-new', receiver, 'got a message again as a new one', copies, value));
  }
  return violations;
}

function told(
  kind: ViolationKind,
  { name, clientIds }: Receiver,
  what: string,
  facts: readonly Fact[],
  value: number | undefined,
): Violation {
  return violation(kind, `${name} ${what}`, facts, value, clientIds);
}
