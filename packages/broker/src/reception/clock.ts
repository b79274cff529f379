// The clock of the shell, and its chance.

import { randomBytes } from 'node:crypto';

/** Milliseconds since 1970 on a clock that never goes back: what is stored must mean the same in the next process. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** From 0 to 1, not to be guessed. */
export function cryptoRandom(): number {
  return randomBytes(4).readUInt32BE() / 0x1_0000_0000;
}

/** Hears a promise out: what follows is told the time that it then is. */
export function later<T>(
  promise: Promise<T>,
  done: (value: T, at: number) => void,
  failed: (at: number) => void,
): void {
  promise.then(
    (value) => done(value, now()),
    () => failed(now()),
  );
}
