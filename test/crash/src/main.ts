// `npm run crash`: options, one run, its figures, its exit code. 0: nothing was broken; 1: something was, and the seed and
// the facts are told; 2: wrong call.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { anaxBroker, anaxInMemory, cutConnections, foreignBroker } from './brokers.ts';
import type { Fact } from './facts.ts';
import { METHODS, type Method } from './plan.ts';
import { BrokerProcess, type Command, freePort } from './process.ts';
import { violationsText } from './report.ts';
import { Run } from './run.ts';

/** A busy machine may take long for a start of a second; a message that is not there never comes. */
const PATIENCE_MS = 15_000;

const HELP = `npm run crash -- [options]      (Ctrl-C ends it behind the round that is under way)

  --rounds N         how often the broker is killed (20)
  --seed S           repeats the plan of a run
  --step NAME        ${METHODS.join(', ')} (mixed)
  --drain-every N    rounds between two drains (5)
  --broker COMMAND   another broker; {port}, {data} and {config} are replaced
  --config FILE      its configuration, in which {port} and {data} are replaced
  --memory           our broker without a disk, which has to fail
  --cut              our broker lives on, and its connections are cut: nothing may be found
  --keep             keeps the data directory
`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000_000)) },
    step: { type: 'string', default: 'mixed' },
    'drain-every': { type: 'string', default: '5' },
    broker: { type: 'string' },
    config: { type: 'string' },
    memory: { type: 'boolean', default: false },
    cut: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const method = METHODS.find((known) => known === values.step);
const [rounds, seed, drainEvery] = [values.rounds, values.seed, values['drain-every']].map(Number);
const wrong = [rounds, seed, drainEvery].some(
  (number) => !Number.isSafeInteger(number) || Number(number) < 1,
);
if (values.help || method === undefined || wrong) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 2);
}
process.exit(await crash(method, rounds ?? 0, seed ?? 0, drainEvery ?? 0));

async function crash(how: Method, roundCount: number, chosen: number, every: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'anax-crash-'));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const port = await freePort();
  const durable = values.broker === undefined && !values.memory && !values.cut;
  const behind = values.cut ? await freePort() : 0;
  const lasting = new BrokerProcess(anaxBroker(behind, data), folder);
  if (values.cut) lasting.start();
  const broker = new BrokerProcess(commandFor(port, data, behind), folder);
  process.stderr.write(`seed ${chosen}, port ${port}, ${data}\n`);
  const run = new Run(
    {
      rounds: roundCount,
      seed: chosen,
      method: how,
      drainEvery: every,
      patienceMs: PATIENCE_MS,
      strict: values.broker === undefined,
      data: durable ? data : undefined,
      progress: (line) => void process.stderr.write(`${line}\n`),
    },
    broker,
    port,
  );
  process.once('SIGINT', () => run.end());
  // No broker outlives the harness.
  process.once('SIGTERM', () => {
    void Promise.all([broker.kill(), lasting.kill()]).then(() => process.exit(1));
  });
  let good = false;
  try {
    const { violations, history, summary } = await run.run();
    good = violations.length === 0;
    process.stdout.write(`${summary.text()}\n`);
    if (!good) process.stdout.write(`\n${violationsText(violations, history.facts)}\n`);
    if (!good) writeFileSync(join(folder, 'facts.ndjson'), ndjson(history.facts));
    if (!good && broker.output !== '') process.stdout.write(`\nthe broker wrote last:\n${broker.output}\n`);
  } finally {
    await broker.kill();
    await lasting.kill();
    if (good && !values.keep) rmSync(folder, { recursive: true, force: true });
    else process.stderr.write(`the data is kept in ${folder}\n`);
  }
  return good ? 0 : 1;
}

function commandFor(port: number, data: string, behind: number): Command {
  if (values.broker !== undefined) return foreignBroker(values.broker, values.config, port, data);
  if (values.cut) return cutConnections(port, behind);
  return values.memory ? anaxInMemory(port) : anaxBroker(port, data);
}

function ndjson(facts: readonly Fact[]): string {
  return facts.map((fact) => `${JSON.stringify(fact)}\n`).join('');
}
