/** Owns that the subscription tree agrees with the plain definition, prunes, and bears hostile depths. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  SubscriptionTree,
  type TopicFilter,
  type TopicName,
  topicMatchesFilter,
} from '../../src/topic/index.ts';
import { filterOf, nameOf, topicFilter, topicName } from './generators.ts';

type Client = { readonly name: string };
type Step = {
  readonly set: boolean;
  readonly filter: TopicFilter;
  readonly who: number;
  readonly value: number;
};

const clients: readonly Client[] = ['ann', 'bob', 'cid'].map((name) => ({ name }));
const [ann, bob, cid] = clients as [Client, Client, Client];

function found(tree: SubscriptionTree<Client, number>, topic: TopicName): readonly string[] {
  const hits: string[] = [];
  tree.match(topic, (client, value) => hits.push(`${client.name} ${value}`));
  return hits.sort();
}

describe('subscription tree', () => {
  it('visits a subscriber once for each filter that matches', () => {
    const tree = new SubscriptionTree<Client, number>();
    for (const [i, filter] of ['a/b', 'a/+', 'a/#', '#', '+/b', '+/+', 'a/b/#', 'b', '+'].entries()) {
      tree.set(filterOf(filter), ann, i);
    }
    expect(found(tree, nameOf('a/b'))).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `ann ${i}`));
    expect(found(tree, nameOf('a'))).toEqual(['ann 2', 'ann 3', 'ann 8']);
  });

  it('a # filter does not match $SYS/x [5:MQTT-4.7.2-1] [3.1.1:MQTT-4.7.2-1]', () => {
    const tree = new SubscriptionTree<Client, number>();
    for (const [i, filter] of ['#', '+/x', '+/#', '$SYS/#', '$SYS/+', '$SYS/x'].entries()) {
      tree.set(filterOf(filter), ann, i);
    }
    expect(found(tree, nameOf('$SYS/x'))).toEqual(['ann 3', 'ann 4', 'ann 5']);
  });

  it('replaces the subscription of the same filter and subscriber [5:MQTT-3.8.4-3] [3.1.1:MQTT-3.8.4-3]', () => {
    for (const text of ['a/b', 'a/+', 'a/#', '#', '+']) {
      const filter = filterOf(text);
      const tree = new SubscriptionTree<Client, number>();
      expect(tree.set(filter, ann, 1)).toBeUndefined();
      expect(tree.set(filter, ann, 2)).toBe(1);
      expect(tree.set(filter, bob, 3)).toBeUndefined();
      expect(tree.set(filter, ann, 4)).toBe(2);
      expect([tree.get(filter, ann), tree.get(filter, bob), tree.get(filter, cid)]).toEqual([
        4,
        3,
        undefined,
      ]);
      expect(tree.size).toBe(2);
    }
  });

  it('takes names that objects treat as special for what they are', () => {
    const tree = new SubscriptionTree<Client, number>();
    for (const text of ['__proto__', 'constructor/+', '__proto__/#']) tree.set(filterOf(text), ann, 1);
    expect(found(tree, nameOf('__proto__'))).toEqual(['ann 1', 'ann 1']);
    expect(found(tree, nameOf('toString'))).toEqual([]);
  });

  it('has a new generation after every change of what matches, and only then', () => {
    const tree = new SubscriptionTree<Client, number>();
    const filter = filterOf('a/+');
    const seen = [tree.generation];
    const changes: readonly (() => void)[] = [
      () => tree.set(filter, ann, 1),
      () => tree.set(filter, ann, 2),
      () => tree.set(filter, bob, 2),
      () => tree.delete(filter, ann),
      () => tree.delete(filter, bob),
    ];
    for (const change of changes) {
      change();
      seen.push(tree.generation);
    }
    expect(new Set(seen).size).toBe(changes.length + 1);
    tree.delete(filter, bob);
    tree.delete(filterOf('x/+'), bob);
    expect(tree.generation).toBe(seen.at(-1));
  });

  it('agrees with the plain definition after any sets and deletes, and is empty after all are deleted', () => {
    const step: fc.Arbitrary<Step> = fc.record({
      set: fc.boolean(),
      filter: topicFilter,
      who: fc.integer({ min: 0, max: 2 }),
      value: fc.nat({ max: 9 }),
    });
    const some = fc.tuple(
      fc.array(step, { maxLength: 60 }),
      fc.array(topicName, { minLength: 1, maxLength: 8 }),
    );
    fc.assert(
      fc.property(some, ([steps, topics]) => {
        const tree = new SubscriptionTree<Client, number>();
        const model = new Map<TopicFilter, Map<Client, number>>();
        for (const one of steps) {
          apply(tree, model, one);
          checkAgainst(tree, model, topics);
        }
        for (const [filter, all] of model) for (const client of all.keys()) tree.delete(filter, client);
        expect([tree.size, tree.nodeCount]).toEqual([0, 0]);
        for (const topic of topics) expect(found(tree, topic)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves nothing behind after churn', () => {
    const tree = new SubscriptionTree<Client, number>();
    tree.set(filterOf('home/+/lamp'), ann, 0);
    const before = tree.nodeCount;
    for (let i = 0; i < 5_000; i++) {
      for (const text of [`home/${i}/+`, `home/${i}/+/x`, `home/${i}/#`, `home/${i}`, `+/${i}/#`]) {
        const filter = filterOf(text);
        for (const client of clients) tree.set(filter, client, i);
        for (const client of clients) expect(tree.delete(filter, client)).toBe(i);
      }
    }
    expect([tree.size, tree.nodeCount]).toEqual([1, before]);
    expect(found(tree, nameOf('home/7/lamp'))).toEqual(['ann 0']);
  });

  it('uses fewer than two nodes per filter, however many levels the filters have', () => {
    const tree = new SubscriptionTree<Client, number>();
    const deep = '/a'.repeat(30_000);
    for (let i = 0; i < 100; i++) tree.set(filterOf(`${deep.slice(0, i * 600)}/+/${i}`), ann, i);
    expect(tree.size).toBe(100);
    expect(tree.nodeCount).toBeLessThan(200);
  });

  it('stands on as many nodes for a match among 100,000 filters as among 100', () => {
    const topics = [3, 42, 99].map((i) => nameOf(`plant/${i}/device/${i}/state`));
    const costs = [100, 1_000, 100_000].map((count) => {
      const tree = new SubscriptionTree<Client, number>();
      for (let i = 0; i < count; i++) {
        const device = `plant/${i}/device/${i}`;
        for (const text of [`${device}/state`, `${device}/+`, `${device}/#`, `plant/+/device/${i}/state`])
          tree.set(filterOf(text), ann, i);
      }
      return topics.map((topic) => tree.match(topic, () => undefined));
    });
    // Nothing, `plant`, the device by its name and below it `+`, `plant/+/device` and below it the device.
    for (const cost of costs) expect(cost).toEqual([6, 6, 6]);
  });

  it('stands on more nodes as levels and hits grow, and on no more than twice the hits here', () => {
    const tree = new SubscriptionTree<Client, number>();
    const levels = Array.from({ length: 12 }, (_, i) => `level${i}`);
    for (const [i] of levels.entries()) {
      tree.set(filterOf([...levels.slice(0, i), '#'].join('/')), ann, i);
      tree.set(filterOf([...levels.slice(0, i), '+'].join('/')), ann, i);
    }
    for (let length = 1; length <= levels.length; length++) {
      let hits = 0;
      const nodes = tree.match(nameOf(levels.slice(0, length).join('/')), () => {
        hits++;
      });
      expect(hits).toBe(length === levels.length ? length + 1 : length + 2);
      expect(nodes).toBeGreaterThanOrEqual(length);
      expect(nodes).toBeLessThanOrEqual(2 * hits);
    }
  });

  it('bears 65,536 levels in filters and topics without overflowing the stack', () => {
    const tree = new SubscriptionTree<Client, number>();
    const slashes = '/'.repeat(65_535);
    const filters = [
      slashes,
      `${slashes.slice(0, -1)}#`,
      '+/'.repeat(32_767),
      '+/#',
      '/+/+/#',
      `/+${'/'.repeat(65_000)}`,
    ];
    // One filter per depth makes the tree itself deep.
    for (let depth = 1; depth < 2_000; depth++) filters.push(`${slashes.slice(0, depth)}+`);
    for (const [i, text] of filters.entries()) tree.set(filterOf(text), ann, i);
    expect(found(tree, nameOf(slashes))).toEqual(['ann 0', 'ann 1', 'ann 3', 'ann 4']);
    expect(found(tree, nameOf(slashes.slice(0, 1_000)))).toHaveLength(3);
    for (const text of filters) tree.delete(filterOf(text), ann);
    expect([tree.size, tree.nodeCount]).toEqual([0, 0]);
  });
});

function apply(
  tree: SubscriptionTree<Client, number>,
  model: Map<TopicFilter, Map<Client, number>>,
  step: Step,
): void {
  const client = clients[step.who] ?? ann;
  const all = model.get(step.filter) ?? new Map<Client, number>();
  const before = all.get(client);
  if (step.set) {
    expect(tree.set(step.filter, client, step.value)).toBe(before);
    model.set(step.filter, all.set(client, step.value));
  } else {
    expect(tree.delete(step.filter, client)).toBe(before);
    all.delete(client);
    if (all.size === 0) model.delete(step.filter);
  }
}

function checkAgainst(
  tree: SubscriptionTree<Client, number>,
  model: Map<TopicFilter, Map<Client, number>>,
  topics: readonly TopicName[],
): void {
  let size = 0;
  for (const [filter, all] of model) {
    size += all.size;
    for (const client of clients) expect(tree.get(filter, client)).toBe(all.get(client));
  }
  expect(tree.size).toBe(size);
  expect(tree.nodeCount).toBeLessThanOrEqual(2 * model.size);
  for (const topic of topics) {
    const expected: string[] = [];
    for (const [filter, all] of model) {
      if (!topicMatchesFilter(topic, filter)) continue;
      for (const [client, value] of all) expected.push(`${client.name} ${value}`);
    }
    expect(found(tree, topic)).toEqual(expected.sort());
  }
}
