/** Owns the rights that tests give and take, and a broker on which they change. */

import type { Authenticator } from '../../src/access/access.ts';
import type { Judge, Rights } from '../../src/hub/rights.ts';
import { Bench, type BenchOptions } from '../bench.ts';

export const ALL: Rights = { mayPublish: () => true, maySubscribe: () => true };
export const NOT_SECRET: Rights = {
  mayPublish: (topic) => !topic.startsWith('secret'),
  maySubscribe: (filter) => !filter.startsWith('secret'),
  mayReceive: (topic) => !topic.startsWith('secret'),
};

/** Everybody gets what `rights` is at the moment. */
export function changing(options: BenchOptions = {}): { bench: Bench; become: (rights: Rights) => void } {
  let now = ALL;
  const authenticate: Authenticator = ({ userName }) => ({ accepted: { userName, permissions: now } });
  const bench = new Bench({ authenticate, ...options });
  return {
    bench,
    become: (rights) => {
      now = rights;
    },
  };
}

export const toAll =
  (rights: Rights): Judge =>
  () => ({ rights });
