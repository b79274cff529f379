// The crash harness tried out: it finds nothing where nothing is lost, and finds out a broker that loses everything.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anaxBroker, anaxInMemory, cutConnections } from '../crash/src/brokers.ts';
import { BrokerProcess, type Command, freePort } from '../crash/src/process.ts';
import { violationsText } from '../crash/src/report.ts';
import { Run, type RunOptions } from '../crash/src/run.ts';

const started: BrokerProcess[] = [];
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anax-crash-'));
});
afterAll(async () => {
  for (const one of started) await one.kill();
  rmSync(folder, { recursive: true, force: true });
});

function processOf(command: Command): BrokerProcess {
  const one = new BrokerProcess(command, folder);
  started.push(one);
  return one;
}

const OPTIONS: RunOptions = {
  rounds: 2,
  seed: 1,
  method: 'random',
  drainEvery: 2,
  strict: true,
  patienceMs: 1_000,
  data: undefined,
  progress: () => undefined,
};

test('a broker without a disk is found out: lost messages, retained ones and sessions', {
  timeout: 120_000,
}, async () => {
  const port = await freePort();
  const { violations, summary } = await new Run(OPTIONS, processOf(anaxInMemory(port)), port).run();
  const kinds = new Set(violations.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(['lost', 'session-lost', 'wrong-retained']);
  expect(summary.figures.acknowledged).toBeGreaterThan(0);
});

test('our broker keeps what it acknowledged over 20 deaths, at every step of its store', {
  timeout: 600_000,
}, async () => {
  const data = join(folder, 'data');
  const port = await freePort();
  const options: RunOptions = {
    ...OPTIONS,
    rounds: 20,
    method: 'mixed',
    drainEvery: 5,
    patienceMs: 20_000,
    data,
  };
  const run = new Run(options, processOf(anaxBroker(port, data)), port);
  const { violations, history, summary } = await run.run();
  expect(violations.length === 0 ? '' : violationsText(violations, history.facts)).toBe('');
  expect(summary.rounds).toBe(20);
});

test('nothing is found where all connections are cut and the broker lives on', {
  timeout: 120_000,
}, async () => {
  const [port, brokerPort] = [await freePort(), await freePort()];
  processOf(anaxBroker(brokerPort, join(folder, 'cut'))).start();
  const options: RunOptions = { ...OPTIONS, rounds: 12, drainEvery: 4, patienceMs: 20_000 };
  const run = new Run(options, processOf(cutConnections(port, brokerPort)), port);
  const { violations, history, summary } = await run.run();
  expect(violations.length === 0 ? '' : violationsText(violations, history.facts)).toBe('');
  expect(summary.rounds).toBe(12);
  expect(summary.figures.duplicates).toBeGreaterThan(0);
});
