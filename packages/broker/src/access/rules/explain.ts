// Why an answer is as it is: which rules have a word, and which of them decide. Each rule is asked alone, by what answers on the
// packet path; slow, for whoever wonders.

import type { QoS, TopicFilter, TopicName } from '@anax/protocol';
import type { Permissions } from '../access.ts';
import type { AccessSettings } from '../policy.ts';
import type { AccessRule, Identity } from './rule.ts';
import { compile } from './rule-book.ts';

export type AccessQuestion =
  | { readonly action: 'publish'; readonly topic: TopicName; readonly qos: QoS; readonly retain: boolean }
  /** Of a shared subscription the inner filter. */
  | { readonly action: 'subscribe'; readonly filter: TopicFilter; readonly qos: QoS }
  | { readonly action: 'receive'; readonly topic: TopicName };

export interface AccessAnswer {
  readonly allowed: boolean;
  /** The rules that decide: denials, or allows where there is none; empty where no rule has a word. */
  readonly by: readonly AccessRule[];
  /** The server's own topics are not published to, whatever rules say. */
  readonly ofServer: boolean;
}

/** @throws TypeError for a rule that is none */
export function explainAccess(
  { rules, otherwise }: AccessSettings,
  identity: Identity,
  question: AccessQuestion,
): AccessAnswer {
  if (!isAllowed(compile([], identity, 'allow'), question)) return { allowed: false, by: [], ofServer: true };
  const denying = rules.filter(
    (rule) => rule.effect === 'deny' && !isAllowed(compile([rule], identity, 'allow'), question),
  );
  if (denying.length > 0) return { allowed: false, by: denying, ofServer: false };
  const allowing = rules.filter(
    (rule) => rule.effect === 'allow' && isAllowed(compile([rule], identity, 'deny'), question),
  );
  return { allowed: allowing.length > 0 || otherwise === 'allow', by: allowing, ofServer: false };
}

function isAllowed(permissions: Permissions, question: AccessQuestion): boolean {
  if (question.action === 'publish') {
    return permissions.mayPublish(question.topic, question.qos, question.retain);
  }
  if (question.action === 'subscribe') return permissions.maySubscribe(question.filter, question.qos);
  return permissions.mayReceive?.(question.topic) ?? true;
}
