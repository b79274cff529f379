/**
 * Owns what a valid topic name and topic filter are, and the only ways to become one: the branded types are
 * made here and nowhere else. Never stores or matches at speed: `topicMatchesFilter` is the plain definition
 * that the indexes of this room are tested against.
 *
 * Dialects without shared subscriptions use `topicFilterProblem` and `parseTopicFilter`, where `$share/g/a`
 * is a filter like any other; dialects with them use `sharedFilterProblem` and `parseSharedFilter`.
 */

import { HASH, SLASH } from './levels.ts';
import {
  EMPTY,
  HASH_MISPLACED,
  HOLDS_NULL,
  LONE_SURROGATE,
  PLUS_MISPLACED,
  SHARE_NAME_EMPTY,
  SHARE_NAME_WILDCARD,
  SHARE_WITHOUT_FILTER,
  TOO_LONG,
  type TopicProblem,
  WILDCARD_IN_NAME,
} from './problems.ts';

declare const topicNameBrand: unique symbol;
declare const topicFilterBrand: unique symbol;

/** A string that `topicNameProblem` found nothing wrong with. */
export type TopicName = string & { readonly [topicNameBrand]: true };

/** A string that `topicFilterProblem` found nothing wrong with; a shared filter is one too. */
export type TopicFilter = string & { readonly [topicFilterBrand]: true };

export type ParsedFilter = {
  /** As subscribed, `$share/NAME/` included: the key for UNSUBSCRIBE. */
  readonly filter: TopicFilter;
  /** Without `/`, `+` and `#`; undefined for a subscription that is not shared. */
  readonly shareName: string | undefined;
  /** What topic names are matched against: `filter` without `$share/NAME/`. */
  readonly matching: TopicFilter;
  /** Whether `matching` holds a wildcard. */
  readonly wildcard: boolean;
};

/** Most UTF-8 bytes that a name or filter may take: its length travels in two bytes. */
export const topicBytesMax = 65_535;

const sharePrefix = '$share/';

/** What keeps `text` from being a topic name (of a PUBLISH, a will or a response topic), if anything does. */
export function topicNameProblem(text: string): TopicProblem | undefined {
  // [5:MQTT-4.7.0-1] [3.1.1:MQTT-4.7.1-1]
  if (text.includes('+') || text.includes('#')) return WILDCARD_IN_NAME;
  return textProblem(text);
}

/** What keeps `text` from being a topic filter where the dialect has no shared subscriptions. */
export function topicFilterProblem(text: string): TopicProblem | undefined {
  return textProblem(text) ?? wildcardProblem(text);
}

/** What keeps `text` from being a topic filter, shared or not, where the dialect has shared subscriptions. */
export function sharedFilterProblem(text: string): TopicProblem | undefined {
  const problem = textProblem(text);
  if (problem !== undefined) return problem;
  if (!text.startsWith(sharePrefix)) return wildcardProblem(text);
  const slash = text.indexOf('/', sharePrefix.length);
  const nameEnd = slash < 0 ? text.length : slash;
  if (nameEnd === sharePrefix.length) return SHARE_NAME_EMPTY; // [5:MQTT-4.8.2-1]
  const name = text.slice(sharePrefix.length, nameEnd);
  // [5:MQTT-4.8.2-2]
  if (name.includes('+') || name.includes('#')) return SHARE_NAME_WILDCARD;
  if (nameEnd + 1 >= text.length) return SHARE_WITHOUT_FILTER;
  // The levels before the inner filter hold no wildcard, so the whole text is checked as one filter.
  return wildcardProblem(text);
}

export function isTopicName(text: string): text is TopicName {
  return topicNameProblem(text) === undefined;
}

export function isTopicFilter(text: string): text is TopicFilter {
  return topicFilterProblem(text) === undefined;
}

export function parseTopicName(text: string): TopicName | undefined {
  return isTopicName(text) ? text : undefined;
}

/** For dialects without shared subscriptions: `shareName` is always undefined. */
export function parseTopicFilter(text: string): ParsedFilter | undefined {
  if (!isTopicFilter(text)) return undefined;
  return { filter: text, shareName: undefined, matching: text, wildcard: hasWildcard(text) };
}

/** For dialects with shared subscriptions; texts that do not begin with `$share/` are ordinary here too. */
export function parseSharedFilter(text: string): ParsedFilter | undefined {
  if (!text.startsWith(sharePrefix)) return parseTopicFilter(text);
  if (sharedFilterProblem(text) !== undefined) return undefined;
  const nameEnd = text.indexOf('/', sharePrefix.length);
  // Both are valid: no problem in the whole is none in the inner filter, which keeps its levels unbroken.
  const matching = text.slice(nameEnd + 1) as TopicFilter;
  return {
    filter: text as TopicFilter,
    shareName: text.slice(sharePrefix.length, nameEnd),
    matching,
    wildcard: hasWildcard(matching),
  };
}

/** A valid filter holds # only as its last character. */
export function hasWildcard(filter: TopicFilter): boolean {
  return filter.charCodeAt(filter.length - 1) === HASH || filter.includes('+');
}

/** The plain definition, level by level, characters as they are [5:MQTT-4.7.3-4] [3.1.1:MQTT-4.7.3-4]. */
export function topicMatchesFilter(topic: TopicName, filter: TopicFilter): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  // [5:MQTT-4.7.2-1] [3.1.1:MQTT-4.7.2-1]
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false;
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === '#') return true; // also when i === levels.length: a/# matches a
    if (i >= levels.length) return false;
    if (wanted[i] !== '+' && wanted[i] !== levels[i]) return false;
  }
  return wanted.length === levels.length;
}

/** What names and filters have in common. */
function textProblem(text: string): TopicProblem | undefined {
  if (text.length === 0) return EMPTY;
  if (text.length > topicBytesMax) return TOO_LONG; // a UTF-16 unit takes at least one byte
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0) return HOLDS_NULL;
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const low = text.charCodeAt(i + 1); // NaN past the end, which fails the test below
    if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return LONE_SURROGATE;
    i++; // a pair is four bytes: its two units, and the two added above
  }
  return bytes > topicBytesMax ? TOO_LONG : undefined;
}

function wildcardProblem(text: string): TopicProblem | undefined {
  const hash = text.indexOf('#');
  // [5:MQTT-4.7.1-1] [3.1.1:MQTT-4.7.1-2]
  if (hash >= 0 && (hash !== text.length - 1 || !startsLevel(text, hash))) return HASH_MISPLACED;
  for (let plus = text.indexOf('+'); plus >= 0; plus = text.indexOf('+', plus + 1)) {
    const endsLevel = plus + 1 === text.length || text.charCodeAt(plus + 1) === SLASH;
    // [5:MQTT-4.7.1-2] [3.1.1:MQTT-4.7.1-3]
    if (!endsLevel || !startsLevel(text, plus)) return PLUS_MISPLACED;
  }
  return undefined;
}

function startsLevel(text: string, index: number): boolean {
  return index === 0 || text.charCodeAt(index - 1) === SLASH;
}
