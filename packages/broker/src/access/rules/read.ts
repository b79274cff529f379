// Rules out of what was written: a document of rules, and the JSON that comes with a login. What is wrong is said with its
// place, and then there are no rules at all.

import { z } from 'zod';
import { sentencesOf } from '../../document/sentences.ts';
import type { Path } from '../../document/shape.ts';
import { parseYaml } from '../../document/yaml.ts';
import type { AccessRule } from './rule.ts';
import {
  groupSchema,
  listOf,
  ownRuleSchema,
  ruleOf,
  ruleSchema,
  type WrittenGroup,
  type WrittenRule,
} from './schema.ts';

export type Rules = { readonly rules: readonly AccessRule[] } | { readonly problem: string };

/** Rules and groups, as they stand in a file of rules and in the configuration. */
export interface WrittenRules {
  readonly groups?: readonly WrittenGroup[] | undefined;
  readonly rules?: readonly WrittenRule[] | undefined;
}

export const rulesKeys = {
  groups: z
    .array(groupSchema, 'a list of groups')
    .optional()
    .describe('users under one name: a list of `name` and `users`')
    .meta({ examples: [[{ name: 'operators', users: ['ann', 'bob'] }]] }),
  rules: z
    .array(ruleSchema, 'a list of rules')
    .optional()
    .describe('what clients may do: a list of rules; see [access](access.md)')
    .meta({ examples: [[{ allow: 'all', topics: 'devices/${clientid}/#' }]] }),
};

const documentSchema = z
  .strictObject(rulesKeys, 'keys with values: groups, rules')
  .superRefine((written, context) => groupsKnown(written, context));

/** A rule for a group that nobody knows would be for nobody. */
export function groupsKnown({ groups = [], rules = [] }: WrittenRules, context: z.RefinementCtx): void {
  const say = (path: Path, message: string): void => {
    context.addIssue({ code: 'custom', path: [...path], message });
  };
  const known = new Set<string>();
  for (const [i, { name }] of groups.entries()) {
    if (known.has(name)) say(['groups', i, 'name'], 'the name of one group only');
    known.add(name);
  }
  for (const [i, { who }] of rules.entries()) {
    const named = typeof who === 'object' ? listOf(who.groups) : [];
    const unknown = named.find((name) => !known.has(name));
    if (unknown === undefined) continue;
    const expected = known.size === 0 ? 'there is none' : `there are ${[...known].join(', ')}`;
    say(['rules', i, 'who', 'groups'], `names of groups, and ${unknown} is none: ${expected}`);
  }
}

/** @param place says where a path stands */
export function rulesOf(
  { groups = [], rules = [] }: WrittenRules,
  place: (path: Path) => string,
): AccessRule[] {
  const members = new Map(groups.map(({ name, users }) => [name, listOf(users)]));
  return rules.map((rule, i) => ruleOf(rule, place(['rules', i]), members));
}

/** A file of rules, by its text. `name` is what sentences call it. */
export function rulesFromYaml(text: string, name: string): Rules {
  const yaml = parseYaml(text, name);
  if ('problem' in yaml) return yaml;
  if (yaml.value === undefined) return { problem: `${name}:1: expected \`rules:\`, but the file is empty` };
  const result = documentSchema.safeParse(yaml.value);
  if (!result.success) {
    const sentences = result.error.issues.flatMap((issue) => sentencesOf(issue, documentSchema, yaml.place));
    return { problem: sentences.join('\n') };
  }
  const rules = rulesOf(result.data, yaml.place);
  // Somebody has cut it short, or not begun: whatever was meant, it is not this.
  if (rules.length === 0)
    return { problem: `${yaml.place(['rules'])}: expected at least one rule in \`rules\`` };
  return { rules };
}

/** What a login may bring along. */
const OWN_RULES_MAX = 1000;
const ownRules = z
  .array(ownRuleSchema, 'a list of rules')
  .max(OWN_RULES_MAX, `a list of at most ${OWN_RULES_MAX} rules`);

/**
 * Rules that come with a login, as a claim of a token or in an answer: a list of rules as in a file of rules, without `who`.
 * `name` is what they are called. An empty list is no rules, and allows nothing.
 */
export function rulesFromJson(value: unknown, name: string): Rules {
  const result = ownRules.safeParse(value);
  if (result.success)
    return { rules: result.data.map((rule, i) => ruleOf(rule, `${name}[${i}]`, NO_GROUPS)) };
  const sentences = result.error.issues.flatMap((issue) => sentencesOf(issue, ownRules, () => name));
  return { problem: sentences.join('\n') };
}

const NO_GROUPS: ReadonlyMap<string, readonly string[]> = new Map();
