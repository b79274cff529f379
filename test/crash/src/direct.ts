// Facts that are violations by themselves. Pure.

import type { Again, Fact } from './facts.ts';
import { type Violation, violation } from './violation.ts';

export function directViolations(facts: readonly Fact[]): readonly Violation[] {
  return facts.flatMap((fact) => {
    const found = directViolation(fact);
    return found === undefined ? [] : [found];
  });
}

function directViolation(fact: Fact): Violation | undefined {
  switch (fact.type) {
    case 'session-lost':
      return violation('session-lost', `the session of ${fact.client} is gone`, [fact]);
    case 'broken':
      return violation('broken', `${fact.client}: ${fact.what}`, [fact]);
    case 'unfinished':
      return violation('unfinished', `${fact.client}: ${fact.what}`, [fact]);
    case 'store-checked':
      return fact.good ? undefined : violation('leaked', `the store: ${fact.output}`, [fact]);
    case 'again':
      return identifierReused(fact);
    default:
      return undefined;
  }
}

/**
 * A QoS 2 PUBLISH under an identifier that waits for PUBREL is the same message, with DUP.
 * [5:MQTT-3.3.1-1] [5:MQTT-4.3.3-3] [3.1.1:MQTT-3.3.1-1] [3.1.1:MQTT-4.3.3-1]
 */
function identifierReused(fact: Again): Violation | undefined {
  const { subscriber, packetId, first, value, dup } = fact;
  if (first === value && dup) return undefined;
  const what = first === value ? 'without DUP' : `for another message (${first} before)`;
  const text = `${subscriber} got packet identifier ${packetId} again ${what}, before PUBREL`;
  return violation('identifier-reused', text, [fact], value, [subscriber]);
}
