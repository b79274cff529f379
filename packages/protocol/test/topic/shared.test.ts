/** Owns how members of a shared group are chosen. */

import { describe, expect, it } from 'vitest';
import { SharedChooser, type SharedStrategy, sharedStrategies } from '../../src/topic/index.ts';

function chooser(
  strategy: SharedStrategy,
  draws: readonly number[] = [0],
  loads = new Map<string, number>(),
) {
  let drawn = 0;
  return new SharedChooser<string>({
    strategy,
    random: () => draws[drawn++ % draws.length] ?? 0,
    inFlight: (member) => loads.get(member) ?? 0,
  });
}

function times(count: number, choose: () => string | undefined): readonly (string | undefined)[] {
  return Array.from({ length: count }, choose);
}

describe('shared chooser', () => {
  const members = ['a', 'b', 'c'];

  it('chooses nobody from nobody and the only one from one, by every strategy', () => {
    for (const strategy of sharedStrategies) {
      const one = chooser(strategy, [0.999]);
      expect(one.choose([], 'p')).toBeUndefined();
      expect(one.choose(['a'], 'p')).toBe('a');
      expect(one.choose([], 'p')).toBeUndefined();
      expect(one.choose(['b'], 'p')).toBe('b');
    }
  });

  it('round-robin takes each in turn, also after the list has changed', () => {
    const one = chooser('round-robin');
    expect(times(4, () => one.choose(members, 'p'))).toEqual(['a', 'b', 'c', 'a']);
    expect(times(3, () => one.choose(['a', 'c'], 'p'))).toEqual(['c', 'a', 'c']);
  });

  it('random takes the member that the draw points at, and bears a draw of 1', () => {
    const one = chooser('random', [0, 0.34, 0.99, 1]);
    expect(times(4, () => one.choose(members, 'p'))).toEqual(['a', 'b', 'c', 'c']);
  });

  it('sticky stays with the member of a publisher until that is gone, wherever in the list it is', () => {
    const one = chooser('sticky');
    expect(times(3, () => one.choose(members, 'p'))).toEqual(['a', 'a', 'a']);
    expect(times(3, () => one.choose(members, 'q'))).toEqual(['b', 'b', 'b']);
    expect(one.choose(['x', 'y', 'a'], 'p')).toBe('a');
    expect(one.choose(['c', 'b'], 'p')).toBe('c');
    expect(one.choose(members, 'p')).toBe('c');
    expect(one.choose(members, 'q')).toBe('b');
  });

  it('sticky forgets a member that has left', () => {
    const one = chooser('sticky');
    expect(one.choose(members, 'p')).toBe('a');
    one.forget('a');
    expect(one.choose(members, 'p')).toBe('b');
  });

  it('least-in-flight takes the least loaded, and equals in turn', () => {
    const loads = new Map([
      ['a', 5],
      ['b', 2],
      ['c', 2],
    ]);
    const one = chooser('least-in-flight', [0], loads);
    expect(times(4, () => one.choose(members, 'p'))).toEqual(['b', 'c', 'b', 'c']);
    loads.set('a', 0);
    expect(one.choose(members, 'p')).toBe('a');
    const idle = chooser('least-in-flight');
    expect(times(4, () => idle.choose(members, 'p'))).toEqual(['a', 'b', 'c', 'a']);
  });

  it('least-in-flight still chooses when every member is at infinity', () => {
    const loads = new Map(members.map((member) => [member, Number.POSITIVE_INFINITY]));
    expect(chooser('least-in-flight', [0], loads).choose(members, 'p')).toBe('a');
  });
});
