// What the model says when client or broker did what they may not.

export type RuleName =
  | 'at-least-once'
  | 'exactly-once'
  | 'order'
  | 'match'
  | 'packet-id'
  | 'receive-maximum'
  | 'bounds'
  | 'session-present'
  | 'will'
  | 'retained'
  | 'protocol'
  | 'settled'
  | 'leak'
  | 'resubscribed'
  | 'back-off'
  | 'stored'
  | 'acknowledged'
  | 'determinism';

export class Violation extends Error {
  readonly rule: RuleName;

  constructor(rule: RuleName, message: string) {
    super(`${rule}: ${message}`);
    this.name = 'Violation';
    this.rule = rule;
  }
}

export function broken(rule: RuleName, message: string): never {
  throw new Violation(rule, message);
}
