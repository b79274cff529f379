// What differs from run to run: the limits of the broker and the weather on the links.

import fc from 'fast-check';
import type { Limits } from '../../packages/broker/src/hub/limits.ts';
import type { StoreFacts } from './world/store.ts';
import type { Settings } from './world/world.ts';

/** What a session may have waiting: nearly everything, or so little that the policy is needed. */
const queues = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.record({
      queueMessagesMax: fc.constantFrom(1, 3, 8),
      queueBytesMax: fc.constantFrom(700, 1_000_000),
      queuePolicy: fc.constantFrom('drop-oldest', 'drop-newest', 'disconnect'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      heldMessagesMax: fc.constantFrom(4, 12, 1000),
      heldBytesMax: fc.constantFrom(1000, 1_000_000),
      queuePolicy: fc.constantFrom('drop-oldest', 'drop-newest', 'disconnect'),
    }),
  },
) satisfies fc.Arbitrary<Partial<Limits>>;

const others = fc.record({
  receiveMaximum: fc.constantFrom(1024, 1024, 2, 5),
  inFlightMax: fc.constantFrom(1024, 1024, 3),
  inFlightBytesMax: fc.constantFrom(1_000_000, 1_000_000, 500),
  outstandingBytesMax: fc.constantFrom(1_000_000, 1_000_000, 200),
  sharedStrategy: fc.constantFrom('least-in-flight', 'round-robin', 'random', 'sticky'),
}) satisfies fc.Arbitrary<Partial<Limits>>;

const weather = fc.record({
  delayMs: fc.constantFrom(0, 1, 20, 150),
  jitterMs: fc.constantFrom(0, 5, 100),
  piecesMax: fc.constantFrom(1, 3, 6, 0),
});

const store = fc.record({
  commitMsMax: fc.constantFrom(0, 5, 20),
  failsPercent: fc.constantFrom(0, 0, 3),
}) satisfies fc.Arbitrary<StoreFacts>;

const rest = {
  seed: fc.noShrink(fc.integer({ min: 0, max: 0x7fff_ffff })),
  limits: fc.tuple(queues, others).map(([one, other]) => ({ ...one, ...other })),
  weather,
};

/** With a store in every other run. */
export const settings: fc.Arbitrary<Settings> = fc.record({
  store: fc.option(store, { nil: undefined, freq: 2 }),
  ...rest,
});

/** With a store, and a broker that dies. */
export const crashSettings: fc.Arbitrary<Settings> = fc.record({ store, ...rest });
