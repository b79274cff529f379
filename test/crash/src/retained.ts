// What may be retained at a topic: the last message that was acknowledged, or any that was sent later. Pure.

import type { Fact, Published } from './facts.ts';
import { type Violation, violation } from './violation.ts';

/** By topic, in the order of publishing; undefined stands for nothing. */
export type Retained = ReadonlyMap<string, readonly (Published | undefined)[]>;

export interface RetainedJudgement {
  readonly violations: readonly Violation[];
  readonly after: Retained;
}

const NOTHING: readonly (Published | undefined)[] = [undefined];

export function retainedViolations(facts: readonly Fact[], before: Retained): RetainedJudgement {
  const violations: Violation[] = [];
  const possible = new Map(before);
  const published = new Map<number, Published>();
  for (const fact of facts) {
    if (fact.type === 'published' && fact.retain) {
      published.set(fact.value, fact);
      possible.set(fact.topic, [...(possible.get(fact.topic) ?? NOTHING), fact]);
    } else if (fact.type === 'acknowledged' || fact.type === 'refused') {
      const sent = published.get(fact.value);
      if (sent === undefined) continue;
      const left = fact.type === 'refused' ? without(sent, possible) : from(sent, possible);
      possible.set(sent.topic, left);
    } else if (fact.type === 'found') {
      const allowed = possible.get(fact.topic) ?? NOTHING;
      if (allowed.some((one) => visible(one) === fact.value)) continue;
      const wanted = allowed.map((one) => visible(one) ?? 'nothing').join(', ');
      const text = `${fact.topic} has ${fact.value ?? 'nothing'} retained; possible are ${wanted}`;
      const shown = allowed.flatMap((one) => (one === undefined ? [] : [one]));
      violations.push(violation('wrong-retained', text, [fact, ...shown]));
    }
  }
  return { violations, after: possible };
}

function visible(one: Published | undefined): number | undefined {
  return one?.clears === true ? undefined : one?.value;
}

/** Acknowledged: nothing that was sent before it is retained any more. */
function from(sent: Published, possible: Retained): readonly (Published | undefined)[] {
  return (possible.get(sent.topic) ?? []).filter((one) => one !== undefined && one.order >= sent.order);
}

function without(sent: Published, possible: Retained): readonly (Published | undefined)[] {
  return (possible.get(sent.topic) ?? []).filter((one) => one !== sent);
}
