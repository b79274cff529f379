// What durability costs where queues are long: how fast messages are queued for sessions that are absent, and how long a
// broker that was killed takes to its first CONNACK.
//
//   npm run bench:durable -- [--sessions 100000] [--messages 10] [--durability strict]

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  Decoder,
  encodePacket,
  MQTT_5_0,
  type Packet,
  publishPacket,
  type TopicFilter,
  type TopicName,
} from '@anax/protocol';
import { accepting } from './brokers.ts';
import { machine } from './measure.ts';
import { connectPacket } from './plain-client.ts';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '100000' },
    messages: { type: 'string', default: '10' },
    durability: { type: 'string', default: 'strict' },
    port: { type: 'string', default: '18899' },
  },
});
const port = Number(values.port);
const ANAX = fileURLToPath(new URL('../../packages/cli/bin/anax.js', import.meta.url));
const PAYLOAD = new Uint8Array(64);
const AT_ONCE = 500;
/** How long a start takes is what is measured: looked at often, and given its time. */
const POLL_MS = 5;
const START_MS_MAX = 120_000;
/** Messages that the publisher has under way. */
const WINDOW = 100;

class Client {
  readonly socket: Socket;
  readonly #decoder = new Decoder({ sender: 'server', dialect: MQTT_5_0, maximumPacketSize: 1 << 28 });
  #waiting: ((packet: Packet) => void)[] = [];

  constructor() {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (chunk) => {
      this.#decoder.push(chunk);
      for (let one = this.#decoder.next(); one !== undefined; one = this.#decoder.next()) {
        if (one.type !== 'fault') this.#waiting.shift()?.(one);
      }
    });
    this.socket.on('error', () => undefined);
  }

  ask(packet: Packet): Promise<Packet> {
    this.socket.write(encodePacket(packet, MQTT_5_0));
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  connect(clientId: string, cleanStart: boolean): Promise<Packet> {
    return this.ask({
      ...connectPacket(MQTT_5_0, clientId),
      cleanStart,
      properties: { sessionExpiryInterval: 0xffff_ffff },
    });
  }
}

async function start(directory: string): Promise<ChildProcess> {
  const settings = [
    'queue.messagesMax=10000000',
    'queue.bytesMax=100000000000',
    'queue.totalMessagesMax=100000000',
  ];
  settings.push(
    'queue.totalBytesMax=100000000000',
    `store.durability=${values.durability}`,
    'connections.connectingMax=200000',
  );
  const args = [ANAX, 'broker', '--port', String(port), '--data', directory, '--log-level', 'error'];
  for (const one of settings) args.push('--set', one);
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

/** Sessions with one subscription each, and gone again. */
async function subscribe(count: number, topic: string): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const client = new Client();
      await client.connect(`session-${i}`, true);
      await client.ask({
        type: 'subscribe',
        packetId: 1,
        subscriptions: [
          {
            topicFilter: topic as TopicFilter,
            qos: 1,
            noLocal: false,
            retainAsPublished: false,
            retainHandling: 0,
          },
        ],
        properties: {},
      });
      client.socket.end(encodePacket({ type: 'disconnect', reasonCode: 0, properties: {} }, MQTT_5_0));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Milliseconds until the last is acknowledged. */
async function publish(count: number, topic: string): Promise<number> {
  const client = new Client();
  await client.connect('publisher', true);
  const begun = performance.now();
  let next = 0;
  const worker = async (_: unknown, index: number): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      await client.ask(publishPacket(topic as TopicName, PAYLOAD, 1, false, false, index + 1, {}));
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, worker));
  client.socket.end(encodePacket({ type: 'disconnect', reasonCode: 0, properties: {} }, MQTT_5_0));
  return performance.now() - begun;
}

function memoryMib(pid: number | undefined, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
}

function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const mib = (count: number): string => `${count.toFixed(0)} MiB`;

const { cpu, node, commit } = machine();
console.log(`${cpu}, Node ${node}, commit ${commit}, ${values.durability}`);
const directory = mkdtempSync(join(tmpdir(), 'anax-bench-'));
let broker = await start(directory);
await accepting(port, POLL_MS, START_MS_MAX);
await subscribe(1000, 'fan/out');
const warmed = await publish(200, 'fan/out');
const cpuBefore = cpuSeconds(broker.pid);
const queued = await publish(1000, 'fan/out');
const cpuUsed = cpuSeconds(broker.pid) - cpuBefore;
console.log(
  `queueing for 1,000 absent sessions: ${Math.round(1_000_000 / (queued / 1000)).toLocaleString('en')} a second, ` +
    `${cpuUsed.toFixed(2)} us of CPU each (warmed up in ${warmed.toFixed(0)} ms); ${mib(memoryMib(broker.pid, 'VmRSS'))} then, ${mib(memoryMib(broker.pid, 'VmHWM'))} at the most`,
);
broker.kill('SIGKILL');
await once(broker, 'exit');
rmSync(directory, { recursive: true });

const sessions = Number(values.sessions);
const messages = Number(values.messages);
broker = await start(directory);
await accepting(port, POLL_MS, START_MS_MAX);
await subscribe(sessions, 'all');
await publish(messages, 'all');
broker.kill('SIGKILL');
await once(broker, 'exit');
const file = statSync(join(directory, 'data.mdb')).size / 1024 / 1024;
const begun = performance.now();
broker = await start(directory);
await accepting(port, POLL_MS, START_MS_MAX);
const client = new Client();
await client.connect('session-0', false);
const restarted = performance.now() - begun;
console.log(
  `restart with ${sessions.toLocaleString('en')} sessions and ${(sessions * messages).toLocaleString('en')} queued messages (${mib(file)}): ` +
    `first CONNACK after ${(restarted / 1000).toFixed(2)} s; ${mib(memoryMib(broker.pid, 'VmRSS'))} then, ${mib(memoryMib(broker.pid, 'VmHWM'))} at the most`,
);
client.socket.destroy();
broker.kill('SIGTERM');
await once(broker, 'exit');
rmSync(directory, { recursive: true });
