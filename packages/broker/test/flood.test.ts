/**
 * Owns that sockets which never become clients, and clients which are refused, cost little and disturb nobody.
 * The attackers run in a process of their own, so that the broker's has as many file descriptors as it may have.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MQTT_5_0 } from '@anax/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import type { Broker } from '../src/index.ts';
import { Bench, connect } from './bench.ts';
import { Client, eventually, portOf, started } from './shell/sockets.ts';

const KIB = 1024;
const MIB = KIB * KIB;

/** Round trips of a client while thousands attack: more than one or two between the first of them and the last. */
const SERVED_MIN = 5;

/** As many as asked for, or as one process may have here. */
const HALF_OPEN = Math.min(10_000, openFilesMax() - 500);

function openFilesMax(): number {
  const report = process.report.getReport() as unknown as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | 'unlimited' } };
  };
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : 1_000_000;
}

/** Opens sockets, 200 at a time, and says half a CONNECT that announces 200,000 bytes on every second one. */
const OPEN_HALF = `
const { connect } = require('node:net');
const [port, count] = process.argv.slice(1).map(Number);
let begun = 0, open = 0;
function next() {
  if (begun === count) return;
  const mine = begun++;
  const socket = connect({ host: '127.0.0.1', port }, () => {
    if (mine % 2) socket.write(Buffer.from('10c09a0c00044d515454', 'hex'));
    if (++open === count) process.stdout.write('open\\n');
    next();
  });
  socket.on('error', () => {});
}
for (let i = 0; i < 200; i++) next();
`;

/** Sends bad CONNECTs, 50 sockets at a time, each waiting for its close. */
const REFUSED = `
const { connect } = require('node:net');
const [port, count] = process.argv.slice(1).map(Number);
const BAD = ['100e00044d5154540503003c00000178', '30050001610078', '1600ff', '10ffffff7f00044d51545405', '474554202f',
  '100d00044d51545806020 03c000178'.replace(' ', ''), '10ffffffffff', '100e00044d51545405c2003c00000178']
  .map((hex) => Buffer.from(hex, 'hex'));
let begun = 0, over = 0;
function next() {
  if (begun === count) return;
  const bytes = BAD[begun++ % BAD.length];
  const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes));
  socket.resume();
  socket.on('error', () => {});
  socket.on('close', () => {
    if (++over === count) process.stdout.write('over\\n');
    next();
  });
}
for (let i = 0; i < 50; i++) next();
`;

const children: ChildProcess[] = [];
const brokers: Broker[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const broker of brokers.splice(0)) await broker.close();
});

/** Starts attackers; resolves when they say that they are through. */
function attack(
  script: string,
  broker: Broker,
  count: number,
): { readonly through: Promise<void>; end(): void } {
  const child = spawn(process.execPath, ['-e', script, String(portOf(broker)), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const through = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the attackers ended with ${code}`)));
  });
  // Who does not wait for it ends it.
  through.catch(() => undefined);
  return { through, end: () => child.kill('SIGKILL') };
}

/** Pings until `over`; returns how many were answered meanwhile. */
async function served(client: Client, over: Promise<unknown>): Promise<number> {
  let going = true;
  const stop = () => {
    going = false;
  };
  over.then(stop, stop);
  let count = 0;
  while (going) {
    await client.send({ type: 'pingreq' }).until(client.packets.length + 1);
    if (client.closed) throw new Error('the client was put out');
    count += 1;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await over;
  return count;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What the process holds on to, in bytes. */
function held(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function begun(connectTimeoutMs: number): Promise<{ broker: Broker; client: Client }> {
  const broker = await started({ connectTimeoutMs });
  brokers.push(broker);
  const client = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId: 'served' }));
  await client.until(1);
  return { broker, client };
}

describe('half-open sockets', () => {
  test(`(${HALF_OPEN}) cost a few KiB each, leave nothing when they go, and others are served meanwhile`, async () => {
    const { broker, client } = await begun(60_000);
    const before = held();
    const { through, end } = attack(OPEN_HALF, broker, HALF_OPEN);
    expect(await served(client, through)).toBeGreaterThan(SERVED_MIN);
    await eventually(() => broker.counts.connections === HALF_OPEN + 1);
    expect(held() - before).toBeLessThan(HALF_OPEN * 16 * KIB);
    end();
    await served(
      client,
      eventually(() => broker.counts.connections === 1),
    );
    await eventually(() => held() - before < 8 * MIB);
    client.socket.destroy();
  }, 60_000);

  test('are put out in time', async () => {
    const { broker, client } = await begun(1000);
    attack(OPEN_HALF, broker, 500);
    await eventually(() => broker.counters.connectTimeouts === 500);
    await eventually(() => broker.counts.connections === 1);
    expect(client.closed).toBe(false);
    client.socket.destroy();
  }, 60_000);
});

describe('a flood of bad CONNECTs', () => {
  test('is answered, closed and forgotten, and others are served meanwhile', async () => {
    const { broker, client } = await begun(10_000);
    const first = attack(REFUSED, broker, 2000);
    await served(client, first.through);
    const before = held();
    const second = attack(REFUSED, broker, 4000);
    expect(await served(client, second.through)).toBeGreaterThan(SERVED_MIN);
    await eventually(() => broker.counts.connections === 1);
    // The last ones are let go of within a second.
    await eventually(() => held() - before < 4 * MIB);
    expect(broker.counters.faults).toBe(6000);
    expect(broker.counts).toMatchObject({ clients: 1, sessions: 1, subscriptions: 0 });
    client.socket.destroy();
  }, 60_000);
});

test('a flood of long topics that nobody subscribes to leaves nothing behind', () => {
  const peer = new Bench().peer().connected();
  const publish = (from: number) => {
    for (let i = from; i < from + 1000; i++) peer.publish(`${i}/`.padEnd(32 * KIB, 'x'));
  };
  publish(0);
  const before = held();
  publish(1000);
  expect(held() - before).toBeLessThan(4 * MIB);
});
