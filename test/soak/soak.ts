// One soak: a broker, the honest ring alone, then beside hostile clients, then alone again; and what is held against the
// broker. Owns the phases and the verdict.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, connect } from '@anax/client';
import { BrokerProcess, freePort } from '../crash/src/process.ts';
import { heldBytes } from './heap.ts';
import { pause, Ring } from './honest.ts';
import { type Figures, isBack, milliseconds, verdict } from './verdict.ts';

const ANAX = fileURLToPath(new URL('../../packages/cli/bin/anax.js', import.meta.url));
const RUN = fileURLToPath(new URL('run.mjs', import.meta.url));

const QUIET_MS = 10_000;
/** Sessions of hostile clients expire after 5 s; what they have left is collected. */
const SETTLE_MS = 12_000;

const STARTING_MS = 5_000;
/** `abuse.slowdownMax`, and the time to notice. */
const SLOWEST_MS = 90_000;

/** What a broker on the open internet would have, with smaller figures where the limit is to be reached soon. */
const CONFIG = (port: number, webSocketPort: number): string => `
listeners:
  - port: ${port}
  - protocol: ws
    port: ${webSocketPort}
users:
  - { name: honest, password: a fair password }
  - { name: hostile, password: known to all }
  - { name: watcher, password: a fair password }
anonymous: never
sysInterval: 1s
abuse:
  # The honest come from 127.0.0.1, the hostile from others.
  exempt: [127.0.0.1]
  address:
    connectingMax: 50
    perSecondMax: 20
    burst: 100
  logins:
    window: 20s
    banFor: 20s
  flapping:
    banFor: 20s
  messages:
    perSecondMax: 500
    burst: 5000
  bytes:
    perSecondMax: 1000000
retained:
  perClientMessagesMax: 1000
  perClientBytesMax: 4 MiB
`;

/** @returns the exit code */
export async function soak(hostileMs: number, seed: number, only: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'anax-soak-'));
  const [port, webSocketPort, inspectorPort] = [await freePort(), await freePort(), await freePort()];
  const config = join(folder, 'anax.yaml');
  writeFileSync(config, CONFIG(port, webSocketPort));
  const args = [
    `--inspect=127.0.0.1:${inspectorPort}`,
    ANAX,
    'broker',
    '--config',
    config,
    '--data',
    join(folder, 'data'),
    '--log-level',
    'error',
  ];
  const broker = new BrokerProcess({ program: process.execPath, args }, folder);
  broker.start();
  let findings: readonly string[] = [];
  try {
    const failed = broker.ended.then(() => Promise.reject(new Error(`the broker ended:\n${broker.output}`)));
    findings = await Promise.race([
      failed,
      phases(port, webSocketPort, inspectorPort, hostileMs, ['--seed', String(seed), '--only', only]),
    ]);
  } finally {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  if (broker.output !== '') print(`the broker wrote last:\n${broker.output.slice(-2000)}`);
  for (const finding of findings.slice(0, 20)) print(`FOUND: ${finding}`);
  print(findings.length === 0 ? 'The honest noticed nothing.' : `${findings.length} findings, seed ${seed}`);
  return findings.length === 0 ? 0 : 1;
}

async function phases(
  port: number,
  webSocketPort: number,
  inspectorPort: number,
  hostileMs: number,
  options: readonly string[],
): Promise<string[]> {
  const watcher = await Watcher.open(port, inspectorPort);
  const ring = await Ring.open(port);
  ring.start();
  await pause(2000);
  ring.latency();
  await pause(QUIET_MS);
  const quiet = ring.latency();
  const before = await watcher.figures();
  print(
    `quiet      ${milliseconds(quiet.quantile(0.5))} p50  ${milliseconds(quiet.quantile(0.99))} p99  ${quiet.count} messages`,
  );

  const child = spawn(process.execPath, [RUN, '--hostile', `${port},${webSocketPort}`, ...options], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  // The start of a process takes a core for a while, and is nobody's attack.
  await pause(STARTING_MS);
  ring.latency();
  await pause(hostileMs);
  const hostile = ring.latency();
  const during = await watcher.figures();
  print(
    `hostile    ${milliseconds(hostile.quantile(0.5))} p50  ${milliseconds(hostile.quantile(0.99))} p99  ${hostile.count} messages`,
  );
  child.stdin.end();
  const [exitCode] = await ended;

  await pause(SETTLE_MS);
  let after = await watcher.figures();
  // Who is read from later is also gone later: what it had sent before comes first.
  for (let left = SLOWEST_MS; left > 0 && !isBack(before, after); left -= SETTLE_MS) {
    await pause(SETTLE_MS);
    after = await watcher.figures();
  }
  await ring.end();
  for (const name of WATCHED) {
    print(
      `${name.padEnd(26)} ${before.get(name)} before, ${during.get(name)} meanwhile, ${after.get(name)} after`,
    );
  }
  await watcher.close();
  return verdict({
    seen: ring.findings,
    quietP99Us: quiet.quantile(0.99),
    hostileP99Us: hostile.quantile(0.99),
    before,
    after,
    exitCode,
  });
}

/** What is left of the heap when garbage is collected. */
const HELD = 'bytes held';
const WATCHED = [
  'clients/connected',
  'clients/total',
  'subscriptions/count',
  'retained messages/count',
  'store/messages/count',
  'store/messages/bytes',
  'publish/messages/received',
  'publish/messages/dropped',
  HELD,
];

/** Reads what the broker says of itself. */
class Watcher {
  readonly #client: Client;
  readonly #inspectorPort: number;
  readonly #last = new Map<string, number>();

  static async open(port: number, inspectorPort: number): Promise<Watcher> {
    // The broker may still be starting: the client tries again.
    const client = await connect(`mqtt://127.0.0.1:${port}`, {
      clientId: 'watcher',
      userName: 'watcher',
      password: 'a fair password',
      waitForConnection: false,
    });
    const watcher = new Watcher(client, inspectorPort);
    await client.subscribe('$SYS/broker/#', { onMessage: (message) => watcher.#heard(message) }).granted;
    return watcher;
  }

  private constructor(client: Client, inspectorPort: number) {
    this.#client = client;
    this.#inspectorPort = inspectorPort;
  }

  #heard({ topic, payload }: { readonly topic: string; readonly payload: Uint8Array }): void {
    this.#last.set(topic.slice('$SYS/broker/'.length), Number(Buffer.from(payload).toString()));
  }

  /** As the broker says them now, a second later at the most. */
  async figures(): Promise<Figures> {
    await pause(2000);
    const last = new Map(this.#last);
    const heap = await heldBytes(this.#inspectorPort);
    return { heap, get: (name) => (name === HELD ? heap : (last.get(name) ?? 0)) };
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
