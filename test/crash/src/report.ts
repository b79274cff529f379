// Violations as text: how many of each kind, and of the first ones everything that is known of their message.

import type { Fact } from './facts.ts';
import { VIOLATION_KINDS, type Violation } from './violation.ts';

const SHOWN_MAX = 12;

export function violationsText(violations: readonly Violation[], facts: readonly Fact[]): string {
  const counts = VIOLATION_KINDS.map(
    (kind) => [kind, violations.filter((one) => one.kind === kind).length] as const,
  );
  const total = counts.filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
  const lines = [`VIOLATIONS: ${total.join(', ')}`, `of ${owners(violations).join(', ')}`];
  for (const one of pickEachKind(violations)) {
    lines.push('', `${one.kind}: ${one.text}${one.value === undefined ? '' : ` (${one.value})`}`);
    for (const line of trail(one, facts)) lines.push(`  ${line}`);
  }
  return lines.join('\n');
}

/** Who is concerned how often: a subscriber, the members of a shared subscription, or the whole broker. */
function owners(violations: readonly Violation[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { receivers } of violations) {
    const owner = receivers.join('+') || 'nobody in particular';
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return [...counts].map(([owner, count]) => `${owner} ${count}`);
}

/** The first of each kind, then more, as far as there is room. */
function pickEachKind(violations: readonly Violation[]): readonly Violation[] {
  const firsts = VIOLATION_KINDS.flatMap((kind) => violations.filter((one) => one.kind === kind).slice(0, 2));
  return [...new Set([...firsts, ...violations])].slice(0, SHOWN_MAX);
}

/** What happened to the message, with the deaths between; what is known otherwise where it is about none. */
function trail(one: Violation, facts: readonly Fact[]): readonly string[] {
  const { value, facts: own } = one;
  const about = facts.flatMap((fact, at) => (isAbout(fact, one) ? [at] : []));
  const from = about[0];
  const to = about.at(-1);
  if (value === undefined || from === undefined || to === undefined) return own.map((fact) => told(fact));
  const lines: string[] = [];
  for (let at = from; at <= to; at += 1) {
    const fact = facts[at];
    if (fact === undefined) continue;
    if (isAbout(fact, one) || fact.type === 'killed') lines.push(`${at}: ${told(fact)}`);
  }
  return lines;
}

function isAbout(fact: Fact, { value, receivers }: Violation): boolean {
  if (!('value' in fact) || fact.value !== value) return false;
  return !('subscriber' in fact) || receivers.includes(fact.subscriber);
}

function told({ type, ...rest }: Fact): string {
  const fields = Object.entries(rest).filter(([name]) => name !== 'output');
  return `${type} ${fields.map(([name, value]) => `${name}=${String(value)}`).join(' ')}`;
}
