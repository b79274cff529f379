// Rules as sets to look up in: what is allowed and what is denied. Made once for what is the same for many clients, and at
// login for what has a client's own names in it.

import { hasWildcard, type TopicFilter } from '@anax/protocol';
import { FilterSet } from './filter-set.ts';
import { kindsOfRule, RECEIVE, SUBSCRIBE_ANY } from './kinds.ts';
import { type Filled, fill, type Pattern, parsePattern } from './pattern.ts';
import type { AccessRule, Identity } from './rule.ts';
import type { Verdict } from './who.ts';

/** A rule whose texts have been read. */
export interface ReadRule {
  readonly rule: AccessRule;
  readonly kinds: number;
  readonly topics: readonly Pattern[];
  readonly exact: readonly Pattern[];
  readonly hasVariable: boolean;
}

/** @throws TypeError for a rule that is none */
export function readRule(rule: AccessRule): ReadRule {
  const topics = rule.topics.map(parsePattern);
  const exact = (rule.exact ?? []).map(parsePattern);
  const hasVariable = [...topics, ...exact].some((pattern) => pattern.hasVariable);
  return { rule, kinds: kindsOfRule(rule), topics, exact, hasVariable };
}

export class Layer {
  readonly allowed = new FilterSet();
  readonly denied = new FilterSet();

  /** Adds a rule that is for this client, or where the verdict is `unknown` may be. */
  add(read: ReadRule, identity: Identity, verdict: Verdict): void {
    const { rule, topics, exact } = read;
    for (const pattern of topics) {
      const filled = fill(pattern, identity);
      const kinds = kindsOf(read, identity, verdict, filled);
      if (kinds !== 0) this.#set(rule).add(filled.filter, kinds, reachesDollar(rule, filled));
    }
    for (const pattern of exact) {
      const filled = fill(pattern, identity);
      const kinds = kindsOf(read, identity, verdict, filled);
      if (kinds !== 0) this.#addExact(rule, filled, kinds);
    }
  }

  #set({ effect }: AccessRule): FilterSet {
    return effect === 'allow' ? this.allowed : this.denied;
  }

  #addExact(rule: AccessRule, filled: Filled, kinds: number): void {
    const { filter, how } = filled;
    const set = this.#set(rule);
    if (how !== 'exactly' || !hasWildcard(filter as TopicFilter)) {
      set.add(filter, kinds, reachesDollar(rule, filled));
      return;
    }
    // No topic is spelled with a wildcard: what is left is SUBSCRIBE to this filter and, where that is allowed, what it brings.
    set.addToTheLetter(filter, kinds & SUBSCRIBE_ANY);
    if (rule.effect === 'allow') set.add(filter, kinds & RECEIVE, reachesDollar(rule, filled));
  }
}

/**
 * In doubt no: an allow that may not be meant is left out, a deny that may be meant stands. Only for a client that is not
 * there the other way round where nothing is lost by waiting: what is delivered is asked again once it is.
 */
function kindsOf({ rule, kinds }: ReadRule, { login }: Identity, verdict: Verdict, { how }: Filled): number {
  if (verdict === 'no') return 0;
  const isAllow = rule.effect === 'allow';
  if (how === 'not-filled' && isAllow) return 0;
  if (verdict === 'yes' && how !== 'not-known') return kinds;
  const askedAgain = login === undefined ? SUBSCRIBE_ANY | RECEIVE : 0;
  return isAllow ? kinds & askedAgain : kinds & ~askedAgain;
}

/** What stands in for a level that could not be filled in may be anything, also what begins with `$`. */
function reachesDollar({ effect, leadingWildcardReachesDollar }: AccessRule, { how }: Filled): boolean {
  return how === 'exactly' ? (leadingWildcardReachesDollar ?? effect === 'deny') : true;
}
