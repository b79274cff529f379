// The time of a shell: what a test puts its own in place of.

import { MqttError } from '@anax/protocol';

export interface Clock {
  /** Milliseconds from whenever; never goes back. */
  now(): number;
  /** Milliseconds since 1970, where it says another time than the platform does. */
  wall?(): number;
  /** Calls once, in so many milliseconds; what it returns takes that back. */
  after(ms: number, call: () => void): () => void;
}

/** What is longer would be called at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, Math.min(TIMER_MS_MAX, Math.max(0, ms)));
    return () => clearTimeout(timer);
  },
};

/** Something that is waited for until it is given up. */
export interface Cancelled {
  cancel: () => void;
}

/** Rejects with `connect-timeout` where nothing has come by then; `waits.cancel` takes the timer away. */
export function inTime<T>(
  asked: Promise<T>,
  ms: number,
  clock: Clock,
  waits: Cancelled,
  otherwise: string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    waits.cancel = clock.after(ms, () => {
      reject(new MqttError('connect-timeout', `${otherwise} within ${ms} ms`));
    });
    asked.then(resolve, reject).finally(waits.cancel);
  });
}
