// The store of our broker when nobody has it open: whole behind every death; and once everything has been delivered and
// acknowledged nothing is left but sessions, their subscriptions and what is retained. docs/durability.md has the tables.

import { Judge, openSnapshot } from '@anax/broker';
import type { Cast } from './cast.ts';

const TABLES = [
  'own',
  'session',
  'subscription',
  'delivery',
  'release',
  'arrival',
  'retained',
  'message',
] as const;
type Table = (typeof TABLES)[number];
export type RowCounts = Readonly<Record<Table, number>>;

export interface StoreLook {
  readonly counts: RowCounts;
  /** What `anax store check` would say. */
  readonly findings: readonly string[];
}

/** Looks at all pages and rows, as `anax store check` does. The broker has ended, in whatever way. */
export async function lookAtStore(directory: string): Promise<StoreLook> {
  const counts = Object.fromEntries(TABLES.map((table) => [table, 0])) as Record<Table, number>;
  const findings: string[] = [];
  const judge = new Judge(({ kind, text }) => void findings.push(`${kind}: ${text}`));
  const snapshot = openSnapshot(directory);
  try {
    findings.push(...snapshot.faults);
    for (const row of snapshot.rows()) {
      judge.take(row);
      const table = TABLES[row.key[0] ?? 0];
      if (table !== undefined) counts[table] += 1;
    }
    judge.end();
  } finally {
    await snapshot.close();
  }
  return { counts, findings };
}

/** What is there and should not be, or is not and should. */
export function leaks(counts: RowCounts, { publishers, subscribers }: Cast): readonly string[] {
  const lasting = subscribers.filter(({ presence }) => presence !== 'late');
  const filters = lasting.reduce((sum, role) => sum + role.filters.length, 0);
  const exact: readonly (readonly [Table, number])[] = [
    ['session', publishers.length + lasting.length],
    ['subscription', filters],
    ['delivery', 0],
    ['release', 0],
    ['arrival', 0],
  ];
  const problems = exact
    .filter(([table, expected]) => counts[table] !== expected)
    .map(([table, expected]) => `${counts[table]} rows of ${table}, where ${expected} are due`);
  if (counts.message > counts.retained) {
    problems.push(`${counts.message} payloads, where ${counts.retained} are retained and nobody is owed any`);
  }
  return problems;
}
