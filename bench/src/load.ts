// Brokers side by side under the neutral load generator, in one sitting, interleaved and repeated; the figure compared
// is the broker's own CPU time per delivered message.
//
//   npm run bench -- [--generator mqttload.c] [--seconds 3] [--repeats 3] [--only q0-stream,fan-out] [--brokers anax,mosquitto]

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type RunningBroker, startBroker } from './brokers.ts';
import { machine, median, spread } from './measure.ts';
import { WORKLOADS, type Workload } from './workloads.ts';

const BENCH = fileURLToPath(new URL('..', import.meta.url));

interface Sample {
  readonly cpuMicroseconds: number;
  readonly perSecond: number;
  readonly p99Microseconds: number | undefined;
  readonly kibPerConnection: number | undefined;
}

const { values } = parseArgs({
  options: {
    generator: { type: 'string', default: join(BENCH, '../../shared/bench/mqttload.c') },
    seconds: { type: 'string', default: '3' },
    repeats: { type: 'string', default: '3' },
    only: { type: 'string', default: WORKLOADS.map(({ name }) => name).join(',') },
    brokers: { type: 'string', default: 'anax,mosquitto' },
    keep: { type: 'boolean', default: false },
  },
});

const only = values.only.split(',');
const names = values.brokers.split(',');
const generator = compile(values.generator);
const rows: { workload: string; broker: string; samples: Sample[] }[] = [];
for (const workload of WORKLOADS.filter(({ name }) => only.includes(name))) {
  process.stderr.write(`${workload.name} `);
  for (const row of await measure(workload)) rows.push(row);
  process.stderr.write('\n');
}
report();

function compile(source: string): string {
  if (!existsSync(source))
    throw new Error(`there is no load generator at ${source}: name it with --generator`);
  const folder = join(BENCH, 'build');
  mkdirSync(folder, { recursive: true });
  const binary = join(folder, 'mqttload');
  execFileSync('cc', ['-O2', '-o', binary, source]);
  return binary;
}

/** Every broker fresh for a workload, then round after round, one broker after the other. */
async function measure(workload: Workload): Promise<typeof rows> {
  const running: RunningBroker[] = [];
  try {
    for (const name of names) running.push(await startBroker(name));
    const measured = running.map(({ name }) => ({
      workload: workload.name,
      broker: name,
      samples: [] as Sample[],
    }));
    for (let round = 0; round < Number(values.repeats); round++) {
      for (const [i, broker] of running.entries()) {
        measured[i]?.samples.push(once(workload, broker));
        process.stderr.write('.');
      }
    }
    return measured;
  } finally {
    for (const broker of running) await broker.stop();
  }
}

function once(workload: Workload, broker: RunningBroker): Sample {
  const told = ['--port', String(broker.port), '--pid', String(broker.pid), '--seconds', values.seconds];
  const output = execFileSync(generator, [...told, ...workload.options.split(' ')], { encoding: 'utf8' });
  const result: unknown = JSON.parse(output);
  const figures = result as Record<string, number> & { readonly lat_us?: { readonly p99: number } };
  return {
    cpuMicroseconds: figures['cpu_us_per_delivered'] ?? figures['cpu_us_per_connect'] ?? Number.NaN,
    perSecond: figures['delivered'] ?? figures['connects_per_s'] ?? Number.NaN,
    p99Microseconds: figures.lat_us?.p99,
    kibPerConnection: figures['kib_per_connection'],
  };
}

function report(): void {
  const where = machine();
  const seconds = `${values.repeats} runs of ${values.seconds} s, medians`;
  const lines = [
    `Broker CPU, us per delivered message (per connect in \`connect\`); ${seconds}.`,
    `${where.cpu}, Node ${where.node}, commit ${where.commit}, ${where.date}.`,
    '',
    `| workload | ${names.join(' | ')} | ratio to ${names.at(-1)} | spread of ours | delivered/s ${names.join(', ')} |`,
    `|---|${names.map(() => '---').join('|')}|---|---|---|`,
  ];
  for (const { name } of WORKLOADS.filter((one) => only.includes(one.name))) {
    const of = (broker: string): readonly Sample[] =>
      rows.find((row) => row.workload === name && row.broker === broker)?.samples ?? [];
    const cpu = names.map((broker) => median(of(broker).map((sample) => sample.cpuMicroseconds)));
    const rate = names.map((broker) => Math.round(median(of(broker).map((sample) => sample.perSecond))));
    const first = of(names[0] ?? '').map((sample) => sample.cpuMicroseconds);
    const ratio = (cpu[0] ?? Number.NaN) / (cpu.at(-1) ?? Number.NaN);
    const shown = cpu.map((one) => one.toFixed(2)).join(' | ');
    lines.push(`| ${name} | ${shown} | ${ratio.toFixed(2)} | ${spread(first)} | ${rate.join(', ')} |`);
  }
  const text = `${lines.join('\n')}\n`;
  process.stdout.write(text);
  if (!values.keep) return;
  const folder = join(BENCH, 'results');
  mkdirSync(folder, { recursive: true });
  const stem = join(folder, `load-${where.date}-${where.commit}`);
  writeFileSync(`${stem}.md`, text);
  const { seconds: each, repeats } = values;
  const kept = { ...where, seconds: Number(each), repeats: Number(repeats), rows };
  writeFileSync(`${stem}.json`, `${JSON.stringify(kept, undefined, 2)}\n`);
}
