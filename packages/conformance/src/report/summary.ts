// What an audit comes to: how many statements have which verdict, and which checks broke which statements. Pure.

import type { DialectName } from '@anax/protocol';
import type { Audit, CheckResult, Finding, StatementResult, Verdict } from '../audit/model.ts';

/** In the order of reports. */
export const VERDICTS: readonly Verdict[] = ['broken', 'kept', 'skipped', 'not applicable', 'not observable'];

export type Counts = Readonly<Record<Verdict, number>>;

/** Statements of each version that was audited, by verdict. */
export function countsOf({ statements, protocols }: Audit): ReadonlyMap<DialectName, Counts> {
  const counts = new Map<DialectName, Record<Verdict, number>>();
  for (const { dialect, refused } of protocols) {
    if (refused !== undefined) continue;
    counts.set(dialect, { broken: 0, kept: 0, skipped: 0, 'not applicable': 0, 'not observable': 0 });
  }
  for (const { statement, verdict } of statements) {
    const version = counts.get(statement.dialect);
    if (version !== undefined) version[verdict] += 1;
  }
  return counts;
}

/** A check that found something wrong, with the statements that this breaks. */
export interface BrokenCheck {
  readonly check: CheckResult;
  readonly finding: Finding;
  readonly statements: readonly StatementResult[];
}

export function brokenChecks({ checks, statements }: Audit): readonly BrokenCheck[] {
  return checks.flatMap((check) => {
    const { finding, dialect } = check;
    if (finding === undefined) return [];
    const broken = statements.filter(
      ({ statement }) => statement.dialect === dialect && check.statements.includes(statement.id),
    );
    return [{ check, finding, statements: broken }];
  });
}

/** `3 statements are broken, by what 2 checks saw.` */
export function conclusionOf(audit: Audit): string {
  const broken = audit.statements.filter(({ verdict }) => verdict === 'broken').length;
  const kept = audit.statements.filter(({ verdict }) => verdict === 'kept').length;
  if (broken === 0)
    return `Nothing is broken; ${counted(kept, 'statement')} ${kept === 1 ? 'is' : 'are'} kept.`;
  const checks = brokenChecks(audit).length;
  return `${counted(broken, 'statement')} ${broken === 1 ? 'is' : 'are'} broken, by what ${counted(checks, 'check')} saw.`;
}

/** What has to be known before the verdicts are believed. */
export function cautionsOf({ stopped, failures, protocols }: Audit): readonly string[] {
  const cautions: string[] = [];
  if (stopped !== undefined) cautions.push(`This audit is not complete: ${stopped}.`);
  for (const { dialect, refused } of protocols)
    if (refused !== undefined) cautions.push(`MQTT ${dialect} was not audited. ${refused}.`);
  for (const failure of failures)
    cautions.push(`A check failed of itself, which is a defect of the audit: ${failure}`);
  return cautions;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
