/** Owns that the retained index agrees with the plain definition, also while it changes under a walk. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  RetainedIndex,
  type TopicFilter,
  type TopicName,
  topicMatchesFilter,
} from '../../src/topic/index.ts';
import { filterOf, nameOf, topicFilter, topicName } from './generators.ts';

type Message = { readonly topic: TopicName; readonly version: number };
type Step = { readonly set: boolean; readonly topic: TopicName };

function walk(index: RetainedIndex<Message>, filter: TopicFilter, limit: number): readonly Message[] {
  const all: Message[] = [];
  for (const cursor = index.match(filter); !cursor.done; ) {
    const slice = cursor.next(limit);
    expect(slice.length).toBeLessThanOrEqual(limit);
    all.push(...slice);
  }
  return all;
}

function indexOf(texts: readonly string[]): RetainedIndex<Message> {
  const index = new RetainedIndex<Message>();
  for (const text of texts) index.set(nameOf(text), { topic: nameOf(text), version: 0 });
  return index;
}

function apply(
  index: RetainedIndex<Message>,
  model: Map<TopicName, Message>,
  step: Step,
  version: number,
): void {
  if (step.set) {
    const message = { topic: step.topic, version };
    expect(index.set(step.topic, message)).toBe(model.get(step.topic));
    model.set(step.topic, message);
  } else {
    expect(index.delete(step.topic)).toBe(model.get(step.topic));
    model.delete(step.topic);
  }
}

const steps = fc.array(fc.record({ set: fc.boolean(), topic: topicName }), { maxLength: 40 });

describe('retained index', () => {
  it('a # filter finds its parent too, and no topic that begins with $ [5:MQTT-4.7.2-1] [3.1.1:MQTT-4.7.2-1]', () => {
    const index = indexOf(['a', 'a/b', 'a/b/c', 'ab', '$SYS/x', '/a']);
    const topics = (filter: string) =>
      walk(index, filterOf(filter), 3)
        .map((message) => message.topic)
        .sort();
    expect(topics('a/#')).toEqual(['a', 'a/b', 'a/b/c']);
    expect(topics('#')).toEqual(['/a', 'a', 'a/b', 'a/b/c', 'ab']);
    expect(topics('+/x')).toEqual([]);
    expect(topics('$SYS/#')).toEqual(['$SYS/x']);
    expect(topics('a/b')).toEqual(['a/b']);
    expect(topics('a/x')).toEqual([]);
    expect(topics('+/+/c')).toEqual(['a/b/c']);
  });

  it('agrees with the plain definition after any sets and deletes, in slices of any size', () => {
    fc.assert(
      fc.property(steps, topicFilter, fc.integer({ min: 1, max: 9 }), (changes, filter, limit) => {
        const index = new RetainedIndex<Message>();
        const model = new Map<TopicName, Message>();
        for (const [i, step] of changes.entries()) {
          apply(index, model, step, i);
          const expected = [...model.values()].filter((message) => topicMatchesFilter(message.topic, filter));
          const all = walk(index, filter, limit);
          expect(new Set(all)).toEqual(new Set(expected));
          expect(all).toHaveLength(expected.length);
          expect(index.size).toBe(model.size);
          expect(index.get(step.topic)).toBe(model.get(step.topic));
          expect(index.nodeCount).toBeLessThanOrEqual(2 * model.size);
        }
        for (const topic of model.keys()) index.delete(topic);
        expect([index.size, index.nodeCount]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  });

  it('returns what is held all through a walk exactly once, whatever changes between the slices', () => {
    const walks = fc.tuple(steps, fc.array(steps, { maxLength: 30 }), topicFilter);
    fc.assert(
      fc.property(walks, ([before, between, filter]) => {
        const index = new RetainedIndex<Message>();
        const model = new Map<TopicName, Message>();
        let version = 0;
        for (const step of before) apply(index, model, step, version++);
        const stayed = new Set(model.keys());
        const changed = new Set<TopicName>();
        const seen: TopicName[] = [];
        const cursor = index.match(filter);
        for (let i = 0; !cursor.done; i++) {
          for (const message of cursor.next(1)) {
            expect(model.get(message.topic)).toBe(message);
            seen.push(message.topic);
          }
          for (const step of between[i] ?? []) {
            apply(index, model, step, version++);
            if (!step.set) stayed.delete(step.topic);
            changed.add(step.topic);
          }
        }
        for (const topic of seen) expect(topicMatchesFilter(topic, filter)).toBe(true);
        for (const topic of stayed) {
          const times = seen.filter((one) => one === topic).length;
          expect([topic, times]).toEqual([topic, topicMatchesFilter(topic, filter) ? 1 : 0]);
        }
        for (const topic of seen) expect(stayed.has(topic) || changed.has(topic)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a slice takes no longer than its limit allows, even where nothing matches', () => {
    const index = indexOf(Array.from({ length: 1_000 }, (_, i) => `a/${i}/b`));
    const cursor = index.match(filterOf('+/+/c'));
    let slices = 0;
    for (; !cursor.done; slices++) expect(cursor.next(10)).toEqual([]);
    expect(slices).toBeGreaterThanOrEqual(100);
    expect(slices).toBeLessThan(110);
  });

  it('a walk advances even if it is asked for slices of 0', () => {
    const cursor = indexOf(['a', 'b']).match(filterOf('#'));
    expect([...cursor.next(0), ...cursor.next(-1)]).toHaveLength(2);
  });

  it('leaves nothing behind after churn', () => {
    const index = indexOf(['home/kitchen/lamp']);
    for (let i = 0; i < 5_000; i++) {
      const texts = [`home/${i}`, `home/${i}/lamp`, `home/kitchen/lamp/${i}`, `home/kitchen`, `${i}//`];
      for (const text of texts) index.set(nameOf(text), { topic: nameOf(text), version: i });
      for (const text of texts) expect(index.delete(nameOf(text))?.version).toBe(i);
    }
    expect([index.size, index.nodeCount]).toEqual([1, 1]);
  });

  it('bears 65,536 levels in topics and filters without overflowing the stack', () => {
    const slashes = '/'.repeat(65_535);
    const texts = [slashes];
    for (let depth = 1; depth < 2_000; depth++)
      texts.push(slashes.slice(0, depth), `${slashes.slice(0, depth)}a`);
    const index = indexOf(texts);
    expect(walk(index, filterOf('#'), 100)).toHaveLength(texts.length);
    expect(walk(index, filterOf('+/'.repeat(32_767)), 100)).toHaveLength(0);
    expect(walk(index, filterOf(`${slashes.slice(0, 65_533)}/#`), 100)).toHaveLength(1);
    expect(walk(index, filterOf(slashes), 100)).toHaveLength(1);
    for (const text of texts) index.delete(nameOf(text));
    expect([index.size, index.nodeCount]).toEqual([0, 0]);
  });
});
