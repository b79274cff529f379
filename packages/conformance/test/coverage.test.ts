/** Owns that no statement is left out, and that none is proved that cannot be. */

import { describe, expect, test } from 'vitest';
import { CHECKS, STATEMENTS, statementsIn, WATCHES } from '../src/index.ts';
import { whyUnseen } from '../src/statements/unseen.ts';

const proved = new Set(
  [...CHECKS, ...WATCHES].flatMap(({ proves }) =>
    statementsIn(proves).map(({ dialect, id }) => `${dialect} ${id}`),
  ),
);

const binding = STATEMENTS.filter(
  (one) => one.binds !== 'client' && (one.shown === 'wire' || one.shown === 'config') && !whyUnseen(one),
);

describe('coverage', () => {
  test('every statement that binds a server and that something shows is proved by a check', () => {
    const missing = binding.filter(({ dialect, id }) => !proved.has(`${dialect} ${id}`));
    expect(missing.map(({ dialect, id, summary }) => `${dialect} ${id} ${summary}`)).toEqual([]);
    expect(binding.length).toBeGreaterThan(350);
  });

  test('no check proves a statement that nothing shows', () => {
    expect(STATEMENTS.filter((one) => whyUnseen(one) && proved.has(`${one.dialect} ${one.id}`))).toEqual([]);
  });

  test('no check proves a statement that binds clients only', () => {
    const clients = STATEMENTS.filter(({ binds }) => binds === 'client').map(
      ({ dialect, id }) => `${dialect} ${id}`,
    );
    expect(clients.filter((key) => proved.has(key))).toEqual([]);
  });
});
