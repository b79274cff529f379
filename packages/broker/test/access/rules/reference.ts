// Rules as their documentation says them, one after the other and level by level: slow, and nothing shared with what is tested
// but the definition of a match in the standard.

import { type QoS, type TopicFilter, type TopicName, topicMatchesFilter } from '@anax/protocol';
import type { AccessRule, Identity } from '../../../src/access/rules/rule.ts';

export type Question =
  | { readonly action: 'publish'; readonly topic: string; readonly qos: QoS; readonly retain: boolean }
  | { readonly action: 'subscribe'; readonly topic: string; readonly qos: QoS }
  | { readonly action: 'receive'; readonly topic: string };

export function expected(
  rules: readonly AccessRule[],
  identity: Identity,
  otherwise: 'allow' | 'deny',
  question: Question,
): boolean {
  const { action, topic } = question;
  if (action === 'publish' && (topic === '$SYS' || topic.startsWith('$SYS/'))) return false;
  const speaking = rules.filter((rule) => isMeant(rule, identity) && speaks(rule, question));
  const hit = (rule: AccessRule): boolean =>
    rule.topics.some((text) => reaches(rule, text, identity, question)) ||
    (rule.exact ?? []).some((text) => reachesExactly(rule, text, identity, question));
  if (speaking.some((rule) => rule.effect === 'deny' && hit(rule))) return false;
  return otherwise === 'allow' || speaking.some((rule) => rule.effect === 'allow' && hit(rule));
}

function isMeant({ who = {} }: AccessRule, { clientId, userName, login }: Identity): boolean {
  if (who.clientIds !== undefined && !who.clientIds.includes(clientId)) return false;
  if (who.users !== undefined && !who.users.some((user) => user === userName)) return false;
  if (who.anonymous !== undefined && who.anonymous !== (userName === undefined)) return false;
  if (who.listeners !== undefined && !who.listeners.includes(login?.listener ?? '')) return false;
  const name = login?.certificate?.commonName;
  return who.commonNames === undefined || (name !== undefined && who.commonNames.includes(name));
}

function speaks({ effect, actions, qos, retain }: AccessRule, question: Question): boolean {
  if (!actions.includes(question.action)) return false;
  if (question.action === 'receive')
    return effect === 'allow' || qos === undefined || new Set(qos).size === 3;
  if (qos !== undefined && !qos.includes(question.qos)) return false;
  return question.action !== 'publish' || retain === undefined || retain === question.retain;
}

/** The filter of a rule for this client: `undefined` where an allow stands for nothing. */
function filterOf({ effect }: AccessRule, text: string, { clientId, userName, login }: Identity) {
  const values: Readonly<Record<string, string | undefined>> = {
    '${clientid}': clientId,
    '${username}': userName,
    '${cert.commonName}': login?.certificate?.commonName,
  };
  const levels: string[] = [];
  for (const level of text.split('/')) {
    const value = level in values ? values[level] : level;
    const isOwn = level in values;
    if (value === undefined || (isOwn && !isPlain(value))) {
      return effect === 'allow' ? undefined : { filter: [...levels, '#'].join('/'), cut: true };
    }
    levels.push(value);
  }
  return { filter: levels.join('/'), cut: false };
}

const isPlain = (value: string): boolean =>
  value !== '' && value[0] !== '$' && !/[+#/]/.test(value) && !value.includes('\0');

function reaches(rule: AccessRule, text: string, identity: Identity, question: Question): boolean {
  const own = filterOf(rule, text, identity);
  if (own === undefined) return false;
  const dollar = own.cut || (rule.leadingWildcardReachesDollar ?? rule.effect === 'deny');
  const { topic, action } = question;
  if (action === 'subscribe') return coversByDefinition(own.filter, topic, dollar);
  if (topicMatchesFilter(topic as TopicName, own.filter as TopicFilter)) return true;
  // The standard keeps a leading wildcard from `$`: with another letter there it says what follows.
  if (!dollar || !topic.startsWith('$')) return false;
  return topicMatchesFilter(`x${topic}` as TopicName, own.filter as TopicFilter) && /^[+#]/.test(own.filter);
}

function reachesExactly(rule: AccessRule, text: string, identity: Identity, question: Question): boolean {
  const own = filterOf(rule, text, identity);
  if (own === undefined) return false;
  if (own.cut) return reaches(rule, text, identity, question);
  if (question.action === 'subscribe' || !/[+#]/.test(own.filter)) return own.filter === question.topic;
  return question.action === 'receive' && rule.effect === 'allow' && reaches(rule, text, identity, question);
}

/** Whether each topic that `narrow` matches is one that `wide` matches: by their levels, from the right. */
export function coversByDefinition(wide: string, narrow: string, dollar: boolean): boolean {
  if (/^[+#]/.test(wide) && narrow.startsWith('$') && !dollar) return false;
  if (wide === '+/#' || wide === '#') return true;
  const [w, n] = [wide.split('/'), narrow.split('/')];
  const rest = w.at(-1) === '#';
  const fixed = rest ? w.slice(0, -1) : w;
  if (n.at(-1) === '#' ? !rest || n.length - 1 < fixed.length : n.length < fixed.length) return false;
  if (!rest && n.length !== fixed.length) return false;
  return fixed.every((level, i) => (level === '+' ? n[i] !== '#' : level === n[i]));
}
