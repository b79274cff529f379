// A clock that is as fast as the event loop: whoever waits is woken in order, one a turn, and it is then as late as that.

import type { Clock } from '../../src/world/edges.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export function virtualClock(begin = 1000): Clock {
  let now = begin;
  let stepping = false;
  const sleepers = new Set<Sleeper>();
  const step = (): void => {
    const [first] = [...sleepers].sort((one, other) => one.at - other.at);
    stepping = first !== undefined;
    if (first === undefined) return;
    now = Math.max(now, first.at);
    first.wake();
    setImmediate(step);
  };
  return {
    now: () => now,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = {
          at: now + ms,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        if (signal.aborted) return resolve();
        signal.addEventListener('abort', sleeper.wake, { once: true });
        sleepers.add(sleeper);
        if (!stepping) setImmediate(step);
        stepping = true;
      }),
  };
}
