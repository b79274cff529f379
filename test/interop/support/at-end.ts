// What a test file has to close when it is through, whatever became of its tests, the latest first.
// A hook that is registered in another hook never runs: what is started there is closed here.

import { afterAll } from 'vitest';

const tasks: (() => unknown)[] = [];

export function atEnd(task: () => unknown): void {
  tasks.push(task);
}

afterAll(async () => {
  const failures: unknown[] = [];
  for (const task of tasks.splice(0).reverse()) {
    try {
      await task();
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'not everything could be closed');
});
