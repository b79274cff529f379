// What a check may need of the broker or of whoever runs the audit, and what is said where it is not there.

import type { Announced, BrokerFacts } from './check.ts';

export interface Situation {
  readonly announced: Announced;
  readonly facts: BrokerFacts;
  /** Whether there is a listener with features off. */
  readonly limited: Announced | undefined;
}

export interface Lacking {
  readonly verdict: 'skipped' | 'not applicable';
  readonly reason: string;
}

type Judge = (situation: Situation) => Lacking | undefined;

/** The broker says that it has not got it, as the standard lets it. */
function feature(there: (announced: Announced) => boolean, reason: string): Judge {
  return ({ announced }) => (there(announced) ? undefined : { verdict: 'not applicable', reason });
}

/** Whoever runs the audit has to say it. */
function option(there: (facts: BrokerFacts) => boolean, reason: string): Judge {
  return ({ facts }) => (there(facts) ? undefined : { verdict: 'skipped', reason });
}

const JUDGES = {
  retain: feature((a) => a.retainAvailable, 'CONNACK says Retain Available 0'),
  qos1: feature((a) => a.maximumQos >= 1, 'CONNACK says Maximum QoS 0'),
  qos2: feature((a) => a.maximumQos === 2, 'CONNACK says Maximum QoS 0 or 1'),
  wildcards: feature(
    (a) => a.wildcardSubscriptionAvailable,
    'CONNACK says Wildcard Subscription Available 0',
  ),
  subscriptionIdentifiers: feature(
    (a) => a.subscriptionIdentifiersAvailable,
    'CONNACK says Subscription Identifiers Available 0',
  ),
  sharedSubscriptions: feature(
    (a) => a.sharedSubscriptionAvailable,
    'CONNACK says Shared Subscription Available 0',
  ),
  topicAliases: feature((a) => a.topicAliasMaximum > 0, 'CONNACK has no Topic Alias Maximum, or 0'),
  deniedTopic: option(
    (f) => f.deniedTopic !== undefined,
    'needs a topic that may not be published to: --denied-topic',
  ),
  deniedFilter: option(
    (f) => f.deniedFilter !== undefined,
    'needs a filter that may not be subscribed to: --denied-filter',
  ),
  refusedClientId: option(
    (f) => f.refusedClientId !== undefined,
    'needs a client identifier that the broker refuses: --refused-client-id',
  ),
  refusedCredentials: option(
    (f) => f.refusedUserName !== undefined || f.refusedPassword !== undefined,
    'needs credentials that the broker refuses: --refused-username, --refused-password',
  ),
  authentication: option(
    (f) => f.authentication !== undefined,
    'needs a method of enhanced authentication: --authentication-method',
  ),
  webSocket: option((f) => f.webSocket !== undefined, 'needs a listener for WebSocket: --ws'),
  limitedListener: ({ limited }: Situation) =>
    limited === undefined
      ? { verdict: 'skipped', reason: 'needs a listener with features off: --limited' }
      : undefined,
} as const satisfies Record<string, Judge>;

export type Need = keyof typeof JUDGES;

/** The first of the needs that is not met. */
export function lacking(needs: readonly Need[], situation: Situation): Lacking | undefined {
  for (const need of needs) {
    const judge: Judge = JUDGES[need];
    const found = judge(situation);
    if (found !== undefined) return found;
  }
  return undefined;
}
