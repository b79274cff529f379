/** Owns the list of what no check proves yet, and the proof that the verdicts follow from the checks. */

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
  test('statements that bind a server and that no check proves', () => {
    const missing = binding.filter(({ dialect, id }) => !proved.has(`${dialect} ${id}`));
    console.info(`without a check: ${missing.length} of ${binding.length}`);
    if (process.env['ANAX_SHOW_MISSING'] !== undefined)
      console.info(missing.map(({ dialect, id, summary }) => `${dialect} ${id} ${summary}`).join('\n'));
    // Goes down to 0 with the chapters that are being written.
    expect(missing.length).toBeLessThanOrEqual(MISSING_MAX);
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

const MISSING_MAX = 400;
