// Questions to code that is not ours: authenticators and exchanges. It may answer at once, later or never, throw,
// reject or answer nonsense; none of that lets anybody in and none of it leaves this file.

import type { Decision, ExchangeStep } from '../access/access.ts';
import type { Context } from './context.ts';

type Answer = Decision | ExchangeStep;

/** Asks. True where the answer is still to come; otherwise `answered` or `failed` has been called when it returns. */
export function ask<T extends Answer>(
  later: Context['later'],
  question: () => T | Promise<T>,
  answered: (answer: T, now: number) => void,
  failed: (now: number) => void,
  now: number,
): boolean {
  let answer: T | Promise<T>;
  try {
    answer = question();
  } catch {
    failed(now);
    return false;
  }
  const checked = (value: T, at: number): void => (isAnswer(value) ? answered(value, at) : failed(at));
  if (isThenable(answer)) {
    later(Promise.resolve(answer), checked, failed);
    return true;
  }
  checked(answer, now);
  return false;
}

function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}

/** What the types promise, for callers who have none. */
function isAnswer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { accepted, refused, continue: data } = value as Readonly<Record<string, unknown>>;
  return isObject(accepted) || isObject(refused) || data instanceof Uint8Array;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
