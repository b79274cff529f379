// Which checks run, in which versions: all, or those whose statements or names were asked for. Pure.

import type { Dialect } from '@anax/protocol';
import type { Check, Watch } from '../checks/check.ts';
import type { Statement } from '../statements/tables.ts';
import { statementsIn } from '../statements/tags.ts';

export interface Selected {
  readonly check: Check;
  readonly dialect: Dialect;
  readonly statements: readonly string[];
}

/** `MQTT-3.3.*`, `3.3.*` and `connect/*` with `*` for any text. */
export function patternOf(text: string): (name: string) => boolean {
  const escaped = text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  const pattern = new RegExp(`^(?:MQTT-)?${escaped}$`, 'i');
  return (name) => pattern.test(name);
}

export function wantedStatement(only: readonly string[] | undefined): (statement: Statement) => boolean {
  const patterns = only?.map(patternOf);
  return ({ id }) => patterns === undefined || patterns.some((pattern) => pattern(id));
}

/** The ids that a check or watch proves in a dialect. */
export function provedIn({ proves }: Pick<Check, 'proves'>, dialect: Dialect): readonly string[] {
  return statementsIn(proves)
    .filter((ref) => ref.dialect === dialect.name)
    .map(({ id }) => id);
}

/** Those that run alone first; then the longest first, so that none is the only one at the end. */
export function selected(
  checks: readonly Check[],
  dialects: readonly Dialect[],
  only: readonly string[] | undefined,
): readonly Selected[] {
  return dialects
    .flatMap((dialect) => checks.map((check) => ({ check, dialect, statements: provedIn(check, dialect) })))
    .filter(({ check, statements }) => statements.length > 0 && isWanted(check.name, statements, only))
    .sort(
      (a, b) =>
        Number(b.check.alone ?? false) - Number(a.check.alone ?? false) ||
        (b.check.seconds ?? 0) - (a.check.seconds ?? 0),
    );
}

export function selectedWatches(
  watches: readonly Watch[],
  dialect: Dialect,
  only: readonly string[] | undefined,
): readonly Watch[] {
  return watches.filter((watch) => {
    const statements = provedIn(watch, dialect);
    return statements.length > 0 && isWanted(watch.name, statements, only);
  });
}

export function isWanted(
  name: string,
  statements: readonly string[],
  only: readonly string[] | undefined,
): boolean {
  const patterns = only?.map(patternOf);
  return (
    patterns === undefined ||
    patterns.some((pattern) => pattern(name) || statements.some((id) => pattern(id)))
  );
}
