// One run of one contestant, as a child of `bench:client`: does what it is told, and tells its own CPU time.
//
//   node run.js <contestant> <workload> <port> <seconds>

import { connectAnax } from './anax.ts';
import type { Connect, Contestant } from './contestant.ts';
import { connectMqttJs } from './mqttjs.ts';
import { PAYLOAD_BYTES, TOPIC, type Told, WARM_UP_MS, WORKLOADS } from './workloads.ts';

const CONTESTANTS: Readonly<Record<string, Connect>> = { anax: connectAnax, mqttjs: connectMqttJs };

const [name = '', workloadName = '', port = '', seconds = ''] = process.argv.slice(2);
const connect = CONTESTANTS[name];
const workload = WORKLOADS[workloadName];
if (connect === undefined || workload === undefined)
  throw new Error(`nobody knows ${name} or ${workloadName}`);

const { direction, qos, window, connections } = workload;
const contestants: Contestant[] = [];
for (let i = 0; i < connections; i++) contestants.push(await connect(Number(port), `contestant-${i}`));
const count = { messages: 0, stop: false };
if (direction === 'publish') for (const contestant of contestants) publishing(contestant);
else await receiving();
await after(WARM_UP_MS);
const before = { messages: count.messages, cpu: process.cpuUsage(), at: performance.now() };
await after(Number(seconds) * 1000);
const cpu = process.cpuUsage(before.cpu);
const told: Told = {
  messages: count.messages - before.messages,
  seconds: (performance.now() - before.at) / 1000,
  cpuMicroseconds: cpu.user + cpu.system,
};
count.stop = true;
process.send?.({ told }, () => process.exit());

/** As many under way as the window says, from the first to the last moment. */
function publishing({ publish }: Contestant): void {
  const payload = new Uint8Array(Buffer.alloc(PAYLOAD_BYTES, 'x'));
  let room = window;
  let filling = false;
  const settled = (): void => {
    count.messages += 1;
    room += 1;
    if (!filling) fill();
  };
  const fill = (): void => {
    filling = true;
    while (room > 0 && !count.stop) {
      room -= 1;
      publish(TOPIC, payload, qos, settled);
    }
    filling = false;
  };
  fill();
}

/** The parent publishes, and is told how many have come to all, so that no broker has to drop any. */
async function receiving(): Promise<void> {
  const each = window >> 2;
  const received = contestants.map(() => 0);
  let told = 0;
  for (const [i, contestant] of contestants.entries()) {
    await contestant.subscribe(TOPIC, qos, () => {
      count.messages += 1;
      const own = (received[i] ?? 0) + 1;
      received[i] = own;
      if (own % each !== 0 || Math.min(...received) < told + each) return;
      told += each;
      process.send?.({ received: each });
    });
  }
  process.send?.({ received: window });
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
