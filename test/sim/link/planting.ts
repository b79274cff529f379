// How a client is made wrong on purpose: a room of it does something else while the saboteur is planted.

import type { RuleName } from '../model/violation.ts';
import type { NetSabotage } from './net.ts';

export interface LinkSaboteur {
  /** What its client does. */
  readonly name: string;
  /** What the witness may call it: one mistake often shows in more than one way. */
  readonly rules: readonly RuleName[];
  /** Returns what takes it out again. */
  readonly plant: () => () => void;
  readonly sabotage?: NetSabotage;
}

export function planted<T extends object, K extends keyof T>(
  room: T,
  name: K,
  make: (original: T[K]) => T[K],
): () => () => void {
  return () => {
    const original = room[name];
    room[name] = make(original);
    return () => {
      room[name] = original;
    };
  };
}
