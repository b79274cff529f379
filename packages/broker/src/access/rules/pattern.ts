// The topic filter of a rule, which may hold variables: read once, filled in at login. A variable is a whole level, and so
// is what is put in its place: a client's own words never become a wildcard, a second level or a topic of the server.

import { levelCount, topicFilterProblem } from '@anax/protocol';
import type { Identity } from './rule.ts';

type Look = (identity: Identity) => string | undefined;

/** What a level may stand for. */
const VARIABLES: ReadonlyMap<string, Look> = new Map<string, Look>([
  ['clientid', ({ clientId }) => clientId],
  ['username', ({ userName }) => userName],
  ['cert.commonName', ({ login }) => login?.certificate?.commonName],
  ['cert.fingerprint', ({ login }) => login?.certificate?.fingerprint],
  ['cert.serialNumber', ({ login }) => login?.certificate?.serialNumber],
]);
const FROM_LOGIN = 'cert.';
/** What would make more of a level than a level. */
const FORBIDDEN = '+#/\0';

/** Bounds how deep a look-up goes. */
const LEVELS_MAX = 128;

interface Variable {
  readonly look: Look;
  /** Whether only a login tells. */
  readonly fromLogin: boolean;
}

export interface Pattern {
  readonly levels: readonly (string | Variable)[];
  readonly hasVariable: boolean;
}

/** What a pattern is for one client. */
export interface Filled {
  readonly filter: string;
  /** `exactly`, or a filter that reaches further: from the level on that could not be filled in, everything. */
  readonly how: 'exactly' | 'not-filled' | 'not-known';
}

/** What keeps a text from being the topic filter of a rule, as the end of a sentence. */
export function patternProblem(text: string): string | undefined {
  const problem = topicFilterProblem(text);
  if (problem !== undefined) return `a topic filter, but this one ${problem.message}`;
  if (text.startsWith('$share/')) return 'the topic filter inside $share/NAME/, without that';
  if (levelCount(text) > LEVELS_MAX) return `a topic filter of at most ${LEVELS_MAX} levels`;
  const bad = text.split('/').find((level) => level.includes('${') && variableOf(level) === undefined);
  if (bad === undefined) return undefined;
  const known = [...VARIABLES.keys()].map((name) => `\${${name}}`).join(', ');
  return `a topic filter, but its level ${JSON.stringify(bad)} is no variable: a whole level may be one of ${known}`;
}

/** @throws TypeError where `patternProblem` has something to say */
export function parsePattern(text: string): Pattern {
  const problem = patternProblem(text);
  if (problem !== undefined) throw new TypeError(`a rule must have ${problem}`);
  const levels = text.split('/').map((level) => variableOf(level) ?? level);
  return { levels, hasVariable: levels.some((level) => typeof level !== 'string') };
}

function variableOf(level: string): Variable | undefined {
  if (!level.startsWith('${') || !level.endsWith('}')) return undefined;
  const name = level.slice(2, -1);
  const look = VARIABLES.get(name);
  return look === undefined ? undefined : { look, fromLogin: name.startsWith(FROM_LOGIN) };
}

export function fill({ levels }: Pattern, identity: Identity): Filled {
  const filled: string[] = [];
  for (const level of levels) {
    const text = typeof level === 'string' ? level : levelOf(level.look(identity));
    if (text !== undefined) {
      filled.push(text);
      continue;
    }
    const isUnknown = typeof level !== 'string' && level.fromLogin && identity.login === undefined;
    return { filter: [...filled, '#'].join('/'), how: isUnknown ? 'not-known' : 'not-filled' };
  }
  const filter = filled.join('/');
  // Longer than a topic can be, or what no string of MQTT holds: nothing that this client could mean.
  return topicFilterProblem(filter) === undefined
    ? { filter, how: 'exactly' }
    : { filter: '#', how: 'not-filled' };
}

/** A client's own word as one level; undefined where it would be more than that, or nothing. */
function levelOf(value: string | undefined): string | undefined {
  if (value === undefined || value === '' || value.startsWith('$')) return undefined;
  return [...FORBIDDEN].some((character) => value.includes(character)) ? undefined : value;
}
