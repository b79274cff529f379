// A rule as people and tokens write it: the one shape that rules have in the configuration, in a file of rules, in a claim
// of a JSON Web Token and in the answer of an HTTP server. Strict: what is not understood is refused, never passed over.

import type { QoS } from '@anax/protocol';
import { z } from 'zod';
import { networkProblem } from '../../network.ts';
import { patternProblem } from './pattern.ts';
import type { AccessAction, AccessRule, Who } from './rule.ts';

const text = z.string('a text').min(1, 'a text that is not empty');

/** An empty list would be for nobody, and a denial with it none. */
function some<T extends z.ZodType>(one: T, expected: string) {
  return z.union([one, z.array(one).min(1, `${expected}, at least one`)], expected);
}

function checked(problem: (value: string) => string | undefined) {
  return text.superRefine((value, context) => {
    const message = problem(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

const ACTIONS: Readonly<Record<string, readonly AccessAction[]>> = {
  publish: ['publish'],
  subscribe: ['subscribe', 'receive'],
  receive: ['receive'],
  all: ['publish', 'subscribe', 'receive'],
};
const ACTION_WORDS = ['publish', 'subscribe', 'receive', 'all'] as const;
const ACTION = `one of ${ACTION_WORDS.join(', ')}, or a list of them`;
const actions = some(z.enum(ACTION_WORDS, ACTION), ACTION);

const TOPICS = 'a topic filter, or a list of them';
const topics = some(checked(patternProblem), TOPICS);

const QOS = '0, 1 or 2';
const qos = z.union([z.literal(0), z.literal(1), z.literal(2)], QOS);

const names = some(text, 'a name, or a list of names');

const whoKeys = z.strictObject({
  clientIds: names.optional().describe('client identifiers'),
  users: names.optional().describe('user names'),
  groups: names.optional().describe('names of `groups`: whoever is in one of them'),
  addresses: some(checked(networkProblem), 'a network, or a list of them')
    .optional()
    .describe('addresses or networks: `10.0.0.0/8`, `fd00::/8`'),
  listeners: names.optional().describe('names of listeners'),
  commonNames: names.optional().describe('common names of client certificates'),
  alternativeNames: names.optional().describe('subject alternative names of client certificates'),
  fingerprints: names.optional().describe('SHA-256 fingerprints of client certificates, in hex'),
  serialNumbers: names.optional().describe('serial numbers of client certificates, in hex'),
  anonymous: z
    .boolean('true or false')
    .optional()
    .describe('true for clients without a user name, false for those with one'),
});

const WHO = 'everybody, anonymous, or keys such as users, groups, addresses';

const ruleKeys = {
  allow: actions
    .optional()
    .describe('what is allowed: `publish`, `subscribe`, `receive`, `all`, or a list of them'),
  deny: actions.optional().describe('what is denied; wins over every `allow`'),
  topics: topics
    .optional()
    .describe('topic filters; a level may be `${clientid}`, `${username}`, `${cert.commonName}`'),
  exact: topics.optional().describe('topic filters that SUBSCRIBE must name to the letter'),
  qos: z.array(qos, `a list of ${QOS}`).min(1, `a list of ${QOS}`).optional().describe('only for these QoS'),
  qosMax: qos.optional().describe('only up to this QoS'),
  retain: z.boolean('true or false').optional().describe('only with RETAIN set, or only without'),
};

const whoOrWord = z
  .union([z.enum(['everybody', 'anonymous']), whoKeys], WHO)
  .optional()
  .describe('whom it is for: `everybody`, `anonymous`, or keys, all of which must hold');

/** As it comes with a login, which says whom it is for. */
export const ownRuleSchema = z.strictObject(ruleKeys).superRefine(agrees);
/** As it is written in a file or the configuration. */
export const ruleSchema = z.strictObject({ ...ruleKeys, who: whoOrWord }).superRefine(agrees);

export const groupSchema = z.strictObject({
  name: text.describe('the name of the group'),
  users: names.describe('the user names of its members'),
});

export type WrittenRule = z.output<typeof ruleSchema>;
export type WrittenGroup = z.output<typeof groupSchema>;

type Keys = Omit<WrittenRule, 'who'>;

/** What no single key can tell. */
function agrees(rule: Keys, context: z.RefinementCtx): void {
  const say = (path: readonly string[], message: string): void => {
    context.addIssue({ code: 'custom', path: [...path], message });
  };
  if ((rule.allow === undefined) === (rule.deny === undefined)) {
    return say([], 'a rule with either `allow` or `deny`');
  }
  if (rule.topics === undefined && rule.exact === undefined) say([], 'a rule with `topics` or `exact`');
  if (rule.qos !== undefined && rule.qosMax !== undefined) say(['qosMax'], 'left out where there is `qos`');
  const asked = actionsOf(rule);
  if (rule.retain !== undefined && !asked.includes('publish')) {
    say(['retain'], 'left out where `publish` is not among the actions');
  }
  const key = rule.qos === undefined ? 'qosMax' : 'qos';
  if (rule[key] !== undefined && !asked.includes('publish') && !asked.includes('subscribe')) {
    say([key], 'left out where there is only `receive`: it has no QoS');
  }
}

function actionsOf({ allow, deny }: Keys): readonly AccessAction[] {
  return [...new Set(listOf(allow ?? deny).flatMap((word) => ACTIONS[word] ?? []))];
}

/** The rule that is meant. `groups` has been asked whether it knows those that are named. */
export function ruleOf(
  written: WrittenRule,
  place: string,
  groups: ReadonlyMap<string, readonly string[]>,
): AccessRule {
  const { allow, topics, exact, qosMax, retain } = written;
  const who = whoOf(written.who, groups);
  const asked = qosMax === undefined ? written.qos : ([0, 1, 2] as const).filter((one) => one <= qosMax);
  return {
    effect: allow === undefined ? 'deny' : 'allow',
    actions: actionsOf(written),
    topics: listOf(topics),
    ...(exact === undefined ? {} : { exact: listOf(exact) }),
    ...(asked === undefined ? {} : { qos: asked as readonly QoS[] }),
    ...(retain === undefined ? {} : { retain }),
    ...(who === undefined ? {} : { who }),
    place,
  };
}

function whoOf(who: WrittenRule['who'], groups: ReadonlyMap<string, readonly string[]>): Who | undefined {
  if (who === undefined || who === 'everybody') return undefined;
  if (who === 'anonymous') return { anonymous: true };
  const { users, groups: named, anonymous, ...lists } = who;
  const members = listOf(named).flatMap((name) => groups.get(name) ?? []);
  const entries = Object.entries(lists).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, listOf(value)] as const],
  );
  return {
    ...Object.fromEntries(entries),
    ...(users === undefined && named === undefined ? {} : { users: [...listOf(users), ...members] }),
    ...(anonymous === undefined ? {} : { anonymous }),
  };
}

export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
