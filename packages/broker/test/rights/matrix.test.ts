/** Owns the proof that permissions hold on every path: all of them, in all states of a client, made from the table in
 * `paths.ts`, so that none can be forgotten. */

import { describe, expect, test } from 'vitest';
import { type Outcome, PATHS, type PathRow, STATES, type State } from './paths.ts';
import { type Facts, type StoreKind, World } from './world.ts';

/** Which of the two walks a state takes. */
const WALKS: Readonly<Record<State, readonly ('connected' | 'offline')[]>> = {
  allowed: ['connected', 'offline'],
  denied: ['connected', 'offline'],
  'revoked while connected': ['connected'],
  'revoked while offline': ['offline'],
};

interface Cell extends Facts {
  readonly name: string;
  readonly row: PathRow;
  readonly state: State;
  readonly walk: 'connected' | 'offline';
}

const CONNECTED_STORES: readonly StoreKind[] = ['memory', 'stored'];

function* cells(): Generator<Cell> {
  for (const [name, row] of Object.entries(PATHS) as [string, PathRow][]) {
    for (const state of STATES) {
      for (const walk of WALKS[state]) {
        for (const store of walk === 'connected' ? CONNECTED_STORES : row.awayStores) {
          for (const dialect of row.dialects) {
            for (const denial of row.denials) yield { name, row, state, walk, store, dialect, denial };
          }
        }
      }
    }
  }
}

async function outcomeOf(cell: Cell): Promise<{ readonly outcome: Outcome; readonly world: World }> {
  const { state, walk, row } = cell;
  const world = await World.open(cell, { revokes: state.startsWith('revoked'), denied: state === 'denied' });
  try {
    return { outcome: await row[walk](world), world };
  } finally {
    await world.close();
  }
}

const expected = ({ whole, denied, revoked }: PathRow, state: State): readonly string[] => {
  if (state === 'allowed') return whole;
  return state === 'denied' ? denied : revoked;
};

/** What else is to be seen of a cell; undefined where the table says nothing of it. */
const ELSEWHERE: Readonly<Record<string, (state: State) => readonly string[] | undefined>> = {
  // What one member may not have the other has.
  shared: (state) => (state === 'denied' ? undefined : state === 'allowed' ? [] : ['S']),
  // How many messages are in the queue.
  'queued from now on': (state) => [state === 'allowed' ? '2' : '1'],
  // What is retained of it.
  will: (state) => (state === 'allowed' ? ['S'] : []),
  'delayed will': (state) => (state === 'allowed' ? ['S'] : []),
};

describe.each(Object.keys(PATHS))('%s', (path) => {
  test.each(
    [...cells()]
      .filter(({ name }) => name === path)
      .map((cell) => {
        const { state, walk, store, dialect, denial } = cell;
        return [`${state}, ${walk}, ${dialect.name}, denied by ${denial}, ${store}`, cell] as const;
      }),
  )('%s', async (_, cell) => {
    const { outcome, world } = await outcomeOf(cell);
    expect(outcome.came).toEqual(expected(cell.row, cell.state));
    const elsewhere = ELSEWHERE[path]?.(cell.state);
    if (elsewhere !== undefined) expect(outcome.elsewhere).toEqual(elsewhere);
    // A will that may not be published is refused where somebody hears it.
    if (outcome.refused !== undefined) expect(outcome.refused).toBe(cell.state === 'denied');
    // Nothing that was dropped is still held.
    expect(world.bench.hub.held.messages).toBe(0);
  });
});

test('the table has every path and every state', () => {
  const wanted = ['live', 'retained', 'replay', 'shared', 'will', 'delayed will', '$SYS'];
  const seen = new Set([...cells()].map(({ name, state }) => `${name}: ${state}`));
  for (const path of wanted) for (const state of STATES) expect(seen).toContain(`${path}: ${state}`);
});
