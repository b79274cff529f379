// `anax conform` as a process against a broker, and what it finds twice. Owns that a verdict of `broken` is no accident.

import { Child } from './children.ts';
import { ANAX } from './programs.ts';

export type Verdict = 'kept' | 'broken' | 'skipped' | 'not applicable' | 'not observable';

export interface CheckFound {
  readonly name: string;
  readonly protocol: string;
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly sentence: string;
  readonly statements: readonly string[];
  readonly finding?: { readonly expected: string; readonly seen: string };
}

export interface StatementFound {
  readonly protocol: string;
  readonly id: string;
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly summary: string;
  readonly checks: readonly string[];
}

export interface Report {
  readonly complete: boolean;
  readonly failures: readonly string[];
  readonly protocols: readonly { readonly protocol: string; readonly refused?: string }[];
  readonly statements: readonly StatementFound[];
  readonly checks: readonly CheckFound[];
}

async function conform(args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await new Child(process.execPath, [ANAX, 'conform', ...args, '--json'])
    .ended;
  if (code !== 0 && code !== 1) throw new Error(`the audit could not be done (${code}): ${stderr}`);
  const report = JSON.parse(stdout) as Report;
  if (!report.complete || report.failures.length > 0)
    throw new Error(`the audit is not whole: ${report.failures.join('; ')}`);
  return report;
}

/**
 * Audits; what was broken is looked at once more, by itself, and what is not broken then is not. The machine that this runs
 * on may be busy, and an answer may have come too late.
 */
export async function audited(args: readonly string[]): Promise<Report> {
  const first = await conform(args);
  const suspects = first.checks.filter(({ verdict, name }) => verdict === 'broken' && !isWatch(name));
  if (suspects.length === 0) return first;
  const only = [...new Set(suspects.map(({ name }) => name))].join(',');
  const second = await conform([...args, '--only', only]);
  return reconciled(first, second);
}

/** Rules for all traffic: what they saw once was sent. */
function isWatch(name: string): boolean {
  return name.startsWith('traffic/');
}

/** The first report, with what the second says of checks that were broken in the first. */
export function reconciled(first: Report, second: Report): Report {
  const again = new Map(second.checks.map((one) => [keyOf(one), one]));
  const checks = first.checks.map((one) =>
    one.verdict === 'broken' && !isWatch(one.name) ? (again.get(keyOf(one)) ?? one) : one,
  );
  const verdicts = new Map(checks.map((one) => [keyOf(one), one.verdict]));
  const statements = first.statements.map((one) => {
    if (one.verdict !== 'broken') return one;
    const still = one.checks.some((name) => verdicts.get(`${one.protocol} ${name}`) === 'broken');
    return still ? one : { ...one, verdict: 'kept' as const };
  });
  return { ...first, checks, statements };
}

function keyOf({ protocol, name }: CheckFound): string {
  return `${protocol} ${name}`;
}
