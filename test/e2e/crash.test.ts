// The crash harness against a broker that is known to lose what it acknowledged: it has to see it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anaxInMemory } from '../crash/src/brokers.ts';
import { BrokerProcess, freePort } from '../crash/src/process.ts';
import { Run } from '../crash/src/run.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anax-crash-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a broker without a disk is found out: lost messages, retained ones and sessions', {
  timeout: 120_000,
}, async () => {
  const port = await freePort();
  const broker = new BrokerProcess(anaxInMemory(port), folder);
  const options = {
    rounds: 2,
    seed: 1,
    method: 'random',
    drainEvery: 2,
    strict: true,
    patienceMs: 1_000,
  } as const;
  try {
    const run = new Run({ ...options, storeCheck: undefined, progress: () => undefined }, broker, port);
    const { violations, summary } = await run.run();
    const kinds = new Set(violations.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['lost', 'session-lost', 'wrong-retained']);
    expect(summary.figures.acknowledged).toBeGreaterThan(0);
  } finally {
    await broker.kill();
  }
});
