// What must be left in the store of our broker once everything has been delivered and acknowledged: the sessions, their
// subscriptions, what is retained, and nothing else. Owns the expectation; docs/durability.md has the tables.

import { openLmdbStoreToRead } from '@anax/broker';
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

/** How many rows each table has. The broker has ended. */
export async function countRows(directory: string): Promise<RowCounts> {
  const counts = Object.fromEntries(TABLES.map((table) => [table, 0])) as Record<Table, number>;
  const store = await openLmdbStoreToRead(directory);
  try {
    for (const { key } of store.range(Uint8Array.of(0), Uint8Array.of(TABLES.length))) {
      const table = TABLES[key[0] ?? 0];
      if (table !== undefined) counts[table] += 1;
    }
  } finally {
    await store.close();
  }
  return counts;
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
