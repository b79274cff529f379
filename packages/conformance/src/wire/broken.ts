// How a check ends that does not return: what was expected and what was seen instead, or why it cannot judge.

/** The broker did something else than the standard says. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly expected: string;
  readonly seen: string;

  constructor(expected: string, seen: string) {
    super(`expected ${expected}; seen: ${seen}`);
    this.expected = expected;
    this.seen = seen;
  }
}

/** A check cannot judge this broker: it lacks what the standard lets it lack, or an option is missing. */
export class Unsuitable extends Error {
  override readonly name = 'Unsuitable';
  readonly verdict: 'skipped' | 'not applicable';

  constructor(verdict: 'skipped' | 'not applicable', reason: string) {
    super(reason);
    this.verdict = verdict;
  }
}

/** The broker cannot be reached: an error of the audit, and no verdict on anything. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** @throws Broken unless the condition holds. */
export function must(condition: boolean, expected: string, seen: string): asserts condition {
  if (!condition) throw new Broken(expected, seen);
}
