/** Owns random topic names and filters over a small alphabet, so that they meet often. Never asserts. */

import fc from 'fast-check';
import { isTopicFilter, isTopicName, type TopicFilter, type TopicName } from '../../src/topic/index.ts';

// Levels that share beginnings, an empty one, one with $, one long enough for V8 to slice instead of copy.
const levels = ['', 'a', 'b', 'ab', '$s', 'é', 'a-level-of-some-length'];
const level = fc.constantFrom(...levels);
const wildLevel = fc.oneof({ weight: 3, arbitrary: level }, { weight: 2, arbitrary: fc.constant('+') });

export function nameOf(text: string): TopicName {
  if (!isTopicName(text)) throw new Error(`not a topic name: ${text}`);
  return text;
}

export function filterOf(text: string): TopicFilter {
  if (!isTopicFilter(text)) throw new Error(`not a topic filter: ${text}`);
  return text;
}

export const topicName: fc.Arbitrary<TopicName> = fc
  .array(level, { minLength: 1, maxLength: 5 })
  .map((parts) => nameOf(parts.join('/') || '/'));

export const topicFilter: fc.Arbitrary<TopicFilter> = fc
  .tuple(fc.array(wildLevel, { minLength: 0, maxLength: 5 }), fc.boolean())
  .map(([parts, hash]) => filterOf((hash ? [...parts, '#'] : parts).join('/') || '/'));
