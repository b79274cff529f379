// From what the checks found to a verdict on each statement. Pure.

import type { DialectName } from '@anax/protocol';
import { STATEMENTS, type Statement } from '../statements/tables.ts';
import { whyUnseen } from '../statements/unseen.ts';
import type { CheckResult, StatementResult, Verdict } from './model.ts';

/** Why a check has no verdict, where the audit ended before its time. */
export const STOPPED = 'the audit was stopped before this was done';

/** The statements of the dialects that ran, in the order of the standards; where only some were asked for, those. */
export function statementResults(
  dialects: readonly DialectName[],
  checks: readonly CheckResult[],
  wanted: (statement: Statement) => boolean,
): readonly StatementResult[] {
  const bearing = new Map<string, CheckResult[]>();
  for (const check of checks) {
    for (const id of check.statements) {
      const key = `${check.dialect} ${id}`;
      bearing.set(key, [...(bearing.get(key) ?? []), check]);
    }
  }
  return STATEMENTS.filter((one) => dialects.includes(one.dialect))
    .filter((one) => wanted(one) || bearing.has(`${one.dialect} ${one.id}`))
    .map((one) => resultOf(one, bearing.get(`${one.dialect} ${one.id}`) ?? []));
}

function resultOf(statement: Statement, checks: readonly CheckResult[]): StatementResult {
  const names = [...new Set(checks.map(({ name }) => name))];
  const result = (verdict: Verdict, reason?: string): StatementResult => ({
    statement,
    verdict,
    reason,
    checks: names,
  });
  const worst = (verdict: Verdict): CheckResult | undefined => checks.find((one) => one.verdict === verdict);
  if (worst('broken') !== undefined) return result('broken');
  if (statement.binds === 'client') return result('not applicable', 'binds clients only');
  if (statement.shown === 'client-api')
    return result('not observable', 'only the caller of a client library sees it');
  if (statement.shown === 'unobservable') return result('not observable', 'nothing on the wire shows it');
  const unseen = checks.length === 0 ? whyUnseen(statement) : undefined;
  if (unseen !== undefined) return result('not observable', unseen);
  if (checks.some(({ reason }) => reason === STOPPED)) return result('skipped', STOPPED);
  if (worst('kept') !== undefined) return result('kept');
  const skipped = worst('skipped') ?? worst('not applicable');
  if (skipped !== undefined) return result(skipped.verdict, skipped.reason);
  return result('skipped', 'no check ran');
}
