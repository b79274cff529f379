// A broken promise: which, and the facts that show it.

import type { Fact } from './facts.ts';

export const VIOLATION_KINDS = [
  'lost',
  'duplicated',
  'reordered',
  'wrong-retained',
  'leaked',
  'strange',
  'session-lost',
  'resent-as-new',
  'identifier-reused',
  'unfinished',
  'broken',
] as const;

export type ViolationKind = (typeof VIOLATION_KINDS)[number];

export interface Violation {
  readonly kind: ViolationKind;
  readonly text: string;
  /** Of the message that it is about. */
  readonly value: number | undefined;
  /** Client identifiers of those who got it, or should have. */
  readonly receivers: readonly string[];
  readonly facts: readonly Fact[];
}

export function violation(
  kind: ViolationKind,
  text: string,
  facts: readonly Fact[],
  value?: number,
  receivers: readonly string[] = [],
): Violation {
  return { kind, text, value, receivers, facts };
}
