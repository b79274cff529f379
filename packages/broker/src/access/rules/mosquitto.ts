// ACL files of mosquitto, read as they are: `user`, `topic` and `pattern` lines become rules. What differs from mosquitto then,
// since a deny wins here wherever it stands, is in `docs/access.md`. A line that is not understood is refused.

import { patternProblem } from './pattern.ts';
import type { Rules } from './read.ts';
import type { AccessAction, AccessRule, Who } from './rule.ts';

type Access = Pick<AccessRule, 'effect' | 'actions'>;

const READ: readonly AccessAction[] = ['receive'];
const WRITE: readonly AccessAction[] = ['publish'];
const BOTH: readonly AccessAction[] = [...WRITE, ...READ];

const ACCESSES: ReadonlyMap<string, Access> = new Map<string, Access>([
  ['read', { effect: 'allow', actions: READ }],
  ['write', { effect: 'allow', actions: WRITE }],
  ['readwrite', { effect: 'allow', actions: BOTH }],
  ['deny', { effect: 'deny', actions: BOTH }],
]);

/** A whole level of a `pattern`, and what it is here. */
const VARIABLES: ReadonlyMap<string, string> = new Map([
  ['%c', '${clientid}'],
  ['%u', '${username}'],
]);

interface Line {
  readonly word: string;
  readonly rest: string;
  readonly place: string;
}

/** `name` is what sentences call the file. */
export function rulesFromMosquitto(text: string, name: string): Rules {
  const rules: AccessRule[] = [];
  const problems: string[] = [];
  // Before the first `user` line, `topic` is for clients without a user name.
  let who: Who = { anonymous: true };
  for (const line of linesOf(text, name)) {
    if (line.word === 'user') {
      if (line.rest === '') problems.push(`${line.place}: expected a user name behind \`user\``);
      who = { users: [line.rest] };
      continue;
    }
    const rule = ruleOf(line, who);
    if (typeof rule === 'string') problems.push(`${line.place}: ${rule}`);
    else rules.push(rule);
  }
  if (problems.length > 0) return { problem: problems.join('\n') };
  if (rules.length === 0)
    return { problem: `${name}:1: expected at least one \`topic\` or \`pattern\` line` };
  return { rules: [mayAsk(name), ...rules] };
}

/** mosquitto takes any SUBSCRIBE, and looks at each message that it would deliver. */
function mayAsk(name: string): AccessRule {
  return {
    effect: 'allow',
    actions: ['subscribe'],
    topics: ['#'],
    leadingWildcardReachesDollar: true,
    place: name,
  };
}

function* linesOf(text: string, name: string): Generator<Line> {
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd();
    if (line === '' || line.startsWith('#')) continue;
    const space = line.indexOf(' ');
    const word = space < 0 ? line : line.slice(0, space);
    yield { word, rest: space < 0 ? '' : line.slice(space).trimStart(), place: `${name}:${i + 1}` };
  }
}

/** A rule, or what is wrong with the line. */
function ruleOf({ word, rest, place }: Line, who: Who): AccessRule | string {
  if (word !== 'topic' && word !== 'pattern') {
    return `expected \`user\`, \`topic\` or \`pattern\`, not ${JSON.stringify(word)}`;
  }
  const space = rest.indexOf(' ');
  const access = space < 0 ? undefined : ACCESSES.get(rest.slice(0, space));
  if (space >= 0 && access === undefined) {
    return `expected one of ${[...ACCESSES.keys()].join(', ')}, not ${JSON.stringify(rest.slice(0, space))}`;
  }
  const written = space < 0 ? rest : rest.slice(space).trimStart();
  // `$` and braces mean nothing there: what is a variable here is nothing that mosquitto would have put in.
  if (written.includes('${')) return 'expected a topic filter without ${, which is a variable here';
  const filter = word === 'topic' ? written : filledPattern(written);
  if (filter === undefined) return 'expected %c and %u to be whole levels of the topic filter';
  const problem = patternProblem(filter);
  if (problem !== undefined) return `expected ${problem}`;
  const { effect, actions } = access ?? { effect: 'allow', actions: BOTH };
  const rule: AccessRule = { effect, actions, topics: [filter], leadingWildcardReachesDollar: false, place };
  if (word === 'topic') return { ...rule, who };
  // There no pattern at all allows anything to a client whose names hold a wildcard.
  return effect === 'deny' ? rule : { ...rule, who: { plainNames: true } };
}

/** Undefined where a variable is only part of a level, which would let a client's name be part of another's. */
function filledPattern(written: string): string | undefined {
  const levels = written.split('/').map((level) => VARIABLES.get(level) ?? level);
  return levels.some((level) => level.includes('%c') || level.includes('%u')) ? undefined : levels.join('/');
}
