// Client libraries side by side, in one sitting against one broker, interleaved and repeated: messages a second, and the
// client's own CPU time per message.
//
//   npm run bench:client -- [--seconds 3] [--repeats 5] [--only publish-q0,receive-q1] [--broker anax] [--keep]

import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startBroker } from '../brokers.ts';
import { machine, median, spread } from '../measure.ts';
import { Source } from './source.ts';
import { type ClientWorkload, type Told, WORKLOADS } from './workloads.ts';

const CONTESTANTS = ['anax', 'mqttjs'] as const;
const RUN = fileURLToPath(new URL('run.js', import.meta.url));
const RESULTS = fileURLToPath(new URL('../../results', import.meta.url));

type Message = { readonly received: number } | { readonly told: Told };
type Samples = Readonly<Record<(typeof CONTESTANTS)[number], Told[]>>;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    repeats: { type: 'string', default: '5' },
    only: { type: 'string', default: Object.keys(WORKLOADS).join(',') },
    broker: { type: 'string', default: 'anax' },
    keep: { type: 'boolean', default: false },
  },
});

const broker = await startBroker(values.broker);
const results: Record<string, Samples> = {};
try {
  for (const name of values.only.split(',')) {
    const workload = WORKLOADS[name];
    if (workload === undefined) throw new Error(`there is no workload ${name}`);
    process.stderr.write(`${name} `);
    const samples: Samples = { anax: [], mqttjs: [] };
    for (let round = 0; round < Number(values.repeats); round++) {
      for (const contestant of CONTESTANTS) {
        samples[contestant].push(await once(contestant, name, workload));
        process.stderr.write('.');
      }
    }
    results[name] = samples;
    process.stderr.write('\n');
  }
} finally {
  await broker.stop();
}
report();

/** A fresh process for each run. */
async function once(contestant: string, name: string, { direction, qos }: ClientWorkload): Promise<Told> {
  const source = direction === 'receive' ? await Source.open(broker.port, qos) : undefined;
  const args = [contestant, name, String(broker.port), values.seconds];
  const child = fork(RUN, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    return await new Promise<Told>((resolve, reject) => {
      child.on('message', (message: Message) => {
        if ('told' in message) resolve(message.told);
        else source?.allow(message.received);
      });
      child.on('exit', (code) => reject(new Error(`${contestant} ended with ${code} in ${name}`)));
    });
  } finally {
    source?.close();
    child.kill();
  }
}

function report(): void {
  const where = machine();
  const rate = ({ messages, seconds }: Told): number => messages / seconds;
  const cost = ({ messages, cpuMicroseconds }: Told): number => cpuMicroseconds / messages;
  const lines = [
    `Messages a second, and the client's CPU in us per message; ${values.repeats} runs of ${values.seconds} s each in turn, medians.`,
    `${where.cpu}, Node ${where.node}, commit ${where.commit}, ${where.date}; broker: ${broker.name}.`,
    '',
    '| workload | anax/s | mqtt.js/s | ratio | anax us | mqtt.js us | ratio | spread of ours |',
    '|---|---|---|---|---|---|---|---|',
  ];
  for (const [name, { anax, mqttjs }] of Object.entries(results)) {
    const rates = [median(anax.map(rate)), median(mqttjs.map(rate))] as const;
    const costs = [median(anax.map(cost)), median(mqttjs.map(cost))] as const;
    const shown = rates.map((one) => Math.round(one).toLocaleString('en')).join(' | ');
    const cpu = costs.map((one) => one.toFixed(2)).join(' | ');
    const ratios = [(rates[0] / rates[1]).toFixed(2), (costs[0] / costs[1]).toFixed(2)] as const;
    lines.push(
      `| ${name} | ${shown} | ${ratios[0]} | ${cpu} | ${ratios[1]} | ${spread(anax.map(cost))} us |`,
    );
  }
  const text = `${lines.join('\n')}\n`;
  process.stdout.write(text);
  if (!values.keep) return;
  mkdirSync(RESULTS, { recursive: true });
  const stem = join(RESULTS, `client-${where.date}-${where.commit}`);
  writeFileSync(`${stem}.md`, text);
  writeFileSync(
    `${stem}.json`,
    `${JSON.stringify({ ...where, broker: broker.name, results }, undefined, 2)}\n`,
  );
}
