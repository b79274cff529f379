/**
 * Owns the figures for the topic room: match, set and delete per second, bytes per subscription, the slowest
 * single call, and the walk over retained messages. Never checks results: the tests do.
 *
 * Run after the workspace build: `node bench/dist/topic.js [SUBSCRIPTIONS ...]` (10000 100000 1000000).
 *
 * The mix: 60% exact, 20% with +, 20% with #, ten per subscriber, and three filters that match much. Topics
 * are drawn at random so that each finds one subscription of its own and two of the wide ones. Bytes count
 * all that the tree holds beyond the filter strings and subscribers, which the caller has anyway; the level
 * strings that the tree cuts out of filters are included.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { TopicFilter, TopicName } from '@anax/protocol';
import { parseTopicFilter, parseTopicName, RetainedIndex, SubscriptionTree } from '@anax/protocol';

type Subscriber = { readonly id: number };
type Subscription = { readonly qos: number };
type Tree = SubscriptionTree<Subscriber, Subscription>;
/** A second of the clock, and one of the process's CPU time, all its threads, which a busy machine disturbs less. */
type Rate = { readonly perSecond: number; readonly perCpuSecond: number; readonly slowestMs: number };

const matchCount = 1_000_000;
const topicsDrawn = 200_000;
const retainedSliceMax = 1_000;
const WARM_UP_COUNT = 20_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

/** A small linear congruential generator: the same draws in every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function topicText(i: number): string {
  return `plant/${i % 1_000}/device/${i}/state`;
}

function filterText(i: number): string {
  switch (i % 10) {
    case 6:
      return `plant/+/device/${i}/state`;
    case 7:
      return `plant/${i % 1_000}/device/${i}/+`;
    case 8:
    case 9:
      return `plant/${i % 1_000}/device/${i}/#`;
    default:
      return topicText(i);
  }
}

/** Through bytes, as from a socket: a flat string, not the rope that a template makes. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}

function filterOf(text: string): TopicFilter {
  const parsed = parseTopicFilter(flat(text));
  if (parsed === undefined) throw new Error(`not a filter: ${text}`);
  return parsed.filter;
}

function topicOf(text: string): TopicName {
  const topic = parseTopicName(flat(text));
  if (topic === undefined) throw new Error(`not a topic: ${text}`);
  return topic;
}

/** In batches of 16 calls, so that reading the clock does not weigh. */
function rateOf(count: number, call: (i: number) => void): Rate {
  let slowestMs = 0;
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  let before = start;
  for (let i = 0; i < count; i++) {
    call(i);
    if (i % 16 !== 15) continue;
    const now = performance.now();
    if (now - before > slowestMs) slowestMs = now - before;
    before = now;
  }
  const perSecond = count / ((performance.now() - start) / 1_000);
  const { user, system } = process.cpuUsage(cpuStart);
  return { perSecond, perCpuSecond: count / ((user + system) / 1_000_000), slowestMs };
}

function shown({ perSecond, perCpuSecond, slowestMs }: Rate): string {
  const whole = (rate: number): string => Math.round(rate).toLocaleString('en').padStart(10);
  return `${whole(perSecond)}/s, ${whole(perCpuSecond)} per CPU second (slowest 16: ${slowestMs.toFixed(1)} ms)`;
}

function shuffled(count: number): Uint32Array {
  const random = randomFrom(2);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random(i + 1);
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
  return order;
}

function benchSubscriptions(count: number): void {
  const filters = Array.from({ length: count }, (_, i) => filterOf(filterText(i)));
  const subscribers = Array.from({ length: Math.ceil(count / 10) }, (_, id): Subscriber => ({ id }));
  const subscription: Subscription = { qos: 1 };
  const random = randomFrom(1);
  const topics = Array.from({ length: topicsDrawn }, () => topicOf(topicText(random(count))));
  const order = shuffled(count);
  const tree: Tree = new SubscriptionTree();
  const subscriberOf = (i: number): Subscriber => subscribers[Math.floor(i / 10)] ?? { id: -1 };
  const filterAt = (i: number): TopicFilter => filters[i] ?? filterOf('none');

  const before = heapBytes();
  const set = rateOf(count, (i) => tree.set(filterAt(i), subscriberOf(i), subscription));
  const bytes = (heapBytes() - before) / count;
  const everywhere: Subscriber = { id: -2 };
  const wide = ['plant/+/device/+/state', 'plant/7/#', '#'].map(filterOf);
  for (const filter of wide) tree.set(filter, everywhere, subscription);

  let hits = 0;
  const visit = (): void => {
    hits++;
  };
  let nodes = 0;
  const matchAt = (i: number): void => {
    nodes += tree.match(topics[i % topicsDrawn] ?? topicOf('none'), visit);
  };
  rateOf(topicsDrawn, matchAt);
  hits = 0;
  nodes = 0;
  const match = rateOf(matchCount, matchAt);

  for (const filter of wide) tree.delete(filter, everywhere);
  const remove = rateOf(count, (i) => {
    const at = order[i] ?? 0;
    tree.delete(filterAt(at), subscriberOf(at));
  });
  console.log(`${count.toLocaleString('en')} subscriptions`);
  const each = (all: number): string => (all / matchCount).toFixed(2);
  console.log(`  match  ${shown(match)}, ${each(hits)} hits and ${each(nodes)} nodes each`);
  console.log(`  set    ${shown(set)}`);
  console.log(`  delete ${shown(remove)}`);
  console.log(
    `  memory ${bytes.toFixed(0)} bytes per subscription; left: ${tree.size}, ${tree.nodeCount} nodes`,
  );
}

function benchRetained(count: number): void {
  const topics = Array.from({ length: count }, (_, i) => topicOf(topicText(i)));
  const index = new RetainedIndex<TopicName>();
  const topicAt = (i: number): TopicName => topics[i] ?? topicOf('none');
  const before = heapBytes();
  const set = rateOf(count, (i) => index.set(topicAt(i), topicAt(i)));
  const bytes = (heapBytes() - before) / count;
  let found = 0;
  let slowestMs = 0;
  const start = performance.now();
  for (const cursor = index.match(filterOf('plant/+/device/#')); !cursor.done; ) {
    const sliceStart = performance.now();
    found += cursor.next(retainedSliceMax).length;
    slowestMs = Math.max(slowestMs, performance.now() - sliceStart);
  }
  const perSecond = found / ((performance.now() - start) / 1_000);
  console.log(`${count.toLocaleString('en')} retained messages`);
  console.log(`  set    ${shown(set)}`);
  console.log(
    `  walk   ${Math.round(perSecond).toLocaleString('en').padStart(10)}/s ` +
      `(slowest slice of ${retainedSliceMax}: ${slowestMs.toFixed(1)} ms), ${found} found`,
  );
  console.log(`  memory ${bytes.toFixed(0)} bytes per message`);
}

const counts = process.argv.slice(2).map(Number);
// Once without a word, so that the first figures are not those of code that has not been compiled yet.
const { log } = console;
console.log = () => undefined;
benchSubscriptions(WARM_UP_COUNT);
benchRetained(WARM_UP_COUNT);
console.log = log;
for (const count of counts.length > 0 ? counts : [10_000, 100_000, 1_000_000]) {
  benchSubscriptions(count);
  benchRetained(count);
}
