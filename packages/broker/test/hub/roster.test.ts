/** Owns the proof that a roster holds whom a set would hold, in a list without holes. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Roster } from '../../src/hub/roster.ts';

test('holds whom a set would hold, each once', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 7 })));
  fc.assert(
    fc.property(steps, (all) => {
      const roster = new Roster<number>();
      const set = new Set<number>();
      for (const [joins, member] of all) {
        if (joins) roster.add(member);
        else roster.delete(member);
        if (joins) set.add(member);
        else set.delete(member);
        expect(roster.members.toSorted()).toEqual([...set].toSorted());
      }
    }),
  );
});
