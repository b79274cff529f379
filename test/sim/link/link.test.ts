import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Violation } from '../model/violation.ts';
import { everyByte } from './every-byte.ts';
import { everyDeath } from './every-death.ts';
import { run } from './run.ts';
import { LINK_SABOTEURS } from './saboteurs.ts';
import { MANUAL_SABOTEURS, STORED_SABOTEURS } from './saboteurs-stored.ts';
import { shownLinkFailure, simulateLinks } from './simulate.ts';

/** The same in every run, so that a failure here is one of the change at hand. */
const SEED = 5_110_000;
const RECONNECTS = 10_000;

describe('the whole client on links that split, delay, throttle, cut and black-hole', () => {
  test(`keeps its promises over ${RECONNECTS} reconnects`, async () => {
    const { failure, stats } = await simulateLinks({ seed: SEED, reconnects: RECONNECTS });
    expect(failure === undefined ? '' : shownLinkFailure(failure)).toBe('');
    expect(stats.reconnects).toBeGreaterThanOrEqual(RECONNECTS);
    // Nothing that is to be tried has become rare.
    for (const count of [stats.cuts, stats.published, stats.deliveries])
      expect(count).toBeGreaterThan(RECONNECTS);
    for (const count of [stats.holes, stats.jams, stats.crashes, stats.deaths])
      expect(count).toBeGreaterThan(RECONNECTS / 100);
  }, 1_800_000);

  test.each(['5.0', '3.1.1', '3.1'] as const)(
    'keeps them wherever its first connection is cut: MQTT %s',
    async (dialect) => {
      const { violation, reconnects, places } = await everyByte(dialect);
      expect(violation).toBeUndefined();
      // Nobody has made the script shorter than what it is about.
      expect(places).toBeGreaterThan(250);
      expect(reconnects).toBeGreaterThan(places * 0.9);
    },
    600_000,
  );

  test.each(['5.0', '3.1.1', '3.1'] as const)(
    'with a stored outbox keeps them wherever its process dies: MQTT %s',
    async (dialect) => {
      const { violation, places, found } = await everyDeath(dialect);
      expect(violation).toBeUndefined();
      expect(places).toBeGreaterThan(120);
      expect(found).toBeGreaterThan(places);
    },
    600_000,
  );

  test('does the same with the same seed', async () => {
    const hashOf = async (seed: number): Promise<string> => {
      const hash = createHash('sha256');
      const { violation } = await run({ seed, troubleMs: 20_000, trace: (line) => hash.update(line) });
      expect(violation).toBeUndefined();
      return hash.digest('hex');
    };
    for (const seed of [SEED, SEED + 1, SEED + 2]) expect(await hashOf(seed)).toBe(await hashOf(seed));
    expect(await hashOf(SEED)).not.toBe(await hashOf(SEED + 1));
  });
});

describe('the witness', () => {
  test.each([...LINK_SABOTEURS, ...STORED_SABOTEURS, ...MANUAL_SABOTEURS])(
    'notices a client that $name',
    async ({ rules, plant, sabotage }) => {
      const restore = plant();
      try {
        const given = sabotage === undefined ? {} : { sabotage };
        const { failure } = await simulateLinks({ seed: SEED, reconnects: 3000, shrinks: false, ...given });
        const rule = failure?.error instanceof Violation ? failure.error.rule : failure?.error.stack;
        expect(rules).toContain(rule);
      } finally {
        restore();
      }
    },
  );
});
